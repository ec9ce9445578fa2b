import { assert } from '../../../core/assert.ts';
import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import {
  BUDGET_SPENT,
  ROOM_SPENT,
  SEARCH_BUDGET,
  SEARCH_BUFFER,
  SEARCH_BYTES,
  SEARCH_EDGE_BUFFER,
  SEARCH_EXPANDED,
  SEARCH_HOPS,
  SEARCH_INDUCED,
  SEARCH_KEPT,
  SEARCH_KEPT_COUNT,
  SEARCH_KEPT_EDGES,
  SEARCH_KEPT_ENDS,
  SEARCH_KEPT_MAX,
  SEARCH_REACHED,
  SEARCH_REACHED_COUNT,
  SEARCH_SEEN,
  SEARCH_SOURCE_COUNT,
  SEARCH_SOURCES,
  SOURCE_BYTES,
} from '../../kernels/memory-layout.ts';
import type { GraphMemory } from './graph-memory.ts';
import { longestOf, type SearchSource, writeSource } from './search-source.ts';

/** What was found. The arrays are views of the search's memory, made when they are asked for: good until its next run. */
export interface Found {
  /** How many vertices. */
  readonly count: number;
  /** The starting vertices, then the others in the order they were reached. */
  readonly vertices: Uint32Array;
  /** Whether the budget ended the search; what was found before is there. */
  readonly partial: boolean;
}

/** The edges of one source between the vertices found, by vertex in the order of `vertices`. */
export interface Induced {
  /** How many edges. */
  readonly count: number;
  /** neighbours[ends[n - 1]] to neighbours[ends[n] - 1] (from 0 for the first) are those of vertices[n]. */
  readonly ends: Uint32Array;
  readonly neighbours: Uint32Array;
  /** Edge numbers beside them, where they were asked for. */
  readonly edges: Uint32Array | null;
}

/** What most searches visit; more is for those who ask. */
const BUDGET_MAX = 0xffff_ffff;
const KEPT_MIN = 1024;

/**
 * Finds what is within some hops of vertices, whole hops at a time, and the edges between what was found. One for each
 * thread: its memory is a byte and 8 bytes a vertex, room for the longest list, and for the edges found.
 */
export class NeighbourhoodSearch {
  private readonly memory: GraphMemory;
  private readonly kernels: GraphKernels;
  private readonly record: number;
  private vertices = 0;
  private reached = 0;
  private ends = 0;
  private sources = 0;
  private sourceRoom = 0;
  /** The one source that is written in `sources`: most searches go over the same again, which is not written twice. */
  private written: SearchSource | null = null;
  private bufferRoom = 0;
  private kept = 0;
  private keptEdges = 0;
  private keptRoom = 0;

  constructor(memory: GraphMemory, kernels: GraphKernels, vertices: number) {
    this.memory = memory;
    this.kernels = kernels;
    this.record = memory.allocate(SEARCH_BYTES);
    this.makeRoomFor(vertices);
  }

  /** Lets it search graphs with so many vertices. Not between `find` and `end`. */
  makeRoomFor(vertices: number): void {
    if (vertices <= this.vertices) return;
    const { memory } = this;
    const seen = this.get(SEARCH_SEEN);
    for (const address of [this.reached, this.ends, seen]) if (address !== 0) memory.release(address);
    this.vertices = vertices;
    // A vertex that was reached before is written behind the last one, too, and not counted.
    this.reached = memory.allocate(4 * (vertices + 1));
    this.ends = memory.allocate(4 * vertices);
    this.set(SEARCH_REACHED, this.reached);
    this.set(SEARCH_SEEN, memory.allocate(vertices + 1));
    this.set(SEARCH_KEPT_ENDS, this.ends);
  }

  /**
   * Vertices within `hops` hops of `starts` over all of the sources. At most `budget` entries of lists are read. Marks stay
   * for `induced` until `end`.
   */
  find(
    starts: readonly number[],
    sources: readonly SearchSource[],
    hops: number,
    budget = BUDGET_MAX,
  ): Found {
    this.setSources(sources);
    const { u32 } = this.memory;
    let count = 0;
    for (const start of starts) {
      assert(start >= 0 && start < this.vertices, 'a search starts from vertices');
      if (starts.length > 1 && starts.indexOf(start) < count) continue;
      u32[(this.reached >>> 2) + count++] = start;
    }
    this.set(SEARCH_REACHED_COUNT, count);
    this.set(SEARCH_EXPANDED, 0);
    this.set(SEARCH_HOPS, hops);
    this.set(SEARCH_BUDGET, budget);
    this.kernels.begin(this.record);
    const status = this.kernels.expand(this.record);
    return new FoundVertices(
      this.memory,
      this.reached,
      this.get(SEARCH_REACHED_COUNT),
      status === BUDGET_SPENT,
    );
  }

