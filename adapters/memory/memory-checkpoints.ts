import { assert } from '../../core/assert.ts';
import type { Effect } from '../../core/effects.ts';
import {
  type CheckpointChange,
  type CheckpointHead,
  type Checkpoints,
  type CheckpointStats,
  type EffectNote,
  withNote,
} from '../../core/ports/checkpoints.ts';
import { type LogFrame, spanOf } from '../../core/ports/tenant-log.ts';

/** Checkpoints and archive without a disk, for runs that keep nothing and for tests: they end with the process. */
export class MemoryCheckpoints implements Checkpoints {
  #head: CheckpointHead | null = null;
  readonly #parts = new Map<string, Map<string, Uint8Array>>();
  #effects: Effect[] = [];
  effectsStart = 0;
  effectNotes: readonly EffectNote[] = [];
  acknowledged = 0;
  readonly #segments: {
    readonly offset: number;
    readonly end: number;
    readonly frames: readonly LogFrame[];
  }[] = [];

  async latest(): Promise<CheckpointHead | null> {
    return this.#head;
  }

  async *entries(): AsyncIterable<{
    readonly part: string;
    readonly key: string;
    readonly bytes: Uint8Array;
  }> {
    for (const [part, entries] of inByteOrder(this.#parts)) {
      for (const [key, bytes] of inByteOrder(entries)) yield { part, key, bytes: new Uint8Array(bytes) };
    }
  }

  async publish(
    head: CheckpointHead,
    changes: readonly CheckpointChange[],
    effects: readonly Effect[],
    keepFrom = 0,
    note?: string,
  ): Promise<void> {
    assert(
      this.effectsStart + this.#effects.length + effects.length === head.effects,
      'every effect up to the head is handed over once',
    );
    for (const { part, key, bytes } of changes) {
      if (key === null) {
        this.#parts.delete(part);
        continue;
      }
      const entries = this.#parts.get(part) ?? new Map<string, Uint8Array>();
      this.#parts.set(part, entries);
      if (bytes === null) entries.delete(key);
      else entries.set(key, new Uint8Array(bytes));
    }
    this.#effects.push(...effects);
    const forgotten = Math.min(keepFrom - this.effectsStart, this.#effects.length);
    if (forgotten > 0) {
      this.#effects = this.#effects.slice(forgotten);
      this.effectsStart += forgotten;
    }
    const noted = note === undefined ? null : { number: head.effects, note };
    this.effectNotes = withNote(this.effectNotes, noted, this.effectsStart);
    this.#head = head;
  }

  async *effects(from: number): AsyncIterable<Effect> {
    yield* this.#effects.slice(Math.max(0, from - this.effectsStart));
  }

  async firstEffectAt(position: number): Promise<number> {
    const found = this.#effects.findIndex(
      (effect) => effect.kind !== 'deadline' && effect.position >= position,
    );
    return this.effectsStart + (found < 0 ? this.#effects.length : found);
  }

  async acknowledge(number: number): Promise<void> {
    this.acknowledged = number;
  }

  async clear(): Promise<void> {
    this.#head = null;
    this.#parts.clear();
    this.#effects = [];
    this.effectsStart = 0;
    this.effectNotes = [];
  }

  async archive(frames: readonly LogFrame[]): Promise<void> {
    const { offset, end } = spanOf(frames);
    const stored = frames.map((frame) => ({ ...frame, bytes: new Uint8Array(frame.bytes) }));
    this.#segments.push({ offset, end, frames: stored });
  }

  async *archived(offset: number): AsyncIterable<LogFrame> {
    let next = -1;
    for (const segment of this.#segments) {
      for (const frame of segment.frames) {
        if (frame.next <= offset || frame.offset < next) continue;
        yield { ...frame, bytes: new Uint8Array(frame.bytes) };
        next = frame.next;
      }
    }
  }

  async describe(): Promise<CheckpointStats> {
    let entries = 0;
    let bytes = 0;
    for (const part of this.#parts.values()) {
      entries += part.size;
      for (const entry of part.values()) bytes += entry.length;
    }
    const frames = this.#segments.flatMap((segment) => segment.frames);
    return {
      entries,
      bytes,
      archivedSegments: this.#segments.length,
      archivedBytes: frames.reduce((sum, frame) => sum + frame.bytes.length, 0),
      archivedEnd: this.#segments.at(-1)?.end ?? 0,
    };
  }

  async close(): Promise<void> {
    // There is nothing to release.
  }
}

function inByteOrder<T>(entries: ReadonlyMap<string, T>): [string, T][] {
  return [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
