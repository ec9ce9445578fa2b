import { checkDefinitions } from '../../language/compile.ts';
import { DefinitionErrors } from '../../language/definition-errors.ts';
import { explain } from '../../language/explain.ts';
import { picture } from '../../language/picture.ts';
import type { Program } from '../../language/plan.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import { reportError } from '../console/error-report.ts';
import type { Terminal } from '../console/terminal.ts';
import { readDefinitions } from '../files.ts';

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
  const program = compileFile(file, terminal);
  if (program === null) return EXIT.error;
  if (parsed.has('explain')) {
    const explanation = explain(program);
    terminal.out(explanation.text.trimEnd());
    for (const warning of explanation.warnings)
      terminal.err(`${terminal.paint('yellow', 'warning')}: ${warning}`);
  }
  if (parsed.has('picture')) terminal.out(picture(program).trimEnd());
  if (!parsed.has('explain') && !parsed.has('picture')) terminal.out(`${file}: ${countsOf(program)}`);
  return EXIT.ok;
}

/** The program of a file, or null after all its errors were said. Throws the errors of reading the file. */
function compileFile(file: string, terminal: Terminal): Program | null {
  const text = readDefinitions(file);
  const { program, errors } = checkDefinitions(text);
  if (program !== null) return program;
  reportDefinitionErrors(new DefinitionErrors(errors), file, text, terminal);
  return null;
}

/** Says all errors of a definition text, and how many they are. */
export function reportDefinitionErrors(
  failure: DefinitionErrors,
  file: string,
  text: string,
  terminal: Terminal,
): void {
  for (const error of failure.errors) {
    for (const line of reportError(error, file, text, terminal)) terminal.err(line);
    terminal.err('');
  }
  terminal.err(`${file}: ${plural(failure.errors.length, 'error')}`);
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function countsOf(program: Program): string {
  const counts: readonly (readonly [number, string, string])[] = [
    [program.sources.length, 'source', 'sources'],
    [program.tables.length, 'table', 'tables'],
    [program.views.length, 'view', 'views'],
    [program.graphs.length, 'graph', 'graphs'],
    [program.decisions.length, 'decision', 'decisions'],
    [program.rules.length, 'rule', 'rules'],
    [program.queries.length, 'query', 'queries'],
  ];
  const present = counts.filter(([count]) => count > 0);
  if (present.length === 0) return 'no definitions';
  return present.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(', ');
}
