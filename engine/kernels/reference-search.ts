import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import {
  BUDGET_SPENT,
  DONE,
  ROOM_SPENT,
  SEARCH_BUDGET,
  SEARCH_BUFFER,
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
  SOURCE_PLAIN,
} from './memory-layout.ts';
import type { ReferenceLists } from './reference-lists.ts';
import type { ReferenceSources } from './reference-sources.ts';

/** Searches by whole hops in plain TypeScript: the reference of engine/kernels/assembly/neighbourhood.ts. */
export class ReferenceSearch {
  private readonly memory: GraphMemory;
  private readonly lists: ReferenceLists;
  private readonly edgesOf: ReferenceSources;

  constructor(memory: GraphMemory, lists: ReferenceLists, edgesOf: ReferenceSources) {
    this.memory = memory;
    this.lists = lists;
    this.edgesOf = edgesOf;
  }

  begin(search: number): void {
    const seen = this.word(search + SEARCH_SEEN);
    this.forEachReached(search, (vertex) => {
      this.memory.u8[seen + vertex] = 1;
    });
  }

  expand(search: number): number {
    const { u8 } = this.memory;
    const sources = this.word(search + SEARCH_SOURCES);
    const sourceCount = this.word(search + SEARCH_SOURCE_COUNT);
    const seen = this.word(search + SEARCH_SEEN);
    const reached = this.word(search + SEARCH_REACHED);
    const buffer = this.word(search + SEARCH_BUFFER);
    let budget = this.word(search + SEARCH_BUDGET);
    let expanded = this.word(search + SEARCH_EXPANDED);
    let count = this.word(search + SEARCH_REACHED_COUNT);
    let status = DONE;
    for (let hop = this.word(search + SEARCH_HOPS); hop > 0 && status === DONE; hop--) {
      const hopEnd = count;
      for (; expanded < hopEnd && status === DONE; expanded++) {
        const vertex = this.word(reached + 4 * expanded);
        for (let n = 0; n < sourceCount && status === DONE; n++) {
          const source = sources + n * SOURCE_BYTES;
          const entries = this.read(search, source, vertex);
          if (entries > budget) {
            status = BUDGET_SPENT;
            break;
          }
          budget -= entries;
          const passing = this.filter(search, source, entries);
          for (let at = 0; at < passing; at++) {
            const neighbour = this.word(buffer + 4 * at);
            if (u8[seen + neighbour] === 1) continue;
            u8[seen + neighbour] = 1;
            this.set(reached + 4 * count++, neighbour);
          }
        }
      }
    }
    this.set(search + SEARCH_BUDGET, budget);
    this.set(search + SEARCH_EXPANDED, expanded);
    this.set(search + SEARCH_REACHED_COUNT, count);
    return status;
  }

  induce(search: number): number {
    const source = this.word(search + SEARCH_SOURCES);
    const seen = this.word(search + SEARCH_SEEN);
    const reached = this.word(search + SEARCH_REACHED);
    const buffer = this.word(search + SEARCH_BUFFER);
    const edges = this.word(search + SEARCH_EDGE_BUFFER);
    const kept = this.word(search + SEARCH_KEPT);
    const keptEdges = this.word(search + SEARCH_KEPT_EDGES);
    const ends = this.word(search + SEARCH_KEPT_ENDS);
    const room = this.word(search + SEARCH_KEPT_MAX);
    const all = this.word(search + SEARCH_REACHED_COUNT);
    let count = this.word(search + SEARCH_KEPT_COUNT);
    let n = this.word(search + SEARCH_INDUCED);
    let status = DONE;
    for (; n < all; n++) {
      const vertex = this.word(reached + 4 * n);
      if (count + this.edgesOf.entriesAtMost(source, vertex) + 1 > room) {
        status = ROOM_SPENT;
        break;
      }
      const passing = this.filter(search, source, this.read(search, source, vertex));
      for (let at = 0; at < passing; at++) {
        const neighbour = this.word(buffer + 4 * at);
        if (this.memory.u8[seen + neighbour] !== 1) continue;
        if (keptEdges !== 0) this.set(keptEdges + 4 * count, this.word(edges + 4 * at));
        this.set(kept + 4 * count++, neighbour);
      }
      this.set(ends + 4 * n, count);
    }
    this.set(search + SEARCH_INDUCED, n);
    this.set(search + SEARCH_KEPT_COUNT, count);
    return status;
  }

  finish(search: number): void {
    const seen = this.word(search + SEARCH_SEEN);
    this.forEachReached(search, (vertex) => {
      this.memory.u8[seen + vertex] = 0;
    });
  }

  /** Puts what the snapshot sees into the search's buffers; how many. */
  private read(search: number, source: number, vertex: number): number {
    const buffer = this.word(search + SEARCH_BUFFER);
    const edges = this.word(search + SEARCH_EDGE_BUFFER);
    const plain = this.word(source + SOURCE_PLAIN);
    if (plain === 0 || this.word(search + SEARCH_KEPT_EDGES) !== 0)
      return this.edgesOf.readVisible(source, vertex, buffer, edges);
    return this.edgesOf.openWithin(plain, vertex) === 0 ? 0 : this.lists.decodeList(plain, vertex, buffer);
  }

  /** Keeps what passes the source's filters; how many. */
  private filter(search: number, source: number, count: number): number {
    if (this.word(source + SOURCE_PLAIN) !== 0) return count;
    return this.edgesOf.keepPassing(
      source,
      count,
      this.word(search + SEARCH_BUFFER),
      this.word(search + SEARCH_EDGE_BUFFER),
    );
  }

  private forEachReached(search: number, visit: (vertex: number) => void): void {
    const reached = this.word(search + SEARCH_REACHED);
    const count = this.word(search + SEARCH_REACHED_COUNT);
    for (let n = 0; n < count; n++) visit(this.word(reached + 4 * n));
  }

  private word(address: number): number {
    return this.memory.view.getUint32(address, true);
  }

  private set(address: number, value: number): void {
    this.memory.view.setUint32(address, value, true);
  }
}
