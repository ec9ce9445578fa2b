import type { Effect } from '../../core/effects.ts';

/** Roughly what an effect beside its text costs in memory. */
const EFFECT_BYTES_GUESS = 400;

/** Numbers effects, lets each out once, and holds those that no checkpoint covers yet. */
export class Outbox {
  readonly #onEffect: (effect: Effect, number: number) => void;
  readonly #covered: boolean;
  /** Emitted and not let out: their records may not be durable yet. */
  #held: Effect[] = [];
  /** Let out, and in no checkpoint. */
  #uncovered: Effect[] = [];
  /** In the checkpoint that is being written. */
  #publishing: readonly Effect[] = [];
  /** Of the uncovered ones, roughly. */
  uncoveredBytes = 0;
  /** The number of the next effect. */
  next = 0;
  /** Effects below this number were let out before: a fold from the start says them again. */
  #out = 0;

  /** `covered`: whether checkpoints are made at all. */
  constructor(onEffect: (effect: Effect, number: number) => void, covered: boolean) {
    this.#onEffect = onEffect;
    this.#covered = covered;
  }

  add(effect: Effect): void {
    this.#held.push(effect);
  }

  startAt(number: number): void {
    this.#held = [];
    this.#uncovered = [];
    this.#publishing = [];
    this.uncoveredBytes = 0;
    this.next = number;
  }

  /** Lets out what is held, and returns it if it is wanted. */
  release(wanted = false): readonly Effect[] {
    const released = this.#held;
    // Never the list itself: further effects are put into it.
    if (released.length === 0) return [];
    this.#held = [];
    for (const effect of released) {
      if (this.#covered) this.#keep(effect);
      this.letOut(effect, this.next++);
    }
    return wanted ? released : [];
  }

  #keep(effect: Effect): void {
    this.#uncovered.push(effect);
    this.uncoveredBytes += EFFECT_BYTES_GUESS + ('line' in effect ? effect.line.length : 0);
  }

  letOut(effect: Effect, number: number): void {
    if (number < this.#out) return;
    this.#out = number + 1;
    this.#onEffect(effect, number);
  }

  /** The effects since the last call, for the checkpoint that covers them. They stay readable until `published`. */
  take(): readonly Effect[] {
    const effects = this.#uncovered;
    this.#uncovered = [];
    this.uncoveredBytes = 0;
    this.#publishing = effects;
    return effects;
  }

  /** The checkpoint of the last `take` is durable. */
  published(): void {
    this.#publishing = [];
  }

  /** The number of the oldest effect that is held here; older ones are in the newest checkpoint. */
  get memoryStart(): number {
    return this.next - this.#uncovered.length - this.#publishing.length;
  }

  /** Effects from `number` on, which is none below `memoryStart`, at most `limit`. */
  read(number: number, limit: number): Effect[] {
    const from = number - this.memoryStart;
    const taken = this.#publishing.slice(from, from + limit);
    const rest = Math.max(0, from - this.#publishing.length);
    return [...taken, ...this.#uncovered.slice(rest, rest + limit - taken.length)];
  }

  /**
   * The number of the first effect here of `position` or later, deadlines aside (after the last if there is none).
   * `isBounded`: one before it is here too, so that none in the checkpoint can come first.
   */
  firstAt(position: number): { readonly number: number; readonly isBounded: boolean } {
    const count = this.#publishing.length + this.#uncovered.length;
    let low = 0;
    let high = count;
    // The greatest number whose effects before it all have a lower position, by halves.
    while (low < high) {
      const middle = low + ((high - low) >> 1);
      let probe = middle;
      while (probe < high && this.#at(probe).kind === 'deadline') probe++;
      if (probe === high || this.#at(probe).position >= position) high = middle;
      else low = probe + 1;
    }
    while (low < count && this.#at(low).kind === 'deadline') low++;
    let isBounded = false;
    for (let n = 0; n < low && !isBounded; n++) isBounded = this.#at(n).kind !== 'deadline';
    return { number: this.memoryStart + low, isBounded };
  }

  #at(index: number): Effect {
    const taken = this.#publishing.length;
    return (index < taken ? this.#publishing[index] : this.#uncovered[index - taken]) as Effect;
  }
}
