import { compareText } from '../core/compare.ts';
import { LIMITS } from '../core/limits.ts';
import type { ContentHash } from './state/state-part.ts';

/** A definition text that came into force. */
export interface DefinitionVersion {
  /** Counts the definitions of the log from 1. */
  readonly version: number;
  /** Of the record that brought it. */
  readonly position: number;
  readonly arrivalMicros: number;
  readonly text: string;
  /** Versions of its rules, by name. */
  readonly rules: Readonly<Record<string, number>>;
}

const PART = 'definitions';

/**
 * The definition texts of the log, the newest of them at hand, and which rules are switched off. A rule that is off stays
 * off in later texts, until it is switched on or dropped. The log tells the texts: only what is off counts as content.
 */
export class DefinitionState {
  readonly name = PART;
  #versions: DefinitionVersion[] = [];
  #disabled = new Set<string>();
  readonly #changed = new Set<string>();

  /** The newest first. */
  history(): DefinitionVersion[] {
    return [...this.#versions].reverse();
  }

  /** The text in force, or null before the first. */
  get current(): DefinitionVersion | null {
    return this.#versions.at(-1) ?? null;
  }

  isDisabled(rule: string): boolean {
    return this.#disabled.has(rule);
  }

  /** Notes a text that comes into force. Rules that it does not have are no longer off. */
  define(version: Omit<DefinitionVersion, 'version'>): void {
    const number = (this.current?.version ?? 0) + 1;
    this.#versions.push({ version: number, ...version });
    this.#changed.add(keyOf(number));
    const kept = [...this.#disabled].filter((rule) => Object.hasOwn(version.rules, rule));
    if (kept.length < this.#disabled.size) this.#setDisabled(new Set(kept));
    this.#forgetOld();
  }

  setEnabled(rule: string, enabled: boolean): void {
    if (enabled !== this.#disabled.has(rule)) return;
    const disabled = new Set(this.#disabled);
    if (enabled) disabled.delete(rule);
    else disabled.add(rule);
    this.#setDisabled(disabled);
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    for (const key of this.#changed) {
      if (key === 'disabled') put(key, Buffer.from(JSON.stringify([...this.#disabled].sort(compareText))));
      else {
        const version = this.#versions.find((each) => keyOf(each.version) === key);
        put(key, version === undefined ? null : Buffer.from(JSON.stringify(version)));
      }
    }
    this.#changed.clear();
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    for (const { key, bytes } of entries) {
      const json: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
      if (key === 'disabled') this.#disabled = new Set(json as string[]);
      else this.#versions.push(json as DefinitionVersion);
    }
  }

  /** Adds nothing where no rule is off. */
  hashContent(hash: ContentHash): void {
    if (this.#disabled.size > 0) hash.row(['disabled', ...[...this.#disabled].sort(compareText)]);
  }

  #setDisabled(disabled: Set<string>): void {
    this.#disabled = disabled;
    this.#changed.add('disabled');
  }

  #forgetOld(): void {
    let bytes = this.#versions.reduce((sum, { text }) => sum + text.length, 0);
    while (
      this.#versions.length > LIMITS.definitionVersionsKept ||
      (bytes > LIMITS.definitionHistoryBytes && this.#versions.length > 1)
    ) {
      const oldest = this.#versions.shift();
      bytes -= oldest?.text.length ?? 0;
      this.#changed.add(keyOf(oldest?.version ?? 0));
    }
  }
}

/** In byte order as by number. */
function keyOf(version: number): string {
  return `version ${String(version).padStart(9, '0')}`;
}
