import { assert } from '../../../core/assert.ts';
import {
  REMOVED_BITS,
  REMOVED_BYTES,
  REMOVED_HASH,
  REMOVED_MASK,
  REMOVED_SLOT_BYTES,
  REMOVED_SLOTS,
  REMOVED_TABLE,
} from '../../kernels/memory-layout.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import type { RetiredMemory } from './retired-memory.ts';

const SLOTS_MIN = 64;

/**
 * Which edges of a segment were removed, and at which position: a bit by edge, so that those that were not cost one look,
 * and a table for those that were.
 */
export class RemovedEdges {
  /** The record for kernels. */
  readonly record: number;
  private readonly memory: GraphMemory;
  private readonly retired: RetiredMemory;
  private readonly edges: number;
  private readonly bits: number;
  private table: number;
  private slots = SLOTS_MIN;
  private used = 0;

  constructor(memory: GraphMemory, retired: RetiredMemory, edges: number) {
    this.memory = memory;
    this.retired = retired;
    this.edges = edges;
    this.record = memory.allocate(REMOVED_BYTES);
    this.bits = memory.allocate((edges >>> 3) + 1);
    this.table = this.newTable(SLOTS_MIN);
    memory.u32[(this.record + REMOVED_BITS) >>> 2] = this.bits;
    memory.u32[(this.record + REMOVED_TABLE) >>> 2] = this.table;
  }

  /** Edges that were removed. */
  get count(): number {
    return this.used;
  }

  /** Whether the edge was removed, at whatever position. */
  has(edge: number): boolean {
    return (((this.memory.u8[this.bits + (edge >>> 3)] as number) >> (edge & 7)) & 1) === 1;
  }

  /** A bit for each of the edges from `first`, a multiple of 8, to `end` - 1; a copy. Removed ones have it set. */
  bitsOf(first: number, end: number): Uint8Array {
    return this.memory.u8.slice(this.bits + (first >>> 3), this.bits + ((end + 7) >>> 3));
  }

  /** The position that removed the edge; +Infinity while none did. */
  positionOf(edge: number): number {
    if (!this.has(edge)) return Number.POSITIVE_INFINITY;
    const { u32 } = this.memory;
    let slot = this.slotOf(edge);
    while (u32[((this.table + REMOVED_SLOTS) >>> 2) + 2 * slot] !== edge + 1)
      slot = (slot + 1) & (this.slots - 1);
    return u32[((this.table + REMOVED_SLOTS) >>> 2) + 2 * slot + 1] as number;
  }

  /** Removes an edge that is there. */
  remove(edge: number, position: number): void {
    assert(!this.has(edge), 'an edge is removed once');
    if (4 * (this.used + 1) > 3 * this.slots) this.widen();
    this.put(edge, position);
    this.used++;
    // Readers look at the bit first.
    const { u8 } = this.memory;
    u8[this.bits + (edge >>> 3)] = (u8[this.bits + (edge >>> 3)] as number) | (1 << (edge & 7));
  }

  /** Bytes held. */
  get bytes(): number {
    return REMOVED_BYTES + (this.edges >>> 3) + 1 + REMOVED_SLOTS + this.slots * REMOVED_SLOT_BYTES;
  }

  /** Gives its memory back. */
  release(): void {
    for (const address of [this.record, this.bits, this.table]) this.memory.release(address);
  }

  private put(edge: number, position: number): void {
    const { u32 } = this.memory;
    let slot = this.slotOf(edge);
    while (u32[((this.table + REMOVED_SLOTS) >>> 2) + 2 * slot] !== 0) slot = (slot + 1) & (this.slots - 1);
    u32[((this.table + REMOVED_SLOTS) >>> 2) + 2 * slot + 1] = position;
    Atomics.store(u32, ((this.table + REMOVED_SLOTS) >>> 2) + 2 * slot, edge + 1);
  }

  private slotOf(edge: number): number {
    return (Math.imul(edge, REMOVED_HASH) >>> 7) & (this.slots - 1);
  }

  private widen(): void {
    const before = { table: this.table, slots: this.slots };
    this.slots *= 2;
    this.table = this.newTable(this.slots);
    const { u32 } = this.memory;
    for (let slot = 0; slot < before.slots; slot++) {
      const edge = u32[((before.table + REMOVED_SLOTS) >>> 2) + 2 * slot] as number;
      if (edge !== 0)
        this.put(edge - 1, u32[((before.table + REMOVED_SLOTS) >>> 2) + 2 * slot + 1] as number);
    }
    Atomics.store(u32, (this.record + REMOVED_TABLE) >>> 2, this.table);
    this.retired.retire(() => this.memory.release(before.table));
  }

  private newTable(slots: number): number {
    const table = this.memory.allocate(REMOVED_SLOTS + slots * REMOVED_SLOT_BYTES);
    this.memory.u32[(table + REMOVED_MASK) >>> 2] = slots - 1;
    return table;
  }
}
