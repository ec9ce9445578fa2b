import type { Program } from '../../language/plan.ts';
import { type DefinitionChanges, definitionChanges } from './definition-changes.ts';
import { lookInto } from './open-folder.ts';

/** What publishing a program would change in a data folder, which is left as it is. Throws what lookInto throws. */
export function compareWithFolder(folder: string, next: Program): Promise<DefinitionChanges> {
  return lookInto(folder, async ({ fold }) => definitionChanges(fold, next, false));
}
