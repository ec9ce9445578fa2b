import { present } from '../core/assert.ts';
import type { CheckpointChange } from '../core/ports/checkpoints.ts';
import type { LogRecord } from '../core/record.ts';
import { type Row, typeName } from '../core/types.ts';
import type {
  Column,
  Expr,
  GraphPlan,
  Program,
  RelationPlan,
  RelationRef,
  SourcePlan,
  TablePlan,
  ViewPlan,
} from '../language/plan.ts';
import { checkChange } from './definition-change.ts';
import { Fold } from './fold.ts';
import type { LogHistory } from './log-history.ts';

const PREFIX = 'backfill/';

/**
 * Folds the log again from its beginning with the views and graphs that only a later text defines, so that those with
 * `backfill = 'log'` start with what they would hold had they been there. All that decides what is in the stream is repeated as
 * it was: definitions at their places, late and repeated events, refusals, rows that rules insert. Jobs that only
 * report are not.
 *
 * The caller gives it every record before the definitions record in question (`Fold.backfillsOf` says whether that
 * needs it), and then applies that record to its own fold with this as the history.
 */
export class Backfill implements LogHistory {
  readonly #fold: Fold;
  readonly #compile: (text: string) => Program;
  #program: Program | null = null;
  #content: CheckpointChange[] | null = null;

  /** `text` is the one that is to take effect. */
  constructor(text: string, compile: (text: string) => Program) {
    const target = compile(text);
    this.#compile = compile;
    this.#fold = new Fold({
      tenant: '',
      compile: (other) => withTarget(compile(other), target),
      emit: () => undefined,
    });
  }

  /** Applies the next record of the log, from the first one on. */
  apply(record: LogRecord): void {
    if (record.kind !== 'definitions') {
      this.#fold.apply(record);
      return;
    }
    const before = this.#program;
    try {
      const program = this.#compile(record.text);
      if (before !== null) checkChange(before, program, record.allowDrop);
      this.#program = program;
    } catch {
      // It took no effect when it came either.
      return;
    }
    this.#fold.apply({ ...record, allowDrop: true });
  }

  forEachEdgeRow(graph: string, edgeTable: number, visit: (row: Row) => void): void {
    this.#fold.graph(PREFIX + graph)?.forEachEdgeRow(edgeTable, visit);
  }

  contentOf(part: string): { readonly key: string; readonly bytes: Uint8Array }[] {
    const renamed = part.replace(/^\w+\//, (kind) => kind + PREFIX);
    // Nothing of this fold was ever saved, so that what has changed is all there is.
    this.#content ??= this.#fold.saveChanges();
    return this.#content.flatMap((change) =>
      change.part === renamed && change.key !== null && change.bytes !== null
        ? [{ key: change.key, bytes: change.bytes }]
        : [],
    );
  }
}

/** How a relation of the target stands in a program of the past. */
type Standing =
  /** As it will be, or only in the target: no row of it has come yet. */
  | 'same'
  /** With fewer columns: its rows are read through a view that fills them up. */
  | 'narrower'
  /** As another relation of that name: nothing of the target reads it. */
  | 'other';

/**
 * A program of the past with the views and graphs of another one beside its own, under names of their own. Those
 * that would read a relation that does not stand there yet as it will are left out until it does.
 */
function withTarget(past: Program, target: Program): Program {
  const relations: readonly (SourcePlan | TablePlan)[] = [...target.sources, ...target.tables];
  const standing = new Map(
    relations.map((plan) => [plan.name, standingOf(plan, [...past.sources, ...past.tables])]),
  );
  const views = target.views.filter((view) => canStand(view, target, standing));
  const rename = (relation: RelationRef): RelationRef =>
    relation.kind === 'view' || standing.get(relation.name) === 'narrower'
      ? { kind: 'view', name: PREFIX + relation.name }
      : relation;
  const graphs = target.graphs.filter(
    (graph) =>
      graph.backfill &&
      [...graph.vertexTables, ...graph.edgeTables].every(({ relation }) =>
        relation.kind === 'view'
          ? views.some(({ name }) => name === relation.name)
          : standing.get(relation.name) !== 'other',
      ),
  );
  const isNew = ({ name }: RelationPlan): boolean =>
    standing.get(name) === 'same' && ![...past.sources, ...past.tables].some((plan) => plan.name === name);
  const narrower = relations.filter(({ name }) => standing.get(name) === 'narrower');
  return {
    sources: [...past.sources, ...target.sources.filter(isNew)],
    tables: [...past.tables, ...target.tables.filter(isNew)],
    views: [
      ...past.views,
      ...narrower.map((plan) => fillingView(plan, [...past.sources, ...past.tables])),
      ...views.map((view) => renamedView(view, rename)),
    ],
    graphs: [...past.graphs, ...graphs.map((graph) => renamedGraph(graph, rename))],
    decisions: [],
    rules: past.rules.filter(({ actions }) => actions.refuse || actions.inserts.length > 0),
    queries: [],
  };
}

