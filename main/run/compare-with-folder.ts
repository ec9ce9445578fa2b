import { diff, type ProgramDiff } from '../../language/diff.ts';
import type { Program } from '../../language/plan.ts';
import { lookInto } from './open-folder.ts';

/** What publishing a program would change in a data folder, which is left as it is. Throws what lookInto throws. */
export function compareWithFolder(folder: string, next: Program): Promise<ProgramDiff> {
  return lookInto(folder, async ({ fold }) => diff(fold.definitions === '' ? null : fold.program, next));
}
