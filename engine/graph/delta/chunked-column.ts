import { LIVE_CHUNK_LOG2 } from '../../kernels/memory-layout.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import type { RetiredMemory } from './retired-memory.ts';

const CHUNK_EDGES = 1 << LIVE_CHUNK_LOG2;
const TABLE_MIN = 16;

/** A growing column in chunks of 4,096 edges that never move: a table of their addresses, and the chunks. */
export class ChunkedColumn {
  private readonly memory: GraphMemory;
  private readonly retired: RetiredMemory;
  readonly bytesEach: 4 | 8;
  private room = TABLE_MIN;
  private readonly chunks: number[] = [];
  /** The address of the table. It changes as it grows; `moved`, where given, is told. */
  table: number;
  private readonly moved: ((table: number) => void) | null;

  constructor(
    memory: GraphMemory,
    retired: RetiredMemory,
    bytesEach: 4 | 8,
    moved: ((table: number) => void) | null = null,
  ) {
    this.memory = memory;
    this.retired = retired;
    this.bytesEach = bytesEach;
    this.moved = moved;
    this.table = memory.allocate(4 * TABLE_MIN);
  }

  /** The address of the edge's chunk, zeros at first. */
  chunkFor(edge: number): number {
    const place = edge >>> LIVE_CHUNK_LOG2;
    const known = this.chunks[place] ?? 0;
    if (known !== 0) return known;
    if (place >= this.room) this.widen(place);
    const chunk = this.memory.allocate(CHUNK_EDGES * this.bytesEach);
    this.chunks[place] = chunk;
    this.memory.u32[(this.table >>> 2) + place] = chunk;
    return chunk;
  }

  /** Makes room in the table for the edge's chunk, so that readers may look for it. */
  reserve(edge: number): void {
    const place = edge >>> LIVE_CHUNK_LOG2;
    if (place >= this.room) this.widen(place);
  }

  /** The address of the edge's value, 0 where its chunk was never asked for. */
  addressOf(edge: number): number {
    const chunk = this.chunks[edge >>> LIVE_CHUNK_LOG2] ?? 0;
    return chunk === 0 ? 0 : chunk + (edge & (CHUNK_EDGES - 1)) * this.bytesEach;
  }

  /** Gives the edge's chunk back: nobody asks for it any more. */
  letGo(edge: number): void {
    const place = edge >>> LIVE_CHUNK_LOG2;
    const chunk = this.chunks[place] ?? 0;
    if (chunk === 0) return;
    this.chunks[place] = 0;
    this.memory.u32[(this.table >>> 2) + place] = 0;
    this.memory.release(chunk);
  }

  /** Bytes held. */
  get bytes(): number {
    let chunks = 0;
    for (const chunk of this.chunks) if (chunk !== undefined && chunk !== 0) chunks++;
    return 4 * this.room + chunks * CHUNK_EDGES * this.bytesEach;
  }

  /** Gives its memory back. */
  release(): void {
    for (const chunk of this.chunks) if (chunk !== undefined && chunk !== 0) this.memory.release(chunk);
    this.memory.release(this.table);
    this.chunks.length = 0;
  }

  private widen(place: number): void {
    const before = this.table;
    while (place >= this.room) this.room *= 2;
    this.table = this.memory.allocate(4 * this.room);
    this.chunks.forEach((chunk, n) => {
      this.memory.u32[(this.table >>> 2) + n] = chunk;
    });
    this.moved?.(this.table);
    this.retired.retire(() => this.memory.release(before));
  }
}
