import {
  BLOCK_COUNT,
  BLOCK_ENTRIES,
  BLOCK_GONE,
  BLOCK_WHOLE,
  ENTRY_BYTES,
} from '../../kernels/memory-layout.ts';
import type { NeighbourLists } from '../neighbour-lists.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import type { ListedEdges, LiveLists } from './live-lists.ts';

/** The lists of a segment in one direction, entry by entry in their order. */
export interface BaseLists {
  /** Entries of the vertex; `firstEntry` then gives the number of the first one. */
  open(vertex: number): number;
  firstEntry(): number;
  /** The entry's edge, by its number. */
  edgeAt(entry: number): number;
  /** The other end of the entry's edge. */
  neighbourAt(entry: number, edge: number): number;
  /** The event time of a segment's edge; +Infinity for none. */
  timeOf(edge: number): number;
}

/** What is read in one direction: a delta's blocks, a segment's lists where there are any, and what is gone from both. */
export interface ReadLists {
  readonly live: LiveLists;
  readonly base: BaseLists | null;
  readonly edges: ListedEdges;
  /** What lists call the edge of number 0. */
  readonly firstId: number;
  /** Whether nobody else reads, so that blocks may change. */
  readonly isIdle: () => boolean;
}

/**
 * The neighbour lists of a shard as every search in the engine reads them: a block of the delta is read where it lies. The
 * first time that a vertex is read after a compaction its list in the segment, less what is gone, is laid before the delta's
 * entries in one block, which is what is read and appended to from then on; the next compaction takes it in again.
 */
export class ShardLists implements NeighbourLists {
  end = 0;
  private lists: ReadLists;
  private memory: GraphMemory;
  /** Lists laid out for this reader alone, while others read: by vertex, until the next change. */
  private readonly borrowed = new Map<number, number>();
  private edges = new Uint32Array(64);
  private entryTimes = new Float64Array(64);
  private entries = new Uint32Array(64);

  constructor(lists: ReadLists) {
    this.lists = lists;
    this.memory = lists.live.memory;
  }

  get times(): Float64Array {
    return this.memory.f64;
  }

  get words(): Int32Array {
    return this.memory.i32;
  }

  /** Reads others from now on. */
  bind(lists: ReadLists): void {
    this.borrowed.clear();
    this.lists = lists;
    this.memory = lists.live.memory;
  }

  open(vertex: number): number {
    const block = this.lists.live.blockOf(vertex);
    const at = block >>> 2;
    const { u32 } = this.memory;
    if (block !== 0 && u32[at + (BLOCK_WHOLE >>> 2)] === 1 && u32[at + (BLOCK_GONE >>> 2)] === 0)
      return this.enter(block);
    return this.layOut(vertex, block);
  }

  degree(vertex: number): number {
    const block = this.lists.live.blockOf(vertex);
    const { u32 } = this.memory;
    const count = block === 0 ? 0 : (u32[(block + BLOCK_COUNT) >>> 2] as number);
    if (this.lists.base === null || (block !== 0 && u32[(block + BLOCK_WHOLE) >>> 2] === 1)) return count;
    return count + this.lists.base.open(vertex);
  }

  /** Whether the vertex has an edge that is seen. */
  isConnected(vertex: number): boolean {
    const { live, edges, base, firstId } = this.lists;
    const floor = edges.floor();
    const block = live.blockOf(vertex);
    const { u32, f64 } = this.memory;
    if (block !== 0) {
      const first = (block + BLOCK_ENTRIES) >>> 2;
      const hasGone = u32[(block + BLOCK_GONE) >>> 2] !== 0;
      for (let n = (u32[(block + BLOCK_COUNT) >>> 2] as number) - 1; n >= 0; n--) {
        if ((f64[(first >>> 1) + 2 * n] as number) < floor) break;
        if (!hasGone || !edges.isGone(u32[first + 4 * n + 3] as number)) return true;
      }
      if (u32[(block + BLOCK_WHOLE) >>> 2] === 1) return false;
    }
    if (base === null) return false;
    const count = base.open(vertex);
    const first = base.firstEntry();
    for (let entry = first + count - 1; entry >= first; entry--) {
      const edge = base.edgeAt(entry);
      if (base.timeOf(edge) < floor) return false;
      if (!edges.isGone(firstId + edge)) return true;
    }
    return false;
  }

  /** The lists have changed: what was laid out apart is so no longer. */
  changed(): void {
    if (this.borrowed.size === 0) return;
    for (const block of this.borrowed.values()) this.lists.live.giveBack(block);
    this.borrowed.clear();
  }

