import type {
  GraphPlan,
  Operator,
  Program,
  RelationPlan,
  RelationRef,
  ViewPlan,
} from '../../language/plan.ts';
import { evaluate, rowScope } from './model-expressions.ts';
import { buildSnapshot, type Snapshot, type StoredEdge } from './model-graph.ts';
import {
  EMPTY_OPERATOR,
  type FlowingRow,
  fireWindows,
  join,
  type ModelRow,
  type OperatorState,
  over,
  passThrough,
  type Version,
} from './model-operators.ts';
import { compareLists, compareThings, fromLog, type Scalar } from './model-values.ts';
import type { Row } from '../../core/types.ts';

/** A change of a relation's rows. `row` is what came (for a delete what went), `old` what was there before. */
export interface Change {
  readonly event: 'insert' | 'update' | 'delete';
  readonly row: ModelRow;
  readonly old: ModelRow | null;
  readonly revision: bigint;
}

/** Later than every time. */
export const END_OF_TIME = 10n ** 30n;

/** Before any event: earlier than every time. */
export const BEGINNING_OF_TIME = -(10n ** 30n);

/** The columns of a row as declared, from what a log record stores; missing ones are NULL, generated ones computed. */
export function completeRow(relation: RelationPlan, stored: Row): ModelRow {
  const row: Scalar[] = relation.columns.map(() => null);
  relation.stored.forEach((column, place) => {
    const type = relation.columns[column]?.type;
    if (type !== undefined) row[column] = fromLog(type, stored[place]);
  });
  relation.generated.forEach((expression, column) => {
    if (expression !== null) row[column] = evaluate(expression, rowScope([...row])) as Scalar;
  });
  return row;
}

/**
 * What a refusal can take back: tables, the rows that operators have taken in, and the source-fed edges. Lists
 * are replaced, never changed, so that a copy of the maps is a copy of all.
 */
export class ModelContent {
  readonly program: Program;
  tables = new Map<string, readonly ModelRow[]>();
  versions = new Map<string, readonly Version[]>();
  /** By `view/operator number`. */
  operators = new Map<string, OperatorState>();
  /** By `graph/edge table number`. */
  edges = new Map<string, readonly StoredEdge[]>();
  /** The greatest watermark so far of each graph, by name. */
  times = new Map<string, bigint>();
  arrivals = 0;

  constructor(program: Program) {
    this.program = program;
  }

  /** The same content, to go back to. */
  copy(): ModelContent {
    const copy = new ModelContent(this.program);
    copy.tables = new Map(this.tables);
    copy.versions = new Map(this.versions);
    copy.operators = new Map(this.operators);
    copy.edges = new Map(this.edges);
    copy.times = new Map(this.times);
    copy.arrivals = this.arrivals;
    return copy;
  }

  /** The content under other definitions: operators and edge tables whose plan is the same keep what they have. */
  under(program: Program): ModelContent {
    const next = new ModelContent(program);
    next.arrivals = this.arrivals;
    for (const { name, columns } of program.tables) {
      const widen = (row: ModelRow): ModelRow => columns.map((_, column) => row[column] ?? null);
      next.tables.set(name, (this.tables.get(name) ?? []).map(widen));
      const versions = this.versions.get(name) ?? [];
      next.versions.set(
        name,
        versions.map(({ row, deleted }) => ({ row: widen(row), deleted })),
      );
    }
    const before = this.program.views.flatMap((view) => statefulOperators(view));
    for (const { place, fingerprint } of program.views.flatMap((view) => statefulOperators(view))) {
      const same = before.filter((other) => other.fingerprint === fingerprint);
      const kept = same.find((other) => other.place === place) ?? same[0];
      if (kept !== undefined) next.operators.set(place, this.operators.get(kept.place) ?? EMPTY_OPERATOR);
    }
    for (const graph of program.graphs) {
      const old = this.program.graphs.find(({ name }) => name === graph.name);
      const time = this.times.get(graph.name);
      if (old?.fingerprint === graph.fingerprint && time !== undefined) next.times.set(graph.name, time);
      graph.edgeTables.forEach((edgeTable, number) => {
        const kept =
          old?.edgeTables.findIndex(({ fingerprint }) => fingerprint === edgeTable.fingerprint) ?? -1;
        if (kept < 0) return;
        const width = this.columnsUnder(program, edgeTable.relation).length;
        const rows = this.edges.get(`${graph.name}/${kept}`) ?? [];
        next.edges.set(
          `${graph.name}/${number}`,
          rows.map(({ row, arrival }) => ({
            arrival,
            row: Array.from({ length: width }, (_, at) => row[at] ?? null),
          })),
        );
      });
    }
    return next;
  }

