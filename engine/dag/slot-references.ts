import type { Expr } from '../../language/plan.ts';

/** Slots of variables that the expression reads; the element slots of aggregates along a path are their own. */
export function slotsRead(expr: Expr): ReadonlySet<number> {
  const slots = new Set<number>();
  collect(expr, slots);
  return slots;
}

function collect(expr: Expr, slots: Set<number>): void {
  switch (expr.kind) {
    case 'variable':
    case 'property':
      slots.add(expr.slot);
      return;
    case 'pathAggregate': {
      const inner = new Set<number>();
      if (expr.argument !== null) collect(expr.argument, inner);
      inner.delete(expr.element);
      for (const slot of inner) slots.add(slot);
      slots.add(expr.group);
      return;
    }
    case 'case':
      for (const branch of expr.branches) {
        collect(branch.when, slots);
        collect(branch.then, slots);
      }
      if (expr.otherwise !== null) collect(expr.otherwise, slots);
      return;
    case 'cast':
      collect(expr.argument, slots);
      return;
    case 'call':
      for (const arg of expr.args) collect(arg, slots);
      return;
    default:
  }
}

/** The parts of a conjunction: it is TRUE when each of them is. */
export function conjuncts(expr: Expr | null): readonly Expr[] {
  if (expr === null) return [];
  if (expr.kind === 'call' && expr.name === 'and') return expr.args.flatMap(conjuncts);
  return [expr];
}

/** Whether two expressions are written alike, so that they have one value. */
export function isSameExpr(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(b, name) &&
      isSameExpr((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}
