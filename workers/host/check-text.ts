import { RingwatchError } from '../../core/errors.ts';
import type { DefinitionProblem, DryRun } from '../../core/ports/engine.ts';
import { pack, unpack } from '../../core/pack.ts';
import { checkChange, checkRows, type NewCheck, newChecks } from '../../engine/definition-change.ts';
import type { TableState } from '../../engine/stream/table-state.ts';
import { checkDefinitions, compileDefinitions } from '../../language/compile.ts';
import { diff } from '../../language/diff.ts';
import { explain } from '../../language/explain.ts';
import { picture } from '../../language/picture.ts';
import type { Program } from '../../language/plan.ts';

/** What two texts alone say of publishing the second; the tables of the tenant may say more. */
export interface CheckedText {
  /** A DryRun, packed. */
  readonly dryRun: Uint8Array;
  /** What rows have to meet; none where there are problems already. */
  readonly newChecks: readonly NewCheck[];
}

/** What publishing a text would change where `inForce` is in force (empty: nothing is). A function of the texts alone. */
export function checkText(inForce: string, text: string, allowDrop: boolean): CheckedText {
  const { program, errors } = checkDefinitions(text);
  if (program === null)
    return { dryRun: packed({ problems: errors.map(problemOf), change: null }), newChecks: [] };
  const before = compileDefinitions(inForce);
  const difference = diff(inForce === '' ? null : before, program);
  const { text: plan, statements: planNodes, warnings } = explain(program);
  const { statements, state, errors: refusals, text: changes } = difference;
  const change = { statements, state, text: changes, plan, planNodes, picture: picture(program), warnings };
  const problems = refusals.map(problemOf);
  if (problems.length === 0) problems.push(...refusalOf(before, program, allowDrop));
  return {
    dryRun: packed({ problems, change }),
    newChecks: problems.length === 0 ? newChecks(before, program) : [],
  };
}

/** The same, with what rows in `tableOf` say. */
export function checkAgainstRows(
  { dryRun, newChecks: checks }: CheckedText,
  tableOf: (name: string) => TableState | null,
): Uint8Array {
  try {
    checkRows(checks, tableOf);
    return dryRun;
  } catch (error) {
    if (!(error instanceof RingwatchError)) throw error;
    return packed({ ...unpack<DryRun>(dryRun), problems: [problemOf(error)] });
  }
}

function packed(dryRun: DryRun): Uint8Array {
  return pack(dryRun);
}

/** What the fold itself would say, which the difference alone does not tell: drops. */
function refusalOf(before: Program, program: Program, allowDrop: boolean): DefinitionProblem[] {
  try {
    checkChange(before, program, allowDrop);
    return [];
  } catch (error) {
    if (error instanceof RingwatchError) return [problemOf(error)];
    throw error;
  }
}

/** An error of a text as plain data. */
function problemOf(error: RingwatchError): DefinitionProblem {
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
