import type { Expr } from '../plan.ts';

/** The direct operands of an expression, in evaluation order. */
export function operands(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'column':
    case 'oldColumn':
    case 'parameter':
    case 'variable':
    case 'property':
      return [];
    case 'pathAggregate':
      return expr.argument === null ? [] : [expr.argument];
    case 'case':
      return [
        ...expr.branches.flatMap(({ when, then }) => [when, then]),
        ...(expr.otherwise ? [expr.otherwise] : []),
      ];
    case 'cast':
      return [expr.argument];
    case 'call':
      return expr.args;
  }
}

/** Whether the expression or any operand below it satisfies the test. */
export function someExpr(expr: Expr, test: (expr: Expr) => boolean): boolean {
  return test(expr) || operands(expr).some((operand) => someExpr(operand, test));
}

/** Rewrites from the top: where `replace` gives an expression it stands, else the operands are rewritten. */
export function mapExpr(expr: Expr, replace: (expr: Expr) => Expr | null): Expr {
  const replaced = replace(expr);
  if (replaced !== null) return replaced;
  const map = (operand: Expr) => mapExpr(operand, replace);
  switch (expr.kind) {
    case 'pathAggregate':
      return expr.argument === null ? expr : { ...expr, argument: map(expr.argument) };
    case 'case':
      return {
        ...expr,
        // biome-ignore lint/suspicious/noThenProperty: a branch of CASE has a THEN, as in plans.
        branches: expr.branches.map(({ when, then }) => ({ when: map(when), then: map(then) })),
        otherwise: expr.otherwise === null ? null : map(expr.otherwise),
      };
    case 'cast':
      return { ...expr, argument: map(expr.argument) };
    case 'call':
      return { ...expr, args: expr.args.map(map) };
    default:
      return expr;
  }
}

/** The conjuncts of a predicate: `a AND (b AND c)` is a, b, c. */
export function conjuncts(predicate: Expr | null): readonly Expr[] {
  if (predicate === null) return [];
  if (predicate.kind === 'call' && predicate.name === 'and') return predicate.args.flatMap(conjuncts);
  return [predicate];
}

/** The conjunction of predicates, null for none. */
export function conjunction(predicates: readonly Expr[]): Expr | null {
  const [first, ...rest] = predicates;
  if (first === undefined) return null;
  if (rest.length === 0) return first;
  return { kind: 'call', type: { kind: 'boolean' }, name: 'and', args: predicates };
}

/**
 * The content of an expression for fingerprints: columns by the content they stand for, properties by name, so that
 * neither the order of columns nor added ones change it.
 */
export function contentOf(expr: Expr, columnContent: (index: number) => string): unknown {
  const recurse = (operand: Expr) => contentOf(operand, columnContent);
  switch (expr.kind) {
    case 'column':
      return ['column', columnContent(expr.index)];
    case 'oldColumn':
      return ['oldColumn', columnContent(expr.index)];
    case 'property':
      return ['property', expr.of, expr.slot, expr.name, expr.type];
    case 'pathAggregate':
      return [
        'pathAggregate',
        expr.name,
        expr.distinct,
        expr.group,
        expr.argument === null ? null : recurse(expr.argument),
      ];
    case 'literal':
    case 'parameter':
    case 'variable':
      return expr;
    case 'cast':
      return ['cast', expr.type, recurse(expr.argument)];
    case 'case':
      return [
        'case',
        expr.branches.map(({ when, then }) => [recurse(when), recurse(then)]),
        expr.otherwise === null ? null : recurse(expr.otherwise),
      ];
    case 'call':
      return ['call', expr.name, expr.type, expr.args.map(recurse)];
  }
}