  /** The edges of a source between the vertices that `find` found. */
  induced(source: SearchSource, withEdges: boolean): Induced {
    this.setSources([source]);
    this.set(SEARCH_INDUCED, 0);
    this.set(SEARCH_KEPT_COUNT, 0);
    this.makeRoom(Math.max(this.keptRoom, KEPT_MIN), withEdges);
    while (this.kernels.induce(this.record) === ROOM_SPENT) {
      const next = this.memory.u32[(this.reached >>> 2) + this.get(SEARCH_INDUCED)] as number;
      const needed = this.get(SEARCH_KEPT_COUNT) + this.kernels.entriesAtMost(this.sources, next) + 1;
      this.makeRoom(Math.max(needed, 2 * this.keptRoom), withEdges);
    }
    return new InducedEdges(
      this.memory,
      { ends: this.ends, neighbours: this.kept, edges: withEdges ? this.keptEdges : 0 },
      this.get(SEARCH_REACHED_COUNT),
      this.get(SEARCH_KEPT_COUNT),
    );
  }

  /** Takes the marks of the last `find` away; before the next. */
  end(): void {
    this.kernels.finish(this.record);
  }

  /** Gives its memory back. */
  release(): void {
    for (const address of [
      this.record,
      this.reached,
      this.ends,
      this.get(SEARCH_SEEN),
      this.sources,
      this.kept,
      this.keptEdges,
      this.get(SEARCH_BUFFER),
      this.get(SEARCH_EDGE_BUFFER),
    ]) {
      if (address !== 0) this.memory.release(address);
    }
  }

  private setSources(sources: readonly SearchSource[]): void {
    const { memory } = this;
    const only = sources.length === 1 ? (sources[0] as SearchSource) : null;
    // Blocks of a delta grow; a segment's lists do not.
    if (only !== null && only === this.written && only.live === 0) return;
    this.written = only;
    if (sources.length > this.sourceRoom) {
      if (this.sources !== 0) memory.release(this.sources);
      this.sources = memory.allocate(sources.length * SOURCE_BYTES);
      this.sourceRoom = sources.length;
    }
    let longest = 0;
    sources.forEach((source, n) => {
      writeSource(memory, this.sources + n * SOURCE_BYTES, source);
      longest = Math.max(longest, longestOf(memory, source));
    });
    this.set(SEARCH_SOURCES, this.sources);
    this.set(SEARCH_SOURCE_COUNT, sources.length);
    if (longest <= this.bufferRoom && this.bufferRoom > 0) return;
    for (const field of [SEARCH_BUFFER, SEARCH_EDGE_BUFFER]) {
      if (this.bufferRoom > 0) memory.release(this.get(field));
      this.set(field, memory.allocate(4 * (longest + 8)));
    }
    this.bufferRoom = Math.max(longest, 1);
  }

  /** Room for so many kept edges, those that are there kept. */
  private makeRoom(entries: number, withEdges: boolean): void {
    const { memory } = this;
    const copy = (from: number): number => {
      const to = memory.allocate(4 * (entries + 1));
      if (from === 0) return to;
      memory.u8.copyWithin(to, from, from + 4 * this.get(SEARCH_KEPT_COUNT));
      memory.release(from);
      return to;
    };
    if (entries > this.keptRoom) {
      this.kept = copy(this.kept);
      if (this.keptEdges !== 0) this.keptEdges = copy(this.keptEdges);
      this.keptRoom = entries;
    }
    if (withEdges && this.keptEdges === 0) this.keptEdges = memory.allocate(4 * (this.keptRoom + 1));
    this.set(SEARCH_KEPT, this.kept);
    this.set(SEARCH_KEPT_EDGES, withEdges ? this.keptEdges : 0);
    this.set(SEARCH_KEPT_MAX, this.keptRoom);
  }

  private get(field: number): number {
    return this.memory.u32[(this.record + field) >>> 2] as number;
  }

  private set(field: number, value: number): void {
    this.memory.u32[(this.record + field) >>> 2] = value;
  }
}

class FoundVertices implements Found {
  readonly count: number;
  readonly partial: boolean;
  private readonly memory: GraphMemory;
  private readonly address: number;

  constructor(memory: GraphMemory, address: number, count: number, partial: boolean) {
    this.memory = memory;
    this.address = address;
    this.count = count;
    this.partial = partial;
  }

  get vertices(): Uint32Array {
    return wordsAt(this.memory, this.address, this.count);
  }
}

class InducedEdges implements Induced {
  readonly count: number;
  private readonly memory: GraphMemory;
  private readonly at: { readonly ends: number; readonly neighbours: number; readonly edges: number };
  private readonly lists: number;

  constructor(memory: GraphMemory, at: InducedEdges['at'], lists: number, count: number) {
    this.memory = memory;
    this.at = at;
    this.lists = lists;
    this.count = count;
  }

  get ends(): Uint32Array {
    return wordsAt(this.memory, this.at.ends, this.lists);
  }

  get neighbours(): Uint32Array {
    return wordsAt(this.memory, this.at.neighbours, this.count);
  }

  get edges(): Uint32Array | null {
    return this.at.edges === 0 ? null : wordsAt(this.memory, this.at.edges, this.count);
  }
}

function wordsAt({ u32 }: GraphMemory, address: number, count: number): Uint32Array {
  return u32.subarray(address >>> 2, (address >>> 2) + count);
}
