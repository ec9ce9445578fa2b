import { RingwatchError } from '../../core/errors.ts';
import { type Integer, rescale } from '../../core/integer.ts';
import { LIMITS } from '../../core/limits.ts';
import { checkBigint, checkInteger, checkNumeric, parseText } from '../../core/parse-value.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  INTERVAL,
  NUMERIC_SCALE_DEFAULT,
  numeric,
  type SqlType,
  scaleOf,
  TEXT,
  TIMESTAMPTZ,
  typeName,
  type Value,
} from '../../core/types.ts';
import type { TypeName } from '../ast.ts';
import type { Expr } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';

const TYPES = new Map<string, SqlType>([
  ['integer', INTEGER],
  ['int', INTEGER],
  ['int4', INTEGER],
  ['bigint', BIGINT],
  ['int8', BIGINT],
  ['double precision', DOUBLE],
  ['double', DOUBLE],
  ['float8', DOUBLE],
  ['text', TEXT],
  ['boolean', BOOLEAN],
  ['bool', BOOLEAN],
  ['timestamptz', TIMESTAMPTZ],
  ['timestamp with time zone', TIMESTAMPTZ],
  ['interval', INTERVAL],
]);

/** Types of PostgreSQL and others that are not ours, and what to take instead. */
const INSTEAD = new Map<string, string>([
  ['varchar', 'TEXT'],
  ['character varying', 'TEXT'],
  ['char', 'TEXT'],
  ['character', 'TEXT'],
  ['bpchar', 'TEXT'],
  ['string', 'TEXT'],
  ['uuid', 'TEXT'],
  ['json', 'TEXT'],
  ['jsonb', 'TEXT'],
  ['smallint', 'INTEGER'],
  ['int2', 'INTEGER'],
  ['serial', 'INTEGER'],
  ['bigserial', 'BIGINT'],
  ['real', 'DOUBLE PRECISION'],
  ['float4', 'DOUBLE PRECISION'],
  ['float', 'DOUBLE PRECISION'],
  ['money', 'NUMERIC(18,2)'],
  ['number', 'NUMERIC'],
  ['long', 'BIGINT'],
  ['tinyint', 'INTEGER'],
  ['mediumint', 'INTEGER'],
  ['nvarchar', 'TEXT'],
  ['varchar2', 'TEXT'],
  ['nchar', 'TEXT'],
  ['clob', 'TEXT'],
  ['datetime', 'TIMESTAMPTZ'],
  ['timestamp', 'TIMESTAMPTZ'],
  ['timestamp without time zone', 'TIMESTAMPTZ'],
  ['date', 'TIMESTAMPTZ'],
  ['time', 'TIMESTAMPTZ'],
]);

/** The type that a type name stands for; reports UNKNOWN_NAME or INVALID_DEFINITION and gives null. */
export function resolveType(name: TypeName, diagnostics: Diagnostics): SqlType | null {
  const written = name.name.toLowerCase();
  if (written === 'numeric' || written === 'decimal' || written === 'dec') {
    return resolveNumeric(name, diagnostics);
  }
  const type = TYPES.get(written);
  if (type === undefined) {
    const instead = INSTEAD.get(written);
    const known = [...TYPES.keys(), 'numeric'];
    const hint = instead === undefined ? null : `Use ${instead}.`;
    return diagnostics.unknown('type', name.name, name.at, known, hint);
  }
  if (name.arguments.length > 0) {
    return diagnostics.invalid(`${typeName(type)} takes no length or precision`, name.at);
  }
  return type;
}

function resolveNumeric(name: TypeName, diagnostics: Diagnostics): SqlType | null {
  const [precision, scale = 0] = name.arguments;
  if (precision === undefined) return numeric(null, NUMERIC_SCALE_DEFAULT, true);
  if (name.arguments.length > 2) return diagnostics.invalid('NUMERIC takes a precision and a scale', name.at);
  if (!Number.isInteger(precision) || precision < 1 || precision > LIMITS.numericDigitsMax) {
    return diagnostics.invalid(
      `the precision of NUMERIC must be 1 to ${LIMITS.numericDigitsMax}, but is ${precision}`,
      name.at,
    );
  }
  if (!Number.isInteger(scale) || scale < 0 || scale > precision) {
    return diagnostics.invalid(
      `the scale of NUMERIC must be 0 to its precision ${precision}, but is ${scale}`,
      name.at,
    );
  }
  return numeric(precision, scale);
}

