import type { SqlType } from '../../core/types.ts';
import type { Expr } from '../../language/plan.ts';
import { aggregate } from './model-aggregates.ts';
import { callFunction } from './model-functions.ts';
import {
  decimals,
  type Edge,
  fits,
  fromLog,
  isExact,
  parseScalar,
  rescaleTo,
  type Scalar,
  textOf,
  type Thing,
  type Vertex,
} from './model-values.ts';

/** What an expression is evaluated over. */
export interface Scope {
  readonly row: readonly Scalar[];
  readonly old: readonly Scalar[];
  readonly parameters: readonly Scalar[];
  /** Variables by slot; undefined where nothing is bound yet. */
  readonly slots: readonly (Thing | undefined)[];
}

/** A scope of a row alone. */
export function rowScope(row: readonly Scalar[], old: readonly Scalar[] = []): Scope {
  return { row, old, parameters: [], slots: [] };
}

/** The value of an expression by definition: recursive, exact, NULL where an evaluation fails. */
export function evaluate(expr: Expr, scope: Scope): Thing {
  switch (expr.kind) {
    case 'literal':
      return fromLog(expr.type, expr.value);
    case 'column':
      return scope.row[expr.index] ?? null;
    case 'oldColumn':
      return scope.old[expr.index] ?? null;
    case 'parameter':
      return scope.parameters[expr.index] ?? null;
    case 'variable':
      return scope.slots[expr.slot] ?? null;
    case 'property': {
      const element = (scope.slots[expr.slot] ?? null) as Vertex | Edge | null;
      return element === null ? null : propertyOf(element, expr.columns);
    }
    case 'pathAggregate':
      return pathAggregate(expr, scope);
    case 'case': {
      const taken = expr.branches.find(({ when }) => evaluate(when, scope) === true);
      if (taken !== undefined) return evaluate(taken.then, scope);
      return expr.otherwise === null ? null : evaluate(expr.otherwise, scope);
    }
    case 'cast':
      return cast(expr.argument.type, expr.type, evaluate(expr.argument, scope) as Scalar);
    case 'call': {
      const args = expr.args.map((argument) => evaluate(argument, scope));
      const result = callFunction(expr, args);
      return result !== null && typeof result !== 'object' && !fits(expr.type, result) ? null : result;
    }
  }
}

/** A property of an element: the column of its table's row, NULL where its table has none of that name. */
export function propertyOf(element: Vertex | Edge, columns: readonly number[]): Scalar {
  const column = columns[element.table] ?? -1;
  return column < 0 ? null : (element.row[column] ?? null);
}

function pathAggregate(expr: Extract<Expr, { kind: 'pathAggregate' }>, scope: Scope): Thing {
  const group = scope.slots[expr.group] ?? null;
  if (group === null || typeof group !== 'object') return null;
  const edges: Edge[] = [];
  if (group.form === 'edge') edges.push(group);
  else if (group.form === 'hop') edges.push(...group.edges);
  else if (group.form === 'group') {
    for (const hop of group.hops) edges.push(...(hop.form === 'hop' ? hop.edges : [hop]));
  } else throw new Error(`no aggregate over a ${group.form}`);
  const { argument } = expr;
  const values = edges.map((edge): Thing => {
    if (argument === null) return true;
    const slots = [...scope.slots];
    slots[expr.element] = edge;
    return evaluate(argument, { ...scope, slots });
  });
  const from: SqlType = argument?.type ?? { kind: 'boolean' };
  return aggregate(expr.name, expr.distinct, argument === null, from, expr.type, values);
}

function cast(from: SqlType, to: SqlType, value: Scalar): Scalar {
  if (value === null) return null;
  const result = convert(from, to, value);
  return result === undefined || !fits(to, result) ? null : result;
}

function convert(from: SqlType, to: SqlType, value: Exclude<Scalar, null>): Scalar | undefined {
  if (to.kind === 'text') return textOf(from, value);
  if (from.kind === 'text') return parseScalar(to, value as string);
  if (from.kind === to.kind && from.kind !== 'numeric') return value;
  if (to.kind === 'double') {
    if (isExact(from)) return Number(textOf(from, value));
    return undefined;
  }
  if (from.kind === 'double') {
    if (!isExact(to)) return undefined;
    return parseScalar(
      { kind: 'numeric', precision: null, scale: decimals(to), trimmed: false },
      plain(value as number),
    );
  }
  if (from.kind === 'boolean' || to.kind === 'boolean') {
    if (from.kind === 'boolean') return value ? 1n : 0n;
    return value !== 0n;
  }
  return rescaleTo(value as bigint, decimals(from), decimals(to));
}

/** A double's shortest decimal text without an exponent. */
function plain(value: number): string {
  const [mantissa = '', exponent = '0'] = String(Math.abs(value)).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const sign = value < 0 ? '-' : '';
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point)}`;
}
