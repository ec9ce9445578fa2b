import { civilFromDays, daysFromCivil } from '../../core/timestamp.ts';
import type { SqlType } from '../../core/types.ts';
import type { Expr } from '../../language/plan.ts';
import {
  compareThings,
  decimals,
  divideHalfAway,
  type Edge,
  rescaleTo,
  type Scalar,
  type Thing,
  textOf,
} from './model-values.ts';

type Call = Extract<Expr, { kind: 'call' }>;

/** A call over evaluated arguments; null where it fails. The caller checks that the result fits its type. */
export function callFunction(call: Call, args: readonly Thing[]): Thing {
  const logical = logic(call, args);
  if (logical !== undefined) return logical;
  if (call.name === 'concat' && call.args.length > 2) return args.includes(null) ? null : args.join('');
  if (args.some((argument) => argument === null)) return null;
  const graph = graphFunction(call, args);
  if (graph !== undefined) return graph;
  const values = args as Exclude<Scalar, null>[];
  const result = numberFunction(call, values) ?? textFunction(call, values) ?? timeFunction(call, values);
  if (result === undefined) throw new Error(`the model lacks the function ${call.name}`);
  return result === FAILED ? null : result;
}

const FAILED = Symbol('failed');
type Result = Scalar | typeof FAILED | undefined;

/** Functions to which NULL is not simply contagious. */
function logic(call: Call, args: readonly Thing[]): Thing | undefined {
  const [a = null, b = null] = args;
  switch (call.name) {
    case 'and':
      return args.includes(false) ? false : args.includes(null) ? null : true;
    case 'or':
      return args.includes(true) ? true : args.includes(null) ? null : false;
    case 'not':
      return a === null ? null : !a;
    case 'isNull':
      return a === null;
    case 'isNotNull':
      return a !== null;
    case 'isTrue':
      return a === true;
    case 'isFalse':
      return a === false;
    case 'distinctFrom':
      return compareThings(a, b) !== 0;
    case 'notDistinctFrom':
      return compareThings(a, b) === 0;
    case 'in': {
      if (a === null) return null;
      const rest = args.slice(1);
      if (rest.some((item) => item !== null && compareThings(a, item) === 0)) return true;
      return rest.includes(null) ? null : false;
    }
    case 'inList': {
      if (a === null || b === null) return null;
      const items = typeof b === 'object' && b.form === 'list' ? b.items : [];
      if (items.some((item) => item !== null && compareThings(a, item) === 0)) return true;
      return items.includes(null) ? null : false;
    }
    case 'coalesce':
      return args.find((argument) => argument !== null) ?? null;
    case 'nullif':
      return a !== null && b !== null && compareThings(a, b) === 0 ? null : a;
    case 'greatest':
    case 'least': {
      const given = args.filter((argument) => argument !== null).sort(compareThings);
      return (call.name === 'least' ? given[0] : given.at(-1)) ?? null;
    }
    default:
      return comparison(call, a, b);
  }
}

function comparison(call: Call, a: Thing, b: Thing): Thing | undefined {
  const tests: Partial<Record<Call['name'], (order: number) => boolean>> = {
    equal: (order) => order === 0,
    notEqual: (order) => order !== 0,
    less: (order) => order < 0,
    lessEqual: (order) => order <= 0,
    greater: (order) => order > 0,
    greaterEqual: (order) => order >= 0,
  };
  const test = tests[call.name];
  if (test === undefined) return undefined;
  return a === null || b === null ? null : test(compareThings(a, b));
}

function numberFunction(call: Call, args: readonly Exclude<Scalar, null>[]): Result {
  const [a, b] = args;
  const type = call.type;
  const from = (call.args[0] as Expr | undefined)?.type ?? type;
  const second = call.args[1]?.type ?? type;
  if (typeof a === 'number' || (type.kind === 'double' && call.name !== 'extract')) {
    return doubleFunction(call.name, Number(a), b === undefined ? 0 : Number(b));
  }
  if (typeof a !== 'bigint') return undefined;
  const to = decimals(type);
  const x = { value: a, decimals: decimals(from) };
  const y = { value: typeof b === 'bigint' ? b : 0n, decimals: decimals(second) };
  return exactFunction(call.name, type, to, x, y);
}

interface Scaled {
  readonly value: bigint;
  readonly decimals: number;
}

