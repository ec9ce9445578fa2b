import { type ErrorCode, type ErrorDetails, RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import { type SqlType, typeName } from '../../core/types.ts';
import type { Identifier } from '../ast.ts';

/** How many known names a hint lists when none is near. */
const NAMES_LISTED_MAX = 8;

/**
 * Collects the errors of a text. Every reporting method returns null, which the binder passes up as "already said":
 * whatever builds on it stays silent.
 */
export class Diagnostics {
  readonly #errors: RingwatchError[] = [];
  readonly #seen = new Set<string>();
  #count = 0;

  /** Every error so far, in order of position; one a place, the first that was reported there. */
  get errors(): readonly RingwatchError[] {
    return this.#errors.toSorted((a, b) => (a.position?.offset ?? 0) - (b.position?.offset ?? 0));
  }

  /** Grows with every error, shown or not: to tell whether a part of the text had any. */
  get count(): number {
    return this.#count;
  }

  /** Whether as many errors are held as are shown; further ones are counted only. */
  get isFull(): boolean {
    return this.#errors.length >= LIMITS.definitionErrorsMax;
  }

  report(code: ErrorCode, details: ErrorDetails, at: SourcePosition, hint: string | null = null): null {
    const place = `${at.offset}/${code}`;
    if (this.#seen.has(place)) return null;
    this.#count++;
    if (this.isFull) return null;
    this.#seen.add(place);
    this.#errors.push(new RingwatchError(code, details, { position: at, hint }));
    return null;
  }

  /** UNKNOWN_NAME; the hint is the nearest of the candidates, or lists them where they are few. */
  unknown(
    what: string,
    name: string,
    at: SourcePosition,
    candidates: readonly string[],
    hint: string | null = null,
  ): null {
    const shown = this.isFull ? null : (hint ?? nameHint(name, candidates, what));
    return this.report('UNKNOWN_NAME', { what, name }, at, shown);
  }

  duplicate(what: string, name: Identifier): null {
    return this.report('DUPLICATE_NAME', { what, name: name.name }, name.at);
  }

  mismatch(
    what: string,
    expected: string,
    found: SqlType | string,
    at: SourcePosition,
    hint: string | null = null,
  ): null {
    const foundName = typeof found === 'string' ? found : typeName(found);
    return this.report('TYPE_MISMATCH', { what, expected, found: foundName }, at, hint);
  }

  invalid(reason: string, at: SourcePosition, hint: string | null = null): null {
    return this.report('INVALID_DEFINITION', { reason }, at, hint);
  }

  notBuilt(feature: string, at: SourcePosition, hint: string | null = null): null {
    return this.report('NOT_BUILT', { feature }, at, hint);
  }

  /** Runs a parser of core; an operating error that it throws is reported at `at`. */
  attempt<T>(at: SourcePosition, parse: () => T): T | null {
    try {
      return parse();
    } catch (error) {
      if (error instanceof RingwatchError) return this.report(error.code, error.details, at, error.hint);
      throw error;
    }
  }
}

/** "Did you mean payer?", or the known names where they are few; null where nothing is known. */
export function nameHint(name: string, candidates: readonly string[], what = ''): string | null {
  const hint = nearestHint(name, candidates);
  if (hint !== null) return hint;
  // Only in double quotes does a name hold such letters.
  if (/^(column|variable)/.test(what) && !/^\$?[a-z_\u0080-\uffff][a-z0-9_$.\u0080-\uffff]*$/.test(name)) {
    return `Double quotes are for names; the text is written '${name}'.`;
  }
  const known = [...new Set(candidates)];
  if (known.length === 0 || known.length > NAMES_LISTED_MAX) return null;
  return `Known here: ${known.join(', ')}.`;
}
