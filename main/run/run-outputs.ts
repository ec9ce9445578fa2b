import type { Effect } from '../../core/effects.ts';
import type { Rejection } from '../../workers/ingest/input-frame.ts';
import { LineFile } from './line-file.ts';
import type { RunOptions } from './run-options.ts';

/**
 * The files that a run writes: alerts and late events, which follow the log and are completed or cut to what it says,
 * and rejected rows, which are in no log and are only added to.
 */
export class RunOutputs {
  readonly #alerts: LineFile | null;
  readonly #late: LineFile | null;
  readonly #rejects: LineFile | null;
  /** Alerts since the beginning of the log. */
  alerts = 0;
  /** When the first alert of this run was let out, in milliseconds since the process began; null before. */
  firstAlertMs: number | null = null;
  #recovered = false;

  /** Throws FILE_UNWRITABLE. */
  constructor(options: Pick<RunOptions, 'alerts' | 'late' | 'rejects' | 'data'>) {
    const durable = options.data !== null;
    const open = (path: string | null, mode: 'resume' | 'append'): LineFile | null =>
      path === null ? null : new LineFile(path, durable ? mode : 'rewrite');
    this.#alerts = open(options.alerts, 'resume');
    this.#late = open(options.late, 'resume');
    this.#rejects = open(options.rejects, 'append');
  }

  /** Takes an effect, from the first of the log on. Never throws. */
  take(effect: Effect): void {
    if (effect.kind === 'alert') {
      this.alerts += 1;
      if (this.#recovered) this.firstAlertMs ??= performance.now();
      this.#alerts?.line(effect.line);
    } else if (effect.kind === 'late') {
      this.#late?.line(effect.line);
    }
  }

  /** Notes rows that could not be taken. */
  reject(rejections: readonly Rejection[]): void {
    for (const rejection of rejections) this.#rejects?.line(JSON.stringify(rejection));
  }

  /** All effects of the log so far were taken: what the files hold beyond them is cut off. Throws FILE_UNWRITABLE. */
  recovered(): void {
    this.#alerts?.endOfResume();
    this.#late?.endOfResume();
    this.#recovered = true;
  }

  /** Throws FILE_UNWRITABLE. */
  flush(): void {
    for (const file of [this.#alerts, this.#late, this.#rejects]) file?.flush();
  }

  /** Throws FILE_UNWRITABLE. */
  close(): void {
    for (const file of [this.#alerts, this.#late, this.#rejects]) file?.close();
  }
}
