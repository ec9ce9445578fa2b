import type { RingwatchError } from '../../core/errors.ts';
import { checkDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import { reportError } from '../console/error-report.ts';
import type { Terminal } from '../console/terminal.ts';
import { readDefinitions } from '../files.ts';

/** The text and program of a file, or null after all its errors were said. Throws the errors of reading the file. */
export function compileFile(file: string, terminal: Terminal): { text: string; program: Program } | null {
  const text = readDefinitions(file);
  const { program, errors } = checkDefinitions(text);
  if (program !== null) return { text, program };
  reportDefinitionErrors(errors, file, text, terminal);
  return null;
}

/** Says all errors of a definition text, and how many they are. */
function reportDefinitionErrors(
  errors: readonly RingwatchError[],
  file: string,
  text: string,
  terminal: Terminal,
): void {
  for (const error of errors) {
    for (const line of reportError(error, file, text, terminal)) terminal.err(line);
    terminal.err('');
  }
  terminal.err(`${file}: ${errors.length} error${errors.length === 1 ? '' : 's'}`);
}
