import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import {
  BLOCK_COUNT,
  BLOCK_ENTRIES,
  BLOCK_WHOLE,
  ENTRY_BYTES,
  ENTRY_EDGE,
  ENTRY_NEIGHBOUR,
  FILTER_TESTS,
  FILTER_TESTS_START,
  LISTS_VERTICES,
  LIVE_BLOCKS,
  LIVE_CHUNK_LOG2,
  LIVE_REMOVED,
  LIVE_TEST_COLUMN,
  LIVE_TEST_GREATEST,
  LIVE_TEST_LEAST,
  LIVE_TIMES,
  LIVE_VERTICES,
  REMOVED_BITS,
  REMOVED_HASH,
  REMOVED_MASK,
  REMOVED_SLOT_BYTES,
  REMOVED_SLOTS,
  REMOVED_TABLE,
  SOURCE_FILTER,
  SOURCE_FIRST_ID,
  SOURCE_FLOOR,
  SOURCE_LISTS,
  SOURCE_LIVE,
  SOURCE_LIVE_END,
  SOURCE_LIVE_FILTER,
  SOURCE_LIVE_FIRST,
  SOURCE_POSITION,
  SOURCE_REMOVED,
  SOURCE_TIME_BASE,
  SOURCE_TIME_NULLS,
  SOURCE_TIME_STEP,
  SOURCE_TIMES,
  TEST_BYTES,
} from './memory-layout.ts';
import type { ReferenceColumns } from './reference-columns.ts';
import type { ReferenceLists } from './reference-lists.ts';

const CHUNK_MASK = (1 << LIVE_CHUNK_LOG2) - 1;

/** What a source of edges has at a vertex, in plain TypeScript: the reference of engine/kernels/assembly/sources.ts. */
export class ReferenceSources {
  private readonly memory: GraphMemory;
  private readonly lists: ReferenceLists;
  private readonly columns: ReferenceColumns;

  constructor(memory: GraphMemory, lists: ReferenceLists, columns: ReferenceColumns) {
    this.memory = memory;
    this.lists = lists;
    this.columns = columns;
  }

  openWithin(lists: number, vertex: number): number {
    return vertex < this.word(lists + LISTS_VERTICES) ? this.lists.openList(lists, vertex) : 0;
  }

  entriesAtMost(source: number, vertex: number): number {
    const block = this.liveBlock(this.word(source + SOURCE_LIVE), vertex);
    const base = this.openBase(source, vertex, block);
    return block === 0 ? base : base + this.word(block + BLOCK_COUNT);
  }

  /** Whether an edge, by its number in segment and delta together, is seen. */
  isVisible(source: number, edge: number): boolean {
    const first = this.word(source + SOURCE_LIVE_FIRST);
    const position = this.word(source + SOURCE_POSITION);
    if (edge < first) {
      if (this.isGone(this.word(source + SOURCE_REMOVED), edge, position)) return false;
    } else {
      if (edge - first >= this.word(source + SOURCE_LIVE_END)) return false;
      if (this.isLiveGone(this.word(source + SOURCE_LIVE), edge - first, position)) return false;
    }
    return this.edgeTime(source, edge) >= this.float(source + SOURCE_FLOOR);
  }

  /** An edge's event time; +Infinity for none. */
  edgeTime(source: number, edge: number): number {
    const first = this.word(source + SOURCE_LIVE_FIRST);
    if (edge >= first) {
      return this.liveValue(this.word(this.word(source + SOURCE_LIVE) + LIVE_TIMES), edge - first);
    }
    const column = this.word(source + SOURCE_TIMES);
    if (column === 0) return Number.POSITIVE_INFINITY;
    const code = this.columns.columnCode(column, edge);
    if (code === 0 && this.word(source + SOURCE_TIME_NULLS) !== 0) return Number.POSITIVE_INFINITY;
    return code * this.float(source + SOURCE_TIME_STEP) + this.float(source + SOURCE_TIME_BASE);
  }

