import { GraphMemory } from '../engine/graph/segment/graph-memory.ts';
import { NeighbourhoodSearch } from '../engine/graph/segment/neighbourhood-search.ts';
import { segmentSource } from '../engine/graph/segment/search-source.ts';
import { createKernels } from '../engine/kernels/create-kernels.ts';
import { type BuiltGraph, buildGraph } from '../workers/graph/build-graph.ts';
import { kernelModule } from '../workers/graph/kernel-module.ts';
import { measureLookup, measureScan, randomBelow } from '../workers/graph/measure-graph.ts';
import { type EdgeList, readEdgeList } from '../workers/graph/read-edge-list.ts';
import { duckdbPeer, graphologyPeer, kuzuPeer } from './cache-embedded.ts';
import type { CachePeer, PeerGraph, PeerTimes } from './cache-peer.ts';
import { igraphPeer, neo4jPeer, postgresPeer } from './cache-servers.ts';
import { csrOf, type HopAnswer, type HopSearch, PlainSearch, WasmSearch } from './csr-peers.ts';
import { median, printTable, quantile, short, spread } from './figures.ts';
import { postgresPresent } from './postgres-peer.ts';

const STARTS = 1000;
/** In-process searches run so many rounds, and more while they have not taken so long. */
const ROUNDS_MIN = 3;
const ROUNDS_MAX = 9;
const ROUNDS_MS = 4000;
/** Before it is measured a search runs so long, or once from every start: its code is compiled then. */
const WARM_UP_MS = 400;
/** What a peer may take for one kind of search; then it has run fewer starts. */
const PEER_SECONDS = 10;

/** One kind of search. */
interface Cell {
  readonly hops: number;
  readonly induced: boolean;
}

const CELLS: readonly Cell[] = [1, 2, 3].flatMap((hops) =>
  [false, true].map((induced) => ({ hops, induced })),
);

/** Microseconds of a kind of search, and how many times as long as ours on the same starts. */
interface CellFigures extends Cell {
  readonly starts: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly timesOursP50: number;
  readonly timesOursP99: number;
}

/**
 * Neighbourhoods from random vertices through the graph cache and through its peers, on the same graph and the same starts:
 * every answer is held against ours. In-process searches run in turn, several rounds; the noise is how far rounds of ours lie
 * apart. A peer that cannot be installed here is left out and named.
 */
export async function benchCache(file: string): Promise<Record<string, unknown>> {
  const list = await readEdgeList(file, { columns: null, progress: () => undefined });
  const memory = new GraphMemory();
  const graph = buildGraph(list, -1, memory, () => undefined);
  const below = randomBelow(1);
  const starts = Array.from({ length: STARTS }, () => graph.numbers[below(list.vertices)] as number);
  const edges = renumbered(list, graph);
  const search = ourSearch(graph, memory);
  const csr = csrOf(edges.vertices, edges.sources, edges.destinations);
  const wasm = await WasmSearch.of(csr);
  const ours = CELLS.map((cell) => measureInTurn(cell, starts, [search, wasm, new PlainSearch(csr)]));
  const peers: Record<string, readonly CellFigures[] | string> = {
    'WASM CSR': ours.map(({ figures }) => figures[1] as CellFigures),
    'TypeScript CSR': ours.map(({ figures }) => figures[2] as CellFigures),
  };
  for (const [name, open] of Object.entries(PEERS)) {
    console.error(`${name} …`);
    peers[name] = await measurePeer(open, edges, search, starts);
  }
  const own = ours.map(({ figures }) => figures[0] as CellFigures);
  const noise = ours.map((cell) => cell.noise);
  print(own, noise, peers);
  const kernels = createKernels(memory, kernelModule());
  return {
    graph: { vertices: list.vertices, edges: list.sources.length },
    ours: own,
    noise,
    peers,
    lookupNs: measureLookup(graph, 2),
    scanNsPerEdge: { ours: measureScan(graph, memory, kernels), wasmCsr: wasm.scanNs() },
  };
}

const PEERS: Readonly<Record<string, (graph: PeerGraph) => Promise<CachePeer> | CachePeer>> = {
  graphology: graphologyPeer,
  igraph: igraphPeer,
  DuckDB: duckdbPeer,
  Kuzu: kuzuPeer,
  PostgreSQL: (graph) => {
    if (!postgresPresent()) throw new Error("Debian's PostgreSQL 15 is not on this machine");
    return postgresPeer(graph);
  },
  Neo4j: neo4jPeer,
};

/** The graph cache, searched as the product searches it. */
export function ourSearch(graph: BuiltGraph, memory: GraphMemory): HopSearch {
  const kernels = createKernels(memory, kernelModule());
  const search = new NeighbourhoodSearch(memory, kernels, graph.edges.about.vertices);
  const source = segmentSource(graph.edges.out);
  return {
    run(start, hops, induced) {
      const vertices = search.find([start], [source], hops).count;
      const edges = induced ? search.induced(source, false).count : 0;
      search.end();
      return { vertices, edges };
    },
  };
}

/** The edges with the numbers that vertices have in the segments: peers have what that order gives, too. */
function renumbered(list: EdgeList, { numbers }: BuiltGraph): PeerGraph {
  const number = (vertex: number): number => numbers[vertex] as number;
  return {
    vertices: list.vertices,
    sources: list.sources.map(number),
    destinations: list.destinations.map(number),
  };
}

