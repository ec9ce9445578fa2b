import { present } from '../../core/assert.ts';
import { compareText } from '../../core/compare.ts';
import type { Fingerprint } from '../../language/plan.ts';
import { KeyEncoder } from '../state/key-encoder.ts';
import { KeyedState } from '../state/keyed-state.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';

/** What is remembered of a rule by its name, for good: a rule that is dropped and comes back goes on counting. */
interface RuleRecord {
  version: number;
  /** Of the plan that has this version; '' while the rule is dropped. */
  fingerprint: Fingerprint;
  /** The position at which it last said something, and how many things it has said there. */
  position: number;
  said: number;
}

/** The last raised alert of a rule with a key: its event time, and from when on the next one is raised again. */
interface Raised {
  readonly rule: string;
  readonly key: string;
  readonly timeMicros: number;
  readonly untilMicros: number;
}

/** Versions of rules, what ids they have given out, and which alerts SUPPRESS holds back. */
export class RuleMemory implements StatePart {
  readonly name = 'rules';
  readonly #rules = new KeyedState<RuleRecord>({
    write: (writer, key, { version, fingerprint, position, said }) => {
      writer.text(key as string);
      writer.varint(version);
      writer.text(fingerprint);
      writer.varint(position);
      writer.varint(said);
    },
    read: (reader) => ({
      key: reader.text(),
      value: {
        version: reader.varint(),
        fingerprint: reader.text(),
        position: reader.varint(),
        said: reader.varint(),
      },
    }),
  });
  readonly #raised = new KeyedState<Raised>({
    write: (writer, _key, { rule, key, timeMicros, untilMicros }) => {
      writer.text(rule);
      writer.text(key);
      writer.f64(timeMicros);
      writer.f64(untilMicros);
    },
    read: (reader) => {
      const rule = reader.text();
      const key = reader.text();
      const value = { rule, key, timeMicros: reader.f64(), untilMicros: reader.f64() };
      return { key: this.#keyOf(rule, key), value };
    },
  });
  readonly #encoder = new KeyEncoder();
  /** Size at which entries that hold nothing back any more are next looked for. */
  #sweepAt = 1024;

  /** Notes which rules there are now. Returns those whose plan is another than before: they forget their alerts. */
  define(rules: readonly { readonly name: string; readonly fingerprint: Fingerprint }[]): string[] {
    const changed: string[] = [];
    const names = new Set(rules.map(({ name }) => name));
    for (const [name, record] of [...this.#rules.entries()]) {
      if (names.has(name as string) || record.fingerprint === '') continue;
      record.fingerprint = '';
      this.#rules.touch(name);
      changed.push(name as string);
    }
    for (const { name, fingerprint } of rules) {
      const known = this.#rules.get(name);
      if (known?.fingerprint === fingerprint) continue;
      if (known !== undefined) changed.push(name);
      const version = (known?.version ?? 0) + 1;
      this.#rules.set(name, { version, fingerprint, position: known?.position ?? 0, said: known?.said ?? 0 });
    }
    return changed;
  }

  versionOf(rule: string): number {
    return present(this.#rules.get(rule), `rule ${rule}`).version;
  }

  /** 0 for a rule that never was. */
  lastVersionOf(rule: string): number {
    return this.#rules.get(rule)?.version ?? 0;
  }

  /** The number n of the next thing that the rule says at the position: 0, 1, … */
  nextNumber(rule: string, position: number): number {
    const record = present(this.#rules.get(rule), `rule ${rule}`);
    if (record.position !== position) {
      record.position = position;
      record.said = 0;
    }
    this.#rules.touch(rule);
    return record.said++;
  }

  /** Forgets which alerts of the rule were raised. */
  forget(rule: string): void {
    for (const [key, raised] of [...this.#raised.entries()])
      if (raised.rule === rule) this.#raised.delete(key);
  }

  /**
   * Whether an alert is raised: not when its event time is before that of the last raised one plus the interval. One
   * that is raised is remembered.
   */
  raise(rule: string, key: string, timeMicros: number, suppressMicros: number): boolean {
    const place = this.#keyOf(rule, key);
    const last = this.#raised.get(place);
    if (last !== undefined && timeMicros < last.untilMicros) return false;
    this.#raised.set(place, { rule, key, timeMicros, untilMicros: timeMicros + suppressMicros });
    return true;
  }

  /**
   * Drops entries that can hold nothing back any more: rows to come of the rule have a time at or after
   * `horizonOf(rule)`. Now and then only; nothing depends on when.
   */
  sweep(horizonOf: (rule: string) => number): void {
    if (this.#raised.size < this.#sweepAt) return;
    for (const [key, { rule, untilMicros }] of [...this.#raised.entries()]) {
      if (untilMicros <= horizonOf(rule)) this.#raised.delete(key);
    }
    this.#sweepAt = Math.max(1024, this.#raised.size * 2);
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    this.#rules.saveChanges('r', put);
    this.#raised.saveChanges('s', put);
  }

  changedBytes(): number {
    return this.#rules.changedBytes() + this.#raised.changedBytes();
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      if (key.startsWith('r')) this.#rules.restoreBucket(key.slice(1), bytes);
      else this.#raised.restoreBucket(key.slice(1), bytes);
    }
    this.#rules.finishRestore();
    this.#raised.finishRestore();
  }

  hashContent(hash: ContentHash): void {
    this.hashLive(hash, () => Number.NEGATIVE_INFINITY);
  }

  /** hashContent without entries that can hold nothing back any more. */
  hashLive(hash: ContentHash, horizonOf: (rule: string) => number): void {
    hash.text(this.name);
    const rules = [...this.#rules.entries()].sort(([a], [b]) => compareText(a as string, b as string));
    for (const [name, { version, fingerprint }] of rules) hash.row([name as string, version, fingerprint]);
    const raised = [...this.#raised.values()].filter(
      ({ rule, untilMicros }) => untilMicros > horizonOf(rule),
    );
    raised.sort((a, b) => compareText(a.rule, b.rule) || compareText(a.key, b.key));
    for (const { rule, key, timeMicros, untilMicros } of raised)
      hash.row([rule, key, timeMicros, untilMicros]);
  }

  describe(): Readonly<Record<string, number>> {
    return { rules: this.#rules.size, suppressing: this.#raised.size };
  }

  #keyOf(rule: string, key: string): string {
    this.#encoder.values([rule, key]);
    return this.#encoder.text();
  }
}
