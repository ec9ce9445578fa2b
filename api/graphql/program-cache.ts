import { createHash } from 'node:crypto';
import { checkDefinitions } from '../../language/compile.ts';
import type { Program, RulePlan } from '../../language/plan.ts';

/** What a definition text says beyond what the engine tells of it. */
export interface KnownProgram {
  readonly program: Program | null;
  /** The text of a statement by what it creates and its name: `createRule cash_out`. */
  readonly statements: ReadonlyMap<string, string>;
  readonly rules: ReadonlyMap<string, RulePlan>;
}

/** Texts kept; the least recently used goes. */
const TEXTS_KEPT = 32;

/** Compiled definition texts, for what the console shows of statements. A text is compiled once. */
export class ProgramCache {
  readonly #known = new Map<string, KnownProgram>();

  /** What the text says. It is in force or has been, so it compiles; where it does not any more, nothing is known. */
  of(text: string): KnownProgram {
    const key = createHash('sha256').update(text).digest('base64');
    const known = this.#known.get(key) ?? compile(text);
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= TEXTS_KEPT) break;
      this.#known.delete(oldest);
    }
    return known;
  }
}

function compile(text: string): KnownProgram {
  const { program, statements } = checkDefinitions(text);
  return {
    program,
    statements: new Map(statements.map((one) => [`${one.kind} ${one.name.name}`, one.text])),
    rules: new Map((program?.rules ?? []).map((rule) => [rule.name, rule])),
  };
}
