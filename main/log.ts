import pino from 'pino';
import { RingwatchError } from '../core/errors.ts';

/** Logs go to standard error as JSON lines, so that they never mix with results. */
export type Log = pino.Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The log of this process. Throws OPTION_INVALID for an unknown level. */
export function openLog(level: string): Log {
  if (!(LOG_LEVELS as readonly string[]).includes(level)) {
    throw new RingwatchError('OPTION_INVALID', {
      option: '--log-level',
      reason: `'${level}' is none of ${LOG_LEVELS.join(', ')}`,
    });
  }
  return pino({ name: 'ringwatch', level, base: null }, pino.destination({ fd: 2, sync: true }));
}
