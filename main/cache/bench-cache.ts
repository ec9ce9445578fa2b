import { RingwatchError } from '../../core/errors.ts';
import type { ColumnInput, ColumnType } from '../../engine/graph/segment/column-input.ts';
import { GraphMemory } from '../../engine/graph/segment/graph-memory.ts';
import { NeighbourhoodSearch } from '../../engine/graph/segment/neighbourhood-search.ts';
import { createKernels } from '../../engine/kernels/create-kernels.ts';
import { type BuiltGraph, buildGraph } from '../../workers/graph/build-graph.ts';
import { checkGraph, type GraphChecks } from '../../workers/graph/check-graph.ts';
import { kernelModule } from '../../workers/graph/kernel-module.ts';
import {
  type HopFigures,
  measureHops,
  measureInserts,
  measureLookup,
  measureScan,
  randomBelow,
} from '../../workers/graph/measure-graph.ts';
import {
  type EdgeList,
  fileBytes,
  readEdgeList,
  type WantedColumn,
} from '../../workers/graph/read-edge-list.ts';
import { readableBytes } from '../console/table.ts';
import type { Terminal } from '../console/terminal.ts';
import { groupThousands } from '../drawing/ring.ts';

/** What `ringwatch cache bench` was asked. */
export interface BenchOptions {
  readonly edges: string;
  readonly columns: string | null;
  readonly time: string | null;
  readonly starts: number;
  readonly seed: number;
}

/** What it prints. Bits and bytes an edge count lists, their offsets and the key hash; keys are stated apart. */
export interface BenchReport {
  readonly vertices: number;
  readonly edges: number;
  readonly rawBytes: number;
  readonly bitsPerEdge: { readonly hotOut: number; readonly hotBoth: number; readonly coldOut: number };
  /** `cold`: at rest, from which both directions are made. */
  readonly bytesPerEdgeWithColumns: { readonly out: number; readonly both: number; readonly cold: number };
  /** `keys`: the keys themselves, and the order that leads from the hash to vertices. */
  readonly keyBits: { readonly hash: number; readonly keys: number };
  readonly hops: Readonly<Record<'1' | '2' | '3', HopFigures>>;
  readonly lookupNs: number;
  readonly insertPerSecond: number;
  readonly scanNsPerEdge: number;
  readonly checks: GraphChecks;
  readonly build: Readonly<Record<string, number>>;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly bitsPerEdge: number }[];
  readonly kernels: string;
}

const TYPES: readonly ColumnType[] = ['integer', 'decimal', 'double', 'timestamp', 'text'];
const PROGRESS_MS = 1000;

/** Reads the edge list, builds the graph, measures and checks it. Throws what readEdgeList does, and OPTION_INVALID. */
export async function benchCache(options: BenchOptions, terminal: Terminal): Promise<BenchReport> {
  const began = performance.now();
  const list = await readList(options, terminal);
  const readSeconds = (performance.now() - began) / 1000;
  const eventTime = eventTimeOf(options.time, list.columns);
  const memory = new GraphMemory();
  const graph = buildGraph(list, eventTime, memory, (step) => terminal.err(step));
  const kernels = createKernels(memory, kernelModule());
  const search = new NeighbourhoodSearch(memory, kernels, list.vertices);
  const below = randomBelow(options.seed);
  const starts =
    list.vertices === 0 ? [] : Array.from({ length: options.starts }, () => below(list.vertices));
  terminal.err('measure hops');
  const hops = measureHops(graph, search, starts);
  terminal.err('measure lookups, scans and inserts');
  const lookupNs = measureLookup(graph, options.seed + 1);
  const scanNsPerEdge = measureScan(graph, memory, kernels);
  const insertPerSecond = measureInserts(list, eventTime, (each) => createKernels(each, kernelModule()));
  terminal.err('check against an uncompressed adjacency');
  const checks = checkGraph(list, graph, memory, kernels, search, starts.slice(0, 100));
  return {
    ...sizesOf(list, graph),
    hops,
    lookupNs,
    insertPerSecond,
    scanNsPerEdge,
    checks,
    build: {
      'read file': readSeconds,
      ...Object.fromEntries(graph.steps.map(({ step, seconds }) => [step, seconds])),
    },
    columns: graph.edges.sizes.columns.map(({ name, bytes }, n) => ({
      name,
      type: graph.edges.about.columns[n]?.type as string,
      bitsPerEdge: perEdge(8 * bytes, list),
    })),
    kernels: kernels.kind,
  };
}

