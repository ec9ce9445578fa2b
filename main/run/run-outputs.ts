import type { Effect } from '../../core/effects.ts';
import type { EffectNote } from '../../core/ports/checkpoints.ts';
import type { Rejection } from '../../workers/ingest/input-frame.ts';
import { effectLine } from './effect-line.ts';
import { LineFile } from './line-file.ts';
import { type EffectTally, resumePoint } from './effect-tally.ts';

/** Where each kind of effect goes; null where it is not wanted. Nobody waits for what a run decides: it has no deadlines. */
export type EffectFiles = Readonly<Record<Exclude<Effect['kind'], 'deadline'>, string | null>>;

/**
 * The files that a run writes: one for each kind of effect, which follow the log and are completed or cut to what it
 * says, and rejected rows, which are in no log and are only added to.
 */
export class RunOutputs {
  /** The number of the first effect that is to be taken: what the files hold of those before is right. */
  readonly effectsFrom: number;
  readonly #effects = new Map<Effect['kind'], LineFile>();
  readonly #rejects: LineFile | null;
  readonly #tally: EffectTally;

  /**
   * `notes`: what earlier runs over the same log have noted (see `note`); null where there is none to follow. Throws
   * FILE_UNWRITABLE.
   */
  constructor(effects: EffectFiles, rejects: string | null, notes: readonly EffectNote[] | null) {
    const durable = notes !== null;
    const { number, tally } = resumePoint(effects, notes ?? []);
    this.effectsFrom = number;
    this.#tally = tally;
    for (const kind of Object.keys(effects) as (keyof EffectFiles)[]) {
      const path = effects[kind];
      if (path === null) continue;
      const file = durable
        ? new LineFile(path, 'resume', tally.of(kind).bytes)
        : new LineFile(path, 'rewrite');
      this.#effects.set(kind, file);
    }
    this.#rejects = rejects === null ? null : new LineFile(rejects, durable ? 'append' : 'rewrite');
  }

  /** Alerts since the beginning of the log. */
  get alerts(): number {
    return this.#tally.of('alert').lines;
  }

  /** Takes an effect with its number in the log, each that there is from `effectsFrom` on. Never throws. */
  take(effect: Effect, number: number): void {
    if (number < this.effectsFrom) return;
    const line = effectLine(effect);
    this.#tally.add(effect.kind, line);
    this.#effects.get(effect.kind)?.line(line);
  }

  /** What is to be noted with the effects taken so far, so that a later run need not take them again. Never throws. */
  note(): string {
    for (const file of this.#effects.values()) file.handOver();
    return this.#tally.note();
  }

  /** Notes rows that could not be taken. */
  reject(rejections: readonly Rejection[]): void {
    for (const rejection of rejections) this.#rejects?.line(JSON.stringify(rejection));
  }

  /** All effects of the log so far were taken: what the files hold beyond them is cut off. Throws FILE_UNWRITABLE. */
  recovered(): void {
    for (const file of this.#effects.values()) file.endOfResume();
  }

  /** Throws FILE_UNWRITABLE. */
  flush(): void {
    for (const file of this.#effects.values()) file.flush();
    this.#rejects?.flush();
  }

  /** Throws FILE_UNWRITABLE. */
  close(): void {
    for (const file of this.#effects.values()) file.close();
    this.#rejects?.close();
  }
}
