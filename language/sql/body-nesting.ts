import { present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import { nestingTooDeep } from '../parser/cursor.ts';
import type { SqlBody } from './sql-body.ts';

/** What follows these stands beside what came before, not above it: PostgreSQL's tree has a list there, or another clause. */
const BESIDE: ReadonlySet<string> = new Set(
  'AND OR SELECT FROM WHERE GROUP HAVING WINDOW ORDER WHEN THEN ELSE ON BY'.split(' '),
);

/** Each of these makes PostgreSQL's tree one level deeper, wherever it stands. */
const CHAINING: ReadonlySet<string> = new Set(['JOIN', 'UNION', 'INTERSECT', 'EXCEPT']);

/** A level of the language is at most so many tokens; PostgreSQL's parser was seen to overflow at some 16,000. */
const TOKENS_DEEP_MAX = 10 * LIMITS.nestingDepthMax;

/** What stands between two parentheses, or CASE and END. */
interface Group {
  /** Tokens since the last that begins something beside. */
  run: number;
  /** The depth of the deepest group in this run. */
  deepest: number;
  /** The depth of the deepest run before. */
  before: number;
}

/**
 * Throws NESTING_TOO_DEEP where PostgreSQL's tree might nest so deep that its parser overflows the stack: each token
 * of a run may put a level above all before it, whatever parentheses stand there. What passes is checked exactly
 * once it is converted. Cost: one visit a token.
 */
export function checkBodyNesting(body: SqlBody): void {
  let top: Group = { run: 0, deepest: 0, before: 0 };
  const groups: Group[] = [top];
  let chained = 0;
  for (const token of body.tokens) {
    const symbol = token.kind === 'symbol' ? token.text : '';
    if (symbol === '(' || symbol === '[' || token.keyword === 'CASE') {
      top.run += 1;
      top = { run: 0, deepest: 0, before: 0 };
      groups.push(top);
    } else if (symbol === ')' || symbol === ']' || token.keyword === 'END') {
      const closed = depthOf(top);
      if (groups.length > 1) groups.pop();
      top = present(groups.at(-1), 'outermost group');
      top.deepest = Math.max(top.deepest, closed);
      top.run += 1;
    } else if (symbol === ',' || BESIDE.has(token.keyword)) {
      top.before = depthOf(top);
      top.run = 0;
      top.deepest = 0;
    } else {
      top.run += 1;
    }
    if (CHAINING.has(token.keyword)) chained += 1;
    const tooDeep = groups.length > LIMITS.nestingDepthMax + 1 || chained > LIMITS.nestingDepthMax;
    if (tooDeep || depthOf(top) > TOKENS_DEEP_MAX) throw nestingTooDeep(body.position(token));
  }
}

function depthOf(group: Group): number {
  return Math.max(group.before, group.deepest + group.run);
}
