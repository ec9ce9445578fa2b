import { formatInterval, formatTimestamp, parseInterval, parseTimestamp } from '../../core/timestamp.ts';
import type { SqlType, Value } from '../../core/types.ts';

/**
 * Values of the naive model, in one form each: everything exact is a bigint (INTEGER, BIGINT, NUMERIC times
 * 10^scale, TIMESTAMPTZ and INTERVAL in microseconds), DOUBLE a number, TEXT a string.
 */
export type Scalar = null | boolean | bigint | number | string;

/** A vertex of one snapshot of a graph. The same vertex is the same object within a snapshot. */
export interface Vertex {
  readonly form: 'vertex';
  readonly table: number;
  readonly key: readonly Scalar[];
  readonly text: string;
  /** The first label of its table, and all of them. */
  readonly label: string;
  readonly labels: readonly string[];
  /** The table row; for an endpoint without one a row of its KEY columns, all else NULL. */
  readonly row: readonly Scalar[];
}

/** An edge of one snapshot of a graph. */
export interface Edge {
  readonly form: 'edge';
  readonly table: number;
  readonly key: readonly Scalar[];
  readonly text: string;
  readonly label: string;
  readonly labels: readonly string[];
  readonly row: readonly Scalar[];
  readonly time: Scalar;
  /** The order in which edges came, to tell apart two of the same key. */
  readonly arrival: number;
  readonly source: Vertex;
  readonly destination: Vertex;
}

/** Parallel edges that were merged into one hop, ordered. */
export interface MergedHop {
  readonly form: 'hop';
  readonly edges: readonly Edge[];
}

export type Hop = Edge | MergedHop;

/** What a variable of a match can hold. */
export type Thing =
  | Scalar
  | Vertex
  | Hop
  | { readonly form: 'group'; readonly hops: readonly Hop[] }
  | { readonly form: 'path'; readonly vertices: readonly Vertex[]; readonly hops: readonly Hop[] }
  | { readonly form: 'list'; readonly items: readonly Thing[] }
  | { readonly form: 'subgraph'; readonly vertices: readonly Vertex[]; readonly edges: readonly Edge[] };

/** The model's form of a value in a log record or a plan. */
export function fromLog(type: SqlType, value: Value | undefined): Scalar {
  if (value === null || value === undefined) return null;
  return isExact(type) ? BigInt(value as number | bigint) : value;
}

/** Whether values of the type are bigints in the model. */
export function isExact(type: SqlType): boolean {
  return ['integer', 'bigint', 'numeric', 'timestamptz', 'interval'].includes(type.kind);
}

/** Decimals of an exact type. */
export function decimals(type: SqlType): number {
  return type.kind === 'numeric' ? type.scale : 0;
}

/** Orders any two things of one type; NULL comes last, as in PostgreSQL. Edges go by time, then table, then key; vertices by table, then key. */
export function compareThings(a: Thing, b: Thing): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a !== 'object' || typeof b !== 'object') {
    return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
  }
  if (a.form === 'vertex' && b.form === 'vertex') return a.table - b.table || compareLists(a.key, b.key);
  if (a.form === 'edge' && b.form === 'edge') {
    return (
      compareTimes(a.time, b.time) || a.table - b.table || compareLists(a.key, b.key) || a.arrival - b.arrival
    );
  }
  if (a.form === 'hop' && b.form === 'hop') return compareLists(a.edges, b.edges);
  if (a.form === 'group' && b.form === 'group') return compareLists(a.hops, b.hops);
  if (a.form === 'list' && b.form === 'list') return compareLists(a.items, b.items);
  if (a.form === 'path' && b.form === 'path') {
    return compareLists(alternating(a.vertices, a.hops), alternating(b.vertices, b.hops));
  }
  if (a.form === 'subgraph' && b.form === 'subgraph') {
    return compareLists(a.vertices, b.vertices) || compareLists(a.edges, b.edges);
  }
  throw new Error(`the model cannot order ${a.form} and ${b.form}`);
}

/** Event times; an edge without one comes before all others. */
function compareTimes(a: Scalar, b: Scalar): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return compareThings(a, b);
}

function alternating(vertices: readonly Vertex[], hops: readonly Hop[]): Thing[] {
  return vertices.flatMap((vertex, index) => (index === 0 ? [vertex] : [hops[index - 1] as Hop, vertex]));
}

