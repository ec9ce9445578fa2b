import { isShared, type TenantLog } from '../../core/ports/tenant-log.ts';

/** Tells how far a log has come. Of a shared one that is a question to its servers. */
export class ReadBarrier {
  readonly #log: TenantLog;
  /** What was answered last, and when that was asked (monotonic milliseconds). */
  #known: { readonly askedMs: number; readonly head: number } | null = null;

  constructor(log: TenantLog) {
    this.#log = log;
  }

  /** An offset after every frame that was acknowledged `ageMs` milliseconds before the call. Throws LOG_UNAVAILABLE. */
  async since(ageMs: number): Promise<number> {
    const log = this.#log;
    if (!isShared(log)) return log.end;
    const askedMs = performance.now();
    if (this.#known !== null && askedMs - this.#known.askedMs < ageMs) return this.#known.head;
    const head = await log.head();
    this.#known = { askedMs, head };
    return head;
  }
}
