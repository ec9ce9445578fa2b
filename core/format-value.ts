import type { Integer } from './integer.ts';
import { formatInterval, formatTimestamp } from './timestamp.ts';
import type { SqlType, Value } from './types.ts';

/** What a value is in JSON: exact numbers beyond 32 bits, times and intervals are strings there. */
export type JsonScalar = null | boolean | number | string;

/**
 * The text of a value, as casts to TEXT, keys and messages show it: NUMERIC with its type's decimals (without
 * trailing zeros where the type is `trimmed`), TIMESTAMPTZ in ISO 8601, DOUBLE as the shortest text that reads back
 * the same, BOOLEAN as `true` and `false`. NULL is the empty text.
 */
export function formatText(type: SqlType, value: Value): string {
  if (value === null) return '';
  switch (type.kind) {
    case 'numeric':
      return formatDecimal(value as Integer, type.scale, type.trimmed);
    case 'timestamptz':
      return formatTimestamp(Number(value));
    case 'interval':
      return formatInterval(Number(value));
    default:
      return typeof value === 'string' ? value : String(value);
  }
}

/** The value as JSON holds it: INTEGER and DOUBLE as numbers, NUMERIC, BIGINT, TIMESTAMPTZ and INTERVAL as strings. */
export function toJson(type: SqlType, value: Value): JsonScalar {
  if (value === null) return null;
  switch (type.kind) {
    case 'boolean':
      return value === true;
    case 'integer':
    case 'double':
      return Number(value);
    default:
      return formatText(type, value);
  }
}

/** A scaled integer as a decimal text with `scale` decimals; `trimmed` drops trailing zeros and a bare point. */
export function formatDecimal(value: Integer, scale: number, trimmed: boolean): string {
  if (scale === 0) return String(value);
  const negative = value < 0;
  const digits = String(value)
    .slice(negative ? 1 : 0)
    .padStart(scale + 1, '0');
  const point = digits.length - scale;
  let end = digits.length;
  if (trimmed) {
    while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  }
  const whole = digits.slice(0, point);
  const text = end === point ? whole : `${whole}.${digits.slice(point, end)}`;
  return negative ? `-${text}` : text;
}