const NUMBER_RANKS = new Map<SqlType['kind'], number>([
  ['integer', 0],
  ['bigint', 1],
  ['numeric', 2],
  ['double', 3],
]);

/** INTEGER, BIGINT, NUMERIC or DOUBLE PRECISION. */
export function isNumber(type: SqlType): boolean {
  return NUMBER_RANKS.has(type.kind);
}

/** Types whose values are ordered and can be stored: all but graph values, lists and NULL. */
export function isScalar(type: SqlType): boolean {
  switch (type.kind) {
    case 'list':
    case 'vertex':
    case 'edge':
    case 'edgeGroup':
    case 'path':
    case 'subgraph':
    case 'null':
      return false;
    default:
      return true;
  }
}

/** Whether values of the two types have one form and meaning at run time (NUMERIC: one scale). */
export function sameForm(a: SqlType, b: SqlType): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'numeric' && b.kind === 'numeric') return a.scale === b.scale;
  if (a.kind === 'list' && b.kind === 'list') return sameForm(a.element, b.element);
  if ((a.kind === 'edge' || a.kind === 'edgeGroup') && a.kind === b.kind) return a.merged === b.merged;
  return true;
}

/** Whether two types are equal, printing included. */
export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'numeric' && b.kind === 'numeric') {
    return a.scale === b.scale && a.precision === b.precision && a.trimmed === b.trimmed;
  }
  return sameForm(a, b);
}

/** The type to which both widen without loss, or null: INTEGER, BIGINT, NUMERIC, DOUBLE in that order. */
export function commonType(a: SqlType, b: SqlType): SqlType | null {
  if (sameType(a, b)) return a;
  if (a.kind === 'null') return b;
  if (b.kind === 'null') return a;
  const rankA = NUMBER_RANKS.get(a.kind);
  const rankB = NUMBER_RANKS.get(b.kind);
  if (rankA === undefined || rankB === undefined) return sameForm(a, b) ? a : null;
  if (rankA < 2 || rankB < 2 || rankA !== rankB) {
    const wider = rankA > rankB ? a : b;
    // A whole number may have more digits than the NUMERIC's precision leaves.
    return wider.kind === 'numeric' ? numeric(null, wider.scale, wider.trimmed) : wider;
  }
  const trimmed = (a.kind === 'numeric' && a.trimmed) || (b.kind === 'numeric' && b.trimmed);
  return numeric(null, Math.max(scaleOf(a), scaleOf(b)), trimmed);
}

/** Whether a value of type `from` becomes one of type `to` without being asked: widening of numbers, and NULL. */
export function widensTo(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'null') return true;
  if (sameForm(from, to)) return true;
  const rankFrom = NUMBER_RANKS.get(from.kind);
  const rankTo = NUMBER_RANKS.get(to.kind);
  if (rankFrom === undefined || rankTo === undefined) return false;
  if (from.kind === 'numeric' && to.kind === 'numeric') return to.scale >= from.scale;
  return rankFrom < rankTo;
}

/** Whether CAST(… AS …) exists: between numbers, from and to TEXT, BOOLEAN with INTEGER. */
export function castExists(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'null' || sameForm(from, to)) return true;
  if (!isScalar(from) || !isScalar(to)) return false;
  if (from.kind === 'text' || to.kind === 'text') return true;
  if (isNumber(from) && isNumber(to)) return true;
  return (
    (from.kind === 'boolean' && to.kind === 'integer') || (from.kind === 'integer' && to.kind === 'boolean')
  );
}

/** The expression as one of `type`: itself where nothing changes at run time, a literal folded, else a cast. */
export function castTo(expr: Expr, type: SqlType): Expr {
  if (sameType(expr.type, type)) return expr;
  if (expr.kind === 'literal') {
    const value = castLiteral(expr.value, expr.type, type);
    if (value !== undefined) return { kind: 'literal', type, value };
  }
  return { kind: 'cast', type, argument: expr };
}

/** The literal's value in another type; undefined where the engine has to work it out (or fail to). */
function castLiteral(value: Value, from: SqlType, to: SqlType): Value | undefined {
  if (value === null) return null;
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const fromExact = from.kind === 'integer' || from.kind === 'bigint' || from.kind === 'numeric';
  if (!fromExact) return undefined;
  if (to.kind === 'double') return Number(decimalText(value, scaleOf(from)));
  return castExact(value, scaleOf(from), to);
}