  readVisible(source: number, vertex: number, buffer: number, edges: number): number {
    const lists = this.word(source + SOURCE_LISTS);
    const block = this.liveBlock(this.word(source + SOURCE_LIVE), vertex);
    const inBase = this.openBase(source, vertex, block) > 0;
    const read = inBase ? this.lists.decodeEdges(lists, vertex, buffer, edges) : 0;
    let count = 0;
    for (let at = 0; at < read; at++) {
      const edge = this.word(edges + 4 * at);
      if (this.isVisible(source, edge)) this.put(count++, this.word(buffer + 4 * at), edge, buffer, edges);
    }
    if (block === 0) return count;
    const isTimed = this.word(source + SOURCE_TIMES) !== 0;
    for (let n = 0; n < this.word(block + BLOCK_COUNT); n++) {
      const entry = block + BLOCK_ENTRIES + n * ENTRY_BYTES;
      const edge = this.word(entry + ENTRY_EDGE) - this.word(source + SOURCE_FIRST_ID);
      if (!this.isVisible(source, edge)) continue;
      let at = count++;
      if (isTimed) {
        for (; at > 0; at--) {
          const before = this.word(edges + 4 * (at - 1));
          if (this.edgeTime(source, before) <= this.edgeTime(source, edge)) break;
          this.put(at, this.word(buffer + 4 * (at - 1)), before, buffer, edges);
        }
      }
      this.put(at, this.word(entry + ENTRY_NEIGHBOUR), edge, buffer, edges);
    }
    return count;
  }

  keepPassing(source: number, count: number, buffer: number, edges: number): number {
    let kept = 0;
    for (let at = 0; at < count; at++) {
      const edge = this.word(edges + 4 * at);
      if (this.passesSource(source, edge)) this.put(kept++, this.word(buffer + 4 * at), edge, buffer, edges);
    }
    return kept;
  }

  /** Whether an edge passes the source's filters. */
  passesSource(source: number, edge: number): boolean {
    const first = this.word(source + SOURCE_LIVE_FIRST);
    if (edge < first) return this.columns.passes(this.word(source + SOURCE_FILTER), edge);
    const filter = this.word(source + SOURCE_LIVE_FILTER);
    if (filter === 0) return true;
    for (let test = 0; test < this.word(filter + FILTER_TESTS); test++) {
      const at = filter + FILTER_TESTS_START + test * TEST_BYTES;
      const value = this.liveValue(this.word(at + LIVE_TEST_COLUMN), edge - first);
      const isWithin =
        value >= this.float(at + LIVE_TEST_LEAST) && value <= this.float(at + LIVE_TEST_GREATEST);
      if (!isWithin) return false;
    }
    return true;
  }

  /** The block of a delta's vertex, or 0. */
  liveBlock(live: number, vertex: number): number {
    if (live === 0 || vertex >= this.word(live + LIVE_VERTICES)) return 0;
    return this.word(this.word(live + LIVE_BLOCKS) + 4 * vertex);
  }

  /** Entries of the segment's list of a vertex, 0 where its block in the delta has them all. */
  private openBase(source: number, vertex: number, block: number): number {
    const lists = this.word(source + SOURCE_LISTS);
    if (lists === 0 || (block !== 0 && this.word(block + BLOCK_WHOLE) !== 0)) return 0;
    return this.openWithin(lists, vertex);
  }

  private isGone(removed: number, edge: number, position: number): boolean {
    if (removed === 0) return false;
    const bits = this.memory.u8[this.word(removed + REMOVED_BITS) + (edge >>> 3)] as number;
    if (((bits >> (edge & 7)) & 1) === 0) return false;
    const table = this.word(removed + REMOVED_TABLE);
    const mask = this.word(table + REMOVED_MASK);
    const slots = table + REMOVED_SLOTS;
    let slot = (Math.imul(edge, REMOVED_HASH) >>> 7) & mask;
    while (this.word(slots + slot * REMOVED_SLOT_BYTES) !== edge + 1) slot = (slot + 1) & mask;
    return this.word(slots + slot * REMOVED_SLOT_BYTES + 4) <= position;
  }

  private isLiveGone(live: number, edge: number, position: number): boolean {
    const chunk = this.word(this.word(live + LIVE_REMOVED) + 4 * (edge >>> LIVE_CHUNK_LOG2));
    if (chunk === 0) return false;
    const removed = this.word(chunk + 4 * (edge & CHUNK_MASK));
    return removed !== 0 && removed - 1 <= position;
  }

  private liveValue(chunks: number, edge: number): number {
    return this.float(this.word(chunks + 4 * (edge >>> LIVE_CHUNK_LOG2)) + 8 * (edge & CHUNK_MASK));
  }

  private put(at: number, neighbour: number, edge: number, buffer: number, edges: number): void {
    this.memory.view.setUint32(buffer + 4 * at, neighbour, true);
    this.memory.view.setUint32(edges + 4 * at, edge, true);
  }

  private word(address: number): number {
    return this.memory.view.getUint32(address, true);
  }

  private float(address: number): number {
    return this.memory.view.getFloat64(address, true);
  }
}