function exactFunction(name: Call['name'], type: SqlType, to: number, x: Scaled, y: Scaled): Result {
  const common = Math.max(x.decimals, y.decimals);
  const xc = rescaleTo(x.value, x.decimals, common);
  const yc = rescaleTo(y.value, y.decimals, common);
  const unit = 10n ** BigInt(x.decimals);
  switch (name) {
    case 'add':
      return rescaleTo(xc + yc, common, to);
    case 'subtract':
      return rescaleTo(xc - yc, common, to);
    case 'multiply':
      return rescaleTo(x.value * y.value, x.decimals + y.decimals, to);
    case 'divide': {
      if (y.value === 0n) return FAILED;
      if (type.kind !== 'numeric') return x.value / y.value;
      const up = to + y.decimals - x.decimals;
      if (up >= 0) return divideHalfAway(x.value * 10n ** BigInt(up), y.value);
      return divideHalfAway(x.value, y.value * 10n ** BigInt(-up));
    }
    case 'modulo':
      return y.value === 0n ? FAILED : rescaleTo(xc % yc, common, to);
    case 'negate':
      return -x.value;
    case 'abs':
      return x.value < 0n ? -x.value : x.value;
    case 'sign':
      return rescaleTo(x.value < 0n ? -1n : x.value > 0n ? 1n : 0n, 0, to);
    case 'floor':
      return rescaleTo(floorDivide(x.value, unit), 0, to);
    case 'ceil':
      return rescaleTo(-floorDivide(-x.value, unit), 0, to);
    case 'round':
    case 'trunc':
      return roundTo(name, x, y, to);
    default:
      return undefined;
  }
}

/** ROUND and TRUNC to `y` decimals (a missing second argument counts as 0). */
function roundTo(name: 'round' | 'trunc', x: Scaled, y: Scaled, to: number): bigint {
  const keep = Number(y.value);
  if (keep >= x.decimals) return rescaleTo(x.value, x.decimals, to);
  const cut = 10n ** BigInt(x.decimals - keep);
  const kept = name === 'round' ? divideHalfAway(x.value, cut) : x.value / cut;
  return rescaleTo(kept * cut, x.decimals, to);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function doubleFunction(name: Call['name'], a: number, b: number): Result {
  switch (name) {
    case 'add':
      return a + b;
    case 'subtract':
      return a - b;
    case 'multiply':
      return a * b;
    case 'divide':
      return b === 0 ? FAILED : a / b;
    case 'modulo':
      return b === 0 ? FAILED : a % b;
    case 'negate':
      return -a;
    case 'abs':
      return Math.abs(a);
    case 'sign':
      return Math.sign(a);
    case 'floor':
      return Math.floor(a);
    case 'ceil':
      return Math.ceil(a);
    case 'trunc':
      return Math.trunc(a);
    case 'round': {
      const whole = Math.trunc(a);
      return Math.abs(a - whole) >= 0.5 ? whole + Math.sign(a) : whole;
    }
    case 'sqrt':
      return a < 0 ? FAILED : Math.sqrt(a);
    case 'toTimestamp':
      return undefined;
    default:
      return undefined;
  }
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
}

function asciiUpper(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 32));
}

function textFunction(call: Call, args: readonly Exclude<Scalar, null>[]): Result {
  if (call.name === 'concat') return args.join('');
  const [first, b, c] = args;
  if (typeof first !== 'string') return undefined;
  const points = [...first];
  switch (call.name) {
    case 'length':
      return BigInt(points.length);
    case 'lower':
      return asciiLower(first);
    case 'upper':
      return asciiUpper(first);
    case 'left':
      return points.slice(0, Number(b)).join('');
    case 'right':
      if (Number(b) < 0) return points.slice(-Number(b)).join('');
      return points.slice(Math.max(0, points.length - Number(b))).join('');
    case 'substring': {
      const start = Number(b);
      const end = c === undefined ? Number.POSITIVE_INFINITY : start + Number(c);
      if (end < start) return FAILED;
      return points.filter((_, index) => index + 1 >= start && index + 1 < end).join('');
    }
    case 'replace':
      return b === '' ? first : first.split(b as string).join(c as string);
    case 'trim':
      return trimmed(first, b === undefined ? ' ' : (b as string), true, true);
    case 'ltrim':
      return trimmed(first, b === undefined ? ' ' : (b as string), true, false);
    case 'rtrim':
      return trimmed(first, b === undefined ? ' ' : (b as string), false, true);
    case 'splitPart': {
      const field = Number(c);
      if (field === 0) return FAILED;
      const parts = b === '' ? [first] : first.split(b as string);
      return parts.at(field > 0 ? field - 1 : field) ?? '';
    }
    case 'startsWith':
      return first.startsWith(b as string);
    case 'endsWith':
      return first.endsWith(b as string);
    case 'contains':
      return first.includes(b as string);
    case 'like':
      return like(points, [...(b as string)]);
    case 'ilike':
      return like([...asciiLower(first)], [...asciiLower(b as string)]);
    default:
      return undefined;
  }
}

