import { LIMITS } from '../../core/limits.ts';
import { nestingTooDeep } from '../parser/cursor.ts';
import type { SqlBody } from './sql-body.ts';

/** After these nothing before nests any more: PostgreSQL's tree has a list there, or another clause. */
const LEVELLING: ReadonlySet<string> = new Set(
  'AND OR SELECT FROM WHERE GROUP HAVING WINDOW ORDER WHEN THEN ELSE ON BY'.split(' '),
);

/** Each of these makes PostgreSQL's tree one level deeper, wherever it stands. */
const CHAINING: ReadonlySet<string> = new Set(['JOIN', 'UNION', 'INTERSECT', 'EXCEPT']);

/** Tokens of one expression without parentheses; its tree has fewer levels than that. */
const RUN_MAX = 5 * LIMITS.nestingDepthMax;

/**
 * Throws NESTING_TOO_DEEP where PostgreSQL's tree might nest so deep that its parser overflows the stack. What passes
 * is checked exactly once it is converted.
 */
export function checkBodyNesting(body: SqlBody): void {
  const runs: number[] = [0];
  let chained = 0;
  for (const token of body.tokens) {
    const top = runs.length - 1;
    const symbol = token.kind === 'symbol' ? token.text : '';
    if (symbol === '(' || symbol === '[' || token.keyword === 'CASE') {
      runs.push(0);
    } else if (symbol === ')' || symbol === ']' || token.keyword === 'END') {
      if (top > 0) runs.pop();
    } else if (symbol === ',' || LEVELLING.has(token.keyword)) {
      runs[top] = 0;
    }
    if (CHAINING.has(token.keyword)) chained += 1;
    const run = (runs[runs.length - 1] ?? 0) + 1;
    runs[runs.length - 1] = run;
    if (runs.length > LIMITS.nestingDepthMax + 1 || chained > LIMITS.nestingDepthMax || run > RUN_MAX) {
      throw nestingTooDeep(body.position(token));
    }
  }
}
