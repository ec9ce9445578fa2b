import { present } from '../../core/assert.ts';
import type { Expression } from '../ast.ts';

/** Up to this many operands a chain leans to the left, as written; longer ones are balanced. */
const LEFT_DEEP_MAX = 8;

/**
 * `a AND b AND …`, or OR, as a tree of binary nodes whose depth grows with the logarithm of the chain, so that a
 * condition with a thousand terms does not nest a thousand deep. Both operators are associative.
 */
export function logicalChain(operator: 'and' | 'or', parts: readonly Expression[]): Expression {
  const join = (left: Expression, right: Expression): Expression => ({
    kind: 'binary',
    at: left.at,
    operator,
    left,
    right,
  });
  if (parts.length <= LEFT_DEEP_MAX) return parts.reduce(join);
  let level = [...parts];
  while (level.length > 1) {
    const next: Expression[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = present(level[i]);
      const right = level[i + 1];
      next.push(right === undefined ? left : join(left, right));
    }
    level = next;
  }
  return present(level[0]);
}