/** An exact literal as another exact type, rounded; undefined where it does not fit, which is the engine's to count. */
function castExact(value: Integer, scale: number, to: SqlType): Integer | undefined {
  const text = decimalText(value, scale);
  try {
    if (to.kind === 'integer') return checkInteger(rescale(value, scale, 0), text);
    if (to.kind === 'bigint') return checkBigint(rescale(value, scale, 0), text);
    return to.kind === 'numeric' ? checkNumeric(rescale(value, scale, to.scale), to, text) : undefined;
  } catch (error) {
    if (error instanceof RingwatchError) return undefined;
    throw error;
  }
}

/** A scaled integer as decimal digits, exactly. */
export function decimalText(value: Integer, scale: number): string {
  const negative = value < 0;
  const digits = String(negative ? -value : value).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? digits : `${whole}.${digits.slice(digits.length - scale)}`;
  return negative ? `-${text}` : text;
}

/** An expression and where it was written. */
export interface Placed {
  readonly expr: Expr;
  readonly at: SourcePosition;
}

/** A text as written stands for a value of whatever type its place wants, as in PostgreSQL. */
export function isTextLiteral(expr: Expr): expr is Extract<Expr, { kind: 'literal' }> & { value: string } {
  return expr.kind === 'literal' && expr.type.kind === 'text' && typeof expr.value === 'string';
}

/**
 * The expression as one of `type` where that needs no asking: widening, NULL, or a text literal that is read as the
 * type wanted. Undefined where it does not fit; null where it was reported (a literal that is no such value).
 */
export function coerce(placed: Placed, type: SqlType, diagnostics: Diagnostics): Expr | null | undefined {
  const { expr, at } = placed;
  if (isTextLiteral(expr) && type.kind !== 'text' && isScalar(type)) {
    const value = diagnostics.attempt(at, () => parseText(type, expr.value));
    return value === null ? null : { kind: 'literal', type, value };
  }
  if (!widensTo(expr.type, type)) return undefined;
  return sameForm(expr.type, type) ? expr : castTo(expr, type);
}

/** As coerce, and numbers also narrow (rounded, checked at run time): for columns that take a value. */
export function assign(placed: Placed, type: SqlType, diagnostics: Diagnostics): Expr | null | undefined {
  const coerced = coerce(placed, type, diagnostics);
  if (coerced !== undefined) return coerced === null ? null : castTo(coerced, type);
  if (isNumber(placed.expr.type) && isNumber(type)) return castTo(placed.expr, type);
  return undefined;
}

/**
 * Expressions made one type: both sides of a comparison, the branches of CASE and COALESCE. Text literals follow the
 * others. Null where it was reported; `what` names the place, e.g. "the right side of =".
 */
export function unify(
  placed: readonly Placed[],
  what: (n: number) => string,
  diagnostics: Diagnostics,
): { readonly exprs: readonly Expr[]; readonly type: SqlType } | null {
  let target: SqlType | null = null;
  for (const [n, { expr, at }] of placed.entries()) {
    if (isTextLiteral(expr)) continue;
    const common: SqlType | null = target === null ? expr.type : commonType(target, expr.type);
    if (common === null) {
      const found = target as SqlType;
      return diagnostics.mismatch(what(n), typeName(found), expr.type, at, castHint(found, expr.type));
    }
    target = common;
  }
  if (target === null || target.kind === 'null') target = TEXT;
  const made: Expr[] = [];
  for (const [n, one] of placed.entries()) {
    const coerced = coerce(one, target, diagnostics);
    if (coerced === null) return null;
    if (coerced === undefined) {
      return diagnostics.mismatch(
        what(n),
        typeName(target),
        one.expr.type,
        one.at,
        castHint(target, one.expr.type),
      );
    }
    made.push(coerced);
  }
  return { exprs: made, type: target };
}

/** How to make one of two types the other. */
export function castHint(expected: SqlType, found: SqlType): string | null {
  if (found.kind === 'edgeGroup' || (found.kind === 'edge' && found.merged)) {
    return 'The variable holds several edges: aggregate over it, e.g. SUM(t.amount) or COUNT(t).';
  }
  if (expected.kind === 'boolean') return found.kind === 'text' ? null : 'Compare it with a value.';
  if (isScalar(expected) && isScalar(found) && castExists(found, expected)) {
    return `Write CAST(… AS ${typeName(expected)}), or give the column that type.`;
  }
  return null;
}
