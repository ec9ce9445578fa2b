import { BISECTION_EFFORT, bisectionOrder } from '../../engine/graph/segment/bisection-order.ts';
import { buildEdgeSegment } from '../../engine/graph/segment/build-edges.ts';
import { coldEdgeSegment, type ColdSizes, coldSizes } from '../../engine/graph/segment/cold-edges.ts';
import { GraphMemory } from '../../engine/graph/segment/graph-memory.ts';
import type { Keys } from '../../engine/graph/segment/key-column.ts';
import { EdgeSegment } from '../../engine/graph/segment/open-edges.ts';
import { orderedEdges } from '../../engine/graph/segment/ordered-edges.ts';
import { degreeOrder } from '../../engine/graph/segment/vertex-order.ts';
import { buildVertexSegment, VertexSegment } from '../../engine/graph/segment/vertex-segment.ts';
import { createKernels } from '../../engine/kernels/create-kernels.ts';
import { kernelModule } from './kernel-module.ts';
import type { EdgeList } from './read-edge-list.ts';

/** A graph in memory, as segments. */
export interface BuiltGraph {
  readonly vertices: VertexSegment;
  readonly edges: EdgeSegment;
  /** The vertex's number in the segments, by its number in the edge list. */
  readonly numbers: Uint32Array;
  /** The bytes of the edge segment while it is hot. */
  readonly edgeBytes: Uint8Array;
  /** The edge segment at rest. */
  readonly coldBytes: Uint8Array;
  readonly cold: ColdSizes;
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
}

/** Builds the segments of an edge list and opens them. `eventTime`: the column that is the event time, or -1. */
export function buildGraph(
  list: EdgeList,
  eventTime: number,
  memory: GraphMemory,
  progress: (step: string) => void,
): BuiltGraph {
  const steps: { step: string; seconds: number }[] = [];
  const timed = <T>(step: string, work: () => T): T => {
    progress(step);
    const began = performance.now();
    const result = work();
    steps.push({ step, seconds: (performance.now() - began) / 1000 });
    return result;
  };
  const numbers = timed('order vertices', () => orderVertices(list));
  const vertices = timed('hash and pack keys', () => {
    const bytes = buildVertexSegment(keysInOrder(list.keys, numbers));
    return new VertexSegment(memory, bytes);
  });
  const edgeBytes = timed('encode edges', () =>
    buildEdgeSegment({
      vertices: list.vertices,
      sources: renumbered(list.sources, numbers),
      destinations: renumbered(list.destinations, numbers),
      columns: list.columns,
      eventTime,
    }),
  );
  const edges = timed('check and open', () => new EdgeSegment(memory, edgeBytes));
  const coldBytes = timed('code edges for rest', () =>
    coldEdgeSegment(orderedEdges(edges, memory, createKernels(memory, kernelModule()))),
  );
  return { vertices, edges, numbers, edgeBytes, coldBytes, cold: coldSizes(coldBytes), steps };
}

/** By bisection where that saves something, else by degree. */
function orderVertices(list: EdgeList): Uint32Array {
  const { vertices, sources, destinations } = list;
  const byDegree = degreeOrder(vertices, sources, destinations);
  // Memory of its own, which goes when it is done.
  const memory = new GraphMemory();
  const bisected = bisectionOrder(
    memory,
    createKernels(memory, kernelModule()),
    vertices,
    renumbered(sources, byDegree),
    renumbered(destinations, byDegree),
    BISECTION_EFFORT,
  );
  return bisected === null ? byDegree : renumbered(byDegree, bisected);
}

function keysInOrder(keys: Keys, numbers: Uint32Array): Keys {
  if (keys.kind === 'numbers') {
    const ordered = new Float64Array(numbers.length);
    for (let n = 0; n < numbers.length; n++) ordered[numbers[n] as number] = keys.numbers[n] as number;
    return { kind: 'numbers', numbers: ordered };
  }
  const ordered = new Array<string>(numbers.length);
  for (let n = 0; n < numbers.length; n++) ordered[numbers[n] as number] = keys.texts[n] as string;
  return { kind: 'texts', texts: ordered };
}

function renumbered(ends: Uint32Array, numbers: Uint32Array): Uint32Array {
  const renumbered = new Uint32Array(ends.length);
  for (let edge = 0; edge < ends.length; edge++) renumbered[edge] = numbers[ends[edge] as number] as number;
  return renumbered;
}
