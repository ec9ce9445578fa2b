import { formatTimestamp } from '../../core/timestamp.ts';
import type { Clause, ProjectionItem, QueryPlan, RulePlan } from '../../language/plan.ts';
import type { ModelContent } from './model-content.ts';
import { evaluate, type Scope } from './model-expressions.ts';
import { type ResultRow, runJob } from './model-jobs.ts';
import type { Effort } from './model-paths.ts';
import { compareLists, jsonOf, type Scalar, type Thing, textOf } from './model-values.ts';

/** An alert as its JSON line has it, without `id` and `trace`. */
export interface ModelAlert {
  readonly rule: string;
  readonly version: number;
  readonly key: Readonly<Record<string, string | null>>;
  readonly time: string | null;
  readonly severity: string;
  readonly position: number;
  readonly partial: boolean;
  readonly paths: readonly unknown[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** An alert before SUPPRESS has had its say. */
export interface RaisedAlert {
  readonly json: Omit<ModelAlert, 'rule' | 'version' | 'position' | 'partial'>;
  readonly keyIdentity: string;
  /** Event time of the triggering row. */
  readonly micros: bigint | null;
}

/** A row that a rule acts on. Without THEN there is one, with no columns of its own. */
export interface ActionRow {
  readonly slots: readonly (Thing | undefined)[];
  readonly items: readonly ProjectionItem[] | null;
}

/** The rows of a rule for one triggering row. */
export function rowsOfRule(rule: RulePlan, scope: Scope, content: ModelContent, effort: Effort): ActionRow[] {
  const { job } = rule;
  if (job === null) return [{ slots: [], items: null }];
  const graph = content.program.graphs.find(({ name }) => name === job.graph);
  if (graph === undefined) throw new Error(`no graph ${job.graph}`);
  return runJob(job, scope, content.snapshot(graph), effort).map(({ slots, returned }) => ({
    slots,
    items: returned.items,
  }));
}

/** One alert per distinct KEY, in row order, each holding its rows. */
export function alertsOf(rule: RulePlan, scope: Scope, rows: readonly ActionRow[]): RaisedAlert[] {
  const { alert } = rule.actions;
  if (alert === null) return [];
  const groups: { key: Scalar[]; rows: ActionRow[] }[] = [];
  for (const row of rows) {
    const key = alert.key.map(({ value }) => evaluate(value, { ...scope, slots: row.slots }) as Scalar);
    const known = groups.find((group) => compareLists(group.key, key) === 0);
    if (known === undefined) groups.push({ key, rows: [row] });
    else known.rows.push(row);
  }
  const { trigger } = rule;
  const micros =
    trigger.eventTime === null ? null : ((scope.row[trigger.eventTime] ?? null) as bigint | null);
  return groups.map(({ key, rows: members }) => {
    const texts = key.map((value, index) =>
      keyValue(alert.key[index]?.value.type ?? { kind: 'text' }, value),
    );
    return {
      keyIdentity: JSON.stringify(texts),
      micros,
      json: {
        key: Object.fromEntries(alert.key.map(({ name }, index) => [name, texts[index] ?? null])),
        time: micros === null ? null : formatTimestamp(Number(micros)),
        severity: alert.severity,
        paths: members.flatMap(pathsOf),
        values: Object.fromEntries(
          trigger.columns.map(({ name, type }, index) => [name, jsonOf(type, scope.row[index] ?? null)]),
        ),
      },
    };
  });
}

function keyValue(type: ProjectionItem['value']['type'], value: Thing): string | null {
  if (value === null) return null;
  if (typeof value === 'object') return String(jsonOf(type, value));
  return textOf(type, value);
}

/** One entry for each returned path column; one without a path where there is none. */
function pathsOf(row: ActionRow): unknown[] {
  if (row.items === null) return [];
  const isPath = ({ value }: ProjectionItem) => value.type.kind === 'path';
  const values = Object.fromEntries(
    row.items
      .filter((item) => !isPath(item))
      .map(({ name, value, slot }) => [name, jsonOf(value.type, row.slots[slot] ?? null)]),
  );
  const paths = row.items.filter(isPath);
  if (paths.length === 0) return [{ name: '', vertices: [], edges: [], values }];
  return paths.map(({ name, value, slot }) => {
    const path = jsonOf(value.type, row.slots[slot] ?? null) as { vertices: unknown; edges: unknown } | null;
    return { name, vertices: path?.vertices ?? [], edges: path?.edges ?? [], values };
  });
}

/** Rows of a query as JSON: the columns of all its RETURNs, in order of first mention; NULL where a row has none. */
export function queryRows(plan: QueryPlan, rows: readonly ResultRow[]): unknown[][] {
  const names: string[] = [];
  const visit = (clauses: readonly Clause[]): void => {
    for (const clause of clauses) {
      if (clause.kind === 'branch') for (const branch of clause.branches) visit(branch.clauses);
      if (clause.kind === 'return') names.push(...clause.items.map(({ name }) => name));
    }
  };
  visit(plan.job.clauses);
  return rows.map(({ slots, returned }) =>
    [...new Set(names)].map((name) => {
      const item = returned.items.find((each) => each.name === name);
      return item === undefined ? null : jsonOf(item.value.type, slots[item.slot] ?? null);
    }),
  );
}
