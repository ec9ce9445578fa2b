import { GraphMemory } from '../engine/graph/segment/graph-memory.ts';
import { createKernels } from '../engine/kernels/create-kernels.ts';
import { type BuiltGraph, buildGraph } from '../workers/graph/build-graph.ts';
import { kernelModule } from '../workers/graph/kernel-module.ts';
import { measureScan, randomBelow } from '../workers/graph/measure-graph.ts';
import type { EdgeList } from '../workers/graph/read-edge-list.ts';
import { ourSearch, warmUp } from './cache.ts';
import { csrOf, type HopSearch, WasmSearch } from './csr-peers.ts';
import { median, printTable, short, spread } from './figures.ts';
import { rmatEdges } from './rmat.ts';

/** Edges to a vertex, as Graph500 has them. */
const EDGES_PER_VERTEX_LOG2 = 4;
const SEED = 1;
const ROUNDS = 5;
/** Searches of a round; of three hops fewer. */
const STARTS = { 1: 2000, 2: 500, 3: 20 } as const;
const TWITTER = { vertices: 41_652_230, edges: 1_468_365_182, textBytes: 24.6e9 } as const;

/** What a size came to. Bytes count lists, their offsets, the key hash and what frames them; keys are apart. */
interface ScaleFigures {
  readonly vertices: number;
  readonly edges: number;
  readonly rawBytes: number;
  readonly outBytes: number;
  readonly bothBytes: number;
  readonly keyBytes: number;
  readonly coldBytes: number;
  /** Nanoseconds an edge by step. */
  readonly buildNs: Readonly<Record<string, number>>;
  readonly buildNsAll: number;
  readonly scanNs: { readonly ours: number; readonly wasmCsr: number; readonly ratio: number };
  /** Ours over uncompressed WASM CSR, the same searches: so per edge visited, too. */
  readonly hops: Readonly<Record<'1' | '2' | '3', { readonly ratio: number; readonly noise: number }>>;
}

/**
 * R-MAT graphs of `sizes` million edges, 16 to a vertex: what building and reading cost an edge, beside uncompressed WASM CSR in the
 * same run, what they take, and what the Twitter follower graph would take by it.
 */
export async function benchScale(sizes: readonly number[]): Promise<Record<string, unknown>> {
  const figures: ScaleFigures[] = [];
  for (const millions of sizes) figures.push(await measureSize(millions));
  const row = (name: string, of: (size: ScaleFigures) => number): string[] => [
    name,
    ...figures.map((size) => short(of(size))),
  ];
  const steps = Object.keys(figures[0]?.buildNs ?? {});
  printTable([
    ['R-MAT, millions of edges', ...figures.map(({ edges }) => short(edges / 2 ** 20))],
    ...steps.map((step) => row(`${step}, ns/edge`, ({ buildNs }) => buildNs[step] as number)),
    row('scan, ns/edge', ({ scanNs }) => scanNs.ours),
    row('scan, times WASM CSR', ({ scanNs }) => scanNs.ratio),
    ...(['1', '2', '3'] as const).map((hops) =>
      row(`${hops} hops, times WASM CSR`, (size) => size.hops[hops].ratio),
    ),
    row('bits/edge out', ({ outBytes, edges }) => (8 * outBytes) / edges),
    row('bits/edge both', ({ bothBytes, edges }) => (8 * bothBytes) / edges),
    row('share of text, out %', ({ outBytes, rawBytes }) => (100 * outBytes) / rawBytes),
    row('share of text, both %', ({ bothBytes, rawBytes }) => (100 * bothBytes) / rawBytes),
  ]);
  const twitter = projectTwitter(figures);
  console.error(`Twitter follower graph, projected: ${JSON.stringify(twitter)}`);
  return { sizes: figures, twitter };
}

