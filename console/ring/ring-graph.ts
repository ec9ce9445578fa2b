import type { RingFacts } from '../alerts/alert.operations.ts';

/** Vertices and edges of one or more paths, each once. */
export interface RingGraph {
  /** In the order of the paths; the first path's first. */
  readonly vertices: readonly GraphVertex[];
  /** In the order of time; those without a time last, in path order. */
  readonly edges: readonly GraphEdge[];
}

export interface GraphVertex {
  readonly key: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface GraphEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** Exact, as text; null where it is not known. */
  readonly amount: string | null;
  /** ISO 8601, UTC; null where it is not known. */
  readonly time: string | null;
  /** Whether it is of the hop that closed a ring. */
  readonly closing: boolean;
  /** The hop it is of, in the first of the paths that has it. */
  readonly hop: number;
}

/** Puts paths of an alert together: what they share is there once. */
export function ringGraph(rings: readonly RingFacts[]): RingGraph {
  const vertices = new Map<string, GraphVertex>();
  const edges = new Map<string, GraphEdge>();
  for (const ring of rings) {
    for (const { key, properties } of ring.vertices) {
      if (!vertices.has(key)) vertices.set(key, { key, properties });
    }
    for (const edge of ring.edges) {
      for (const key of [edge.from, edge.to])
        if (!vertices.has(key)) vertices.set(key, { key, properties: {} });
      const known = edges.get(edge.key);
      if (known === undefined || (edge.closing && !known.closing)) edges.set(edge.key, { ...edge });
    }
  }
  return { vertices: [...vertices.values()], edges: [...edges.values()].sort(byTime) };
}

/** Microseconds count too: texts of UTC times of one length compare as the times do, others are made so. */
function byTime(a: GraphEdge, b: GraphEdge): number {
  if (a.time !== null && b.time !== null) {
    const difference = Date.parse(a.time) - Date.parse(b.time);
    if (difference !== 0) return difference;
    const [left, right] = [fraction(a.time), fraction(b.time)];
    if (left !== right) return left < right ? -1 : 1;
  } else if (a.time !== b.time) {
    return a.time === null ? 1 : -1;
  }
  return a.hop - b.hop;
}

function fraction(time: string): string {
  return (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0');
}

/** Columns that hold what a person would call a vertex, the likeliest first. */
const NAME_COLUMNS = ['name', 'full_name', 'holder', 'title', 'label'];
const NAME_CHARS_MAX = 16;

/** What a person would call a vertex, from what is known of it; null where nothing of that kind is known. */
export function vertexName({ key, properties }: GraphVertex): string | null {
  const byName = new Map(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));
  for (const column of NAME_COLUMNS) {
    const value = byName.get(column);
    if (typeof value === 'string' && value !== '' && value !== key) return value;
  }
  return null;
}

/** The same as a picture has room for it. */
export function shortName(vertex: GraphVertex): string | null {
  const name = vertexName(vertex);
  const characters = [...(name ?? '')];
  if (characters.length <= NAME_CHARS_MAX) return name;
  return `${characters
    .slice(0, NAME_CHARS_MAX - 1)
    .join('')
    .trimEnd()}…`;
}

const KEY_CHARS_MAX = 9;

/** A key as a picture has room for it: long ones by their beginning and end. */
export function shortKey(key: string): string {
  const characters = [...key];
  if (characters.length <= KEY_CHARS_MAX) return key;
  return `${characters.slice(0, 3).join('')}…${characters.slice(-4).join('')}`;
}
