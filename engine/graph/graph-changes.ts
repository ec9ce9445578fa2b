import { unreachable } from '../../core/assert.ts';
import type { Row, Value } from '../../core/types.ts';
import type { GraphFollower, GraphView } from './graph-view.ts';
import { StateReader, StateWriter } from './state-bytes.ts';

/** What a change is, as its first byte. */
const CHANGE = {
  insertEdge: 0,
  takeBackEdge: 1,
  removeEdge: 2,
  setVertex: 3,
  removeVertex: 4,
  advanceWatermark: 5,
} as const;

/** Writes down the changes of a view as bytes, for `applyGraphChanges`. */
export class GraphChangeWriter implements GraphFollower {
  readonly #bytesMax: number;
  readonly #full: () => void;
  #writer = new StateWriter();

  /** `full` is called when `bytesMax` bytes and more have been written; it is to take them. */
  constructor(bytesMax: number, full: () => void) {
    this.#bytesMax = bytesMax;
    this.#full = full;
  }

  /** What was written since the last call; empty where nothing was. */
  take(): Uint8Array {
    const bytes = this.#writer.finish();
    this.#writer = new StateWriter();
    return bytes;
  }

  edgeInserted(edgeTable: number, row: Row): void {
    this.#row(CHANGE.insertEdge, edgeTable, row);
  }

  edgeTakenBack(edgeTable: number, age: number): void {
    this.#writer.u8(CHANGE.takeBackEdge);
    this.#writer.u32(edgeTable);
    this.#writer.u32(age);
  }

  edgeRemoved(edgeTable: number, row: Row): void {
    this.#row(CHANGE.removeEdge, edgeTable, row);
  }

  vertexSet(vertexTable: number, row: Row): void {
    this.#row(CHANGE.setVertex, vertexTable, row);
  }

  vertexRemoved(vertexTable: number, row: Row): void {
    this.#row(CHANGE.removeVertex, vertexTable, row);
  }

  watermarkAdvanced(micros: number): void {
    this.#writer.u8(CHANGE.advanceWatermark);
    this.#writer.f64(micros);
  }

  #row(change: number, table: number, row: Row): void {
    this.#writer.u8(change);
    this.#writer.u32(table);
    this.#writer.u32(row.length);
    for (let column = 0; column < row.length; column++) this.#writer.value(row[column] ?? null);
    if (this.#writer.size >= this.#bytesMax) this.#full();
  }
}

/** Makes the changes in a copy of the view that they were written down of. */
export function applyGraphChanges(copy: GraphView, bytes: Uint8Array): void {
  const reader = new StateReader(bytes);
  while (!reader.atEnd) {
    const change = reader.u8() as (typeof CHANGE)[keyof typeof CHANGE];
    switch (change) {
      case CHANGE.insertEdge:
        copy.insertEdge(reader.u32(), readRow(reader), 0);
        break;
      case CHANGE.takeBackEdge:
        copy.undoInsertOfAge(reader.u32(), reader.u32());
        break;
      case CHANGE.removeEdge:
        copy.removeEdge(reader.u32(), readRow(reader));
        break;
      case CHANGE.setVertex:
        copy.upsertVertex(reader.u32(), readRow(reader));
        break;
      case CHANGE.removeVertex:
        copy.removeVertex(reader.u32(), readRow(reader));
        break;
      case CHANGE.advanceWatermark:
        copy.advanceWatermark(reader.f64());
        break;
      default:
        unreachable(change);
    }
  }
}

function readRow(reader: StateReader): Value[] {
  const row: Value[] = [];
  for (let n = reader.u32(); n > 0; n--) row.push(reader.value());
  return row;
}
