import {
  BLOCK_COUNT,
  BLOCK_ENTRIES,
  BLOCK_GONE,
  BLOCK_ROOM,
  BLOCK_WHOLE,
  ENTRY_BYTES,
  LIVE_BLOCKS,
  LIVE_BYTES,
  LIVE_LONGEST,
  LIVE_VERTICES,
} from '../../kernels/memory-layout.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import type { BlockPool } from './block-pool.ts';
import type { RetiredMemory } from './retired-memory.ts';

/** The smallest block is one cache line: three entries. */
const BLOCK_LOG2_MIN = 6;
const VERTICES_MIN = 256;
const ENTRY_WORDS = ENTRY_BYTES / 4;
/** Moves of fewer entries are cheaper by hand than by a call of the engine's. */
const MOVE_BY_HAND_MAX = 32;

/** What a shard's lists know of its edges. */
export interface ListedEdges {
  /** Whether the segment may have a list for the vertex, so that a new block is not the whole one. */
  readonly hasBase: (vertex: number) => boolean;
  /** Whether the edge was removed. */
  readonly isGone: (edge: number) => boolean;
  /** Edges before this time are not seen any more. */
  readonly floor: () => number;
}

/**
 * The lists of a delta in one direction: a block by vertex that doubles as it fills, its entries by (event time, arrival).
 *
 * A reader that took a block's address goes on reading it whatever comes: an entry that is late makes a new block, and what
 * was moved away from is kept until readers have ended. Entries are whole before they are counted. While nobody reads,
 * blocks change in place, and what no reader will see goes where room is needed.
 */
export class LiveLists {
  /** The record for kernels. */
  readonly record: number;
  readonly memory: GraphMemory;
  private readonly pool: BlockPool;
  private readonly retired: RetiredMemory;
  private readonly edges: ListedEdges;
  /** Whether entries that are not seen now may go, since no position before now is opened. */
  private readonly forgets: boolean;
  /** The address of the blocks' addresses, and how many there is room for. */
  private blocks = 0;
  private room = 0;
  private longestList = 0;

  constructor(
    memory: GraphMemory,
    pool: BlockPool,
    retired: RetiredMemory,
    edges: ListedEdges,
    forgets: boolean,
  ) {
    this.memory = memory;
    this.pool = pool;
    this.retired = retired;
    this.edges = edges;
    this.forgets = forgets;
    this.record = memory.allocate(LIVE_BYTES);
    this.widen(VERTICES_MIN);
  }

  /** Entries of the longest list. */
  get longest(): number {
    return this.longestList;
  }

  /** Bytes of the table that leads to blocks. */
  get headerBytes(): number {
    return 4 * this.room + LIVE_BYTES;
  }

  /** The address of the vertex's block, or 0. */
  blockOf(vertex: number): number {
    return vertex < this.room ? (this.memory.u32[(this.blocks >>> 2) + vertex] as number) : 0;
  }

  /** Adds an entry behind all whose time is not greater. */
  add(vertex: number, time: number, neighbour: number, edge: number): void {
    if (vertex >= this.room) this.widen(vertex + 1);
    const header = (this.blocks >>> 2) + vertex;
    let block = this.memory.u32[header] as number;
    if (block === 0) {
      block = this.take(BLOCK_LOG2_MIN);
      if (!this.edges.hasBase(vertex)) this.memory.u32[(block + BLOCK_WHOLE) >>> 2] = 1;
      this.memory.u32[header] = block;
    }
    let count = this.memory.u32[(block + BLOCK_COUNT) >>> 2] as number;
    if (count === this.memory.u32[(block + BLOCK_ROOM) >>> 2]) {
      block = this.makeRoom(header, block, count);
      count = this.memory.u32[(block + BLOCK_COUNT) >>> 2] as number;
    }
    const { u32, f64 } = this.memory;
    let place = count;
    if (count > 0 && (f64[((block + BLOCK_ENTRIES) >>> 3) + 2 * (count - 1)] as number) > time) {
      place = this.placeAfter(block, count, time);
      if (!this.retired.isIdle) {
        this.addLate(header, block, count, place, time, neighbour, edge);
        return;
      }
      this.shift(block, place, count, 1);
    }
    const entry = block + BLOCK_ENTRIES + place * ENTRY_BYTES;
    f64[entry >>> 3] = time;
    u32[(entry >>> 2) + 2] = neighbour;
    u32[(entry >>> 2) + 3] = edge;
    Atomics.store(u32, (block + BLOCK_COUNT) >>> 2, count + 1);
    if (count >= this.longestList) this.setLongest(count + 1);
  }

