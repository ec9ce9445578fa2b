import { assert } from '../../../core/assert.ts';
import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import {
  BUDGET_SPENT,
  FRAME_BYTES,
  PATHS_BELOW,
  PATHS_BUDGET,
  PATHS_BUFFER_BYTES,
  PATHS_BUFFERS,
  PATHS_BYTES,
  PATHS_FOUND,
  PATHS_FOUND_COUNT,
  PATHS_FOUND_ROOM,
  PATHS_FRAMES,
  PATHS_HOPS,
  PATHS_LOWEST,
  PATHS_MARKS,
  PATHS_MAX,
  PATHS_MIN,
  PATHS_OPPOSITE,
  PATHS_QUEUE,
  PATHS_QUEUE_ROOM,
  PATHS_SOURCE,
  PATHS_START,
  PATHS_TARGET,
  ROOM_SPENT,
  SOURCE_BYTES,
} from '../../kernels/memory-layout.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { longestOf, type SearchSource, writeSource } from '../segment/search-source.ts';

/** Paths of `min` to `max` hops from one vertex to another, inner vertices distinct. */
export interface PathQuery {
  readonly start: number;
  readonly target: number;
  readonly min: number;
  readonly max: number;
}

/** Every edge's event time is at least `lowest` and less than `below`; edges ascend strictly toward the start. */
export interface TimedPathQuery extends PathQuery {
  readonly lowest: number;
  readonly below: number;
}

/** What was found: the edges of each path, from the start outward. */
export interface FoundPaths {
  readonly paths: readonly Uint32Array[];
  /** Whether the budget ended the search. */
  readonly partial: boolean;
  /** Entries that were read. */
  readonly visited: number;
}

const HOPS_MAX = 250;
const ROOM_MIN = 1024;
const BUDGET_MAX = 0xffff_ffff;

/** Finds paths over the edges of a source. One for each thread. */
export class PathSearch {
  private readonly memory: GraphMemory;
  private readonly kernels: GraphKernels;
  private readonly record: number;
  private readonly sources: number;
  /** Allocated memory by the record's field that holds its address, and how many bytes it has. */
  private readonly rooms = new Map<number, number>();

  constructor(memory: GraphMemory, kernels: GraphKernels) {
    this.memory = memory;
    this.kernels = kernels;
    this.record = memory.allocate(PATHS_BYTES);
    this.sources = memory.allocate(2 * SOURCE_BYTES);
    this.set(PATHS_SOURCE, this.sources);
    this.set(PATHS_OPPOSITE, this.sources + SOURCE_BYTES);
    this.room(PATHS_FOUND, 4 * ROOM_MIN);
  }

  /**
   * Paths back in time: over the in-lists `walked`, from the last edge's source. A temporal cycle through an edge is one from its
   * source to its destination, before its own time. With `partial` those found before are there.
   */
  back(query: TimedPathQuery, walked: SearchSource, opposite: SearchSource, budget = BUDGET_MAX): FoundPaths {
    this.begin(query, walked, opposite);
    this.memory.view.setFloat64(this.record + PATHS_LOWEST, query.lowest, true);
    this.memory.view.setFloat64(this.record + PATHS_BELOW, query.below, true);
    return this.run(budget, () => this.kernels.pathsBack(this.record));
  }

  /** Paths over `walked`, whatever their times. `vertices`: they are numbered below it. With `partial` there are none. */
  between(
    query: PathQuery,
    walked: SearchSource,
    opposite: SearchSource,
    vertices: number,
    budget = BUDGET_MAX,
    hops = BUDGET_MAX,
  ): FoundPaths {
    assert(query.max <= HOPS_MAX, 'paths are bounded');
    this.begin(query, walked, opposite);
    const room = Math.max(longestOf(this.memory, walked), longestOf(this.memory, opposite));
    const bytes = 4 * (room + 8);
    this.set(PATHS_BUFFER_BYTES, bytes);
    this.room(PATHS_BUFFERS, 2 * bytes * query.max);
    this.room(PATHS_MARKS, 4 * vertices);
    this.set(PATHS_QUEUE_ROOM, 4 * (vertices + 1));
    this.room(PATHS_QUEUE, 8 * (vertices + 1));
    this.set(PATHS_HOPS, hops);
    return this.run(budget, () => this.kernels.pathsBetween(this.record));
  }

  /** Gives its memory back. */
  release(): void {
    for (const field of this.rooms.keys()) this.memory.release(this.get(field));
    this.memory.release(this.sources);
    this.memory.release(this.record);
  }

  private begin(query: PathQuery, walked: SearchSource, opposite: SearchSource): void {
    assert(query.min >= 1 && query.max >= query.min, 'a path has a hop');
    writeSource(this.memory, this.sources, walked);
    writeSource(this.memory, this.sources + SOURCE_BYTES, opposite);
    this.set(PATHS_START, query.start);
    this.set(PATHS_TARGET, query.target);
    this.set(PATHS_MIN, query.min);
    this.set(PATHS_MAX, query.max);
    this.room(PATHS_FRAMES, FRAME_BYTES * (query.max + 1));
  }

  private run(budget: number, search: () => number): FoundPaths {
    let status = ROOM_SPENT;
    for (;;) {
      this.set(PATHS_BUDGET, budget);
      this.set(PATHS_FOUND_ROOM, (this.rooms.get(PATHS_FOUND) as number) / 4);
      status = search();
      if (status !== ROOM_SPENT) break;
      this.room(PATHS_FOUND, 2 * (this.rooms.get(PATHS_FOUND) as number));
    }
    const words = this.memory.words(this.get(PATHS_FOUND), this.get(PATHS_FOUND_COUNT));
    const paths: Uint32Array[] = [];
    for (let at = 0; at < words.length; ) {
      const end = at + 1 + (words[at] as number);
      paths.push(words.subarray(at + 1, end));
      at = end;
    }
    return { paths, partial: status === BUDGET_SPENT, visited: budget - this.get(PATHS_BUDGET) };
  }

  /** Makes room of at least so many bytes, zeros where it is new. */
  private room(field: number, bytes: number): void {
    const present = this.rooms.get(field) ?? 0;
    if (bytes <= present) return;
    if (present > 0) this.memory.release(this.get(field));
    this.set(field, this.memory.allocate(bytes));
    this.rooms.set(field, bytes);
  }

  private get(field: number): number {
    return this.memory.view.getUint32(this.record + field, true);
  }

  private set(field: number, value: number): void {
    this.memory.view.setUint32(this.record + field, value, true);
  }
}
