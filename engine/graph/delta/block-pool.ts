import type { GraphMemory } from '../segment/graph-memory.ts';

/** The first slab, and what they grow to. */
const SLAB_BYTES_MIN = 1 << 15;
const SLAB_BYTES_MAX = 1 << 18;
const SMALLEST_LOG2 = 6;
/** Blocks of this size and more are allocated one by one. */
const SLAB_LOG2 = 14;

/** Blocks of 64 bytes and doubles of that, cut from slabs; those given back are used again by size. */
export class BlockPool {
  private readonly memory: GraphMemory;
  private readonly free: number[][] = [];
  private readonly slabs: number[] = [];
  /** Sizes of blocks that were allocated one by one. */
  private readonly large = new Map<number, number>();
  private slabBytes = 0;
  private next = 0;
  private end = 0;

  constructor(memory: GraphMemory) {
    this.memory = memory;
  }

  /** The address of a block of 2 to the power of `log2` bytes, at a multiple of 64. What it holds is anything. */
  take(log2: number): number {
    const free = this.free[log2 - SMALLEST_LOG2];
    if (free !== undefined && free.length > 0) return free.pop() as number;
    const size = 1 << log2;
    if (log2 >= SLAB_LOG2) {
      const address = this.memory.allocate(size);
      this.large.set(address, size);
      return address;
    }
    if (this.next + size > this.end) {
      // What is left of the slab before is lost: less than half of the first, and less than a sixteenth of most.
      const bytes = Math.min(Math.max(SLAB_BYTES_MIN, this.slabBytes), SLAB_BYTES_MAX);
      this.next = this.memory.allocate(bytes);
      this.end = this.next + bytes;
      this.slabBytes += bytes;
      this.slabs.push(this.next);
    }
    const address = this.next;
    this.next += size;
    return address;
  }

  /** Gives a block back. */
  give(address: number, log2: number): void {
    if (log2 >= SLAB_LOG2) {
      this.large.delete(address);
      this.memory.release(address);
      return;
    }
    const place = log2 - SMALLEST_LOG2;
    while (this.free.length <= place) this.free.push([]);
    (this.free[place] as number[]).push(address);
  }

  /** Bytes of all blocks, free ones included. */
  get bytes(): number {
    let bytes = this.slabBytes;
    for (const size of this.large.values()) bytes += size;
    return bytes;
  }

  /** Gives all memory back. */
  release(): void {
    for (const address of [...this.slabs, ...this.large.keys()]) this.memory.release(address);
    this.slabs.length = 0;
    this.slabBytes = 0;
    this.large.clear();
    this.free.length = 0;
    this.next = 0;
    this.end = 0;
  }
}