  columnsUnder(program: Program, relation: RelationRef) {
    const plans = { source: program.sources, table: program.tables, view: program.views }[relation.kind];
    const plan = plans.find(({ name }) => name === relation.name);
    if (plan === undefined) throw new Error(`no ${relation.kind} ${relation.name}`);
    return plan.columns;
  }

  /** Applies an upsert or delete to a table: the change, or null for the delete of a row that is not there. */
  changeTable(name: string, row: ModelRow, deleted: boolean): Change | null {
    const table = this.program.tables.find((other) => other.name === name);
    if (table === undefined) throw new Error(`no table ${name}`);
    const keyOf = (of: ModelRow) => table.key.map((column) => of[column] ?? null);
    const rows = this.tables.get(name) ?? [];
    const old = rows.find((other) => compareLists(keyOf(other), keyOf(row)) === 0) ?? null;
    this.versions.set(name, [...(this.versions.get(name) ?? []), { row, deleted }]);
    const others = rows.filter((other) => other !== old);
    this.tables.set(name, deleted ? others : [...others, row]);
    if (deleted) return old === null ? null : { event: 'delete', row: old, old, revision: 0n };
    return { event: old === null ? 'insert' : 'update', row, old, revision: 0n };
  }

  /**
   * Lets changes flow on through all views and into the edge tables. With `watermarkOf`, windows that are due fire
   * and their rows flow on as well; without it windows only take rows in. Returns the changes of every relation.
   */
  flow(
    changes: ReadonlyMap<string, readonly Change[]>,
    watermarkOf: ((source: string) => bigint) | null,
  ): Map<string, Change[]> {
    const all = new Map<string, Change[]>([...changes].map(([name, list]) => [name, [...list]]));
    for (const view of this.program.views) {
      const input = all.get(view.input.name) ?? [];
      const out = view.changes
        ? input.flatMap((change) => throughChangingView(view, change))
        : this.throughStreamView(view, input, watermarkOf);
      if (out.length > 0) all.set(view.name, out);
    }
    for (const graph of this.program.graphs) {
      graph.edgeTables.forEach((edgeTable, number) => {
        if (!edgeTable.fromSource) return;
        const place = `${graph.name}/${number}`;
        for (const { row } of all.get(edgeTable.relation.name) ?? []) {
          this.arrivals += 1;
          this.edges.set(place, [...(this.edges.get(place) ?? []), { row, arrival: this.arrivals }]);
        }
      });
    }
    return all;
  }

  private throughStreamView(
    view: ViewPlan,
    input: readonly Change[],
    watermarkOf: ((source: string) => bigint) | null,
  ): Change[] {
    let rows: FlowingRow[] = input.map(({ row, revision }) => ({ row, revision }));
    view.operators.forEach((operator, number) => {
      rows = this.throughOperator(
        operator,
        `${view.name}/${number}`,
        rows,
        watermarkOf?.(view.root.name) ?? null,
      );
    });
    return rows.map(({ row, revision }) => ({ event: 'insert', row, old: null, revision }));
  }

  private throughOperator(
    operator: Operator,
    place: string,
    rows: readonly FlowingRow[],
    watermark: bigint | null,
  ): FlowingRow[] {
    const state = this.operators.get(place) ?? EMPTY_OPERATOR;
    switch (operator.kind) {
      case 'filter':
      case 'project':
        return rows.flatMap(({ row, revision }) => {
          const passed = passThrough(operator, row);
          return passed === null ? [] : [{ row: passed, revision }];
        });
      case 'join': {
        const table = this.program.tables.find(({ name }) => name === operator.table);
        if (table === undefined) throw new Error(`no table ${operator.table}`);
        const { key, versionTime, columns } = table;
        const current = this.tables.get(table.name) ?? [];
        const versions = this.versions.get(table.name) ?? [];
        const content = { key, versionTime, width: columns.length, current, versions };
        return rows.flatMap(({ row, revision }) =>
          join(operator, row, content).map((joined) => ({ row: joined, revision })),
        );
      }
      case 'over':
        return rows.map(({ row, revision }) => {
          const [out, next] = over(operator, this.operators.get(place) ?? EMPTY_OPERATOR, row);
          this.operators.set(place, next);
          return { row: out, revision };
        });
      case 'window': {
        const taken = { ...state, rows: [...state.rows, ...rows.map(({ row }) => row)] };
        const [fired, next] = watermark === null ? [[], taken] : fireWindows(operator, taken, watermark);
        this.operators.set(place, next);
        return fired;
      }
    }
  }

