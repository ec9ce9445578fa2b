import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import { readField } from '../graph/segment/bit-fields.ts';
import {
  COLUMN_AUX,
  COLUMN_DATA,
  COLUMN_KIND,
  COLUMN_PACKED,
  COLUMN_PAGED,
  COLUMN_RANKS,
  COLUMN_WIDTH,
  FILTER_TESTS,
  FILTER_TESTS_START,
  PAGE_BYTES,
  PAGE_LOG2,
  RANKS_LOG2,
  TEST_BYTES,
  TEST_COLUMN,
  TEST_GREATEST,
  TEST_LEAST,
} from './memory-layout.ts';

/** Columns by edge number in plain TypeScript: the reference of engine/kernels/assembly/columns.ts. */
export class ReferenceColumns {
  private readonly memory: GraphMemory;

  constructor(memory: GraphMemory) {
    this.memory = memory;
  }

  columnCode(column: number, edge: number): number {
    const { u8 } = this.memory;
    const kind = this.word(column + COLUMN_KIND);
    const data = this.word(column + COLUMN_DATA);
    const width = this.word(column + COLUMN_WIDTH);
    if (kind === COLUMN_PACKED) return readField(u8, 8 * data + edge * width, width);
    if (kind === COLUMN_PAGED) {
      const page = this.word(column + COLUMN_AUX) + (edge >>> PAGE_LOG2) * PAGE_BYTES;
      const head = this.word(page + 8);
      const least = this.word(page + 4) + (head % 0x100_0000) * 0x1_0000_0000;
      const pageWidth = head >>> 24;
      const row = edge & ((1 << PAGE_LOG2) - 1);
      return least + readField(u8, 8 * (data + this.word(page)) + row * pageWidth, pageWidth);
    }
    const bits = this.word(column + COLUMN_AUX);
    let run = this.word(this.word(column + COLUMN_RANKS) + 4 * (edge >>> RANKS_LOG2)) - 1;
    for (let each = (edge >>> RANKS_LOG2) << RANKS_LOG2; each <= edge; each++) {
      run += ((u8[bits + (each >>> 3)] as number) >> (each & 7)) & 1;
    }
    return readField(u8, 8 * data + run * width, width);
  }

  /** Whether the edge passes all tests of the filter; 0 for none. */
  passes(filter: number, edge: number): boolean {
    if (filter === 0) return true;
    for (let test = 0; test < this.word(filter + FILTER_TESTS); test++) {
      const at = filter + FILTER_TESTS_START + test * TEST_BYTES;
      const code = this.columnCode(this.word(at + TEST_COLUMN), edge);
      if (code < this.long(at + TEST_LEAST) || code > this.long(at + TEST_GREATEST)) return false;
    }
    return true;
  }

  private word(address: number): number {
    return this.memory.view.getUint32(address, true);
  }

  private long(address: number): number {
    return this.word(address) + this.word(address + 4) * 0x1_0000_0000;
  }
}
