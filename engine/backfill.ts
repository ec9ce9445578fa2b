import { present } from '../core/assert.ts';
import type { DefinitionsRecord, LogRecord } from '../core/record.ts';
import { type Row, type SqlType, typeName } from '../core/types.ts';
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

/** Before the names of what the target brings, and of relations that only it has: no name in a text holds a zero. */
const PREFIX = '\0backfill/';
const ABSENT = `${PREFIX}absent/`;

/**
 * Folds the log again from its beginning with the views and graphs of a later text beside those of then, so that those
 * with `backfill = 'log'` start with what they would hold had they been there. All that decides what is in the stream is
 * repeated as it was: definitions at their places, late and repeated events, refusals, rows that rules insert. Jobs that
 * only report are not.
 *
 * The caller gives it every record before the definitions record in question (`Fold.backfillsOf` says whether that
 * needs it), and then applies that record to its own fold with what `finish` returns. Where a record on the way needs a
 * history of its own (`backfillsOf`), it comes with it.
 */
export class Backfill {
  readonly #fold: Fold;
  readonly #compile: (text: string) => Program;
  readonly #target: Program;
  #refusal: unknown = null;
  #program: Program | null = null;

  /** `text` is the one that is to take effect. */
  constructor(text: string, compile: (text: string) => Program) {
    this.#target = compile(text);
    this.#compile = compile;
    this.#fold = new Fold({
      tenant: '',
      compile: (other) => withTarget(compile(other), this.#target),
      emit: () => undefined,
    });
  }

  /** As the fold's. */
  storedTypes(relation: string): readonly SqlType[] {
    return this.#fold.storedTypes(relation);
  }

  /** As the fold's. */
  backfillsOf(record: DefinitionsRecord): readonly string[] {
    this.#check(record);
    return this.#fold.backfillsOf({ ...record, allowDrop: true });
  }

  /** Applies the next record of the log, from the first one on. Throws where definitions took no effect when they came. */
  apply(record: LogRecord, history: LogHistory | null = null): void {
    this.#refusal = null;
    if (record.kind !== 'definitions') {
      this.#fold.apply(record);
      return;
    }
    let program: Program;
    try {
      program = this.#check(record);
    } catch (error) {
      this.#refusal = error;
      throw error;
    }
    this.#fold.apply({ ...record, allowDrop: true }, history);
    this.#program = program;
  }

  /** As the fold's. */
  get refusal(): unknown {
    return this.#refusal ?? this.#fold.refusal;
  }

  /** What has come together. */
  finish(): LogHistory {
    const edges = this.#target.graphs
      .filter(({ backfill }) => backfill)
      .map(
        ({ name, edgeTables }) => [name, edgeTables.map((_, table) => this.#edgeRows(name, table))] as const,
      );
    const parts = new Map<string, { readonly key: string; readonly bytes: Uint8Array }[]>();
    // Nothing of this fold was ever saved, so that what has changed is all there is.
    for (const { part, key, bytes } of this.#fold.saveChanges()) {
      const [kind, name] = partOf(part);
      if (!name.startsWith(PREFIX) || key === null || bytes === null) continue;
      const own = `${kind}/${name.slice(PREFIX.length)}`;
      const entries = parts.get(own) ?? [];
      parts.set(own, entries);
      entries.push({ key, bytes });
    }
    return { edges: new Map(edges), parts };
  }

  /** Throws where the record does not compile, or may not follow what is in force. */
  #check({ text, allowDrop }: DefinitionsRecord): Program {
    const program = this.#compile(text);
    if (this.#program !== null) checkChange(this.#program, program, allowDrop);
    return program;
  }

  #edgeRows(graph: string, table: number): Row[] {
    const rows: Row[] = [];
    this.#fold.graph(PREFIX + graph)?.forEachEdgeRow(table, (row) => rows.push(row));
    return rows;
  }
}

/** `over` and `backfill/…` of `over/backfill/…`. */
function partOf(part: string): readonly [kind: string, name: string] {
  const slash = part.indexOf('/');
  return slash < 0 ? [part, ''] : [part.slice(0, slash), part.slice(slash + 1)];
}

/** How a relation of the target stands in a program of the past. */
type Standing =
  /** As it will be. */
  | 'same'
  /** Only in the target: no row of it has come yet, and it stands under a name of its own. */
  | 'absent'
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
  const rename = (relation: RelationRef): RelationRef => {
    const now = standing.get(relation.name);
    if (relation.kind === 'view' || now === 'narrower') return { kind: 'view', name: PREFIX + relation.name };
    return now === 'absent' ? { kind: relation.kind, name: ABSENT + relation.name } : relation;
  };
  const graphs = target.graphs.filter(
    (graph) =>
      graph.backfill &&
      [...graph.vertexTables, ...graph.edgeTables].every(({ relation }) =>
        relation.kind === 'view'
          ? views.some(({ name }) => name === relation.name)
          : standing.get(relation.name) !== 'other',
      ),
  );
  const absent = <P extends RelationPlan>(plans: readonly P[]): P[] =>
    plans
      .filter(({ name }) => standing.get(name) === 'absent')
      .map((plan) => ({ ...plan, name: ABSENT + plan.name }));
  const narrower = relations.filter(({ name }) => standing.get(name) === 'narrower');
  return {
    sources: [...past.sources, ...absent(target.sources)],
    tables: [...past.tables, ...absent(target.tables)],
    views: [
      ...past.views,
      ...narrower.map((plan) => fillingView(plan, [...past.sources, ...past.tables])),
      ...views.map((view) => renamedView(view, rename)),
    ],
    graphs: [...past.graphs, ...graphs.map((graph) => renamedGraph(graph, rename))],
    decisions: [],
    rules: past.rules.filter(
      ({ actions }) => actions.refuse || actions.inserts.length > 0 || actions.transfers !== undefined,
    ),
    queries: [],
  };
}

function standingOf(plan: SourcePlan | TablePlan, past: readonly (SourcePlan | TablePlan)[]): Standing {
  const then = past.find(({ name }) => name === plan.name);
  if (then === undefined) return 'absent';
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
    if (operator.kind !== 'join') continue;
    const now = standing.get(operator.table);
    if (now !== 'same' && now !== 'absent') return false;
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
    root: view.root.kind === 'view' ? view.root : rootOf(rename(view.root), view.root),
    operators: view.operators.map((operator) => {
      if (operator.kind === 'join')
        return { ...operator, table: rename({ kind: 'table', name: operator.table }).name };
      return 'fingerprint' in operator
        ? { ...operator, fingerprint: PREFIX + operator.fingerprint }
        : operator;
    }),
    backfill: false,
  };
}

/** A relation is the root of its views also where they read it through one that fills it up. */
function rootOf(renamed: RelationRef, root: RelationRef): RelationRef {
  return renamed.kind === 'view' ? root : renamed;
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
