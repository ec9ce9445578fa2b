import type { RingwatchError } from '../core/errors.ts';
import type { Statement } from './ast.ts';

/** What a text says: the statements that were read, in written order, and every error, in order of position. */
export interface Definitions {
  readonly statements: readonly Statement[];
  readonly errors: readonly RingwatchError[];
}

/**
 * Reads a definition text. Never throws for input: a statement that does not parse adds its first error and is left
 * out, and reading goes on after its `;`. Errors are SYNTAX, NOT_BUILT, NESTING_TOO_DEEP, TEXT_TOO_LARGE,
 * INVALID_DEFINITION and DUPLICATE_NAME, each with its position and, where there is one, a hint.
 */
export function parseDefinitions(text: string): Definitions {
  throw new Error(`under construction: ${text.length}`);
}