  /** Notes that an edge in the vertex's block, where there is one, was removed; its entry goes when it is in the way. */
  noteGone(vertex: number): void {
    const block = this.blockOf(vertex);
    if (block === 0) return;
    const at = (block + BLOCK_GONE) >>> 2;
    this.memory.u32[at] = (this.memory.u32[at] as number) + 1;
  }

  /** Takes out of the vertex's block what is not seen any more. Nobody may read. */
  clean(vertex: number): void {
    const block = this.blockOf(vertex);
    if (block !== 0) this.drop(block);
  }

  /** Gives back what the vertex's block holds of expired edges, where its oldest entry is one: all of it if nothing else is there. Nobody may read. */
  letGo(vertex: number): void {
    const block = this.blockOf(vertex);
    if (block === 0) return;
    const { u32, f64 } = this.memory;
    const count = u32[(block + BLOCK_COUNT) >>> 2] as number;
    if (count > 0 && (f64[(block + BLOCK_ENTRIES) >>> 3] as number) >= this.edges.floor()) return;
    const kept = this.drop(block);
    const header = (this.blocks >>> 2) + vertex;
    if (kept === 0) u32[header] = 0;
    else {
      // With room for as many again, so that it does not grow at once.
      const log2 = blockLog2For(2 * kept);
      if (log2 >= this.sizeLog2(block) - 1) return;
      u32[header] = this.moved(block, kept, kept, log2);
      u32[((u32[header] as number) + BLOCK_COUNT) >>> 2] = kept;
    }
    this.retire(block);
  }

  /** Gives the vertex room for so many entries, all of its own; they are the caller's to write. Nobody may read. */
  replace(vertex: number, entries: number): number {
    if (vertex >= this.room) this.widen(vertex + 1);
    const header = (this.blocks >>> 2) + vertex;
    const block = this.take(blockLog2For(entries));
    const { u32 } = this.memory;
    const before = u32[header] as number;
    u32[(block + BLOCK_COUNT) >>> 2] = entries;
    u32[(block + BLOCK_WHOLE) >>> 2] = 1;
    u32[header] = block;
    if (before !== 0) this.retire(before);
    if (entries > this.longestList) this.setLongest(entries);
    return block;
  }

  /** A block of no vertex, for a reader's own use until `giveBack`. */
  borrow(entries: number): number {
    const block = this.take(blockLog2For(entries));
    this.memory.u32[(block + BLOCK_COUNT) >>> 2] = entries;
    return block;
  }

  giveBack(block: number): void {
    this.pool.give(block, this.sizeLog2(block));
  }

  /** Gives the memory back that is not the pool's. */
  release(): void {
    this.memory.release(this.blocks);
    this.memory.release(this.record);
  }

