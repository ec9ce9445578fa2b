import type { Kind, Term } from './generate-expressions.ts';

/** One statement of a generated text; `name` is unique in it. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface ColumnShape {
  readonly name: string;
  readonly kind: Kind;
}

/** A relation as rules, graphs and streams need to know it. */
export interface Shape {
  readonly name: string;
  readonly root: 'source' | 'table';
  readonly rootName: string;
  readonly columns: readonly ColumnShape[];
  /** The columns that identify a row, or null. */
  readonly key: readonly string[] | null;
  /** Columns that name two vertices, where the relation can be an edge table. */
  readonly ends: readonly [string, string] | null;
  /** Columns that name a vertex. */
  readonly vertices: readonly string[];
  /** Whether it has the event time as `at`. */
  readonly timed: boolean;
  readonly windowed: boolean;
}

export interface GraphShape {
  readonly name: string;
  /** Columns that vertex patterns may read, whatever the table. */
  readonly vertexColumns: readonly ColumnShape[];
  /** Whether it has a second vertex table, labelled Shop. */
  readonly shops: boolean;
  readonly edgeTables: readonly { readonly label: string; readonly shape: Shape }[];
}

/** How a source treats time, for the generator of streams. Seconds. */
export interface SourceShape {
  readonly shape: Shape;
  /** The stored columns in order; `keyColumns` are among them. */
  readonly stored: readonly ColumnShape[];
  readonly keyColumns: readonly string[];
  readonly delay: number;
  readonly lateness: number;
  readonly maxAhead: number | null;
  readonly watermark: boolean;
  /** Silence that leaves it out, or null. */
  readonly idle: number | null;
}

/** A generated set of definitions. */
export interface World {
  readonly statements: readonly Statement[];
  readonly sources: readonly SourceShape[];
  readonly tables: readonly Shape[];
  readonly shapes: readonly Shape[];
  readonly graphs: readonly GraphShape[];
  readonly vertexKind: Kind;
}

/** How the language writes each kind. */
export const TYPE_NAMES: Record<Kind, string> = {
  boolean: 'BOOLEAN',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  numeric: 'NUMERIC(12,2)',
  double: 'DOUBLE PRECISION',
  text: 'TEXT',
  timestamptz: 'TIMESTAMPTZ',
};

/** Columns as terms, with a prefix such as `$` or `e.`. */
export function terms(columns: readonly ColumnShape[], prefix = ''): Term[] {
  return columns.map(({ name, kind }) => ({ text: `${prefix}${name}`, kind }));
}
