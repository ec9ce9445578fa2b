/** The time, and being called at one: given to whatever waits, so that a test can be its clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `work` once, when that time has come or soon after. Returns how to call it off. */
  at(atMs: number, work: () => void): () => void;
}

/** Longer timers than this would fire at once (ECMAScript's hosts count in 32 bits). */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The machine's. A timer of it does not keep the process alive. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: Date.now,
  at: (atMs, work) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.max(0, atMs - Date.now());
      timer = setTimeout(waitMs > TIMER_MS_MAX ? arm : work, Math.min(waitMs, TIMER_MS_MAX));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
