import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import {
  BISECTION_ADJACENT,
  BISECTION_BEGINS,
  BISECTION_BYTES,
  BISECTION_COUNTERS,
  BISECTION_COUNTS,
  BISECTION_ENDS,
  BISECTION_GAINS,
  BISECTION_KEYS,
  BISECTION_LEFT,
  BISECTION_LEFT_GAIN,
  BISECTION_LOCAL,
  BISECTION_LOGARITHMS,
  BISECTION_ORDER,
  BISECTION_PLACES,
  BISECTION_RIGHT,
  BISECTION_RIGHT_GAIN,
  BISECTION_SIDES,
  BISECTION_SORT_KEYS,
  BISECTION_SORT_PLACES,
  BISECTION_STARTS,
  BISECTION_TOUCHED,
} from '../../kernels/memory-layout.ts';
import { bitsOf } from './bit-fields.ts';
import type { GraphMemory } from './graph-memory.ts';
import { radixOrder, startsOf } from './radix-order.ts';

/** How much work an order is worth. */
export interface BisectionEffort {
  /** Rounds of changing sides at each part, at most. */
  readonly iterations: number;
  /** Parts that are not split any more. */
  readonly leaf: number;
}

/** What fits most graphs: 20 iterations take half as much again and save 0.02 bits an edge more. */
export const BISECTION_EFFORT: BisectionEffort = { iterations: 10, leaf: 32 };

/** After so many levels, having saved fewer bits an entry, the graph has no parts: random graphs save 0.001, others 0.05 and more. */
const PROBE_LEVELS = 2;
const PROBE_BITS = 0.01;

/** Arrays of a word for each vertex, and for each entry of a list that a bisection takes. */
const ARRAYS_BY_VERTEX = [
  BISECTION_COUNTS,
  BISECTION_TOUCHED,
  BISECTION_LEFT,
  BISECTION_RIGHT,
  BISECTION_LEFT_GAIN,
  BISECTION_RIGHT_GAIN,
  BISECTION_STARTS,
  BISECTION_SIDES,
  BISECTION_GAINS,
  BISECTION_KEYS,
  BISECTION_PLACES,
  BISECTION_SORT_KEYS,
  BISECTION_SORT_PLACES,
] as const;

/**
 * Numbers vertices by recursive graph bisection (see ReferenceBisection) of the graph without directions, repeats and loops:
 * the new number by vertex. Halves begin in the order of the given numbers, which should be by degree: those that many
 * know then tend to come last. Null where the first levels show that it would save next to nothing. `memory` is used up by it:
 * about 56 bytes a vertex and 16 an edge; the kernels are over it.
 */
export function bisectionOrder(
  memory: GraphMemory,
  kernels: GraphKernels,
  vertices: number,
  sources: Uint32Array,
  destinations: Uint32Array,
  effort: BisectionEffort,
): Uint32Array | null {
  const record = memory.allocate(BISECTION_BYTES);
  const set = (field: number, address: number): void => memory.view.setUint32(record + field, address, true);
  const { begins, adjacent, longest } = undirected(vertices, sources, destinations);
  const place = (words: Uint32Array): number =>
    memory.place(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  set(BISECTION_BEGINS, place(begins));
  set(BISECTION_ENDS, place(begins.subarray(1)));
  set(BISECTION_ADJACENT, place(adjacent));
  set(BISECTION_LOCAL, memory.allocate(4 * adjacent.length));
  const order = memory.allocate(4 * vertices);
  for (let vertex = 0; vertex < vertices; vertex++) memory.u32[(order >>> 2) + vertex] = vertex;
  set(BISECTION_ORDER, order);
  set(BISECTION_LOGARITHMS, placeLogarithms(memory, longest + 2));
  set(BISECTION_COUNTERS, memory.allocate(1024));
  for (const field of ARRAYS_BY_VERTEX) set(field, memory.allocate(4 * (vertices + 1)));
  if (!splitAll(kernels, record, vertices, adjacent.length, effort)) return null;
  const numbers = new Uint32Array(vertices);
  for (let n = 0; n < vertices; n++) numbers[memory.u32[(order >>> 2) + n] as number] = n;
  return numbers;
}

/** Splits parts level by level. Whether the first levels promised enough to go on. */
function splitAll(
  kernels: GraphKernels,
  record: number,
  vertices: number,
  entries: number,
  effort: BisectionEffort,
): boolean {
  let saved = 0;
  let parts = [0, vertices];
  for (let level = 0; parts.length > 0; level++) {
    if (level === PROBE_LEVELS && saved < PROBE_BITS * entries) return false;
    const next: number[] = [];
    for (let n = 0; n < parts.length; n += 2) {
      const first = parts[n] as number;
      const last = parts[n + 1] as number;
      if (last - first <= effort.leaf) continue;
      const middle = first + ((last - first) >>> 1);
      const logs = [logarithm(middle - first), logarithm(last - middle)] as const;
      saved += kernels.bisect(record, first, last, effort.iterations, ...logs);
      next.push(first, middle, middle, last);
    }
    parts = next;
  }
  return true;
}

/** Neighbours of each vertex in either direction, each once, ascending. */
function undirected(
  vertices: number,
  sources: Uint32Array,
  destinations: Uint32Array,
): { begins: Uint32Array; adjacent: Uint32Array; longest: number } {
  const edges = sources.length;
  const from = new Uint32Array(2 * edges);
  const to = new Uint32Array(2 * edges);
  from.set(sources);
  from.set(destinations, edges);
  to.set(destinations);
  to.set(sources, edges);
  const bits = bitsOf(Math.max(vertices - 1, 0));
  radixOrder(to, bits, [from]);
  radixOrder(from, bits, [to]);
  let kept = 0;
  for (let n = 0; n < from.length; n++) {
    if (from[n] === to[n] || (kept > 0 && from[n] === from[kept - 1] && to[n] === to[kept - 1])) continue;
    from[kept] = from[n] as number;
    to[kept++] = to[n] as number;
  }
  const begins = startsOf(from.subarray(0, kept), vertices);
  let longest = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    longest = Math.max(longest, (begins[vertex + 1] as number) - (begins[vertex] as number));
  }
  return { begins, adjacent: to.subarray(0, kept), longest };
}

function placeLogarithms(memory: GraphMemory, count: number): number {
  const address = memory.allocate(4 * (count + 1));
  for (let n = 1; n <= count; n++) memory.view.setFloat32(address + 4 * n, logarithm(n), true);
  return address;
}

/** The logarithm to base 2 of a whole number > 0, to 30 binary places, by squaring: the same on every machine. */
function logarithm(value: number): number {
  const whole = bitsOf(value) - 1;
  let rest = value;
  for (let n = 0; n < whole; n++) rest /= 2;
  let result = whole;
  for (let place = 0.5; place > 1e-9; place /= 2) {
    rest *= rest;
    if (rest < 2) continue;
    rest /= 2;
    result += place;
  }
  return result;
}
