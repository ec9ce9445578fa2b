import { setTimeout as sleep } from 'node:timers/promises';
import type { RingwatchError } from '../../core/errors.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import { frameOf } from '../contract/tenant-log.ts';

/** Appends frames numbered `writer:n`, a few at a time, until it is told to stop; keeps what was acknowledged, and what was not. */
export class LogWriter {
  readonly acknowledged = new Map<string, number>();
  readonly refused = new Map<string, string>();
  readonly #log: TenantLog;
  readonly #done: Promise<unknown>;
  #stopped = false;

  /** `pauseMs` lie between two appends of one of the few. */
  constructor(log: TenantLog, writer: number, pauseMs = 0) {
    this.#log = log;
    let n = 0;
    const append = async (): Promise<void> => {
      while (!this.#stopped) {
        const number = `${writer}:${n++}`;
        await this.#log.append(frameOf(number), 1).then(
          (offset) => this.acknowledged.set(number, offset),
          (error: RingwatchError) => this.refused.set(number, error.code),
        );
        if (pauseMs > 0) await sleep(pauseMs);
      }
    };
    this.#done = Promise.all(Array.from({ length: 4 }, append));
  }

  /** Resolves once so many more are acknowledged. */
  async more(count: number): Promise<void> {
    const until = this.acknowledged.size + count;
    while (this.acknowledged.size < until) await sleep(20);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}
