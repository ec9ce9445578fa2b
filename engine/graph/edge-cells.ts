import { present } from '../../core/assert.ts';
import type { SqlType, Value } from '../../core/types.ts';
import type { Row } from '../../core/types.ts';
import type { Column, EdgeTablePlan } from '../../language/plan.ts';
import type { ColumnType } from './segment/column-input.ts';
import type { EdgeShard } from './delta/edge-shard.ts';
import type { ShardColumn } from './delta/shard-columns.ts';
import type { VertexDictionary } from './vertex-dictionary.ts';

/** Where a column of the edge relation is read from; numbers, so that reading is a few comparisons. */
const FROM_SOURCE = 0x1000;
const FROM_DESTINATION = 0x2000;
const FROM_TIME = 0x3000;
const NOWHERE = -1;

/** How a value is told from its cell. */
const NUMBER = 0;
const TEXT = 1;
const BOOLEAN = 2;

/**
 * The columns of an edge table as those of its shard. Columns that equal the endpoints' keys or the event time are not
 * stored a second time; texts are led to, numbers are as they are, booleans are 0 and 1, NULL is NaN.
 */
export class EdgeCells {
  /** The shard's columns: those stored, then the event time where there is one. */
  readonly columns: readonly ShardColumn[];
  /** The shard's column that is the event time, or -1. */
  readonly eventTime: number;
  /** Relation columns that determine an edge's content, for equality and hashes. */
  readonly content: readonly number[];
  /** The cells of the row filled last. */
  readonly cells: Float64Array;
  private readonly stored: readonly number[];
  private readonly kinds: Uint8Array;
  private readonly access: Int32Array;
  private readonly width: number;
  private readonly vertices: VertexDictionary;
  private readonly shard: () => EdgeShard;

  constructor(
    plan: EdgeTablePlan,
    columns: readonly Column[],
    vertices: VertexDictionary,
    shard: () => EdgeShard,
  ) {
    this.vertices = vertices;
    this.shard = shard;
    this.width = columns.length;
    this.access = new Int32Array(columns.length).fill(NOWHERE);
    plan.destination.columns.forEach((column, part) => {
      this.access[column] = FROM_DESTINATION + part;
    });
    plan.source.columns.forEach((column, part) => {
      this.access[column] = FROM_SOURCE + part;
    });
    if (plan.eventTime !== null) this.access[plan.eventTime] = FROM_TIME;
    const wanted = [...new Set([...plan.key, ...plan.properties.map(({ column }) => column)])].sort(
      (a, b) => a - b,
    );
    this.stored = wanted.filter((column) => this.access[column] === NOWHERE);
    this.stored.forEach((column, slot) => {
      this.access[column] = slot;
    });
    const types = this.stored.map((column) => present(columns[column]).type);
    this.kinds = Uint8Array.from(types, ({ kind }) =>
      kind === 'text' ? TEXT : kind === 'boolean' ? BOOLEAN : NUMBER,
    );
    this.eventTime = plan.eventTime === null ? -1 : this.stored.length;
    const shardColumns = types.map((type, slot) => shardColumn(`${this.stored[slot]}`, type));
    this.columns =
      plan.eventTime === null
        ? shardColumns
        : [...shardColumns, { name: `${plan.eventTime}`, type: 'timestamp', scale: 0 }];
    this.content = columns.map((_, column) => column).filter((column) => this.access[column] !== NOWHERE);
    this.cells = new Float64Array(this.columns.length);
  }

  /** Fills `cells` from a row; `time`: +Infinity for none. Integers beyond 53 bits are left for `noteLarge`. */
  fill(row: Row, time: number): void {
    const shard = this.shard();
    const { cells, kinds, stored } = this;
    for (let slot = 0; slot < stored.length; slot++) {
      const value = row[stored[slot] as number] ?? null;
      if (typeof value === 'number') cells[slot] = value;
      else if (typeof value === 'string' && kinds[slot] === TEXT) cells[slot] = shard.textPlace(slot, value);
      else cells[slot] = typeof value === 'boolean' ? Number(value) : Number.NaN;
    }
    if (this.eventTime >= 0) cells[this.eventTime] = time === Number.POSITIVE_INFINITY ? Number.NaN : time;
  }

  /** After the row's edge has its number: its integers beyond 53 bits. */
  noteLarge(row: Row, edge: number): void {
    for (let slot = 0; slot < this.stored.length; slot++) {
      const value = row[this.stored[slot] as number];
      if (typeof value === 'bigint') this.shard().setLarge(edge, slot, value);
    }
  }

  /** The value of the relation's column; NULL for columns that are neither properties nor key. */
  read(edge: number, column: number): Value {
    const access = this.access[column] ?? NOWHERE;
    if (access < 0) return null;
    const shard = this.shard();
    if (access >= FROM_SOURCE) {
      if (access < FROM_DESTINATION)
        return this.vertices.keyPart(shard.edgeSource(edge), access - FROM_SOURCE);
      if (access < FROM_TIME)
        return this.vertices.keyPart(shard.edgeDestination(edge), access - FROM_DESTINATION);
      const time = shard.edgeTime(edge);
      return time === Number.POSITIVE_INFINITY ? null : time;
    }
    const cell = shard.cellOf(edge, access);
    const kind = this.kinds[access];
    if (Number.isNaN(cell)) return kind === NUMBER ? shard.largeOf(edge, access) : null;
    if (kind === NUMBER) return cell;
    return kind === TEXT ? shard.textOf(access, cell) : cell === 1;
  }

  /** Whether the edge has this value in the column. */
  has(edge: number, column: number, value: Value): boolean {
    const access = this.access[column] ?? NOWHERE;
    if (access >= 0 && access < FROM_SOURCE && this.kinds[access] === TEXT && typeof value === 'string') {
      const shard = this.shard();
      const cell = shard.cellOf(edge, access);
      return !Number.isNaN(cell) && shard.hasText(access, cell, value);
    }
    return this.read(edge, column) === value;
  }

  /** All columns of the relation. */
  row(edge: number): Value[] {
    return Array.from({ length: this.width }, (_, column) => this.read(edge, column));
  }
}

function shardColumn(name: string, { kind }: SqlType): ShardColumn {
  const type: ColumnType = kind === 'text' ? 'text' : kind === 'double' ? 'double' : 'integer';
  return { name, type, scale: 0 };
}
