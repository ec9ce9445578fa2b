import type { NeighbourLists } from '../graph/neighbour-lists.ts';
import type { GraphMemory } from '../graph/segment/graph-memory.ts';

/** What is needed of kernels to read a source. */
export interface SourceReader {
  entriesAtMost(source: number, vertex: number): number;
  readVisible(source: number, vertex: number, buffer: number, edges: number): number;
  edgeTime(source: number, edge: number): number;
}

const ENTRIES_MIN = 256;

/**
 * The lists of a source, segment and delta together, as every search in TypeScript reads lists: each is decoded when it is
 * opened first, and kept until `forget`.
 */
export class SourceLists implements NeighbourLists {
  times = new Float64Array(2 * ENTRIES_MIN);
  words = new Int32Array(this.times.buffer);
  end = 0;
  private readonly memory: GraphMemory;
  private readonly kernels: SourceReader;
  private readonly source: number;
  private readonly places = new Map<number, { readonly first: number; readonly end: number }>();
  private used = 0;
  private buffer = 0;
  private edges = 0;
  private room = 0;

  /** `source`: the address of a source's record, which may be written anew before `forget`. */
  constructor(memory: GraphMemory, kernels: SourceReader, source: number) {
    this.memory = memory;
    this.kernels = kernels;
    this.source = source;
  }

  open(vertex: number): number {
    let place = this.places.get(vertex);
    if (place === undefined) {
      place = this.decode(vertex);
      this.places.set(vertex, place);
    }
    this.end = place.end;
    return place.first;
  }

  degree(vertex: number): number {
    return this.kernels.entriesAtMost(this.source, vertex);
  }

  /** Lists are decoded anew: the source is another. */
  forget(): void {
    this.places.clear();
    this.used = 0;
  }

  /** Gives its memory back. */
  release(): void {
    if (this.room === 0) return;
    this.memory.release(this.buffer);
    this.memory.release(this.edges);
    this.room = 0;
  }

  private decode(vertex: number): { first: number; end: number } {
    const { memory, kernels, source } = this;
    const most = kernels.entriesAtMost(source, vertex);
    if (most === 0) return { first: this.used, end: this.used };
    this.makeRoom(most);
    const count = kernels.readVisible(source, vertex, this.buffer, this.edges);
    const first = this.used;
    for (let n = 0; n < count; n++) {
      const edge = memory.u32[(this.edges >>> 2) + n] as number;
      this.times[2 * (first + n)] = kernels.edgeTime(source, edge);
      this.words[4 * (first + n) + 2] = memory.u32[(this.buffer >>> 2) + n] as number;
      this.words[4 * (first + n) + 3] = edge;
    }
    this.used = first + count;
    return { first, end: this.used };
  }

  private makeRoom(entries: number): void {
    if (entries > this.room) {
      this.release();
      this.room = 2 * entries;
      this.buffer = this.memory.allocate(4 * (this.room + 8));
      this.edges = this.memory.allocate(4 * (this.room + 8));
    }
    if (2 * (this.used + entries) <= this.times.length) return;
    const wider = new Float64Array(Math.max(2 * (this.used + entries), 2 * this.times.length));
    wider.set(this.times.subarray(0, 2 * this.used));
    this.times = wider;
    this.words = new Int32Array(wider.buffer);
  }
}