/** Takes any of the characters off the ends. */
function trimmed(text: string, characters: string, left: boolean, right: boolean): string {
  const off = new Set(characters);
  const points = [...text];
  while (left && points.length > 0 && off.has(points[0] as string)) points.shift();
  while (right && points.length > 0 && off.has(points.at(-1) as string)) points.pop();
  return points.join('');
}

function like(text: readonly string[], pattern: readonly string[]): boolean {
  const [next, ...rest] = pattern;
  if (next === undefined) return text.length === 0;
  if (next === '%') return text.some((_, cut) => like(text.slice(cut), rest)) || like([], rest);
  if (text.length === 0) return false;
  if (next === '_') return like(text.slice(1), rest);
  if (next === '\\') return text[0] === rest[0] && like(text.slice(1), rest.slice(1));
  return text[0] === next && like(text.slice(1), rest);
}

const DAY = 86_400_000_000n;

function timeFunction(call: Call, args: readonly Exclude<Scalar, null>[]): Result {
  const [first, second] = args;
  if (call.name === 'toTimestamp') {
    if (typeof first !== 'bigint') return undefined;
    return rescaleTo(first, decimals((call.args[0] as Expr).type), 6);
  }
  if (typeof first !== 'string' || typeof second !== 'bigint') return undefined;
  const unit = asciiLower(first);
  if (call.name === 'dateTrunc') return truncateTime(unit, second);
  if (call.name !== 'extract' || (call.args[1] as Expr).type.kind !== 'timestamptz') return undefined;
  const days = floorDivide(second, DAY);
  const inDay = second - days * DAY;
  const { year, month, day } = civilFromDays(Number(days));
  const parts: Record<string, bigint> = {
    epoch: second,
    year: BigInt(year),
    month: BigInt(month),
    day: BigInt(day),
    hour: inDay / 3_600_000_000n,
    minute: (inDay / 60_000_000n) % 60n,
    dow: (((days + 4n) % 7n) + 7n) % 7n,
  };
  const part = parts[unit];
  if (part === undefined) return undefined;
  return rescaleTo(part, unit === 'epoch' ? 6 : 0, decimals(call.type));
}

function truncateTime(unit: string, micros: bigint): Result {
  const days = floorDivide(micros, DAY);
  const { year, month } = civilFromDays(Number(days));
  if (unit === 'year') return BigInt(daysFromCivil(year, 1, 1)) * DAY;
  if (unit === 'month') return BigInt(daysFromCivil(year, month, 1)) * DAY;
  if (unit === 'week') return floorDivide(micros + 3n * DAY, 7n * DAY) * 7n * DAY - 3n * DAY;
  const sizes: Record<string, bigint> = {
    day: DAY,
    hour: 3_600_000_000n,
    minute: 60_000_000n,
    second: 1_000_000n,
  };
  const size = sizes[unit];
  return size === undefined ? undefined : floorDivide(micros, size) * size;
}

function graphFunction(call: Call, args: readonly Thing[]): Thing | undefined {
  const [first, second] = args;
  if (first === null || first === undefined || typeof first !== 'object') return undefined;
  switch (call.name) {
    case 'pathLength':
      return first.form === 'path' ? BigInt(first.hops.length) : undefined;
    case 'listLength':
      if (first.form === 'list') return BigInt(first.items.length);
      return first.form === 'group' ? BigInt(first.hops.length) : undefined;
    case 'vertices':
      return first.form === 'path' ? { form: 'list', items: first.vertices } : undefined;
    case 'edges':
      return first.form === 'path' ? { form: 'list', items: first.hops } : undefined;
    case 'elementKey':
      return first.form === 'vertex' || first.form === 'edge' ? first.text : undefined;
    case 'elementLabel':
      return first.form === 'vertex' || first.form === 'edge' ? first.label : undefined;
    case 'elementLabels':
      if (first.form !== 'vertex' && first.form !== 'edge') return undefined;
      return { form: 'list', items: first.labels };
    case 'startVertex':
      return first.form === 'edge' ? first.source : undefined;
    case 'endVertex':
      return first.form === 'edge' ? first.destination : undefined;
    case 'isSource':
      return compareThings(first, (second as Edge).source) === 0;
    case 'isDestination':
      return compareThings(first, (second as Edge).destination) === 0;
    default:
      return undefined;
  }
}

/** The printed key of an element: its columns joined by commas. */
export function keyText(types: readonly SqlType[], key: readonly Scalar[]): string {
  return key.map((value, index) => (value === null ? '' : textOf(types[index] as SqlType, value))).join(',');
}
