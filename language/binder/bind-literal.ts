import { normalise } from '../../core/integer.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseDecimal } from '../../core/parse-value.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import { parseInterval, parseTimestamp } from '../../core/timestamp.ts';
import {
  BIGINT,
  BOOLEAN,
  INTEGER,
  INTERVAL,
  NULL_TYPE,
  numeric,
  type SqlType,
  TEXT,
  TIMESTAMPTZ,
  type Value,
} from '../../core/types.ts';
import type { Expression, Literal } from '../ast.ts';
import type { Expr } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';

const INT32_MAX = 2_147_483_647n;
const INT64_MAX = 9_223_372_036_854_775_807n;

/**
 * The typed literal. Whole numbers are INTEGER, BIGINT or NUMERIC by their size; numbers with a point or exponent
 * are exact NUMERICs of the decimals written. Reports VALUE_INVALID, VALUE_OUT_OF_RANGE, CALENDAR_INTERVAL.
 */
export function bindLiteral(literal: Literal, at: SourcePosition, diagnostics: Diagnostics): Expr | null {
  switch (literal.kind) {
    case 'null':
      return constant(NULL_TYPE, null);
    case 'boolean':
      return constant(BOOLEAN, literal.value);
    case 'text':
      return constant(TEXT, literal.value);
    case 'integer':
      return bindInteger(literal.text, at, diagnostics);
    case 'decimal':
      return bindDecimal(literal.text, at, diagnostics);
    case 'interval': {
      const micros = intervalMicros(literal.text, at, diagnostics);
      return micros === null ? null : constant(INTERVAL, micros);
    }
    case 'timestamp': {
      const micros = parseTimestamp(literal.text);
      if (micros === null) {
        return diagnostics.report('VALUE_INVALID', { text: literal.text, type: 'TIMESTAMPTZ' }, at);
      }
      return constant(TIMESTAMPTZ, micros);
    }
  }
}

function constant(type: SqlType, value: Value): Expr {
  return { kind: 'literal', type, value };
}

function bindInteger(text: string, at: SourcePosition, diagnostics: Diagnostics): Expr | null {
  if (text.length > LIMITS.numericDigitsMax) {
    return diagnostics.report('VALUE_OUT_OF_RANGE', { text: `${text.slice(0, 37)}...`, type: 'NUMERIC' }, at);
  }
  const value = BigInt(text);
  const type = value <= INT32_MAX ? INTEGER : value <= INT64_MAX ? BIGINT : numeric(null, 0);
  return constant(type, normalise(value));
}

function bindDecimal(text: string, at: SourcePosition, diagnostics: Diagnostics): Expr | null {
  const [mantissa = '', exponent = '0'] = text.split(/[eE]/);
  const written = mantissa.includes('.') ? mantissa.length - mantissa.indexOf('.') - 1 : 0;
  const scale = Math.max(0, written - Number(exponent));
  if (scale > LIMITS.numericDigitsMax) {
    return diagnostics.report('VALUE_OUT_OF_RANGE', { text: text.slice(0, 40), type: 'NUMERIC' }, at);
  }
  const value = diagnostics.attempt(at, () => parseDecimal(text, scale));
  return value === null ? null : constant(numeric(null, scale), value);
}

/** Microseconds of an interval's text; reports VALUE_INVALID or CALENDAR_INTERVAL and gives null. */
export function intervalMicros(text: string, at: SourcePosition, diagnostics: Diagnostics): number | null {
  return diagnostics.attempt(at, () => {
    // No interval in range has so many characters; the pattern's cost stays bounded.
    const micros = text.length > 200 ? null : parseInterval(text);
    if (micros === null) {
      const hint = "Write it like '5 minutes' or '1 day 12 hours'.";
      return diagnostics.report('VALUE_INVALID', { text: text.slice(0, 40), type: 'INTERVAL' }, at, hint);
    }
    return micros;
  });
}

/**
 * Microseconds of a place that takes a constant interval: INTERVAL '…' or a text that reads as one. Negative ones
 * are reported. `what` names the place.
 */
export function constantInterval(node: Expression, what: string, diagnostics: Diagnostics): number | null {
  const literal = node.kind === 'literal' ? node.value : null;
  const text = literal?.kind === 'interval' ? literal.text : literal?.kind === 'text' ? literal.value : null;
  if (text === null) {
    return diagnostics.mismatch(what, "a constant INTERVAL '…'", describe(node), node.at);
  }
  const micros = intervalMicros(text, node.at, diagnostics);
  if (micros !== null && micros < 0) return diagnostics.invalid(`${what} must not be negative`, node.at);
  return micros;
}

/** A whole number written out, 0 and up; reports and gives null otherwise. `what` names the place. */
export function constantCount(node: Expression, what: string, diagnostics: Diagnostics): number | null {
  if (node.kind === 'literal' && node.value.kind === 'integer') {
    const count = Number(node.value.text);
    if (Number.isSafeInteger(count)) return count;
    return diagnostics.report(
      'VALUE_OUT_OF_RANGE',
      { text: node.value.text.slice(0, 40), type: 'INTEGER' },
      node.at,
    );
  }
  return diagnostics.mismatch(what, 'a whole number', describe(node), node.at);
}

function describe(node: Expression): string {
  if (node.kind === 'literal') return `a literal of kind ${node.value.kind}`;
  return node.kind === 'unary' ? 'a signed value' : 'an expression';
}
