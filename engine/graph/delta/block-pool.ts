import type { GraphMemory } from '../segment/graph-memory.ts';

const SLAB_BYTES = 1 << 18;
const SMALLEST_LOG2 = 6;
/** Blocks of this size and more are allocated one by one. */
const SLAB_LOG2 = 15;

/** Blocks of 64 bytes and doubles of that, cut from slabs; those given back are used again by size. */
export class BlockPool {
  private readonly memory: GraphMemory;
  private readonly free: number[][] = [];
  private readonly slabs: number[] = [];
  private readonly large = new Set<number>();
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
      this.large.add(address);
      return address;
    }
    if (this.next + size > this.end) {
      // What is left of the slab before is lost: less than an eighth of it.
      this.next = this.memory.allocate(SLAB_BYTES);
      this.end = this.next + SLAB_BYTES;
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

  /** Gives all memory back. */
  release(): void {
    for (const address of [...this.slabs, ...this.large]) this.memory.release(address);
    this.slabs.length = 0;
    this.large.clear();
    this.free.length = 0;
    this.next = 0;
    this.end = 0;
  }
}
