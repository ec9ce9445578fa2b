import { RingwatchError } from '../../core/errors.ts';

/** Refuses what is left of a request's query once its parameters are taken out. Throws FIELD_INVALID. */
export function refuseUnknown(others: Readonly<Record<string, unknown>>): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalidParameter(unknown.slice(0, 100), 'it is unknown here');
}

/** What is wrong with a parameter: FIELD_INVALID. */
export function invalidParameter(field: string, reason: string): RingwatchError {
  return new RingwatchError('FIELD_INVALID', { field, reason });
}
