import { assert } from '../../core/assert.ts';

/** Something to be said, as soon as it is known: `say` is called once, in the order of the queue. */
export interface Utterance {
  /** False while the job that it reports runs elsewhere. */
  readonly ready: boolean;
  say(): void;
}

/**
 * Keeps what the fold says in the order of the log while jobs run beside it: what comes after an unfinished job
 * waits for it.
 */
export class EffectQueue {
  #waiting: Utterance[] = [];
  #done = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#done === this.#waiting.length;
  }

  /** Says it now, or once everything before it is said. */
  add(utterance: Utterance): void {
    if (this.isEmpty && utterance.ready) utterance.say();
    else this.#waiting.push(utterance);
  }

  /** Says what has become ready. */
  drain(): void {
    while (this.#done < this.#waiting.length) {
      const next = this.#waiting[this.#done];
      assert(next !== undefined, 'the queue has no holes');
      if (!next.ready) break;
      this.#done++;
      next.say();
    }
    if (this.#done < 1024 && this.#done < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#done);
    this.#done = 0;
  }
}
