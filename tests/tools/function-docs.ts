import { typeName } from '../../core/types.ts';
import { type FunctionOverload, FUNCTIONS } from '../../language/functions.ts';

/** docs/functions.md, from the one table of functions. */
export function renderFunctionDocs(): string {
  const rows = [...FUNCTIONS]
    .sort((a, b) => compare(a.names[0] ?? '', b.names[0] ?? ''))
    .map(
      (each) => `| ${[signature(each), ...aliases(each)].join('<br>')} | ${result(each)} | ${each.says} |`,
    );
  return [
    '# Functions',
    '',
    'Scalar functions of expressions, made from `language/functions.ts`',
    '(`npm run docs`). A NULL argument gives NULL. `COALESCE`, `NULLIF`,',
    '`GREATEST`, `LEAST`, `CONCAT`, `CASE`, `CAST` and the aggregates are part of [the language](language.md).',
    '',
    '`exact` stands for INTEGER, BIGINT and NUMERIC, `number` for these and DOUBLE PRECISION, `unit` for a part of time as a',
    'literal text, `decimals` for a literal whole number, `hop` for an edge or a merged hop.',
    '',
    '| function | type | yields |',
    '|---|---|---|',
    ...rows.map((row) => row.replaceAll('||', '\\|\\|')),
    '',
  ].join('\n');
}

function signature(each: FunctionOverload): string {
  const optionalFrom = each.parameters.length - (each.optional ?? 0);
  const parameters = each.parameters.map((parameter, n) => (n < optionalFrom ? parameter : `[${parameter}]`));
  return `\`${(each.names[0] ?? '').toUpperCase()}(${parameters.join(', ')})\``;
}

function aliases(each: FunctionOverload): string[] {
  return each.names.length < 2
    ? []
    : [
        `also ${each.names
          .slice(1)
          .map((name) => `\`${name.toUpperCase()}\``)
          .join(', ')}`,
      ];
}

function result({ result: type }: FunctionOverload): string {
  if (type === 'same') return 'as the argument';
  return typeof type === 'function' ? 'follows the arguments' : `\`${typeName(type)}\``;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
