import { RingwatchError } from './errors.ts';

/** Microseconds in the units that have a fixed length. Time zones are UTC throughout, so a day is 24 hours. */
export const MICROS = {
  microsecond: 1,
  millisecond: 1_000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
  day: 86_400_000_000,
  week: 604_800_000_000,
} as const;

/** Timestamps run from 1684-07-28 to 2255-06-05: what microseconds in a safe integer hold. */
export const TIMESTAMP_MICROS_MAX = Number.MAX_SAFE_INTEGER;

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar. `month` is 1 to 12. (Hinnant, days_from_civil.) */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The date of a day number: the inverse of daysFromCivil. (Hinnant, civil_from_days.) */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** ISO 8601 in UTC: milliseconds always, microseconds where they are not zero. `2026-10-01T08:30:00.000Z` */
export function formatTimestamp(micros: number): string {
  const days = Math.floor(micros / MICROS.day);
  const inDay = micros - days * MICROS.day;
  const { year, month, day } = civilFromDays(days);
  const hour = Math.floor(inDay / MICROS.hour);
  const minute = Math.floor(inDay / MICROS.minute) % 60;
  const second = Math.floor(inDay / MICROS.second) % 60;
  const fraction = inDay % MICROS.second;
  const digits = fraction % 1000 === 0 ? pad(fraction / 1000, 3) : pad(fraction, 6);
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  return `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${digits}Z`;
}

const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(?:(Z|z|UTC)|([+-])(\d{2})(?::?(\d{2}))?)?$/;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Microseconds of an ISO 8601 or PostgreSQL timestamp; without an offset it is UTC, without a time midnight.
 * Digits beyond microseconds round half away from zero. Null when the text is no such timestamp.
 */
export function parseTimestamp(text: string): number | null {
  const match = TIMESTAMP.exec(text.trim());
  if (match === null) return null;
  const [, y, mo, d, h = '0', mi = '0', s = '0', fraction = '', , sign, oh = '0', om = '0'] = match;
  const year = Number(y);
  const month = Number(mo);
  const day = Number(d);
  const hour = Number(h);
  const minute = Number(mi);
  const second = Number(s);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 24 || minute > 59 || second > 59 || (hour === 24 && (minute > 0 || second > 0))) return null;
  if (Number(oh) > 15 || Number(om) > 59) return null;
  const nanos = Number(fraction.padEnd(9, '0'));
  const micros = Math.floor((nanos + 500) / 1000);
  const local = daysFromCivil(year, month, day) * MICROS.day + hour * MICROS.hour + minute * MICROS.minute;
  const offset = (Number(oh) * MICROS.hour + Number(om) * MICROS.minute) * (sign === '-' ? -1 : 1);
  const instant = local + second * MICROS.second + micros - offset;
  return Number.isSafeInteger(instant) ? instant : null;
}

const INTERVAL_PART = /^([+-]?\d+(?:\.\d{1,6})?)\s*([a-z]+)\s*/i;
const INTERVAL_CLOCK = /^([+-])?(\d{1,6}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/;
const UNIT_MICROS = new Map<string, number>([
  ['us', MICROS.microsecond],
  ['microsecond', MICROS.microsecond],
  ['ms', MICROS.millisecond],
  ['millisecond', MICROS.millisecond],
  ['s', MICROS.second],
  ['sec', MICROS.second],
  ['second', MICROS.second],
  ['m', MICROS.minute],
  ['min', MICROS.minute],
  ['minute', MICROS.minute],
  ['h', MICROS.hour],
  ['hr', MICROS.hour],
  ['hour', MICROS.hour],
  ['d', MICROS.day],
  ['day', MICROS.day],
  ['w', MICROS.week],
  ['week', MICROS.week],
]);

/**
 * Microseconds of an interval of fixed length: `5 seconds`, `1 day 12 hours`, `-90 min`, `01:30:00`.
 * Null when the text is none. Months and years have no fixed length: CALENDAR_INTERVAL.
 */
export function parseInterval(text: string): number | null {
  let rest = text.trim();
  if (rest === '') return null;
  const clock = INTERVAL_CLOCK.exec(rest);
  if (clock !== null) {
    const [, sign, h, m, s = '0', f = ''] = clock;
    if (Number(m) > 59 || Number(s) > 59) return null;
    const size =
      Number(h) * MICROS.hour +
      Number(m) * MICROS.minute +
      Number(s) * MICROS.second +
      Number(f.padEnd(6, '0'));
    return sign === '-' ? 0 - size : size;
  }
  let total = 0;
  while (rest !== '') {
    const part = INTERVAL_PART.exec(rest);
    if (part === null) return null;
    const unit = (part[2] as string).toLowerCase().replace(/^(.{3,})s$/, '$1');
    if (/^(mon|month|y|yr|year|decade|century|mons|yrs)$/.test(unit))
      throw new RingwatchError('CALENDAR_INTERVAL', { text });
    const size = UNIT_MICROS.get(unit);
    if (size === undefined) return null;
    total += Math.round(Number(part[1]) * size);
    rest = rest.slice(part[0].length);
  }
  return Number.isSafeInteger(total) ? total + 0 : null;
}

/** An interval in the largest units that divide it: `90 minutes`, `1 day`, `0 seconds`. */
export function formatInterval(micros: number): string {
  if (micros === 0) return '0 seconds';
  for (const unit of ['week', 'day', 'hour', 'minute', 'second', 'millisecond'] as const) {
    if (unit !== 'week' && micros % MICROS[unit] === 0) {
      const count = micros / MICROS[unit];
      return `${count} ${unit}${count === 1 ? '' : 's'}`;
    }
  }
  return `${micros} microsecond${micros === 1 ? '' : 's'}`;
}
