import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import { describeProgram } from '../console/describe-program.ts';
import type { Terminal } from '../console/terminal.ts';

/** `ringwatch check`: parses, binds and plans definitions, and says every error with its place. */
export const checkCommand: Command = {
  name: 'check',
  usage: 'FILE.sql [--explain] [--picture]',
  summary: 'Checks a definition file and says every error with its place',
  details: `
Errors go to standard error, each as FILE:LINE:COLUMN with the line, a caret, a hint and what to do. The plan and the
picture go to standard output. Exit code 0: the file can be run; 1: it has errors.

  ringwatch check rules.sql
  ringwatch check rules.sql --picture > rules.mmd`,
  options: {
    explain: { value: null, text: 'prints the plan: what each view, graph, rule and query does' },
    picture: { value: null, text: 'prints a Mermaid graph of what flows where' },
  },
  positionals: { min: 1, max: 1, names: ['a definition file'] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const file = parsed.positionals[0] as string;
  const { compileFile } = await import('../run/compile-file.ts');
  const compiled = compileFile(file, terminal);
  if (compiled === null) return EXIT.error;
  const { program } = compiled;
  if (parsed.has('explain')) {
    const { explain } = await import('../../language/explain.ts');
    const explanation = explain(program);
    terminal.out(explanation.text.trimEnd());
    for (const warning of explanation.warnings)
      terminal.err(`${terminal.paint('yellow', 'warning')}: ${warning}`);
  }
  if (parsed.has('picture')) {
    const { picture } = await import('../../language/picture.ts');
    terminal.out(picture(program).trimEnd());
  }
  if (!parsed.has('explain') && !parsed.has('picture')) terminal.out(`${file}: ${describeProgram(program)}`);
  return EXIT.ok;
}
