import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { KeyedState } from '../state/keyed-state.ts';

/** The newest event of a key that someone waits for. */
interface Asked {
  readonly key: string;
  /** Of its decision; -1 where it has none of its own: it was a duplicate, late or rejected. */
  readonly position: number;
  /** Counts all of them: the oldest go first. */
  readonly n: number;
}

/** What a caller was told when the deadline passed. */
interface Missed {
  readonly position: number;
  readonly answered: string;
}

/**
 * Which decision a `deadline` record speaks of, and what callers were told then. A deadline follows its event within
 * moments, so that the newest LIMITS.askedEventsKept events are enough; what was told is kept for the newest
 * LIMITS.missedDeadlinesKept of them, for those that ask again.
 */
export class AskedEvents implements StatePart {
  readonly name = 'asked';
  #next = 0;
  readonly #asked = new KeyedState<Asked>({
    write: (writer, _key, { key, position, n }) => {
      writer.text(key);
      writer.integer(position);
      writer.varint(n);
    },
    read: (reader) => {
      const value = { key: reader.text(), position: reader.integer() as number, n: reader.varint() };
      return { key: value.key, value };
    },
  });
  readonly #missed = new KeyedState<Missed>({
    write: (writer, _key, { position, answered }) => {
      writer.varint(position);
      writer.text(answered);
    },
    read: (reader) => {
      const value = { position: reader.varint(), answered: reader.text() };
      return { key: value.position, value };
    },
  });
  /** Keys and positions in the order in which they go. */
  #order: { readonly key: string; readonly n: number }[] = [];
  #gone = 0;

  get isEmpty(): boolean {
    return this.#next === 0;
  }

  /** Notes an event that someone waits for; `position` -1 where it has no decision of its own. */
  ask(source: string, key: readonly string[], position: number): void {
    const name = JSON.stringify([source, ...key]);
    const n = this.#next++;
    this.#asked.set(name, { key: name, position, n });
    this.#order.push({ key: name, n });
    for (let oldest = this.#order[this.#gone]; oldest !== undefined; oldest = this.#order[this.#gone]) {
      if (this.#isKept(oldest.n)) break;
      this.#gone++;
      if (this.#asked.get(oldest.key)?.n === oldest.n) this.#asked.delete(oldest.key);
    }
    if (this.#gone < LIMITS.askedEventsKept) return;
    this.#order = this.#order.slice(this.#gone);
    this.#gone = 0;
  }

  /** The position of the decision for the newest event of the key; -1 where there is none of its own. */
  positionOf(source: string, key: readonly string[]): number {
    const asked = this.#asked.get(JSON.stringify([source, ...key]));
    return asked === undefined || !this.#isKept(asked.n) ? -1 : asked.position;
  }

  /** By count alone, so that it is the same however the entries came here. */
  #isKept(n: number): boolean {
    return n >= this.#next - LIMITS.askedEventsKept;
  }

  /** Notes what the caller of the decision at `position` was told. False where it was noted before. */
  miss(position: number, answered: string): boolean {
    if (this.#missed.has(position)) return false;
    this.#missed.set(position, { position, answered });
    if (this.#missed.size > LIMITS.missedDeadlinesKept) this.#forgetMissed();
    return true;
  }

  /** What the caller of the decision at `position` was told in its stead, or null. */
  answeredAt(position: number): string | null {
    return this.#missed.get(position)?.answered ?? null;
  }

  /** A tenth at a time, those of the lowest positions. */
  #forgetMissed(): void {
    const positions = [...this.#missed.keys()].map(Number).sort((a, b) => a - b);
    for (const position of positions.slice(0, Math.ceil(positions.length / 10)))
      this.#missed.delete(position);
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    if (this.isEmpty) return;
    this.#asked.saveChanges('a', put);
    this.#missed.saveChanges('m', put);
    const writer = new ByteWriter(16);
    writer.varint(this.#next);
    put('next', writer.finish());
  }

  changedBytes(): number {
    return this.#asked.changedBytes() + this.#missed.changedBytes();
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key === 'next') this.#next = new ByteReader(bytes).varint();
      else if (key.startsWith('a')) this.#asked.restoreBucket(key.slice(1), bytes);
      else this.#missed.restoreBucket(key.slice(1), bytes);
    }
    this.#asked.finishRestore();
    this.#missed.finishRestore();
    this.#order = [...this.#asked.values()].sort((a, b) => a.n - b.n).map(({ key, n }) => ({ key, n }));
  }

  hashContent(hash: ContentHash): void {
    for (const { key, position, n } of [...this.#asked.values()].sort((a, b) => a.n - b.n)) {
      if (this.#isKept(n)) hash.row([key, position, n]);
    }
    hash.text('missed');
    for (const { position, answered } of [...this.#missed.values()].sort((a, b) => a.position - b.position)) {
      hash.row([position, answered]);
    }
  }

  describe(): Readonly<Record<string, number>> {
    return { events: this.#asked.size, missed: this.#missed.size };
  }
}
