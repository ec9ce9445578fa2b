/**
 * The types of the language. Scalars have a runtime form that is the same everywhere (log, state, engine):
 * - boolean: true | false
 * - integer (32 bit), bigint (64 bit), numeric (scaled by 10^scale), timestamptz and interval (microseconds,
 *   UTC): `Integer` of core/integer.ts
 * - double: a finite number; NaN and infinities never enter
 * - text: a string of valid Unicode
 * NULL is null. Graph types exist only inside a match; their runtime forms are the engine's.
 */
export type SqlType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint' }
  | NumericType
  | { readonly kind: 'double' }
  | { readonly kind: 'text' }
  | { readonly kind: 'timestamptz' }
  | { readonly kind: 'interval' }
  | { readonly kind: 'list'; readonly element: SqlType }
  /** A vertex variable. */
  | { readonly kind: 'vertex' }
  /** An edge variable outside a quantifier; with MERGE PARALLEL it holds a merged hop (several edges). */
  | { readonly kind: 'edge'; readonly merged: boolean }
  /** An edge variable inside a quantifier, seen from outside: the edges (or merged hops) in path order. */
  | { readonly kind: 'edgeGroup'; readonly merged: boolean }
  | { readonly kind: 'path' }
  | { readonly kind: 'subgraph' }
  /** The type of a bare NULL. */
  | { readonly kind: 'null' };

/**
 * NUMERIC: `scale` decimals; at most `precision` digits in all, null for no bound (results of arithmetic).
 * `trimmed`: printed without trailing zeros (bare NUMERIC, quotients, averages), else with `scale` decimals.
 */
export interface NumericType {
  readonly kind: 'numeric';
  readonly precision: number | null;
  readonly scale: number;
  readonly trimmed: boolean;
}

/** A scalar of the language, or NULL. */
export type Value = null | boolean | number | bigint | string;

/** The values of one row, in the column order of its relation. */
export type Row = readonly Value[];

export const BOOLEAN: SqlType = { kind: 'boolean' };
export const INTEGER: SqlType = { kind: 'integer' };
export const BIGINT: SqlType = { kind: 'bigint' };
export const DOUBLE: SqlType = { kind: 'double' };
export const TEXT: SqlType = { kind: 'text' };
export const TIMESTAMPTZ: SqlType = { kind: 'timestamptz' };
export const INTERVAL: SqlType = { kind: 'interval' };
export const NULL_TYPE: SqlType = { kind: 'null' };

/** NUMERIC(precision, scale). */
export function numeric(precision: number | null, scale: number, trimmed = false): NumericType {
  return { kind: 'numeric', precision, scale, trimmed };
}

/** Decimals kept by a bare NUMERIC, by quotients and by averages. */
export const NUMERIC_SCALE_DEFAULT = 16;

/** Decimals of a type whose values are scaled integers: 0 for INTEGER and BIGINT. */
export function scaleOf(type: SqlType): number {
  return type.kind === 'numeric' ? type.scale : 0;
}

/** Whether values of the type are `Integer` at run time. */
export function isIntegerForm(type: SqlType): boolean {
  switch (type.kind) {
    case 'integer':
    case 'bigint':
    case 'numeric':
    case 'timestamptz':
    case 'interval':
      return true;
    default:
      return false;
  }
}

/** The type as the language writes it. */
export function typeName(type: SqlType): string {
  switch (type.kind) {
    case 'numeric':
      return type.precision === null ? 'NUMERIC' : `NUMERIC(${type.precision},${type.scale})`;
    case 'double':
      return 'DOUBLE PRECISION';
    case 'list':
      return `LIST<${typeName(type.element)}>`;
    case 'edge':
      return type.merged ? 'MERGED EDGE' : 'EDGE';
    case 'edgeGroup':
      return type.merged ? 'GROUP OF MERGED EDGES' : 'GROUP OF EDGES';
    default:
      return type.kind.toUpperCase();
  }
}