  /** The place behind the last entry whose time is not greater. */
  private placeAfter(block: number, count: number, time: number): number {
    const { f64 } = this.memory;
    const first = (block + BLOCK_ENTRIES) >>> 3;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((f64[first + 2 * middle] as number) > time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Moves entries `from` to `end` - 1 so many places on, in place. */
  private shift(block: number, from: number, end: number, by: number): void {
    const { u32 } = this.memory;
    const base = (block + BLOCK_ENTRIES) >>> 2;
    if (end - from > MOVE_BY_HAND_MAX || by < 0) {
      u32.copyWithin(base + ENTRY_WORDS * (from + by), base + ENTRY_WORDS * from, base + ENTRY_WORDS * end);
      return;
    }
    const shift = ENTRY_WORDS * by;
    for (let at = base + ENTRY_WORDS * end - 1; at >= base + ENTRY_WORDS * from; at--)
      u32[at + shift] = u32[at] as number;
  }

  private addLate(
    header: number,
    block: number,
    count: number,
    place: number,
    time: number,
    neighbour: number,
    edge: number,
  ): void {
    const moved = this.moved(block, count, place, this.sizeLog2(block));
    const { u32, f64 } = this.memory;
    const entry = moved + BLOCK_ENTRIES + place * ENTRY_BYTES;
    f64[entry >>> 3] = time;
    u32[(entry >>> 2) + 2] = neighbour;
    u32[(entry >>> 2) + 3] = edge;
    u32[(moved + BLOCK_COUNT) >>> 2] = count + 1;
    // Only now do readers find it.
    Atomics.store(u32, header, moved);
    this.retire(block);
    if (count >= this.longestList) this.setLongest(count + 1);
  }

  /** Room for one more entry: where a quarter of the block is not seen any more that goes, else in a block twice as large. */
  private makeRoom(header: number, block: number, count: number): number {
    if (this.forgets && this.retired.isIdle && this.drop(block) * 4 <= count * 3) return block;
    const kept = this.memory.u32[(block + BLOCK_COUNT) >>> 2] as number;
    const moved = this.moved(block, kept, kept, this.sizeLog2(block) + 1);
    const { u32 } = this.memory;
    u32[(moved + BLOCK_COUNT) >>> 2] = kept;
    Atomics.store(u32, header, moved);
    this.retire(block);
    return moved;
  }

  /** Drops entries of removed and expired edges in place; how many are left. */
  private drop(block: number): number {
    const { u32, f64 } = this.memory;
    const count = u32[(block + BLOCK_COUNT) >>> 2] as number;
    const first = (block + BLOCK_ENTRIES) >>> 2;
    const floor = this.edges.floor();
    let from = 0;
    while (from < count && (f64[(first >>> 1) + 2 * from] as number) < floor) from++;
    let kept = count - from;
    if (u32[(block + BLOCK_GONE) >>> 2] !== 0) {
      kept = 0;
      for (let at = first + ENTRY_WORDS * from; at < first + ENTRY_WORDS * count; at += ENTRY_WORDS) {
        if (this.edges.isGone(u32[at + 3] as number)) continue;
        const to = first + ENTRY_WORDS * kept++;
        for (let word = 0; word < ENTRY_WORDS; word++) u32[to + word] = u32[at + word] as number;
      }
      u32[(block + BLOCK_GONE) >>> 2] = 0;
    } else if (from > 0) this.shift(block, from, count, -from);
    u32[(block + BLOCK_COUNT) >>> 2] = kept;
    return kept;
  }

  /** A new block of 2 to the power of `log2` bytes with the old one's entries, a gap before entry `gap`. */
  private moved(block: number, count: number, gap: number, log2: number): number {
    const moved = this.take(log2);
    const { u32 } = this.memory;
    u32[(moved + BLOCK_WHOLE) >>> 2] = u32[(block + BLOCK_WHOLE) >>> 2] as number;
    u32[(moved + BLOCK_GONE) >>> 2] = u32[(block + BLOCK_GONE) >>> 2] as number;
    const [from, to] = [(block + BLOCK_ENTRIES) >>> 2, (moved + BLOCK_ENTRIES) >>> 2];
    u32.copyWithin(to, from, from + gap * ENTRY_WORDS);
    if (gap < count)
      u32.copyWithin(to + (gap + 1) * ENTRY_WORDS, from + gap * ENTRY_WORDS, from + count * ENTRY_WORDS);
    return moved;
  }

  private take(log2: number): number {
    const block = this.pool.take(log2);
    const { u32 } = this.memory;
    u32[(block + BLOCK_ROOM) >>> 2] = (1 << (log2 - 4)) - 1;
    u32[(block + BLOCK_COUNT) >>> 2] = 0;
    u32[(block + BLOCK_WHOLE) >>> 2] = 0;
    u32[(block + BLOCK_GONE) >>> 2] = 0;
    return block;
  }

  private sizeLog2(block: number): number {
    return blockLog2(this.memory.u32[(block + BLOCK_ROOM) >>> 2] as number);
  }

  private retire(block: number): void {
    const log2 = this.sizeLog2(block);
    if (this.retired.isIdle) this.pool.give(block, log2);
    else this.retired.retire(() => this.pool.give(block, log2));
  }

  private setLongest(entries: number): void {
    this.longestList = entries;
    this.memory.u32[(this.record + LIVE_LONGEST) >>> 2] = entries;
  }

  private widen(vertices: number): void {
    const before = { blocks: this.blocks, room: this.room };
    const room = Math.max(vertices, 2 * this.room);
    const blocks = this.memory.allocate(4 * room);
    const { u32 } = this.memory;
    u32.copyWithin(blocks >>> 2, before.blocks >>> 2, (before.blocks >>> 2) + before.room);
    this.blocks = blocks;
    this.room = room;
    Atomics.store(u32, (this.record + LIVE_BLOCKS) >>> 2, blocks);
    Atomics.store(u32, (this.record + LIVE_VERTICES) >>> 2, room);
    if (before.blocks !== 0) this.retired.retire(() => this.memory.release(before.blocks));
  }
}

function blockLog2(room: number): number {
  return 36 - Math.clz32(room);
}

/** The size of a block with room for so many entries. */
function blockLog2For(entries: number): number {
  return Math.max(BLOCK_LOG2_MIN, 36 - Math.clz32(entries));
}
