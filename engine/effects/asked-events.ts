import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { compareText } from '../../core/compare.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { AnsweredBefore } from '../../core/ports/engine.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { KeyedState } from '../state/keyed-state.ts';

/** The newest event of a key that someone waits for. */
interface Asked {
  readonly key: string;
  /** Of the event whose answer holds for the key: its own, or the one that it repeats; -1 where it has none. */
  readonly position: number;
  /** Whether it is the first with its key, so that a deadline after it says what the first caller was told. */
  readonly isFirst: boolean;
  /** Whether a decision was made at the position: of a late or rejected event there is none. */
  readonly isDecided: boolean;
  /** Counts all of them: the oldest go first. */
  readonly n: number;
}

/** What a caller was told when the deadline passed. */
interface Missed {
  readonly position: number;
  readonly answered: string;
}

/** The same by key. */
interface Told {
  readonly key: string;
  /** Of the event; -1 where the log has none: it was rejected, or came for other columns. */
  readonly position: number;
  readonly answered: string;
  /** Asked events before it. */
  readonly n: number;
}

const IS_FIRST = 1;
const IS_DECIDED = 2;

/**
 * Which event a `deadline` record speaks of, and what callers were told then, so that whoever asks again is told the same:
 * also of an event that is late or rejected, whose key its source does not remember. A deadline follows its event within
 * moments, so that the newest LIMITS.askedEventsKept events are enough; what was told is kept for the newest
 * LIMITS.missedDeadlinesKept of them.
 */