/** Element by element; of two lists that agree, the shorter comes first. */
export function compareLists(a: readonly Thing[], b: readonly Thing[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareThings(a[index] as Thing, b[index] as Thing);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The text of a scalar, as `CAST(x AS TEXT)` and keys print it. */
export function textOf(type: SqlType, value: Exclude<Scalar, null>): string {
  switch (type.kind) {
    case 'timestamptz':
      return formatTimestamp(Number(value));
    case 'interval':
      return formatInterval(Number(value));
    case 'numeric': {
      const sign = (value as bigint) < 0n ? '-' : '';
      const digits = String((value as bigint) < 0n ? -(value as bigint) : value).padStart(
        type.scale + 1,
        '0',
      );
      const whole = digits.slice(0, digits.length - type.scale);
      const fraction = digits.slice(digits.length - type.scale);
      const shown = type.trimmed ? fraction.replace(/0+$/, '') : fraction;
      return shown === '' ? `${sign}${whole}` : `${sign}${whole}.${shown}`;
    }
    default:
      return String(value);
  }
}

/** What alerts print for a thing of the type. */
export function jsonOf(type: SqlType, thing: Thing): unknown {
  if (thing === null) return null;
  if (typeof thing === 'object') {
    switch (thing.form) {
      case 'vertex':
      case 'edge':
        return thing.text;
      case 'hop':
        return thing.edges.map((edge) => edge.text);
      case 'group':
        return thing.hops.map((hop) => jsonOf(type, hop));
      case 'list':
        return thing.items.map((item) => jsonOf(type.kind === 'list' ? type.element : type, item));
      case 'path':
        return {
          vertices: thing.vertices.map((v) => v.text),
          edges: thing.hops.map((hop) => jsonOf(type, hop)),
        };
      case 'subgraph':
        return { vertices: thing.vertices.map((v) => v.text), edges: thing.edges.map((e) => e.text) };
    }
  }
  if (type.kind === 'integer' || type.kind === 'double') return Number(thing) + 0; // -0 is 0
  if (type.kind === 'boolean' || type.kind === 'text') return thing;
  return textOf(type, thing);
}

/** Divides, rounding half away from zero. */
export function divideHalfAway(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const rounded = (2n * n + d) / (2n * d);
  return negative ? -rounded : rounded;
}

/** From one number of decimals to another, rounding half away from zero. */
export function rescaleTo(value: bigint, from: number, to: number): bigint {
  return to >= from ? value * 10n ** BigInt(to - from) : divideHalfAway(value, 10n ** BigInt(from - to));
}

/** Whether the value fits the type: 32 and 64 bits, the digits of NUMERIC, microseconds in a safe integer, finite. */
export function fits(type: SqlType, value: Scalar): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'bigint') return true;
  const size = value < 0n ? -value : value;
  switch (type.kind) {
    case 'integer':
      return value >= -(2n ** 31n) && value < 2n ** 31n;
    case 'bigint':
      return value >= -(2n ** 63n) && value < 2n ** 63n;
    case 'numeric':
      return type.precision === null || size < 10n ** BigInt(type.precision);
    default:
      return size <= BigInt(Number.MAX_SAFE_INTEGER);
  }
}

/** Reads a scalar from text, or undefined where the text is none of the type. */
export function parseScalar(type: SqlType, text: string): Scalar | undefined {
  const trimmed = text.trim();
  switch (type.kind) {
    case 'text':
      return text;
    case 'boolean':
      if (/^(true|t|yes|on|1)$/i.test(trimmed)) return true;
      return /^(false|f|no|off|0)$/i.test(trimmed) ? false : undefined;
    case 'integer':
    case 'bigint':
      return /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined;
    case 'numeric': {
      const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(trimmed);
      if (match === null || `${match[2]}${match[3] ?? ''}` === '') return undefined;
      const fraction = match[3] ?? '';
      const digits = BigInt(`${match[2]}${fraction}`);
      return rescaleTo(match[1] === '-' ? -digits : digits, fraction.length, type.scale);
    }
    case 'double':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
    case 'timestamptz': {
      const micros = parseTimestamp(trimmed);
      return micros === null ? undefined : BigInt(micros);
    }
    case 'interval': {
      const micros = parseInterval(trimmed);
      return micros === null ? undefined : BigInt(micros);
    }
    default:
      return undefined;
  }
}

/** The sum of doubles as if added without error and rounded once, half to even. */
export function exactSumOfDoubles(values: readonly number[]): number {
  let total = 0n; // in units of 2^-1074, of which every double is a multiple
  for (const value of values) total += inSmallestUnits(value);
  const negative = total < 0n;
  const size = negative ? -total : total;
  const bits = size.toString(2).length;
  if (bits <= 53) return (negative ? -1 : 1) * Number(size) * Number.MIN_VALUE;
  const dropped = BigInt(bits - 53);
  let mantissa = size >> dropped;
  const rest = size - (mantissa << dropped);
  const half = 1n << (dropped - 1n);
  if (rest > half || (rest === half && mantissa % 2n === 1n)) mantissa += 1n;
  let result = Number(mantissa);
  let exponent = bits - 53 - 1074;
  for (; exponent > 0; exponent--) result *= 2;
  for (; exponent < 0; exponent++) result /= 2;
  return negative ? -result : result;
}

function inSmallestUnits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const raw = view.getBigUint64(0);
  const exponent = (raw >> 52n) & 0x7ffn;
  const fraction = raw & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return value < 0 ? -size : size;
}