/** One round over all starts. */
function pass(search: HopSearch, { hops, induced }: Cell, starts: readonly number[]): PeerTimes {
  const micros: number[] = [];
  const answers: HopAnswer[] = [];
  for (const start of starts) {
    const from = performance.now();
    const answer = search.run(start, hops, induced);
    micros.push((performance.now() - from) * 1000);
    answers.push(answer);
  }
  return { micros, answers };
}

/** Runs something again and again until code that is used is compiled. */
export function warmUp(run: () => void): void {
  const began = performance.now();
  do run();
  while (performance.now() - began < WARM_UP_MS);
}

/** Searches in this process, the first of them ours, in turn: the medians of their rounds. */
function measureInTurn(
  cell: Cell,
  starts: readonly number[],
  searches: readonly HopSearch[],
): { readonly figures: readonly CellFigures[]; readonly noise: number } {
  const rounds = searches.map((): PeerTimes[] => []);
  for (const search of searches) warmUp(() => pass(search, cell, starts));
  const began = performance.now();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (round >= ROUNDS_MIN && performance.now() - began > ROUNDS_MS) break;
    searches.forEach((search, n) => {
      (rounds[n] as PeerTimes[]).push(pass(search, cell, starts));
    });
  }
  const of = (times: readonly PeerTimes[], q: number): number =>
    median(times.map(({ micros }) => quantile(micros, q)));
  const [first = []] = rounds;
  const figures = rounds.map((times): CellFigures => {
    mustAgree(times[0] as PeerTimes, first[0] as PeerTimes, 'an adjacency', cell);
    const [p50Us, p99Us] = [of(times, 0.5), of(times, 0.99)];
    const [ownP50, ownP99] = [of(first, 0.5), of(first, 0.99)];
    return {
      ...cell,
      starts: starts.length,
      p50Us,
      p99Us,
      timesOursP50: p50Us / ownP50,
      timesOursP99: p99Us / ownP99,
    };
  });
  return { figures, noise: spread(first.map(({ micros }) => quantile(micros, 0.5))) };
}

/** A peer on all kinds of searches, ours run again beside it on the same starts; or why it is not measured. */
async function measurePeer(
  open: (graph: PeerGraph) => Promise<CachePeer> | CachePeer,
  graph: PeerGraph,
  ours: HopSearch,
  starts: readonly number[],
): Promise<readonly CellFigures[] | string> {
  let peer: CachePeer;
  try {
    peer = await open(graph);
  } catch (error) {
    const reason = `not measured: ${String(error).split('\n')[0]}`;
    console.error(reason);
    return reason;
  }
  try {
    const figures: CellFigures[] = [];
    for (const cell of CELLS) {
      const times = await peer.measure(starts, cell.hops, cell.induced, PEER_SECONDS);
      const own = pass(ours, cell, starts.slice(0, times.micros.length));
      mustAgree(times, own, peer.name, cell);
      const [p50Us, p99Us] = [quantile(times.micros, 0.5), quantile(times.micros, 0.99)];
      figures.push({
        ...cell,
        starts: times.micros.length,
        p50Us,
        p99Us,
        timesOursP50: p50Us / quantile(own.micros, 0.5),
        timesOursP99: p99Us / quantile(own.micros, 0.99),
      });
    }
    return figures;
  } finally {
    await peer.close();
  }
}

function mustAgree(peer: PeerTimes, ours: PeerTimes, name: string, { hops, induced }: Cell): void {
  peer.answers.forEach((found, n) => {
    const own = ours.answers[n] as HopAnswer;
    if (found === null || (own.vertices === found.vertices && own.edges === found.edges)) return;
    const what = `within ${hops} hops${induced ? ', induced' : ''}`;
    const expected = `${own.vertices} and ${own.edges}`;
    throw new Error(
      `${name} found ${found.vertices} vertices and ${found.edges} edges ${what}, not ${expected}`,
    );
  });
}

function print(
  own: readonly CellFigures[],
  noise: readonly number[],
  peers: Readonly<Record<string, readonly CellFigures[] | string>>,
): void {
  const head = CELLS.map(
    ({ hops, induced }) => `${hops} ${hops === 1 ? 'hop' : 'hops'}${induced ? ' + edges' : ''}`,
  );
  const cell = ({ starts, timesOursP50, timesOursP99 }: CellFigures): string =>
    `${short(timesOursP50)} / ${short(timesOursP99)}${starts < STARTS ? ` (${starts})` : ''}`;
  printTable([
    ['p50 / p99', ...head],
    ['graph cache, us', ...own.map(({ p50Us, p99Us }) => `${short(p50Us)} / ${short(p99Us)}`)],
    ['noise', ...noise.map((share) => `${short(100 * share)} %`)],
    ...Object.entries(peers).map(([name, figures]) =>
      typeof figures === 'string' ? [name, figures] : [`${name}, times ours`, ...figures.map(cell)],
    ),
  ]);
  console.error(`in brackets: starts that a peer ran within ${PEER_SECONDS} s, where not all ${STARTS}`);
}
