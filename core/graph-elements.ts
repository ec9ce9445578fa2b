import type { JsonScalar } from './format-value.ts';

/** Vertices and edges of a graph view as plain data, each once, in key order. Keys are those that paths and rows name. */
export interface GraphElements {
  readonly vertices: readonly VertexElement[];
  readonly edges: readonly EdgeElement[];
}

export interface VertexElement {
  readonly key: string;
  readonly label: string;
  /** By name, as in rows: NUMERIC, BIGINT and TIMESTAMPTZ as texts. All null where the vertex has no row. */
  readonly properties: Readonly<Record<string, JsonScalar>>;
}

export interface EdgeElement {
  readonly key: string;
  readonly label: string;
  /** Keys of its vertices. */
  readonly source: string;
  readonly destination: string;
  /** Event time, ISO 8601; null where its table has none. */
  readonly time: string | null;
  readonly properties: Readonly<Record<string, JsonScalar>>;
}
