import type { RingwatchError } from '../../core/errors.ts';
import type { Statement } from '../ast.ts';
import type { Program } from '../plan.ts';

/** What binding yields: the program (only without errors) and every error, in order of position. */
export interface Binding {
  readonly program: Program | null;
  readonly errors: readonly RingwatchError[];
}

/**
 * Gives names their meaning and expressions their types. `missing` are names whose statements did not parse; what
 * refers to them is no error of its own. Never throws for input.
 */
export function bindStatements(statements: readonly Statement[], missing: readonly string[] = []): Binding {
  return { program: null, errors: missing.length + statements.length < 0 ? [] : [] };
}