async function measureSize(millions: number): Promise<ScaleFigures> {
  const edges = millions * 2 ** 20;
  const list = rmatList(Math.round(Math.log2(edges)) - EDGES_PER_VERTEX_LOG2, edges);
  const memory = new GraphMemory();
  const graph = buildGraph(list, -1, memory, (step) => console.error(`${millions} M: ${step}`));
  const wasm = await wasmOf(list, graph);
  const search = ourSearch(graph, memory);
  const { hash, order, keys, total: vertexBytes } = graph.vertices.sizes;
  const { into, owners, total } = graph.edges.sizes;
  const outBytes = total - into - owners + vertexBytes - order - keys;
  const scan = {
    ours: measureScan(graph, memory, createKernels(memory, kernelModule())),
    wasmCsr: wasm.scanNs(),
  };
  const buildNs = Object.fromEntries(graph.steps.map(({ step, seconds }) => [step, (seconds * 1e9) / edges]));
  return {
    vertices: list.vertices,
    edges,
    rawBytes: list.rawBytes,
    outBytes,
    bothBytes: outBytes + into + owners,
    keyBytes: order + keys,
    coldBytes: graph.cold.total + hash,
    buildNs,
    buildNsAll: Object.values(buildNs).reduce((sum, each) => sum + each, 0),
    scanNs: { ...scan, ratio: scan.ours / scan.wasmCsr },
    hops: {
      '1': compare(1, search, wasm, list.vertices),
      '2': compare(2, search, wasm, list.vertices),
      '3': compare(3, search, wasm, list.vertices),
    },
  };
}

/** The graph as the text of its edges would be read; keys are vertices' numbers. */
function rmatList(scale: number, edges: number): EdgeList {
  const { vertices, sources, destinations } = rmatEdges(scale, edges, SEED);
  let rawBytes = 2 * edges;
  for (const ends of [sources, destinations]) for (const end of ends) rawBytes += digits(end);
  const numbers = Float64Array.from({ length: vertices }, (_, n) => n);
  return {
    keys: { kind: 'numbers', numbers },
    vertices,
    sources,
    destinations,
    columns: [],
    rawBytes,
    header: null,
  };
}

function digits(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count++;
  return count;
}

function wasmOf(list: EdgeList, { numbers }: BuiltGraph): Promise<WasmSearch> {
  const number = (vertex: number): number => numbers[vertex] as number;
  return WasmSearch.of(csrOf(list.vertices, list.sources.map(number), list.destinations.map(number)));
}

/** Seconds of the same searches by ours over those by the other, the middle one of some rounds in turn. */
function compare(
  hops: 1 | 2 | 3,
  ours: HopSearch,
  other: HopSearch,
  vertices: number,
): { readonly ratio: number; readonly noise: number } {
  const below = randomBelow(SEED);
  const starts = Array.from({ length: STARTS[hops] }, () => below(vertices));
  const run = (search: HopSearch): { readonly ms: number; readonly found: number } => {
    const began = performance.now();
    let found = 0;
    for (const start of starts) found += search.run(start, hops, false).vertices;
    return { ms: performance.now() - began, found };
  };
  const ratios: number[] = [];
  for (const search of [ours, other]) warmUp(() => run(search));
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = [run(ours), run(other)];
    if (a.found !== b.found) throw new Error(`${hops} hops found ${a.found} vertices, not ${b.found}`);
    ratios.push(a.ms / b.ms);
  }
  return { ratio: median(ratios), noise: spread(ratios) };
}

/**
 * What the Twitter follower graph would take: the bits an edge of the largest graph here, and what they grew by from the one before it
 * for each doubling of edges, as often as edges double until there. R-MAT has no neighbourhoods that an order could find: real graphs
 * take less.
 */
function projectTwitter(figures: readonly ScaleFigures[]): Record<string, number> | null {
  const [before, last] = figures.slice(-2);
  if (before === undefined || last === undefined) return null;
  const doublings = (from: number, to: number): number => Math.log2(to / from);
  const project = (of: (size: ScaleFigures) => number): number => {
    const bits = (size: ScaleFigures): number => (8 * of(size)) / size.edges;
    const growth = (bits(last) - bits(before)) / doublings(before.edges, last.edges);
    return bits(last) + Math.max(0, growth) * doublings(last.edges, TWITTER.edges);
  };
  const share = (bits: number): number => ((bits / 8) * TWITTER.edges) / TWITTER.textBytes;
  const out = project(({ outBytes }) => outBytes);
  const both = project(({ bothBytes }) => bothBytes);
  const cold = project(({ coldBytes }) => coldBytes);
  return {
    outBits: out,
    bothBits: both,
    coldBits: cold,
    outShare: share(out),
    bothShare: share(both),
    coldBothShare: share(cold),
  };
}
