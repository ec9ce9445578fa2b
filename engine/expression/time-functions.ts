import { divideRounded, type Integer, multiply, powerOfTen, rescale } from '../../core/integer.ts';
import { civilFromDays, daysFromCivil, MICROS } from '../../core/timestamp.ts';
import { scaleOf } from '../../core/types.ts';
import type { CompiledCall } from './compiled-call.ts';
import type { Evaluate } from './evaluate.ts';
import { fits, fromDouble } from './numbers.ts';

/** to_timestamp, EXTRACT and DATE_TRUNC, all in UTC. */
export function compileTimeFunction(compiled: CompiledCall): Evaluate | null {
  switch (compiled.call.name) {
    case 'toTimestamp':
      return compileToTimestamp(compiled);
    case 'extract':
      return compileExtract(compiled);
    case 'dateTrunc':
      return compileTruncation(compiled);
    default:
      return null;
  }
}

function compileToTimestamp({ call, args, context }: CompiledCall): Evaluate {
  const seconds = args[0] as Evaluate;
  const from = call.args[0]?.type ?? { kind: 'null' };
  const scale = scaleOf(from);
  return (row, slots, old) => {
    const value = seconds(row, slots, old) as Integer | null;
    if (value === null) return null;
    const micros =
      from.kind === 'double'
        ? fromDouble(value as number, 6)
        : scale === 0
          ? multiply(value, MICROS.second)
          : rescale(value, scale, 6);
    if (micros !== null && fits(call.type, micros)) return micros;
    context.errors.count('NUMERIC_OVERFLOW');
    return null;
  };
}

/** The fields in microseconds (`micros`) or in whole units; null for a unit that is none. */
const MICRO_FIELDS: Readonly<Record<string, number>> = {
  epoch: MICROS.second,
  microsecond: MICROS.microsecond,
  microseconds: MICROS.microsecond,
  millisecond: MICROS.millisecond,
  milliseconds: MICROS.millisecond,
  second: MICROS.second,
  seconds: MICROS.second,
};

function compileExtract({ call, args, context }: CompiledCall): Evaluate {
  const unit = unitOf(call.args[0]);
  const time = args[1] as Evaluate;
  const ofInterval = call.args[1]?.type.kind === 'interval';
  const scale = scaleOf(call.type);
  const per = MICRO_FIELDS[unit];
  return (row, slots, old) => {
    const micros = time(row, slots, old) as number | null;
    if (micros === null) return null;
    if (per !== undefined) {
      // Seconds, milliseconds and microseconds hold the seconds of the minute with their fraction, as PostgreSQL's.
      const span =
        unit === 'epoch' ? micros : ofInterval ? micros % MICROS.minute : modulo(micros, MICROS.minute);
      return divideRounded(multiply(span, powerOfTen(scale)), per);
    }
    const field = ofInterval ? intervalField(unit, micros) : timestampField(unit, micros);
    if (field !== null) return rescale(field, 0, scale);
    context.errors.count('INVALID_ARGUMENT');
    return null;
  };
}

function unitOf(arg: CompiledCall['call']['args'][number] | undefined): string {
  return arg?.kind === 'literal' ? String(arg.value) : '';
}

function modulo(value: number, size: number): number {
  return value - Math.floor(value / size) * size;
}

function intervalField(unit: string, micros: number): number | null {
  switch (unit) {
    case 'minute':
      return Math.trunc(micros / MICROS.minute) % 60;
    case 'hour':
      return Math.trunc(micros / MICROS.hour) % 24;
    case 'day':
      return Math.trunc(micros / MICROS.day);
    case 'week':
      return Math.trunc(micros / MICROS.week);
    default:
      return null;
  }
}

function timestampField(unit: string, micros: number): number | null {
  const days = Math.floor(micros / MICROS.day);
  const inDay = micros - days * MICROS.day;
  switch (unit) {
    case 'minute':
      return Math.floor(inDay / MICROS.minute) % 60;
    case 'hour':
      return Math.floor(inDay / MICROS.hour);
    case 'dow':
      return modulo(days + 4, 7);
    case 'isodow':
      return modulo(days + 3, 7) + 1;
    case 'week':
      return isoWeek(days).week;
    case 'isoyear':
      return isoWeek(days).year;
    default:
      return calendarField(unit, days);
  }
}

function calendarField(unit: string, days: number): number | null {
  const { year, month, day } = civilFromDays(days);
  switch (unit) {
    case 'day':
      return day;
    case 'month':
      return month;
    case 'quarter':
      return Math.floor((month + 2) / 3);
    case 'year':
      return year;
    case 'decade':
      return Math.floor(year / 10);
    case 'century':
      return Math.floor((year + 99) / 100);
    case 'doy':
      return days - daysFromCivil(year, 1, 1) + 1;
    default:
      return null;
  }
}

/** ISO 8601 week: that of its Thursday. */
function isoWeek(days: number): { year: number; week: number } {
  const thursday = days - modulo(days + 3, 7) + 3;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

const TRUNCATIONS: Readonly<Record<string, number>> = {
  microsecond: MICROS.microsecond,
  microseconds: MICROS.microsecond,
  millisecond: MICROS.millisecond,
  milliseconds: MICROS.millisecond,
  second: MICROS.second,
  minute: MICROS.minute,
  hour: MICROS.hour,
  day: MICROS.day,
};

function compileTruncation({ call, args, context }: CompiledCall): Evaluate {
  const unit = unitOf(call.args[0]);
  const time = args[1] as Evaluate;
  const size = TRUNCATIONS[unit];
  return (row, slots, old) => {
    const micros = time(row, slots, old) as number | null;
    if (micros === null) return null;
    if (size !== undefined) return Math.floor(micros / size) * size + 0;
    const days = truncatedDay(unit, Math.floor(micros / MICROS.day));
    if (days !== null) return days * MICROS.day + 0;
    context.errors.count('INVALID_ARGUMENT');
    return null;
  };
}

function truncatedDay(unit: string, days: number): number | null {
  if (unit === 'week') return days - modulo(days + 3, 7);
  const { year, month } = civilFromDays(days);
  switch (unit) {
    case 'month':
      return daysFromCivil(year, month, 1);
    case 'quarter':
      return daysFromCivil(year, month - ((month - 1) % 3), 1);
    case 'year':
      return daysFromCivil(year, 1, 1);
    default:
      return null;
  }
}
