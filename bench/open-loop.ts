import { setTimeout as pause } from 'node:timers/promises';

/** What came of arrivals at a steady rate. */
export interface Arrivals<T> {
  /** By arrival: milliseconds from when it was due to its answer, whatever held it up. */
  readonly latenciesMs: readonly number[];
  /** By arrival: milliseconds that it was sent after it was due, which is the sender's own fault and in the latency. */
  readonly lateMs: readonly number[];
  /** By arrival. */
  readonly answers: readonly T[];
}

/**
 * Sends `rate` a second for so many seconds, each when it is due, whether or not those before it are answered: a stall
 * counts for all that it delays (no coordinated omission; G. Tene, "How NOT to Measure Latency", 2015).
 */
export async function arriveSteadily<T>(
  rate: number,
  seconds: number,
  send: (n: number) => Promise<T>,
): Promise<Arrivals<T>> {
  const count = Math.round(rate * seconds);
  const latenciesMs: number[] = new Array<number>(count).fill(0);
  const lateMs: number[] = [];
  const answers: T[] = new Array<T>(count);
  const open: Promise<void>[] = [];
  const startedMs = performance.now() + 5;
  for (let n = 0; n < count; n++) {
    const dueMs = startedMs + (n * 1000) / rate;
    while (performance.now() < dueMs) await pause(Math.max(0, Math.floor(dueMs - performance.now())));
    lateMs.push(performance.now() - dueMs);
    const sent = send(n).then((answer) => {
      latenciesMs[n] = performance.now() - dueMs;
      answers[n] = answer;
    });
    // What fails is thrown when all is sent.
    sent.catch(() => undefined);
    open.push(sent);
  }
  await Promise.all(open);
  return { latenciesMs, lateMs, answers };
}
