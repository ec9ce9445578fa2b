import { bytesByPart, CACHE_PARTS, type CachePart, type CacheSizes } from '../../core/cache-sizes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { cacheSizes } from '../../workers/host/describe-engine.ts';
import { drawTable, readableBytes } from '../console/table.ts';
import { groupThousands } from '../drawing/ring.ts';
import { lookInto } from '../run/open-folder.ts';
import { ServiceClient } from '../service-client.ts';

/** Where a graph view is looked at. */
export type StatsSource =
  | { readonly kind: 'folder'; readonly folder: string }
  /** `tenant`: for an operator's token; a key is of one. */
  | {
      readonly kind: 'service';
      readonly url: string;
      readonly token: string;
      readonly tenant: string | null;
    };

/** What `ringwatch cache stats --json` says: the sizes, and what follows from them. */
export interface CacheStats extends CacheSizes {
  readonly parts: Readonly<Record<CachePart, number>>;
  /** Null without edges. */
  readonly bytesPerEdge: number | null;
  readonly bitsPerEdge: number | null;
  readonly rawShare: number | null;
}

/** Milliseconds that a service may take for its answer. */
const ANSWER_MS = 60_000;

/** What a graph view holds. Throws UNKNOWN_NAME; of a folder what lookInto throws, of a service SERVICE_REFUSED and SERVICE_LOST. */
export async function readCacheStats(source: StatsSource, graph: string): Promise<CacheStats> {
  const sizes =
    source.kind === 'folder'
      ? await lookInto(source.folder, async ({ fold }) => cacheSizes(fold, graph))
      : await askService(source, graph);
  const { rows, bytes, edges, rawBytes } = sizes;
  return {
    ...sizes,
    parts: bytesByPart(rows),
    bytesPerEdge: edges === 0 ? null : bytes / edges,
    bitsPerEdge: edges === 0 ? null : (8 * bytes) / edges,
    rawShare: rawBytes === 0 ? null : bytes / rawBytes,
  };
}

const DOCUMENT = `query cacheStats($graph: String!) { graphView(name: $graph) { memory {
  bytes rawBytes vertices edges
  edgeTables { name edges segmentEdges deltaEdges bytes coldBytes }
  items { edgeTable part item bytes }
} } }`;

/** What the document asks for: whole numbers beyond 32 bits are texts. */
interface Answer {
  readonly graphView: { readonly memory: AnsweredMemory | null } | null;
}

interface AnsweredMemory {
  readonly bytes: string;
  readonly rawBytes: string;
  readonly vertices: string;
  readonly edges: string;
  readonly edgeTables: readonly {
    readonly name: string;
    readonly edges: string;
    readonly segmentEdges: string;
    readonly deltaEdges: string;
    readonly bytes: string;
    readonly coldBytes: string;
  }[];
  readonly items: readonly {
    readonly edgeTable: string | null;
    readonly part: Uppercase<CachePart>;
    readonly item: string;
    readonly bytes: string;
  }[];
}

async function askService(
  { url, token, tenant }: Extract<StatsSource, { readonly kind: 'service' }>,
  graph: string,
): Promise<CacheSizes> {
  const client = new ServiceClient(url.replace(/\/+$/, ''), AbortSignal.timeout(ANSWER_MS));
  const caller = tenant === null ? { token } : { token, tenant };
  const { graphView } = await client.graphql<Answer>(caller, DOCUMENT, { graph });
  const memory = graphView?.memory ?? null;
  if (memory === null) throw new RingwatchError('UNKNOWN_NAME', { what: 'graph view', name: graph });
  return {
    graph,
    vertices: Number(memory.vertices),
    edges: Number(memory.edges),
    tables: memory.edgeTables.map(({ name, ...counts }) => ({
      name,
      edges: Number(counts.edges),
      segmentEdges: Number(counts.segmentEdges),
      deltaEdges: Number(counts.deltaEdges),
      bytes: Number(counts.bytes),
      coldBytes: Number(counts.coldBytes),
    })),
    rows: memory.items.map(({ edgeTable, part, item, bytes }) => ({
      table: edgeTable,
      part: part.toLowerCase() as CachePart,
      item,
      bytes: Number(bytes),
    })),
    bytes: Number(memory.bytes),
    rawBytes: Number(memory.rawBytes),
  };
}

/** The sizes for people: facts, then a line for each thing that takes memory, then the parts. */
export function readableStats(stats: CacheStats): string[] {
  const { bytes, edges, rawBytes } = stats;
  const share = (of: number): string => (bytes === 0 ? '-' : `${((100 * of) / bytes).toFixed(1)} %`);
  const anEdge = (of: number): string => (edges === 0 ? '-' : (of / edges).toFixed(2));
  const facts: readonly (readonly [string, string])[] = [
    ['graph view', stats.graph],
    ['vertices', whole(stats.vertices)],
    ['edges', whole(edges)],
    ['bytes', `${whole(bytes)} (${readableBytes(bytes)})`],
    ['an edge', edges === 0 ? '-' : `${anEdge(bytes)} bytes, ${anEdge(8 * bytes)} bits`],
    [
      'as text',
      rawBytes === 0
        ? '-'
        : `about ${readableBytes(rawBytes)}, of which this is ${((100 * bytes) / rawBytes).toFixed(1)} %`,
    ],
  ];
  const items = stats.rows.map(({ table, part, item, bytes: each }) => [
    table ?? '',
    part,
    item,
    whole(each),
    anEdge(each),
    share(each),
  ]);
  const parts = CACHE_PARTS.map((part) => [
    part,
    whole(stats.parts[part]),
    anEdge(stats.parts[part]),
    share(stats.parts[part]),
  ]);
  const tables = stats.tables.map((table) => [
    table.name,
    ...[table.edges, table.segmentEdges, table.deltaEdges, table.bytes, table.coldBytes].map(whole),
  ]);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(12)}${value}`),
    '',
    ...drawTable(
      ['edge table', 'edges', 'in the segment', 'in the delta', 'bytes', 'on disk'],
      tables,
      [1, 2, 3, 4, 5],
    ),
    '',
    ...drawTable(['edge table', 'part', 'what', 'bytes', 'an edge', 'share'], items, [3, 4, 5]),
    '',
    ...drawTable(
      ['part', 'bytes', 'an edge', 'share'],
      [...parts, ['all', whole(bytes), anEdge(bytes), share(bytes)]],
      [1, 2, 3],
    ),
  ];
}

function whole(value: number): string {
  return groupThousands(String(value));
}
