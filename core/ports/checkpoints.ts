import type { Effect } from '../effects.ts';
import { LIMITS } from '../limits.ts';
import type { LogFrame } from './tenant-log.ts';

/**
 * The newest checkpoint of a fold's state, kept as entries of which each publication replaces what changed, and the
 * archived segments of its log. Entries are (part, key) -> bytes; the store adds checksums and checks them.
 * The effects that a checkpoint covers are kept with it, numbered from 0: those after them come from folding the log.
 */
export interface Checkpoints {
  /** The newest published checkpoint, or null. Throws CHECKPOINT_CORRUPT naming what is damaged. */
  latest(): Promise<CheckpointHead | null>;
  /** All entries of the newest checkpoint, grouped by part, parts and keys in byte order. Throws CHECKPOINT_CORRUPT. */
  entries(): AsyncIterable<{ readonly part: string; readonly key: string; readonly bytes: Uint8Array }>;
  /**
   * Publishes, atomically and durably, the changes since the last publication together with their head and the
   * effects that came about since then. Effects before number `keepFrom` may be forgotten with it. `note`: what whoever
   * takes the effects says of those before `head.effects`. Throws CHECKPOINT_WRITE_FAILED; the published one before it
   * stays.
   */
  publish(
    head: CheckpointHead,
    changes: readonly CheckpointChange[],
    effects: readonly Effect[],
    keepFrom?: number,
    note?: string,
  ): Promise<void>;
  /** Notes of the newest checkpoint and of some before it, by ascending number; none of effects that are forgotten. */
  readonly effectNotes: readonly EffectNote[];
  /** The number of the oldest effect that is kept. */
  readonly effectsStart: number;
  /** The effects from number `from` on, in order; those that are kept. Throws CHECKPOINT_CORRUPT. */
  effects(from: number): AsyncIterable<Effect>;
  /**
   * The number of the first kept effect of `position` or a later one: positions do not fall from one effect to the next,
   * but for `deadline` effects, which are passed over. The number after the last where there is none.
   */
  firstEffectAt(position: number): Promise<number>;
  /** The number that `acknowledge` was last called with; 0 before. */
  readonly acknowledged: number;
  /** Notes, durably when it resolves, that the effects before `number` have been taken. It outlives `clear`. */
  acknowledge(number: number): Promise<void>;
  /** Throws the checkpoint and its effects away, so that the state is folded again from the whole log. */
  clear(): Promise<void>;
  /** Stores a compressed, checksummed segment of the log: frames that follow one another. Durable when it resolves. */
  archive(frames: readonly LogFrame[]): Promise<void>;
  /** Archived frames from the one that holds `offset`, in order. Throws ARCHIVE_CORRUPT naming the segment. */
  archived(offset: number): AsyncIterable<LogFrame>;
  /** Sizes for `ringwatch state`. */
  describe(): Promise<CheckpointStats>;
  close(): Promise<void>;
}

export interface CheckpointHead {
  /** The log offset of the next record to fold. */
  readonly offset: number;
  readonly position: number;
  readonly semantics: number;
  /** The number of the next effect: how many the folded records had. */
  readonly effects: number;
}

/** What was noted of the effects before `number`. */
export interface EffectNote {
  readonly number: number;
  readonly note: string;
}

/**
 * The notes with one more, without those of forgotten effects; beyond LIMITS.effectNotesMax every second one goes, but the
 * newest.
 */
export function withNote(
  notes: readonly EffectNote[],
  next: EffectNote | null,
  effectsStart: number,
): readonly EffectNote[] {
  const kept = notes.filter(({ number }) => number >= effectsStart && number !== next?.number);
  const all = next === null ? kept : [...kept, next];
  if (all.length <= LIMITS.effectNotesMax) return all;
  return all.filter((_, n) => (all.length - 1 - n) % 2 === 0);
}

/** `bytes` null deletes the entry; `key` null deletes the whole part. */
export type CheckpointChange =
  | { readonly part: string; readonly key: string; readonly bytes: Uint8Array | null }
  | { readonly part: string; readonly key: null; readonly bytes: null };

export interface CheckpointStats {
  readonly entries: number;
  readonly bytes: number;
  readonly archivedSegments: number;
  readonly archivedBytes: number;
  /** The offset up to which the log is archived. */
  readonly archivedEnd: number;
}
