import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Effect } from '../../core/effects.ts';
import type { EffectNote } from '../../core/ports/checkpoints.ts';

/** Of one kind of effect: lines so far, their bytes in a file, and the CRC-32 of these. */
export interface LineTally {
  readonly lines: number;
  readonly bytes: number;
  readonly checksum: number;
}

const NOTHING: LineTally = { lines: 0, bytes: 0, checksum: 0 };

/** Adds up the lines of effects by kind, so that a file can be checked without the effects that it is made of. */
export class EffectTally {
  readonly #kinds: Map<string, LineTally>;

  /** `note`: what `note` gave of another tally, to go on from there; null from nothing. */
  constructor(note: string | null) {
    this.#kinds = new Map(note === null ? [] : Object.entries(JSON.parse(note) as Record<string, LineTally>));
  }

  of(kind: Effect['kind']): LineTally {
    return this.#kinds.get(kind) ?? NOTHING;
  }

  /** Adds a line, without its newline. */
  add(kind: Effect['kind'], line: string): void {
    const { lines, bytes, checksum } = this.of(kind);
    const whole = Buffer.from(`${line}\n`);
    this.#kinds.set(kind, {
      lines: lines + 1,
      bytes: bytes + whole.length,
      checksum: crc32(whole, checksum),
    });
  }

  note(): string {
    return JSON.stringify(Object.fromEntries(this.#kinds));
  }
}

/**
 * The newest note that all files of effects bear out: each begins with the lines that the note counts. Its number is that
 * of the next effect. Where there is none, everything begins with effect 0.
 */
export function resumePoint(
  files: Readonly<Record<string, string | null>>,
  notes: readonly EffectNote[],
): { readonly number: number; readonly tally: EffectTally } {
  let candidates = notes.map(({ number, note }) => ({ number, tally: new EffectTally(note) }));
  for (const kind of Object.keys(files) as Effect['kind'][]) {
    const path = files[kind] ?? null;
    if (path === null || candidates.length === 0) continue;
    const right = beginsWith(
      path,
      candidates.map(({ tally }) => tally.of(kind)),
    );
    candidates = candidates.filter((_, n) => right[n]);
  }
  return candidates.at(-1) ?? { number: 0, tally: new EffectTally(null) };
}

const CHUNK_BYTES = 1024 * 1024;

/** Whether the file begins with so many bytes of that checksum, for ascending numbers of bytes. */
function beginsWith(path: string, tallies: readonly LineTally[]): boolean[] {
  const wanted = tallies.map(({ bytes }) => bytes);
  const checksums = checksumsOf(path, wanted);
  return tallies.map(({ checksum }, n) => checksums[n] === checksum);
}

/** A file open to be read; null where there is none that can be: who opens it to write then says why. */
function openRegular(path: string): number | null {
  try {
    return statSync(path).isFile() ? openSync(path, 'r') : null;
  } catch {
    return null;
  }
}

/** The CRC-32 of the first bytes of a file, for each of ascending numbers of them; null where it is no file or shorter. */
function checksumsOf(path: string, ends: readonly number[]): (number | null)[] {
  const none = ends.map((end) => (end === 0 ? 0 : null));
  const descriptor = openRegular(path);
  if (descriptor === null) return none;
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let at = 0;
    let checksum = 0;
    return ends.map((end) => {
      while (at < end) {
        const read = readSync(descriptor, buffer, 0, Math.min(CHUNK_BYTES, end - at), at);
        if (read === 0) return null;
        checksum = crc32(buffer.subarray(0, read), checksum);
        at += read;
      }
      return checksum;
    });
  } finally {
    closeSync(descriptor);
  }
}
