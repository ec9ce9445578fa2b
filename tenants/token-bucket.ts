/**
 * A rate: tokens come in steadily, up to as many as the bucket holds, and are taken by what is let through. What is taken
 * may exceed what is there by one taking (a batch is taken as a whole); then nothing more is, until it is paid back.
 */
export class TokenBucket {
  #perSecond: number;
  #holds: number;
  #tokens: number;
  #filledMs: number;

  /** Full at the beginning; `holds` tokens at most, `perSecond` coming in. */
  constructor(perSecond: number, holds: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#holds = holds;
    this.#tokens = holds;
    this.#filledMs = nowMs;
  }

  /** Another rate from now on; what is in the bucket stays, up to what it holds. */
  resize(perSecond: number, holds: number, nowMs: number): void {
    if (perSecond === this.#perSecond && holds === this.#holds) return;
    this.#fill(nowMs);
    this.#perSecond = perSecond;
    this.#holds = holds;
    this.#tokens = Math.min(this.#tokens, holds);
  }

  /** Milliseconds until a taking would be let through; 0: now. Infinity: never, at a rate of 0. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    if (this.#tokens > 0) return 0;
    return Math.max(1, Math.ceil(((1e-9 - this.#tokens) / this.#perSecond) * 1000));
  }

  /** Takes `count` tokens, if any is there: 0, or the milliseconds to wait, and nothing was taken. */
  take(count: number, nowMs: number): number {
    const waitMs = this.waitMs(nowMs);
    if (waitMs === 0) this.#tokens -= count;
    return waitMs;
  }

  /** Puts back what was taken and is not needed. */
  give(count: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens = Math.min(this.#holds, this.#tokens + count);
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledMs);
    this.#tokens = Math.min(this.#holds, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    this.#filledMs = Math.max(this.#filledMs, nowMs);
  }
}
