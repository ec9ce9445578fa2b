import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { RingwatchError } from '../../core/errors.ts';

/** A file that an option of the command line names. */
interface NamedFile {
  readonly option: string;
  readonly path: string;
}

/** Refuses an output that is an input too, or another output: each would write over the other. Throws OPTION_INVALID. */
export function checkOutputFiles(inputs: readonly string[], outputs: readonly NamedFile[]): void {
  const taken = new Map(inputs.map((input) => [placeOf(input), '--input']));
  for (const { option, path: output } of outputs) {
    const place = placeOf(output);
    const other = taken.get(place);
    if (other !== undefined) {
      throw new RingwatchError('OPTION_INVALID', { option, reason: `${output} is the file of ${other} too` });
    }
    if (isFileOrNew(place)) taken.set(place, option);
  }
}

/** One text for each file, whatever names lead to it. */
function placeOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.resolve(file);
  }
}

/** Devices such as /dev/null take what several options give. */
function isFileOrNew(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}
