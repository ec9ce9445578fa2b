import { assert, present } from '../../core/assert.ts';
import type { Row, Value } from '../../core/types.ts';
import type { Expr } from '../../language/plan.ts';
import { createAccumulator } from './aggregate.ts';
import { compileArithmetic } from './arithmetic.ts';
import { compileCast } from './cast.ts';
import { compileComparison } from './comparison.ts';
import type { CompiledCall, ExpressionContext } from './compiled-call.ts';
import { EMPTY, type Evaluate } from './evaluate.ts';
import { compileGraphFunction } from './graph-functions.ts';
import { compileLogic } from './logic.ts';
import { compileTextFunction } from './text-functions.ts';
import { compileTimeFunction } from './time-functions.ts';

/** A family of functions: the closure, or null when the function is of another family. */
type Family = (call: CompiledCall) => Evaluate | null;

const FAMILIES: readonly Family[] = [
  compileLogic,
  compileComparison,
  compileArithmetic,
  compileTextFunction,
  compileTimeFunction,
  compileGraphFunction,
];

/**
 * Turns a plan's expression into a closure. An evaluation that fails yields NULL and is counted in `context.errors`;
 * it never throws for what data can hold.
 */
export function compileExpression(expr: Expr, context: ExpressionContext): Evaluate {
  switch (expr.kind) {
    case 'literal': {
      const value = expr.value;
      return () => value;
    }
    case 'column':
    case 'parameter':
      return compileColumn(expr.index);
    case 'oldColumn': {
      const index = expr.index;
      return (_row, _slots, old) => old[index] ?? null;
    }
    case 'variable': {
      const slot = expr.slot;
      return (_row, slots) => slots[slot] ?? null;
    }
    case 'property':
      return compileProperty(expr, context);
    case 'pathAggregate':
      return compilePathAggregate(expr, context);
    case 'case':
      return compileCase(expr, context);
    case 'cast':
      return compileCast(expr, compileExpression(expr.argument, context), context.errors);
    case 'call':
      return compileCall(expr, context);
  }
}

/** A closure that is TRUE or not: NULL counts as not true. */
export function compilePredicate(expr: Expr, context: ExpressionContext): (row: Row) => boolean {
  const evaluate = compileExpression(expr, context);
  return (row) => evaluate(row, EMPTY, EMPTY) === true;
}

/** Closures for a list of expressions over a row alone, in their order. */
export function compileAll(
  exprs: readonly Expr[],
  context: ExpressionContext,
): readonly ((row: Row) => Value)[] {
  return exprs.map((expr) => {
    if (expr.kind === 'column') {
      const index = expr.index;
      return (row: Row) => row[index] as Value;
    }
    const evaluate = compileExpression(expr, context);
    return (row: Row) => evaluate(row, EMPTY, EMPTY) as Value;
  });
}

function compileColumn(index: number): Evaluate {
  return (row) => row[index] as Value;
}

function compileCall(call: Extract<Expr, { kind: 'call' }>, context: ExpressionContext): Evaluate {
  const compiled: CompiledCall = {
    call,
    args: call.args.map((arg) => compileExpression(arg, context)),
    context,
  };
  for (const family of FAMILIES) {
    const evaluate = family(compiled);
    if (evaluate !== null) return evaluate;
  }
  assert(false, `no family has the function ${call.name}`);
}

function compileProperty(expr: Extract<Expr, { kind: 'property' }>, context: ExpressionContext): Evaluate {
  const elements = present(context.elements, 'the graph of a property');
  const { slot, columns } = expr;
  const only = columns.every((column) => column === columns[0]) ? (columns[0] ?? -1) : null;
  const [tableOf, read] =
    expr.of === 'vertex'
      ? [
          (id: number) => elements.vertexTable(id),
          (id: number, column: number) => elements.vertexProperty(id, column),
        ]
      : [
          (id: number) => elements.edgeTable(id),
          (id: number, column: number) => elements.edgeProperty(id, column),
        ];
  if (only === -1) return () => null;
  if (only !== null) {
    return (_row, slots) => {
      const id = slots[slot] as number | null | undefined;
      return id === null || id === undefined ? null : read(id, only);
    };
  }
  return (_row, slots) => {
    const id = slots[slot] as number | null | undefined;
    if (id === null || id === undefined) return null;
    const column = columns[tableOf(id)] as number;
    return column < 0 ? null : read(id, column);
  };
}

function compilePathAggregate(
  expr: Extract<Expr, { kind: 'pathAggregate' }>,
  context: ExpressionContext,
): Evaluate {
  const { group, element, argument } = expr;
  const evaluate = argument === null ? null : compileExpression(argument, context);
  const aggregate = {
    name: expr.name,
    distinct: expr.distinct,
    argumentType: argument?.type ?? null,
    type: expr.type,
  };
  return (row, slots, old) => {
    const bound = slots[group] as readonly (number | readonly number[])[] | number | null | undefined;
    if (bound === null || bound === undefined) return null;
    const accumulator = createAccumulator(aggregate, context.errors);
    // The element's slot is the aggregate's own: it is lent to one edge after the other and given back.
    const binding = slots as unknown[];
    const before = binding[element];
    const visit = (edge: number): void => {
      binding[element] = edge;
      accumulator.add(evaluate === null ? true : (evaluate(row, slots, old) as Value));
    };
    if (typeof bound === 'number') visit(bound);
    else {
      for (const hop of bound) {
        if (typeof hop === 'number') visit(hop);
        else for (const edge of hop) visit(edge);
      }
    }
    binding[element] = before;
    return accumulator.result();
  };
}

function compileCase(expr: Extract<Expr, { kind: 'case' }>, context: ExpressionContext): Evaluate {
  const branches = expr.branches.map((branch) => ({
    when: compileExpression(branch.when, context),
    // biome-ignore lint/suspicious/noThenProperty: CASE has WHEN and THEN; nothing awaits a branch.
    then: compileExpression(branch.then, context),
  }));
  const otherwise = expr.otherwise === null ? null : compileExpression(expr.otherwise, context);
  return (row, slots, old) => {
    for (const branch of branches) {
      if (branch.when(row, slots, old) === true) return branch.then(row, slots, old);
    }
    return otherwise === null ? null : otherwise(row, slots, old);
  };
}
