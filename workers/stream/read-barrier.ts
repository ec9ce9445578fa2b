import { isShared, type TenantLog } from '../../core/ports/tenant-log.ts';

/**
 * Tells how far a log has come. Of a shared one that is a question to its servers: those who ask meanwhile wait for one more
 * answer together, since the one under way may have been given before they asked.
 */
export class ReadBarrier {
  readonly #log: TenantLog;
  #known: Answer | null = null;
  #asking: Promise<Answer> | null = null;
  #next: Promise<Answer> | null = null;

  constructor(log: TenantLog) {
    this.#log = log;
  }

  /** An offset after every frame that was acknowledged `ageMs` milliseconds before the call. Throws LOG_UNAVAILABLE. */
  async since(ageMs: number): Promise<number> {
    if (!isShared(this.#log)) return this.#log.end;
    const known = this.#known;
    if (known !== null && performance.now() - known.askedMs < ageMs) return known.head;
    return (await this.#ask()).head;
  }

  #ask(): Promise<Answer> {
    if (this.#asking === null) return this.#begin();
    this.#next ??= this.#asking
      .catch(() => null)
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<Answer> {
    const asking = this.#head().finally(() => {
      if (this.#asking === asking) this.#asking = null;
    });
    this.#asking = asking;
    return asking;
  }

  async #head(): Promise<Answer> {
    const log = this.#log;
    const askedMs = performance.now();
    const head = isShared(log) ? await log.head() : log.end;
    this.#known = { askedMs, head };
    return this.#known;
  }
}

interface Answer {
  /** When it was asked for; monotonic milliseconds. */
  readonly askedMs: number;
  readonly head: number;
}
