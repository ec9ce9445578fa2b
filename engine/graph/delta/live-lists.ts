import {
  BLOCK_COUNT,
  BLOCK_ENTRIES,
  BLOCK_ROOM,
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

/**
 * The lists of a delta in one direction: a block by vertex that doubles as it fills, its entries by (event time, arrival).
 *
 * A reader that took a block's address goes on reading it whatever comes: an entry that is late makes a new block, and what
 * was moved away from is kept until readers have ended. Entries are whole before they are counted.
 */
export class LiveLists {
  /** The record for kernels. */
  readonly record: number;
  private readonly memory: GraphMemory;
  private readonly pool: BlockPool;
  private readonly retired: RetiredMemory;
  /** The address of the blocks' addresses, and how many there is room for. */
  private blocks = 0;
  private room = 0;
  private longestList = 0;

  constructor(memory: GraphMemory, pool: BlockPool, retired: RetiredMemory) {
    this.memory = memory;
    this.pool = pool;
    this.retired = retired;
    this.record = memory.allocate(LIVE_BYTES);
    this.widen(VERTICES_MIN);
  }

  /** Entries of the longest list. */
  get longest(): number {
    return this.longestList;
  }

  /** Adds an entry behind all whose time is not greater. */
  add(vertex: number, time: number, neighbour: number, edge: number): void {
    if (vertex >= this.room) this.widen(vertex + 1);
    const header = (this.blocks >>> 2) + vertex;
    let block = this.memory.u32[header] as number;
    if (block === 0) {
      block = this.take(BLOCK_LOG2_MIN);
      this.memory.u32[header] = block;
    }
    let count = this.memory.u32[(block + BLOCK_COUNT) >>> 2] as number;
    if (
      count > 0 &&
      (this.memory.f64[(block + BLOCK_ENTRIES + (count - 1) * ENTRY_BYTES) >>> 3] as number) > time
    ) {
      this.addLate(header, block, count, time, neighbour, edge);
      return;
    }
    if (count === this.memory.u32[(block + BLOCK_ROOM) >>> 2]) {
      block = this.move(header, block, count, count, 1);
      count = this.memory.u32[(block + BLOCK_COUNT) >>> 2] as number;
    }
    const { u32, f64 } = this.memory;
    const entry = block + BLOCK_ENTRIES + count * ENTRY_BYTES;
    f64[entry >>> 3] = time;
    u32[(entry >>> 2) + 2] = neighbour;
    u32[(entry >>> 2) + 3] = edge;
    Atomics.store(u32, (block + BLOCK_COUNT) >>> 2, count + 1);
    if (count >= this.longestList) this.setLongest(count + 1);
  }

  /** Gives the memory back that is not the pool's. */
  release(): void {
    this.memory.release(this.blocks);
    this.memory.release(this.record);
  }

  private addLate(
    header: number,
    block: number,
    count: number,
    time: number,
    neighbour: number,
    edge: number,
  ): void {
    const { f64 } = this.memory;
    const first = (block + BLOCK_ENTRIES) >>> 3;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((f64[first + 2 * middle] as number) > time) high = middle;
      else low = middle + 1;
    }
    const isFull = count === this.memory.u32[(block + BLOCK_ROOM) >>> 2];
    const moved = this.move(header, block, count, low, isFull ? 1 : 0);
    const { u32 } = this.memory;
    const entry = moved + BLOCK_ENTRIES + low * ENTRY_BYTES;
    this.memory.f64[entry >>> 3] = time;
    u32[(entry >>> 2) + 2] = neighbour;
    u32[(entry >>> 2) + 3] = edge;
    u32[(moved + BLOCK_COUNT) >>> 2] = count + 1;
    // Only now do readers find it.
    Atomics.store(u32, header, moved);
    this.retire(block);
    if (count >= this.longestList) this.setLongest(count + 1);
  }

  /**
   * A new block with the old one's entries, a gap before entry `gap`, its size doubled `doublings` times. With the gap at the
   * end it takes the old one's place at once.
   */
  private move(header: number, block: number, count: number, gap: number, doublings: number): number {
    const room = this.memory.u32[(block + BLOCK_ROOM) >>> 2] as number;
    const log2 = blockLog2(room) + doublings;
    const moved = this.take(log2);
    const { u32 } = this.memory;
    const [from, to] = [(block + BLOCK_ENTRIES) >>> 2, (moved + BLOCK_ENTRIES) >>> 2];
    u32.copyWithin(to, from, from + gap * ENTRY_WORDS);
    u32.copyWithin(to + (gap + 1) * ENTRY_WORDS, from + gap * ENTRY_WORDS, from + count * ENTRY_WORDS);
    if (gap < count || doublings === 0) return moved;
    u32[(moved + BLOCK_COUNT) >>> 2] = count;
    Atomics.store(u32, header, moved);
    this.retire(block);
    return moved;
  }

  private take(log2: number): number {
    const block = this.pool.take(log2);
    this.memory.u32[(block + BLOCK_ROOM) >>> 2] = (1 << (log2 - 4)) - 1;
    this.memory.u32[(block + BLOCK_COUNT) >>> 2] = 0;
    return block;
  }

  private retire(block: number): void {
    const log2 = blockLog2(this.memory.u32[(block + BLOCK_ROOM) >>> 2] as number);
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