function standingOf(plan: SourcePlan | TablePlan, past: readonly (SourcePlan | TablePlan)[]): Standing {
  const then = past.find(({ name }) => name === plan.name);
  if (then === undefined) return 'same';
  if (then.kind !== plan.kind || !then.columns.every((column, n) => isSameColumn(column, plan.columns[n]))) {
    return 'other';
  }
  return then.columns.length === plan.columns.length ? 'same' : 'narrower';
}

function isSameColumn(a: Column, b: Column | undefined): boolean {
  return b !== undefined && a.name === b.name && typeName(a.type) === typeName(b.type);
}

/** Whether all that a view reads is there: what it joins has to be whole, for its columns come in the midst of a row. */
function canStand(view: ViewPlan, target: Program, standing: ReadonlyMap<string, Standing>): boolean {
  for (const operator of view.operators) {
    if (operator.kind === 'join' && standing.get(operator.table) !== 'same') return false;
  }
  if (view.input.kind !== 'view') return standing.get(view.input.name) !== 'other';
  const input = present(target.views.find(({ name }) => name === view.input.name));
  return canStand(input, target, standing);
}

/** A view of a relation of the past with the columns that it will have: NULL, or generated from the others. */
function fillingView(plan: SourcePlan | TablePlan, past: readonly (SourcePlan | TablePlan)[]): ViewPlan {
  const width = present(past.find(({ name }) => name === plan.name)).columns.length;
  const column = ({ type }: Column, index: number): Expr => ({ kind: 'column', type, index });
  const filled = plan.columns.map(
    (each, n): Expr => (n < width ? column(each, n) : { kind: 'literal', type: each.type, value: null }),
  );
  const generated = plan.columns.map(
    (each, n): Expr => (n < width ? null : plan.generated[n]) ?? column(each, n),
  );
  const relation: RelationRef = { kind: plan.kind, name: plan.name };
  return {
    name: PREFIX + plan.name,
    fingerprint: `${PREFIX}${plan.fingerprint}/${width}`,
    input: relation,
    operators: [filled, generated].map((expressions) => ({
      kind: 'project',
      columns: plan.columns,
      expressions,
    })),
    columns: plan.columns,
    changes: plan.kind === 'table',
    root: relation,
    eventTime: plan.kind === 'source' ? (plan.eventTime?.column ?? null) : null,
    key: plan.key,
    backfill: false,
  };
}

/** Fingerprints too: the operators share no state with those of the past. */
function renamedView(view: ViewPlan, rename: (relation: RelationRef) => RelationRef): ViewPlan {
  return {
    ...view,
    name: PREFIX + view.name,
    fingerprint: PREFIX + view.fingerprint,
    input: rename(view.input),
    operators: view.operators.map((operator) =>
      'fingerprint' in operator ? { ...operator, fingerprint: PREFIX + operator.fingerprint } : operator,
    ),
    backfill: false,
  };
}

function renamedGraph(graph: GraphPlan, rename: (relation: RelationRef) => RelationRef): GraphPlan {
  return {
    ...graph,
    name: PREFIX + graph.name,
    fingerprint: PREFIX + graph.fingerprint,
    vertexTables: graph.vertexTables.map((table) => ({ ...table, relation: rename(table.relation) })),
    edgeTables: graph.edgeTables.map((table) => ({ ...table, relation: rename(table.relation) })),
    backfill: false,
  };
}
