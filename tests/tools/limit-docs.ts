import { readFileSync } from 'node:fs';
import { LIMITS } from '../../core/limits.ts';

/** docs/limits.md, from the one table of limits and the comments in it. */
export function renderLimitDocs(): string {
  const source = readFileSync(new URL('../../core/limits.ts', import.meta.url), 'utf8');
  const rows: string[] = [];
  for (const [, comment = '', name = ''] of source.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*(\w+):/gs)) {
    if (!Object.hasOwn(LIMITS, name)) continue;
    rows.push(`| \`${name}\` | ${grouped(LIMITS[name as keyof typeof LIMITS])} | ${sentence(comment)} |`);
  }
  return [
    '# Limits',
    '',
    'Every bound of the product, made from `core/limits.ts`',
    '(`npm run docs`). The code at the end of a line is the error at the bound,',
    'see [errors.md](errors.md). A limit that shapes a result counts work, never time, so that a replay gives the same.',
    '',
    '| limit | value | what it bounds |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function sentence(comment: string): string {
  return comment
    .replace(/\n\s*\*/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
