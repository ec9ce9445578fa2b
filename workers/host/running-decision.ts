import { RingwatchError } from '../../core/errors.ts';
import type { DecisionAnswer } from '../../core/ports/engine.ts';
import { type AskedEvent, fallbackOf } from './asked-event.ts';
import type { TenantLink } from './tenant-link.ts';

/** How long before a caller is answered at the deadline that is noted in the log. */
const DEADLINE_MARGIN_MS = 5;

/**
 * One event that the engine decides, and all who wait for it, each no longer than its own deadline. An event has one
 * answer, so what comes first holds for all: the engine's, or the FALLBACK at the earliest of the deadlines, which the
 * log is told. Whoever is more patient than that is answered once the log has the note.
 */
export class RunningDecision {
  readonly #link: TenantLink;
  readonly #event: AskedEvent;
  readonly #onEnd: () => void;
  /** What a caller without a deadline is answered; rejects as the engine does. */
  readonly #over: Promise<DecisionAnswer>;
  readonly #answered: Promise<DecisionAnswer>;
  #settle!: (answer: DecisionAnswer | Promise<DecisionAnswer>) => void;
  #phase: 'open' | 'answered' | 'expired' = 'open';
  #earliestMs = Number.POSITIVE_INFINITY;
  #noting: NodeJS.Timeout | undefined;

  /** `answered`: what the engine says. `onEnd` is told once what all are answered is settled, which may be earlier. */
  constructor(link: TenantLink, event: AskedEvent, answered: Promise<DecisionAnswer>, onEnd: () => void) {
    this.#link = link;
    this.#event = event;
    this.#onEnd = onEnd;
    this.#over = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#answered = answered;
    const end = (): void => this.#end('answered', answered);
    answered.then(end, end);
  }

  /** The answer for one who waits until `deadlineAtMs` of the process's clock; null: as long as it takes. */
  async within(deadlineAtMs: number | null): Promise<DecisionAnswer> {
    if (deadlineAtMs === null) return await this.#over;
    this.#expireBy(deadlineAtMs);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<DecisionAnswer>((resolve) => {
      const waitMs = Math.max(0, deadlineAtMs - performance.now());
      timer = setTimeout(() => {
        // The note goes out earlier, except where this thread was held up until now.
        this.#expire();
        resolve(fallbackOf(this.#event, false));
      }, waitMs);
    });
    try {
      return await Promise.race([this.#over, deadline]);
    } catch (error) {
      // Past a deadline the engine's failure is no answer any more.
      if (this.#phase !== 'expired') throw error;
      return await deadline;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sees to it that the log is told in time for this deadline, unless there is an earlier one. */
  #expireBy(deadlineAtMs: number): void {
    if (this.#phase !== 'open' || deadlineAtMs >= this.#earliestMs) return;
    this.#earliestMs = deadlineAtMs;
    clearTimeout(this.#noting);
    const leftMs = Math.max(0, deadlineAtMs - performance.now());
    this.#noting = setTimeout(() => this.#expire(), leftMs - Math.min(DEADLINE_MARGIN_MS, leftMs / 2));
  }

  /** Has it noted that callers are told FALLBACK, unless there is an answer. */
  #expire(): void {
    if (this.#phase !== 'open') return;
    const { decision, source, key } = this.#event;
    const note = (position: number | null): Promise<unknown> =>
      this.#link.call({
        kind: 'expire',
        decision: decision.name,
        source,
        key,
        position,
        answered: decision.fallback,
      });
    // Where the key does not tell the event, its position does, once it is decided or found to be late.
    const noted = key === null ? positionOf(this.#answered).then(note) : note(null);
    this.#end(
      'expired',
      noted.then(
        () => fallbackOf(this.#event, true),
        () => this.#answered,
      ),
    );
  }

  #end(phase: 'answered' | 'expired', answer: Promise<DecisionAnswer>): void {
    if (this.#phase !== 'open') return;
    this.#phase = phase;
    clearTimeout(this.#noting);
    this.#onEnd();
    this.#settle(answer);
  }
}

/** The position that an asked event took; null of a repeated one. Rejects as the answer does where it took none. */
async function positionOf(answered: Promise<DecisionAnswer>): Promise<number | null> {
  try {
    const { duplicate, position } = await answered;
    return duplicate ? null : position;
  } catch (error) {
    const isLate = error instanceof RingwatchError && error.code === 'EVENT_TOO_LATE';
    if (isLate && typeof error.details.position === 'number') return error.details.position;
    throw error;
  }
}