  private enter(block: number): number {
    const first = (block + BLOCK_ENTRIES) / ENTRY_BYTES;
    this.end = first + (this.memory.u32[(block + BLOCK_COUNT) >>> 2] as number);
    return first;
  }

  private layOut(vertex: number, block: number): number {
    const { live, base } = this.lists;
    const isIdle = this.lists.isIdle();
    const { u32 } = this.memory;
    const isWhole = base === null || (block !== 0 && u32[(block + BLOCK_WHOLE) >>> 2] === 1);
    if (isIdle && block !== 0 && u32[(block + BLOCK_GONE) >>> 2] !== 0) live.clean(vertex);
    if (isWhole && (block === 0 || isIdle)) {
      if (block !== 0) return this.enter(block);
      this.end = 0;
      return 0;
    }
    const known = this.borrowed.get(vertex);
    if (known !== undefined) return this.enter(known);
    const count = this.collect(vertex, block, isWhole);
    if (count === 0 && block === 0) {
      this.end = 0;
      return 0;
    }
    const laidOut = isIdle ? live.replace(vertex, count) : live.borrow(count);
    if (!isIdle) this.borrowed.set(vertex, laidOut);
    this.write(laidOut, count);
    return this.enter(laidOut);
  }

  /** Collects what the vertex has, by (event time, arrival); how much. */
  private collect(vertex: number, block: number, isWhole: boolean): number {
    const count = isWhole ? 0 : this.collectBase(vertex);
    return block === 0 ? count : this.collectBlock(block, count);
  }

  private collectBase(vertex: number): number {
    const { base, edges, firstId } = this.lists;
    if (base === null) return 0;
    const entries = base.open(vertex);
    const first = base.firstEntry();
    const floor = edges.floor();
    this.makeRoom(entries);
    let from = first;
    if (floor > Number.NEGATIVE_INFINITY) {
      let high = first + entries;
      while (from < high) {
        const middle = (from + high) >>> 1;
        if (base.timeOf(base.edgeAt(middle)) < floor) from = middle + 1;
        else high = middle;
      }
    }
    let count = 0;
    for (let entry = from; entry < first + entries; entry++) {
      const edge = base.edgeAt(entry);
      if (edges.isGone(firstId + edge)) continue;
      this.put(count++, base.timeOf(edge), base.neighbourAt(entry, edge), firstId + edge);
    }
    return count;
  }

  private collectBlock(block: number, base: number): number {
    const { edges } = this.lists;
    const { u32, f64 } = this.memory;
    const entries = u32[(block + BLOCK_COUNT) >>> 2] as number;
    const first = (block + BLOCK_ENTRIES) >>> 2;
    const hasGone = u32[(block + BLOCK_GONE) >>> 2] !== 0;
    this.makeRoom(base + entries);
    let count = base;
    for (let n = 0; n < entries; n++) {
      const edge = u32[first + 4 * n + 3] as number;
      if (hasGone && edges.isGone(edge)) continue;
      const time = f64[(first >>> 1) + 2 * n] as number;
      // Later than all of the segment's, nearly always.
      let at = count++;
      for (; at > 0 && (this.entryTimes[at - 1] as number) > time; at--) {
        this.put(
          at,
          this.entryTimes[at - 1] as number,
          this.entries[at - 1] as number,
          this.edges[at - 1] as number,
        );
      }
      this.put(at, time, u32[first + 4 * n + 2] as number, edge);
    }
    return count;
  }

  private put(at: number, time: number, neighbour: number, edge: number): void {
    this.entryTimes[at] = time;
    this.entries[at] = neighbour;
    this.edges[at] = edge;
  }

  private write(block: number, count: number): void {
    const { u32, f64 } = this.memory;
    const first = (block + BLOCK_ENTRIES) >>> 2;
    for (let n = 0; n < count; n++) {
      f64[(first >>> 1) + 2 * n] = this.entryTimes[n] as number;
      u32[first + 4 * n + 2] = this.entries[n] as number;
      u32[first + 4 * n + 3] = this.edges[n] as number;
    }
  }

  private makeRoom(entries: number): void {
    if (entries <= this.edges.length) return;
    const room = 2 * entries;
    const [edges, times, ends] = [new Uint32Array(room), new Float64Array(room), new Uint32Array(room)];
    edges.set(this.edges);
    times.set(this.entryTimes);
    ends.set(this.entries);
    this.edges = edges;
    this.entryTimes = times;
    this.entries = ends;
  }
}
