import type { ResultJson } from '../../engine/dag/rule-outcome.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import { drawTable } from '../console/table.ts';
import type { Terminal } from '../console/terminal.ts';
import type { QueryAnswer } from '../run/run-query.ts';

/** `ringwatch query`: runs a query of the definitions on a data folder. */
export const queryCommand: Command = {
  name: 'query',
  usage: 'DIR NAME [param=value …] [--json]',
  summary: 'Runs a query of the definitions on the state of a data folder',
  details: `
The folder is recovered in memory and left as it is. Values are read as the types of the parameters say; a parameter
without a default must be given.

  ringwatch query state around account=4026`,
  options: {
    json: { value: null, text: 'prints the rows as JSON, with the trace of the job' },
  },
  positionals: { min: 2, max: 64, names: ['a data folder', 'the name of a query'] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const [folder = '', name = '', ...parameters] = parsed.positionals;
  const { runQuery } = await import('../run/run-query.ts');
  const answer = await runQuery(folder, name, parameters);
  if (parsed.has('json')) terminal.out(JSON.stringify(asJson(answer), null, 2));
  else for (const line of readable(answer)) terminal.out(line);
  if (answer.partial)
    terminal.err('the result is partial: the query ended at its BUDGET or at the limit of rows');
  for (const [code, count] of Object.entries(answer.evaluationErrors)) {
    terminal.err(`${count} values could not be computed and are NULL: ${code}`);
  }
  return EXIT.ok;
}

/** Rows as objects, column by name, in the order of the columns. */
function asJson(answer: QueryAnswer): unknown {
  const { query, position, partial, edgesVisited, trace, evaluationErrors } = answer;
  const rows = answer.rows.map((row) =>
    Object.fromEntries(answer.columns.map((column, index) => [column.name, row[index] ?? null])),
  );
  return { query, position, rows, partial, edgesVisited, evaluationErrors, trace };
}

const RIGHT: ReadonlySet<string> = new Set(['integer', 'bigint', 'numeric', 'double']);

function readable(answer: QueryAnswer): string[] {
  const head = answer.columns.map((column) => column.name);
  const right = answer.columns.flatMap((column, index) => (RIGHT.has(column.type.kind) ? [index] : []));
  const rows = answer.rows.map((row) => row.map(asText));
  const count = `${rows.length} row${rows.length === 1 ? '' : 's'}`;
  return rows.length === 0 ? [count] : [...drawTable(head, rows, right), count];
}

/** A value for a reader: a path as its vertices, lists with commas. */
function asText(value: ResultJson): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.map(asText).join(', ');
  return 'edges' in value ? value.vertices.join(' → ') : JSON.stringify(value);
}

function isList(value: object): value is readonly ResultJson[] {
  return Array.isArray(value);
}