async function readList(options: BenchOptions, terminal: Terminal): Promise<EdgeList> {
  const size = await fileBytes(options.edges);
  let shownMs = performance.now();
  const list = await readEdgeList(options.edges, {
    columns: options.columns === null ? null : wantedColumns(options.columns),
    progress: (bytes, edges) => {
      if (performance.now() - shownMs < PROGRESS_MS) return;
      shownMs = performance.now();
      terminal.err(
        `read ${readableBytes(bytes)} of text (file ${readableBytes(size)}), ${groupThousands(String(edges))} edges`,
      );
    },
  });
  if (list.header !== null) terminal.err(`the first line is a header: ${list.header.join(', ')}`);
  return list;
}

function wantedColumns(text: string): WantedColumn[] {
  return text.split(',').map((part) => {
    const [name = '', type] = part.trim().split(':');
    const known = TYPES.find((each) => each === type) ?? null;
    if (name === '' || (type !== undefined && known === null)) {
      throw new RingwatchError('OPTION_INVALID', {
        option: '--columns',
        reason: `'${part}' is no NAME or NAME:TYPE with a type of ${TYPES.join(', ')}`,
      });
    }
    return { name, type: known };
  });
}

function eventTimeOf(name: string | null, columns: readonly ColumnInput[]): number {
  if (name === null) return -1;
  const n = columns.findIndex((column) => column.name === name);
  if (n >= 0 && columns[n]?.dictionary === null) return n;
  throw new RingwatchError('OPTION_INVALID', {
    option: '--time',
    reason: n < 0 ? `there is no column ${name}` : `the column ${name} holds no times`,
  });
}

function sizesOf(
  list: EdgeList,
  { vertices, edges, cold }: BuiltGraph,
): Pick<
  BenchReport,
  'vertices' | 'edges' | 'rawBytes' | 'bitsPerEdge' | 'bytesPerEdgeWithColumns' | 'keyBits'
> {
  const { hash, order, keys, total: vertexBytes } = vertices.sizes;
  const { into, owners, columns, total } = edges.sizes;
  const columnBytes = columns.reduce((sum, column) => sum + column.bytes, 0);
  // Header, table of sections and what aligns them go with the out-lists.
  const vertexFrame = vertexBytes - hash - order - keys;
  const one = total - into - owners - columnBytes + vertexFrame + hash;
  const coldOne = cold.total - cold.ties - cold.columns + vertexFrame + hash;
  return {
    vertices: list.vertices,
    edges: list.sources.length,
    rawBytes: list.rawBytes,
    bitsPerEdge: {
      hotOut: perEdge(8 * one, list),
      hotBoth: perEdge(8 * (one + into + owners), list),
      coldOut: perEdge(8 * coldOne, list),
    },
    bytesPerEdgeWithColumns: {
      out: perEdge(one + columnBytes, list),
      both: perEdge(one + columnBytes + into + owners, list),
      cold: perEdge(coldOne + cold.columns + cold.ties, list),
    },
    keyBits: {
      hash: list.vertices === 0 ? 0 : (8 * hash) / list.vertices,
      keys: list.vertices === 0 ? 0 : (8 * (order + keys)) / list.vertices,
    },
  };
}

function perEdge(amount: number, list: EdgeList): number {
  return list.sources.length === 0 ? 0 : amount / list.sources.length;
}
