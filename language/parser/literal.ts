import type { Expression } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** Units that may follow a number, singular and plural; CALENDAR_INTERVAL is the binder's to say of months and years. */
export const DURATION_UNITS: ReadonlySet<string> = new Set(
  'MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH YEAR'
    .split(' ')
    .flatMap((unit) => [unit, `${unit}S`]),
);

/** SQL's words for the clock, which the fold never reads. */
export const CLOCK_WORDS: ReadonlySet<string> = new Set(
  'CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP'.split(' '),
);

/** Why a word of CLOCK_WORDS is refused. */
export function clockReason(word: string): string {
  return `time comes from columns, so that a replay gives the same: ${word} would read a clock`;
}

/** INTERVAL '5 seconds', INTERVAL '5' SECOND; null where no interval begins. */
export function parseIntervalLiteral(cursor: Cursor): Expression | null {
  if (!cursor.looksLike('INTERVAL') || cursor.peek(1).kind !== 'text') return null;
  const at = cursor.position();
  cursor.advance();
  const text = cursor.expectText('a string').text;
  const unit = cursor.peek();
  if (!DURATION_UNITS.has(unit.keyword)) return { kind: 'literal', at, value: { kind: 'interval', text } };
  if (cursor.looksLike('TO', 1) || cursor.looksLikeSymbol('(', 1))
    throw cursor.notBuilt(`INTERVAL '…' ${unit.keyword} …`, unit);
  cursor.advance();
  return { kind: 'literal', at, value: { kind: 'interval', text: withUnit(text, unit.keyword) } };
}

/** `INTERVAL '5' SECOND` is `5 second`. */
export function withUnit(text: string, unit: string): string {
  return `${text.trim()} ${unit.toLowerCase()}`;
}

/** TIMESTAMPTZ '…', TIMESTAMP WITH TIME ZONE '…'; null where none begins. Zoneless times and dates are refused. */
export function parseTimestampLiteral(cursor: Cursor): Expression | null {
  const first = cursor.peek();
  const at = cursor.position(first);
  const zoned = cursor.looksLike('TIMESTAMP') && cursor.looksLike('WITH', 1) && cursor.looksLike('TIME', 2);
  const words = zoned ? 4 : 1;
  if (cursor.peek(words).kind !== 'text') return null;
  if (first.keyword === 'TIMESTAMPTZ' || zoned) {
    cursor.advance();
    if (zoned) cursor.expectWords('WITH', 'TIME', 'ZONE');
    return { kind: 'literal', at, value: { kind: 'timestamp', text: cursor.expectText('a string').text } };
  }
  if (first.keyword === 'TIMESTAMP' || first.keyword === 'DATE' || first.keyword === 'TIME') {
    throw cursor.notBuilt(`${first.keyword} '…'`, first, "Write TIMESTAMPTZ '…'.");
  }
  return null;
}

/** How far values may lie apart: a duration for times, else a bare number. */
export function parseSpan(cursor: Cursor): Expression {
  const number = cursor.peek();
  const isNumber = number.kind === 'integer' || number.kind === 'decimal';
  return isNumber && !DURATION_UNITS.has(cursor.peek(1).keyword) ? cursor.operand() : parseDuration(cursor);
}

/** A duration: `200 MILLISECONDS` or any operand, such as INTERVAL '1 day' or `$window`. */
export function parseDuration(cursor: Cursor): Expression {
  const number = cursor.peek();
  const unit = cursor.peek(1).keyword;
  if ((number.kind !== 'integer' && number.kind !== 'decimal') || !DURATION_UNITS.has(unit)) {
    if (number.kind === 'integer' || number.kind === 'decimal') {
      cursor.advance();
      cursor.fail('MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS');
    }
    return cursor.operand();
  }
  const at = cursor.position(number);
  cursor.advance();
  cursor.advance();
  return { kind: 'literal', at, value: { kind: 'interval', text: withUnit(number.text, unit) } };
}
