import type { Option } from '../ast.ts';
import { intervalMicros } from './bind-literal.ts';
import type { Diagnostics } from './diagnostics.ts';

/** What an option of WITH (…) takes. `refused` is named as not built yet. */
export type OptionKind =
  | { readonly kind: 'interval' }
  | { readonly kind: 'text' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'refused'; readonly feature: string };

/** WITH (backfill = …): what fills operators whose plan is new. */
export const BACKFILL: OptionKind = {
  kind: 'choice',
  of: ['none', 'log'],
};

/** The options of a statement, checked: by name, the value read. Options with errors are left out. */
export class Options {
  readonly #values = new Map<string, { readonly option: Option; readonly value: string | number }>();

  constructor(
    options: readonly Option[],
    kinds: Readonly<Record<string, OptionKind>>,
    what: string,
    diagnostics: Diagnostics,
  ) {
    for (const option of options) {
      const { name } = option.name;
      const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
      if (kind === undefined) {
        const known = Object.keys(kinds).filter((candidate) => kinds[candidate]?.kind !== 'refused');
        diagnostics.unknown(`option of ${what}`, name, option.at, known);
        continue;
      }
      if (this.#values.has(name)) {
        diagnostics.duplicate('option', option.name);
        continue;
      }
      const value = readOption(option, kind, diagnostics);
      if (value !== null) this.#values.set(name, { option, value });
    }
  }

  /** Microseconds of an interval option, or null where it is not given. */
  micros(name: string): number | null {
    const value = this.#values.get(name)?.value;
    return typeof value === 'number' ? value : null;
  }

  text(name: string): string | null {
    const value = this.#values.get(name)?.value;
    return typeof value === 'string' ? value : null;
  }

  /** The option as written, for errors about it. */
  written(name: string): Option | null {
    return this.#values.get(name)?.option ?? null;
  }
}

function readOption(option: Option, kind: OptionKind, diagnostics: Diagnostics): string | number | null {
  const { name } = option.name;
  const { value, valueAt } = option;
  if (kind.kind === 'refused') return diagnostics.notBuilt(kind.feature, option.at);
  if (typeof value !== 'string') {
    return diagnostics.mismatch(
      `the option ${name}`,
      "a text in quotes, like '5 minutes'",
      `the ${typeof value} ${String(value)}`,
      valueAt,
    );
  }
  switch (kind.kind) {
    case 'interval': {
      const micros = intervalMicros(value, valueAt, diagnostics);
      if (micros !== null && micros < 0) {
        return diagnostics.invalid(`the option ${name} must not be negative`, valueAt);
      }
      return micros;
    }
    case 'choice':
      if (kind.of.includes(value)) return value;
      return diagnostics.unknown(`value of the option ${name}`, `'${value}'`, valueAt, kind.of);
    case 'text':
      return value;
  }
}
