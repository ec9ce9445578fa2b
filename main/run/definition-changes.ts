import { RingwatchError } from '../../core/errors.ts';
import type { Fold } from '../../engine/fold.ts';
import { diff, type ProgramDiff, type StatementChange } from '../../language/diff.ts';
import type { Program } from '../../language/plan.ts';

/** What publishing a program would change in a fold. */
export interface DefinitionChanges {
  /** The position that the definitions would have. */
  readonly position: number;
  /** One a change; none where the fold has no definitions yet. */
  readonly lines: readonly string[];
  /** What no option allows. */
  readonly errors: ProgramDiff['errors'];
}

/** Compares a program with the one in force. `allowDrop`: whether statements that it lacks may go. */
export function definitionChanges(fold: Fold, next: Program, allowDrop: boolean): DefinitionChanges {
  const position = fold.position + 1;
  if (fold.definitions === '') return { position, lines: [], errors: [] };
  const { statements, text, errors } = diff(fold.program, next);
  const notes = new Map(statements.map((each) => [lineOf(each), noteOf(each, fold, allowDrop)]));
  const lines = text.trimEnd().split('\n');
  return {
    position,
    lines: lines.map((line) => line + (notes.get(line) ?? '')),
    errors: errors.length > 0 ? errors : unmetBy(fold, next),
  };
}

/** The CHECK that rows of the fold break, as an error. */
function unmetBy(fold: Fold, next: Program): ProgramDiff['errors'] {
  try {
    fold.checkNext(next, true);
    return [];
  } catch (error) {
    if (error instanceof RingwatchError) return [error];
    throw error;
  }
}

function lineOf({ what, name, change }: StatementChange): string {
  return `${change} ${what} ${name}`;
}

function noteOf({ what, name, change }: StatementChange, fold: Fold, allowDrop: boolean): string {
  if (change === 'dropped') return allowDrop ? '' : ' (needs --allow-drop)';
  if (what !== 'rule' || change === 'unchanged') return '';
  return ` (version ${fold.lastVersionOf(name) + 1})`;
}
