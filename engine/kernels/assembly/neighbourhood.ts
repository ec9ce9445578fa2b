// What is around vertices, a whole hop at a time. engine/kernels/reference-search.ts says the same in plain
// TypeScript.
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
} from '../memory-layout.ts';
import { decodeOpened } from './lists.ts';
import { entriesAtMost, keepPassing, openWithin, readVisible } from './sources.ts';

/** Marks the vertices that the search starts from. */
export function begin(search: usize): void {
  const seen = load<usize>(search, SEARCH_SEEN);
  const reached = load<usize>(search, SEARCH_REACHED);
  for (let n: u32 = 0; n < load<u32>(search, SEARCH_REACHED_COUNT); n++) {
    store<u8>(seen + <usize>load<u32>(reached + ((<usize>n) << 2)), 1);
  }
}

/** Reaches what is within SEARCH_HOPS hops of the vertices that were reached and not yet expanded. */
export function expand(search: usize): u32 {
  const sources = load<usize>(search, SEARCH_SOURCES);
  const sourcesEnd = sources + <usize>load<u32>(search, SEARCH_SOURCE_COUNT) * SOURCE_BYTES;
  const seen = load<usize>(search, SEARCH_SEEN);
  const reached = load<usize>(search, SEARCH_REACHED);
  const buffer = load<usize>(search, SEARCH_BUFFER);
  const edges = load<usize>(search, SEARCH_EDGE_BUFFER);
  let budget = load<u32>(search, SEARCH_BUDGET);
  let from = reached + ((<usize>load<u32>(search, SEARCH_EXPANDED)) << 2);
  let end = reached + ((<usize>load<u32>(search, SEARCH_REACHED_COUNT)) << 2);
  let status: u32 = DONE;
  for (let hop = load<u32>(search, SEARCH_HOPS); hop > 0 && status === DONE; hop--) {
    const hopEnd = end;
    for (; from < hopEnd && status === DONE; from += 4) {
      const vertex = load<u32>(from);
      for (let source = sources; source < sourcesEnd; source += SOURCE_BYTES) {
        const plain = load<usize>(source, SOURCE_PLAIN);
        let count: u32;
        if (plain !== 0) {
          count = openWithin(plain, vertex);
          if (count > budget) {
            status = BUDGET_SPENT;
            break;
          }
          budget -= count;
          if (count > 0) decodeOpened(plain, vertex, count, buffer);
        } else {
          count = readVisible(source, vertex, buffer, edges);
          if (count > budget) {
            status = BUDGET_SPENT;
            break;
          }
          budget -= count;
          count = keepPassing(source, count, buffer, edges);
        }
        const stop = buffer + ((<usize>count) << 2);
        for (let at = buffer; at < stop; at += 4) {
          const neighbour = load<u32>(at);
          const place = seen + <usize>neighbour;
          const isNew = <usize>load<u8>(place) ^ 1;
          store<u8>(place, 1);
          store<u32>(end, neighbour);
          end += isNew << 2;
        }
      }
    }
  }
  store<u32>(search, budget, SEARCH_BUDGET);
  store<u32>(search, <u32>((from - reached) >> 2), SEARCH_EXPANDED);
  store<u32>(search, <u32>((end - reached) >> 2), SEARCH_REACHED_COUNT);
  return status;
}

/** Keeps the edges between reached vertices that the first source lets through, from the vertex SEARCH_INDUCED on. */
export function induce(search: usize): u32 {
  const source = load<usize>(search, SEARCH_SOURCES);
  const seen = load<usize>(search, SEARCH_SEEN);
  const reached = load<usize>(search, SEARCH_REACHED);
  const buffer = load<usize>(search, SEARCH_BUFFER);
  const edges = load<usize>(search, SEARCH_EDGE_BUFFER);
  const kept = load<usize>(search, SEARCH_KEPT);
  const keptEdges = load<usize>(search, SEARCH_KEPT_EDGES);
  const ends = load<usize>(search, SEARCH_KEPT_ENDS);
  const plain = keptEdges === 0 ? load<usize>(source, SOURCE_PLAIN) : 0;
  const room = kept + ((<usize>load<u32>(search, SEARCH_KEPT_MAX)) << 2);
  let out = kept + ((<usize>load<u32>(search, SEARCH_KEPT_COUNT)) << 2);
  let n = load<u32>(search, SEARCH_INDUCED);
  let status: u32 = DONE;
  for (const all = load<u32>(search, SEARCH_REACHED_COUNT); n < all; n++) {
    const vertex = load<u32>(reached + ((<usize>n) << 2));
    const most = plain !== 0 ? openWithin(plain, vertex) : entriesAtMost(source, vertex);
    // What may be one entry too many is not begun.
    if (out + ((<usize>most) << 2) + 4 > room) {
      status = ROOM_SPENT;
      break;
    }
    if (plain !== 0) {
      if (most > 0) decodeOpened(plain, vertex, most, buffer);
      const stop = buffer + ((<usize>most) << 2);
      for (let at = buffer; at < stop; at += 4) {
        const neighbour = load<u32>(at);
        store<u32>(out, neighbour);
        out += (<usize>load<u8>(seen + <usize>neighbour)) << 2;
      }
    } else {
      const visible = readVisible(source, vertex, buffer, edges);
      const bytes = (<usize>keepPassing(source, visible, buffer, edges)) << 2;
      for (let at: usize = 0; at < bytes; at += 4) {
        const neighbour = load<u32>(buffer + at);
        store<u32>(out, neighbour);
        if (keptEdges !== 0) store<u32>(keptEdges + (out - kept), load<u32>(edges + at));
        out += (<usize>load<u8>(seen + <usize>neighbour)) << 2;
      }
    }
    store<u32>(ends + ((<usize>n) << 2), <u32>((out - kept) >> 2));
  }
  store<u32>(search, n, SEARCH_INDUCED);
  store<u32>(search, <u32>((out - kept) >> 2), SEARCH_KEPT_COUNT);
  return status;
}

/** Forgets which vertices were reached. */
export function finish(search: usize): void {
  const seen = load<usize>(search, SEARCH_SEEN);
  let at = load<usize>(search, SEARCH_REACHED);
  const stop = at + ((<usize>load<u32>(search, SEARCH_REACHED_COUNT)) << 2);
  for (; at < stop; at += 4) store<u8>(seen + <usize>load<u32>(at), 0);
}
