import { assert } from '../../../core/assert.ts';
import type { GraphKernels } from '../../kernels/graph-kernels.ts';
import type { OrderedEdges, OrderedLists } from './assemble-edges.ts';
import type { ColumnCode } from './column-input.ts';
import type { GraphMemory } from './graph-memory.ts';
import type { EdgeSegment } from './open-edges.ts';
import { radixOrder } from './radix-order.ts';

const WORD = 0x1_0000_0000;
/** More than the upper word of any code. */
const AFTER_ALL = 1 << 21;

/** The edges of an open segment as arrays, in the order of their numbers; columns and in-lists are read when they are asked for. */
export function orderedEdges(segment: EdgeSegment, memory: GraphMemory, kernels: GraphKernels): OrderedEdges {
  const { vertices, edges, eventTime, columns } = segment.about;
  const out = readLists(segment.out, vertices, edges, memory, kernels);
  return {
    vertices,
    eventTime,
    outStarts: out.starts,
    outValues: out.values,
    columns: columns.map(({ kind: _, width: __, large, ...code }, n) => () => {
      assert(code.texts === null && large.size === 0, 'packed texts and large integers are not at rest yet');
      const record = segment.column(n);
      const codes = new Float64Array(edges);
      for (let edge = 0; edge < edges; edge++) codes[edge] = kernels.columnCode(record, edge);
      return { code, codes };
    }),
    into: () => readLists(segment.into, vertices, edges, memory, kernels),
  };
}

function readLists(
  lists: number,
  vertices: number,
  edges: number,
  memory: GraphMemory,
  kernels: GraphKernels,
): OrderedLists {
  const starts = new Uint32Array(vertices + 1);
  let longest = 0;
  for (let vertex = 0; vertex < vertices; vertex++) {
    const count = kernels.openList(lists, vertex);
    longest = Math.max(longest, count);
    starts[vertex + 1] = (starts[vertex] as number) + count;
  }
  const values = new Uint32Array(edges);
  const target = memory.allocate(4 * (longest + 8));
  for (let vertex = 0; vertex < vertices; vertex++) {
    const count = kernels.decodeList(lists, vertex, target);
    values.set(memory.u32.subarray(target >>> 2, (target >>> 2) + count), starts[vertex] as number);
  }
  memory.release(target);
  return { starts, values };
}

/** By edge: what orders edges by event time; those without one come last. */
export function timeKeys({ nulls }: ColumnCode, codes: Float64Array): Float64Array {
  if (nulls === 0) return codes;
  return codes.map((code) => (code === 0 ? Number.POSITIVE_INFINITY : code));
}

/**
 * The in-lists that follow from the out-lists alone: sources ascending; or edge numbers, by time key where there are
 * some, then ascending.
 */
export function inListsOf(
  outStarts: Uint32Array,
  outValues: Uint32Array,
  holdEdges: boolean,
  keys: Float64Array | null,
): OrderedLists {
  const vertices = outStarts.length - 1;
  const starts = new Uint32Array(vertices + 1);
  for (const end of outValues) starts[end + 1] = (starts[end + 1] as number) + 1;
  for (let vertex = 0; vertex < vertices; vertex++)
    starts[vertex + 1] = (starts[vertex + 1] as number) + (starts[vertex] as number);
  const places = starts.slice();
  const values = new Uint32Array(outValues.length);
  const put = (edge: number, value: number): void => {
    const end = outValues[edge] as number;
    const place = places[end] as number;
    places[end] = place + 1;
    values[place] = value;
  };
  if (keys !== null) for (const edge of orderByKey(keys)) put(edge, edge);
  else if (holdEdges) for (let edge = 0; edge < outValues.length; edge++) put(edge, edge);
  else {
    for (let vertex = 0; vertex < vertices; vertex++) {
      for (let edge = outStarts[vertex] as number; edge < (outStarts[vertex + 1] as number); edge++)
        put(edge, vertex);
    }
  }
  return { starts, values };
}

/** Numbers of codes in the order of the codes (at most 53 bits, or +Infinity), equal ones in their own. */
function orderByKey(keys: Float64Array): Uint32Array {
  const order = new Uint32Array(keys.length);
  const low = new Uint32Array(keys.length);
  const high = new Uint32Array(keys.length);
  let highest = 0;
  for (let n = 0; n < keys.length; n++) {
    const key = keys[n] as number;
    order[n] = n;
    low[n] = key === Number.POSITIVE_INFINITY ? 0 : key % WORD;
    high[n] = key === Number.POSITIVE_INFINITY ? AFTER_ALL : Math.floor(key / WORD);
    highest = Math.max(highest, high[n] as number);
  }
  radixOrder(low, 32, [high, order]);
  if (highest > 0) radixOrder(high, 32 - Math.clz32(highest), [order]);
  return order;
}