export class AskedEvents implements StatePart {
  readonly name = 'asked';
  #next = 0;
  readonly #asked = new KeyedState<Asked>({
    write: (writer, _key, { key, position, isFirst, isDecided, n }) => {
      writer.text(key);
      writer.integer(position);
      writer.u8((isFirst ? IS_FIRST : 0) | (isDecided ? IS_DECIDED : 0));
      writer.varint(n);
    },
    read: (reader) => {
      const key = reader.text();
      const position = reader.integer() as number;
      const flags = reader.u8();
      const [isFirst, isDecided] = [(flags & IS_FIRST) !== 0, (flags & IS_DECIDED) !== 0];
      return { key, value: { key, position, isFirst, isDecided, n: reader.varint() } };
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
  readonly #told = new KeyedState<Told>({
    write: (writer, _key, { key, position, answered, n }) => {
      writer.text(key);
      writer.integer(position);
      writer.text(answered);
      writer.varint(n);
    },
    read: (reader) => {
      const [key, position] = [reader.text(), reader.integer() as number];
      return { key, value: { key, position, answered: reader.text(), n: reader.varint() } };
    },
  });
  /** Keys and positions in the order in which they go. */
  #order: { readonly key: string; readonly n: number }[] = [];
  #gone = 0;

  get isEmpty(): boolean {
    return this.#next === 0 && this.#told.size === 0;
  }

  /** Notes an accepted event that someone waits for: its decision is the answer for its key from here on. */
  decided(source: string, key: readonly string[], position: number): void {
    this.#note(nameOf(source, key), { position, isFirst: true, isDecided: true });
  }

  /** Notes an event that someone waits for, whose key its source remembers from the event at `position`. */
  repeated(source: string, key: readonly string[], position: number): void {
    this.#note(nameOf(source, key), { position, isFirst: false, isDecided: true });
  }

  /**
   * Notes an event that someone waits for and that is not decided: late (`position` is its own), or rejected (-1). Returns
   * what was answered for its key before; null where it is the first, or the first was not decided either.
   */
  undecided(source: string, key: readonly string[], position: number): AnsweredBefore | null {
    const name = nameOf(source, key);
    const told = this.#told.get(name);
    const before = this.#kept(name);
    this.#note(name, {
      position: before?.position ?? position,
      isFirst: before === null && told === undefined,
      isDecided: before?.isDecided ?? false,
    });
    const text = key.join(',');
    if (told !== undefined) return { key: text, position: told.position, answered: told.answered };
    if (before === null) return null;
    const answered = this.answeredAt(before.position);
    if (answered === null && !before.isDecided) return null;
    return { key: text, position: before.position, answered };
  }

  #note(key: string, what: Pick<Asked, 'position' | 'isFirst' | 'isDecided'>): void {
    const n = this.#next++;
    this.#asked.set(key, { key, ...what, n });
    this.#order.push({ key, n });
    for (let oldest = this.#order[this.#gone]; oldest !== undefined; oldest = this.#order[this.#gone]) {
      if (this.#isKept(oldest.n)) break;
      this.#gone++;
      if (this.#asked.get(oldest.key)?.n === oldest.n) this.#asked.delete(oldest.key);
    }
    if (this.#gone < LIMITS.askedEventsKept) return;
    this.#order = this.#order.slice(this.#gone);
    this.#gone = 0;
  }

  #kept(name: string): Asked | null {
    const asked = this.#asked.get(name);
    return asked === undefined || !this.#isKept(asked.n) ? null : asked;
  }

  /** By count alone, so that it is the same however the entries came here. */
  #isKept(n: number): boolean {
    return n >= this.#next - LIMITS.askedEventsKept;
  }

  /** Notes what the caller for the event at `position` was told. False where it was noted before. */
  miss(position: number, answered: string): boolean {
    if (this.#missed.has(position)) return false;
    this.#missed.set(position, { position, answered });
    if (this.#missed.size > LIMITS.missedDeadlinesKept) this.#forgetMissed();
    return true;
  }

  /**
   * Notes what the caller of the newest event with the key was told. Returns the event's position; -1 where the log has
   * none, and where the answer to an earlier caller holds.
   */
  missByKey(source: string, key: readonly string[], answered: string): number {
    const name = nameOf(source, key);
    const asked = this.#kept(name);
    if (asked !== null && !asked.isFirst) return -1;
    const position = asked?.position ?? -1;
    if (position < 0 ? this.#told.has(name) : !this.miss(position, answered)) return -1;
    this.#told.set(name, { key: name, position, answered, n: this.#next });
    if (this.#told.size > LIMITS.missedDeadlinesKept) this.#forgetTold();
    return position;
  }

  /**
   * An event is accepted with the key, at `position`. Returns what a caller was told for the key when the log had no event
   * with it: that holds for this one. Null where there was none.
   */
  settleTold(source: string, key: readonly string[], position: number): string | null {
    if (this.#told.size === 0) return null;
    const name = nameOf(source, key);
    const told = this.#told.get(name);
    if (told === undefined || told.position >= 0) return null;
    this.#told.set(name, { ...told, position });
    this.miss(position, told.answered);
    return told.answered;
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

  /** A tenth at a time, the oldest. */
  #forgetTold(): void {
    const oldest = [...this.#told.values()].sort((a, b) => a.n - b.n || compareText(a.key, b.key));
    for (const { key } of oldest.slice(0, Math.ceil(oldest.length / 10))) this.#told.delete(key);
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    if (this.isEmpty) return;
    this.#asked.saveChanges('k', put);
    this.#missed.saveChanges('m', put);
    this.#told.saveChanges('t', put);
    const writer = new ByteWriter(16);
    writer.varint(this.#next);
    put('next', writer.finish());
  }

  changedBytes(): number {
    return this.#asked.changedBytes() + this.#missed.changedBytes() + this.#told.changedBytes();
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key === 'next') this.#next = new ByteReader(bytes).varint();
      else if (key.startsWith('k')) this.#asked.restoreBucket(key.slice(1), bytes);
      else if (key.startsWith('m')) this.#missed.restoreBucket(key.slice(1), bytes);
      else if (key.startsWith('t')) this.#told.restoreBucket(key.slice(1), bytes);
      else {
        // Builds before this one kept less of asked events: the log is folded again.
        const reason = `its entry ${key} is of another build`;
        throw new RingwatchError('CHECKPOINT_CORRUPT', { path: 'the data folder', reason });
      }
    }
    this.#asked.finishRestore();
    this.#missed.finishRestore();
    this.#told.finishRestore();
    this.#order = [...this.#asked.values()].sort((a, b) => a.n - b.n).map(({ key, n }) => ({ key, n }));
  }

  hashContent(hash: ContentHash): void {
    for (const { key, position, isFirst, isDecided, n } of [...this.#asked.values()].sort(
      (a, b) => a.n - b.n,
    )) {
      if (this.#isKept(n)) hash.row([key, position, isFirst, isDecided, n]);
    }
    hash.text('missed');
    for (const { position, answered } of [...this.#missed.values()].sort((a, b) => a.position - b.position)) {
      hash.row([position, answered]);
    }
    hash.text('told');
    for (const { key, position, answered } of [...this.#told.values()].sort((a, b) =>
      compareText(a.key, b.key),
    )) {
      hash.row([key, position, answered]);
    }
  }

  describe(): Readonly<Record<string, number>> {
    return { events: this.#asked.size, missed: this.#missed.size };
  }
}

function nameOf(source: string, key: readonly string[]): string {
  return JSON.stringify([source, ...key]);
}
