import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Program } from '../../language/plan.ts';
import { describeProgram } from '../console/describe-program.ts';
import type { Terminal } from '../console/terminal.ts';

/** `ringwatch check`: parses, binds and plans definitions, and says every error with its place. */
export const checkCommand: Command = {
  name: 'check',
  usage: 'FILE.sql [--explain [--json]] [--picture] [--data DIR]',
  summary: 'Checks a definition file and says every error with its place',
  details: `
Errors go to standard error, each as FILE:LINE:COLUMN with the line, a caret, a hint and what to do. The plan and the
picture go to standard output. Exit code 0: the file can be run; 1: it has errors.

  ringwatch check rules.sql
  ringwatch check rules.sql --picture > rules.mmd`,
  options: {
    explain: { value: null, text: 'prints the plan: what each view, graph, rule and query does' },
    json: { value: null, text: 'prints the plan as JSON' },
    picture: { value: null, text: 'prints a Mermaid graph of what flows where' },
    data: { value: 'DIR', text: 'a dry run: prints what the file would change in a data folder' },
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
  const folder = parsed.value('data');
  if (parsed.has('explain')) await printPlan(program, parsed.has('json'), terminal);
  if (parsed.has('picture')) {
    const { picture } = await import('../../language/picture.ts');
    terminal.out(picture(program).trimEnd());
  }
  if (folder !== null) return printChange(folder, program, terminal);
  if (!parsed.has('explain') && !parsed.has('picture')) terminal.out(`${file}: ${describeProgram(program)}`);
  return EXIT.ok;
}

async function printPlan(program: Program, asJson: boolean, terminal: Terminal): Promise<void> {
  const { explain } = await import('../../language/explain.ts');
  const { statements, text, warnings } = explain(program);
  terminal.out(asJson ? JSON.stringify({ statements, warnings }, null, 2) : text.trimEnd());
  for (const warning of warnings) terminal.err(`${terminal.paint('yellow', 'warning')}: ${warning}`);
}

/** Says what a folder's definitions would become. What may never change is an error; what would be dropped is not. */
async function printChange(folder: string, program: Program, terminal: Terminal): Promise<number> {
  const { compareWithFolder } = await import('../run/compare-with-folder.ts');
  const { lines, errors } = await compareWithFolder(folder, program);
  terminal.out(lines.length === 0 ? 'the folder has no definitions yet' : lines.join('\n'));
  return errors.length === 0 ? EXIT.ok : EXIT.error;
}
