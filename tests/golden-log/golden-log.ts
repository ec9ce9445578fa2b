import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Effect } from '../../core/effects.ts';
import { FrameReader } from '../../core/frame.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';

/** Where the logs of releases are kept: `<name>.frames`, each frame after its length as a little-endian u32. */
export const GOLDEN_FOLDER = path.join(import.meta.dirname, 'golden');

/** What folding a log must say, beside it as `<name>.json`; its effects are in `<name>.jsonl`, one a line. */
export interface GoldenResult {
  readonly position: number;
  readonly stateHash: string;
  readonly counters: unknown;
}

/** Names of all golden logs, in order. */
export function goldenLogs(): string[] {
  const files = readdirSync(GOLDEN_FOLDER).filter((file) => file.endsWith('.frames'));
  return files.map((file) => file.slice(0, -'.frames'.length)).sort();
}

/** The frames of a golden log. */
export function readFrames(name: string): Uint8Array[] {
  const bytes = readFileSync(path.join(GOLDEN_FOLDER, `${name}.frames`));
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at);
    frames.push(Uint8Array.from(bytes.subarray(at + 4, at + 4 + size)));
    at += 4 + size;
  }
  return frames;
}

/** Folds frames from the beginning: effects as lines (alerts byte by byte), and what the state is in the end. */
export function foldFrames(frames: readonly Uint8Array[]): { lines: string[]; result: GoldenResult } {
  const lines: string[] = [];
  const emit = (effect: Effect) => lines.push(effect.kind === 'alert' ? effect.line : JSON.stringify(effect));
  const fold = new Fold({ tenant: 'golden', compile: compileDefinitions, emit });
  for (const frame of frames) {
    const reader = new FrameReader(frame, (relation) => fold.storedTypes(relation));
    for (let record = reader.next(); record !== null; record = reader.next()) fold.apply(record);
  }
  const { accepted, duplicates, late, refused, alerts, suppressed } = fold.counters;
  const rejected = Object.fromEntries(fold.counters.rejected);
  const counters = { accepted, duplicates, rejected, late, refused, alerts, suppressed };
  return { lines, result: { position: fold.position, stateHash: fold.stateHash(), counters } };
}
