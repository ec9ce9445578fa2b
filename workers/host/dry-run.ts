import { RingwatchError } from '../../core/errors.ts';
import type { DefinitionProblem, DryRun } from '../../core/ports/engine.ts';
import type { Fold } from '../../engine/fold.ts';
import { checkDefinitions } from '../../language/compile.ts';
import { diff } from '../../language/diff.ts';
import { explain } from '../../language/explain.ts';
import { picture } from '../../language/picture.ts';

/** What publishing a text would change in the state of a fold, which it leaves as it is. */
export function dryRun(fold: Fold, text: string, allowDrop: boolean): DryRun {
  const { program, errors } = checkDefinitions(text);
  if (program === null) return { problems: errors.map(problemOf), change: null };
  const { statements, state, errors: refusals, text: changes } = diff(programOf(fold), program);
  const { text: plan, statements: planNodes, warnings } = explain(program);
  const change = { statements, state, text: changes, plan, planNodes, picture: picture(program), warnings };
  const problems = refusals.map(problemOf);
  if (problems.length === 0) problems.push(...refusalOf(fold, text, allowDrop));
  return { problems, change };
}

function programOf(fold: Fold): Fold['program'] | null {
  return fold.definitions === '' ? null : fold.program;
}

/** What the fold itself would say, which the difference alone does not tell: drops, and work without an end. */
function refusalOf(fold: Fold, text: string, allowDrop: boolean): DefinitionProblem[] {
  try {
    fold.backfillsOf({ kind: 'definitions', arrivalMicros: 0, text, allowDrop });
    return [];
  } catch (error) {
    if (error instanceof RingwatchError) return [problemOf(error)];
    throw error;
  }
}

/** An error of a text as plain data. */
export function problemOf(error: RingwatchError): DefinitionProblem {
  const { code, message, position, hint, mend } = error;
  return {
    code,
    message,
    line: position?.line ?? null,
    column: position?.column ?? null,
    offset: position?.offset ?? null,
    hint,
    mend,
  };
}
