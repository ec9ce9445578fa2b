import { RingwatchError } from '../../core/errors.ts';

/**
 * What waits, by whose it is: each has a line of its own, and the lines are served in turn, so that one with a thousand
 * waiting delays another's by one. Both a line and all together are bounded.
 */
export class TurnQueue<T> {
  readonly #lines = new Map<string, T[]>();
  readonly #lineMax: number;
  readonly #allMax: number;
  #size = 0;

  constructor(lineMax: number, allMax: number) {
    this.#lineMax = lineMax;
    this.#allMax = allMax;
  }

  get size(): number {
    return this.#size;
  }

  /** Throws CATALOG_BUSY. */
  add(whose: string, item: T): void {
    const line = this.#lines.get(whose) ?? [];
    if (line.length >= this.#lineMax) throw new RingwatchError('CATALOG_BUSY', { limit: this.#lineMax });
    if (this.#size >= this.#allMax) throw new RingwatchError('CATALOG_BUSY', { limit: this.#allMax });
    line.push(item);
    this.#lines.set(whose, line);
    this.#size++;
  }

  /** Whose turn it is: the first of the line that was served longest ago, of those that may be served. */
  take(mayBeServed: (whose: string) => boolean = () => true): T | null {
    for (const [whose, line] of this.#lines) {
      if (!mayBeServed(whose)) continue;
      const item = line.shift() as T;
      this.#lines.delete(whose);
      if (line.length > 0) this.#lines.set(whose, line);
      this.#size--;
      return item;
    }
    return null;
  }
}
