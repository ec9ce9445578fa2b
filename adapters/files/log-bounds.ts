import { crc32 } from 'node:zlib';
import type { LogFolder } from './log-folder.ts';
import { LogDamage } from './log-group.ts';

/**
 * What a log is sure of, beside its segments. It is noted when the log is made, begins a segment, is trimmed and is closed:
 * what is missing at the end of a log can be told from a write that was cut short only up to there.
 */
export interface LogBounds {
  /** The offset at which the log begins. */
  readonly start: number;
  /** The log reaches to this offset at least. */
  readonly reached: number;
  /** The first offset of the newest segment, or of one that was newer then. */
  readonly newest: number;
}

/** The file's name, and what it is called until it is whole. */
export const BOUNDS_NAME = 'bounds';
const UNFINISHED = 'bounds.unfinished';

/** Names that a step cut short may leave behind. */
export const UNFINISHED_NAMES: readonly string[] = [UNFINISHED, 'segment.unfinished'];

/** Replaces the file: it is the old one or the new one, whenever this is cut short. */
export async function writeBounds(folder: LogFolder, { start, reached, newest }: LogBounds): Promise<void> {
  const text = JSON.stringify({ start, reached, newest });
  await folder.put(UNFINISHED, Buffer.from(`${text}\n${checksumOf(text)}\n`));
  await folder.rename(UNFINISHED, BOUNDS_NAME);
  await folder.sync();
}

/** Throws LogDamage where the file is not as it was written. */
export async function readBounds(folder: LogFolder): Promise<LogBounds> {
  const [text = '', checksum, rest] = (await folder.get(BOUNDS_NAME)).toString('latin1').split('\n');
  if (checksum !== checksumOf(text) || rest !== '') throw new LogDamage('its bounds are unreadable');
  return JSON.parse(text) as LogBounds;
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
