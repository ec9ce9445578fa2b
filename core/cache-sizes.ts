/** What bytes of a graph view are for. */
export const CACHE_PARTS = ['segment', 'delta', 'indexes', 'removed', 'vertices', 'other'] as const;

export type CachePart = (typeof CACHE_PARTS)[number];

/** The item that tells what a compaction under way has made and works with. */
export const COMPACTION = 'compaction';

/** Bytes of one thing that a graph view holds. */
export interface CacheRow {
  /** The edge table; null for what all of them share. */
  readonly table: string | null;
  readonly part: CachePart;
  /** What it is, such as `out-lists` or `column amount`. */
  readonly item: string;
  readonly bytes: number;
}

/** What a graph view holds in memory: all of it is in one row. */
export interface CacheSizes {
  readonly graph: string;
  readonly vertices: number;
  /** That are seen. */
  readonly edges: number;
  readonly tables: readonly {
    readonly name: string;
    readonly edges: number;
    /** Held in the segment and in the delta, removed and expired ones included. */
    readonly segmentEdges: number;
    readonly deltaEdges: number;
    /** Of the segment, which lies on disk since nobody has read it for long; not among the bytes. */
    readonly coldBytes: number;
    readonly bytes: number;
  }[];
  readonly rows: readonly CacheRow[];
  /** Of all rows. */
  readonly bytes: number;
  /** Of the seen edges as lines of CSV: keys of both ends and what else is kept of an edge. Taken from SAMPLE of them. */
  readonly rawBytes: number;
}

/** The rows' bytes by part. */
export function bytesByPart(rows: readonly CacheRow[]): Record<CachePart, number> {
  const bytes = { segment: 0, delta: 0, indexes: 0, removed: 0, vertices: 0, other: 0 };
  for (const row of rows) bytes[row.part] += row.bytes;
  return bytes;
}