  /**
   * Drops source-fed edges whose event time lies before the graph's watermark less its retention. The watermark is the
   * least of those of its sources that are not silent, and never falls.
   */
  expire(timeOf: (source: string) => { readonly watermark: bigint; readonly silent: boolean }): void {
    for (const graph of this.program.graphs) {
      const { retainMicros } = graph;
      if (retainMicros === null) continue;
      const feeding = graph.edgeTables.filter(({ fromSource }) => fromSource);
      const times = feeding.map(({ relation }) => timeOf(this.rootOf(relation)));
      const watermarks = times.filter(({ silent }) => !silent).map(({ watermark }) => watermark);
      const before = this.times.get(graph.name) ?? BEGINNING_OF_TIME;
      const now = watermarks.sort(compareThings)[0] ?? before;
      const least = now > before ? now : before;
      this.times.set(graph.name, least);
      graph.edgeTables.forEach((edgeTable, number) => {
        const place = `${graph.name}/${number}`;
        const { eventTime } = edgeTable;
        const rows = this.edges.get(place);
        if (rows === undefined || eventTime === null) return;
        const lives = (row: ModelRow) => {
          const time = row[eventTime] ?? null;
          return time === null || !((time as bigint) < least - BigInt(retainMicros));
        };
        this.edges.set(
          place,
          rows.filter(({ row }) => lives(row)),
        );
      });
    }
  }

  private rootOf(relation: RelationRef): string {
    if (relation.kind !== 'view') return relation.name;
    const view = this.program.views.find(({ name }) => name === relation.name);
    if (view === undefined) throw new Error(`no view ${relation.name}`);
    return view.root.name;
  }

  /** Rows of a table, or of a view over one. */
  rowsOf(relation: RelationRef): readonly ModelRow[] {
    if (relation.kind === 'table') return this.tables.get(relation.name) ?? [];
    const view = this.program.views.find(({ name }) => name === relation.name);
    if (relation.kind !== 'view' || view === undefined || !view.changes)
      throw new Error(`no rows of ${relation.name}`);
    return this.rowsOf(view.input).flatMap((row) => {
      const out = throughAll(view, row);
      return out === null ? [] : [out];
    });
  }

  snapshot(plan: GraphPlan): Snapshot {
    return buildSnapshot(plan, {
      columnsOf: (relation) => this.columnsUnder(this.program, relation),
      rowsOf: (relation) => this.rowsOf(relation),
      storedEdges: (edgeTable) => this.edges.get(`${plan.name}/${edgeTable}`) ?? [],
    });
  }
}

function statefulOperators(view: ViewPlan): { place: string; fingerprint: string }[] {
  return view.operators.flatMap((operator, number) =>
    operator.kind === 'over' || operator.kind === 'window'
      ? [{ place: `${view.name}/${number}`, fingerprint: operator.fingerprint }]
      : [],
  );
}

function throughAll(view: ViewPlan, row: ModelRow): ModelRow | null {
  let out: ModelRow | null = row;
  for (const operator of view.operators) out = out === null ? null : passThrough(operator, out);
  return out;
}

function throughChangingView(view: ViewPlan, change: Change): Change[] {
  const row = change.event === 'delete' ? null : throughAll(view, change.row);
  const old = change.old === null ? null : throughAll(view, change.old);
  if (row === null) return old === null ? [] : [{ event: 'delete', row: old, old, revision: 0n }];
  return [{ event: old === null ? 'insert' : 'update', row, old, revision: 0n }];
}
