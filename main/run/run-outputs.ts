import type { Effect } from '../../core/effects.ts';
import type { Rejection } from '../../workers/ingest/input-frame.ts';
import { effectLine } from './effect-line.ts';
import { LineFile } from './line-file.ts';

/** Where each kind of effect goes; null where it is not wanted. Nobody waits for what a run decides: it has no deadlines. */
export type EffectFiles = Readonly<Record<Exclude<Effect['kind'], 'deadline'>, string | null>>;

/**
 * The files that a run writes: one for each kind of effect, which follow the log and are completed or cut to what it
 * says, and rejected rows, which are in no log and are only added to.
 */
export class RunOutputs {
  readonly #effects = new Map<Effect['kind'], LineFile>();
  readonly #rejects: LineFile | null;
  /** Alerts since the beginning of the log. */
  alerts = 0;
  /** When the first alert of this run was let out, in milliseconds since the process began; null before. */
  firstAlertMs: number | null = null;
  #recovered = false;

  /** `durable`: whether there is a log that earlier runs have written. Throws FILE_UNWRITABLE. */
  constructor(effects: EffectFiles, rejects: string | null, durable: boolean) {
    for (const kind of Object.keys(effects) as (keyof EffectFiles)[]) {
      const path = effects[kind];
      if (path !== null) this.#effects.set(kind, new LineFile(path, durable ? 'resume' : 'rewrite'));
    }
    this.#rejects = rejects === null ? null : new LineFile(rejects, durable ? 'append' : 'rewrite');
  }

  /** Takes an effect, from the first of the log on. Never throws. */
  take(effect: Effect): void {
    if (effect.kind === 'alert') {
      this.alerts += 1;
      if (this.#recovered) this.firstAlertMs ??= performance.now();
    }
    const file = this.#effects.get(effect.kind);
    if (file !== undefined) file.line(effectLine(effect));
  }

  /** Notes rows that could not be taken. */
  reject(rejections: readonly Rejection[]): void {
    for (const rejection of rejections) this.#rejects?.line(JSON.stringify(rejection));
  }

  /** All effects of the log so far were taken: what the files hold beyond them is cut off. Throws FILE_UNWRITABLE. */
  recovered(): void {
    for (const file of this.#effects.values()) file.endOfResume();
    this.#recovered = true;
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
