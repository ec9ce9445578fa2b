import { ERRORS } from '../../core/errors.ts';

/** docs/errors.md, from the one table of errors. */
export function renderErrorDocs(): string {
  const rows = Object.entries(ERRORS).map(([code, kind]) => {
    const again = kind.retryable ? 'yes' : 'no';
    return `| \`${code}\` | ${cell(kind.message)} | ${again} | ${cell(kind.mend)} |`;
  });
  return [
    '# Errors',
    '',
    'Every error that definitions, input, files or a data folder can cause. The table is made from `core/errors.ts`',
    '(`npm run docs`); a test holds both together, and that each code is used.',
    '`{name}` stands for a detail of the case at hand. "Again" says whether the same may succeed when tried again.',
    '',
    'In definitions an error also has a place (`FILE:LINE:COLUMN`), and where it helps a hint with the nearest known name.',
    'Rows of input that cannot be taken are counted in the report by these codes and can be kept with `--rejects FILE`.',
    'What is not of this table is a bug: the command says so and ends with code 70.',
    '',
    '| code | what is said | again | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
