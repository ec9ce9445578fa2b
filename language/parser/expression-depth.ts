import { LIMITS } from '../../core/limits.ts';
import type { Expression, WindowDefinition } from '../ast.ts';
import { nestingTooDeep } from './cursor.ts';

/**
 * Throws NESTING_TOO_DEEP if an expression's tree is deeper than LIMITS.nestingDepthMax, so that whatever walks it
 * may recurse: `1 + 1 + …` nests without a parenthesis. Does not recurse itself. Cost: one visit a node.
 */
export function checkExpressionDepth(root: Expression): void {
  const stack: { readonly node: Expression; readonly depth: number }[] = [{ node: root, depth: 1 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.depth > LIMITS.nestingDepthMax) throw nestingTooDeep(root.at);
    for (const node of operands(top.node)) stack.push({ node, depth: top.depth + 1 });
  }
}

/** The expressions directly inside another, in written order. */
export function operands(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'name':
    case 'dollar':
      return [];
    case 'unary':
    case 'is':
    case 'cast':
      return [expression.argument];
    case 'binary':
      return [expression.left, expression.right];
    case 'between':
      return [expression.argument, expression.low, expression.high];
    case 'in':
      return [expression.argument, ...expression.list];
    case 'like':
      return [expression.argument, expression.pattern];
    case 'case':
      return [
        ...(expression.operand === null ? [] : [expression.operand]),
        ...expression.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(expression.otherwise === null ? [] : [expression.otherwise]),
      ];
    case 'call':
      return [
        ...expression.args,
        ...(expression.filter === null ? [] : [expression.filter]),
        ...(expression.over !== null && 'window' in expression.over
          ? windowOperands(expression.over.window)
          : []),
      ];
    case 'list':
      return expression.items;
  }
}

function windowOperands(window: WindowDefinition): readonly Expression[] {
  const preceding = window.frame?.preceding ?? null;
  return [
    ...window.partitionBy,
    ...window.orderBy.map((item) => item.value),
    ...(preceding === null ? [] : [preceding]),
  ];
}
