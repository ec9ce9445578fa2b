import { assert } from '../../core/assert.ts';
import { compareRowsBy } from '../../core/compare.ts';
import type { Row } from '../../core/types.ts';
import type { EdgeTablePlan, VertexTablePlan } from '../../language/plan.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { ChangeSink, RowSink } from './sink.ts';
import type { Undoable, UndoLog } from './undo-log.ts';

/** Turns the rows of a stream into edges. */
export class StreamEdges implements RowSink, Undoable {
  readonly #graph: GraphView;
  readonly #table: number;
  readonly #plan: EdgeTablePlan;
  readonly #undo: UndoLog;
  readonly #positionOf: () => number;
  /** Edges of the record at hand, with their event times. */
  readonly #inserted: { readonly edge: number; readonly time: number }[] = [];

  constructor(graph: GraphView, table: number, undo: UndoLog, positionOf: () => number) {
    this.#graph = graph;
    this.#table = table;
    this.#plan = graph.plan.edgeTables[table] as EdgeTablePlan;
    this.#undo = undo;
    this.#positionOf = positionOf;
  }

  push(row: Row): void {
    const edge = this.#graph.insertEdge(this.#table, row, this.#positionOf());
    if (!this.#undo.recording) return;
    const column = this.#plan.eventTime;
    const time = column === null ? null : (row[column] ?? null);
    this.#inserted.push({ edge, time: time === null ? Number.POSITIVE_INFINITY : (time as number) });
    this.#undo.note(this, 0);
  }

  undo(): void {
    const last = this.#inserted.pop();
    assert(last !== undefined, 'there is an edge to take back');
    // An edge that has expired meanwhile is invisible already and may be gone for good.
    const expired = this.#graph.plan.retainMicros !== null && last.time < this.#graph.horizon;
    if (!expired) this.#graph.undoInsert(last.edge);
  }

  /** Makes the edges of the record final. */
  settle(): void {
    this.#inserted.length = 0;
  }
}

/** Turns the changes of a table into edges that come and go. */
export class TableEdges implements ChangeSink {
  readonly #graph: GraphView;
  readonly #table: number;
  readonly #positionOf: () => number;

  constructor(graph: GraphView, table: number, positionOf: () => number) {
    this.#graph = graph;
    this.#table = table;
    this.#positionOf = positionOf;
  }

  change(row: Row | null, old: Row | null): void {
    if (old !== null) this.#graph.removeEdge(this.#table, old);
    if (row !== null) this.#graph.insertEdge(this.#table, row, this.#positionOf());
  }
}

/** Turns the changes of a table into the rows of vertices. */
export class TableVertices implements ChangeSink {
  readonly #graph: GraphView;
  readonly #table: number;
  readonly #plan: VertexTablePlan;

  constructor(graph: GraphView, table: number) {
    this.#graph = graph;
    this.#table = table;
    this.#plan = graph.plan.vertexTables[table] as VertexTablePlan;
  }

  change(row: Row | null, old: Row | null): void {
    const moved = row === null || (old !== null && compareRowsBy(row, old, this.#plan.key) !== 0);
    if (old !== null && moved) this.#graph.removeVertex(this.#table, old);
    if (row !== null) this.#graph.upsertVertex(this.#table, row);
  }
}
