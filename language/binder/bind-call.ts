import {
  BIGINT,
  DOUBLE,
  INTEGER,
  NUMERIC_SCALE_DEFAULT,
  numeric,
  type SqlType,
  TEXT,
} from '../../core/types.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import {
  AGGREGATE_ALIASES,
  AGGREGATES,
  describeOverload,
  FUNCTIONS,
  type FunctionOverload,
  functionNames,
  OUTSIDE_FUNCTIONS,
  type Parameter,
  TIME_UNITS,
  TRUNC_UNITS,
  UNBUILT_FUNCTIONS,
} from '../functions.ts';
import type { Expr, FunctionName } from '../plan.ts';
import { arithmetic } from './bind-arithmetic.ts';
import { nameHint } from './diagnostics.ts';
import type { CallNode, ExpressionBinding } from './expression-binding.ts';
import {
  castHint,
  castTo,
  coerce,
  isNumber,
  isScalar,
  isTextLiteral,
  type Placed,
  unify,
} from './type-rules.ts';

/** A function call or an aggregate. What reads a clock or chance is refused, and what is not built named. */
export function bindCall(binder: ExpressionBinding, node: CallNode): Expr | null {
  const { diagnostics } = binder;
  const name = node.name.map((part) => part.name).join('.');
  const aggregate = AGGREGATE_ALIASES.get(name) ?? name;
  if (AGGREGATES.includes(aggregate)) return binder.scope.aggregate(node, aggregate, binder);
  const reads = OUTSIDE_FUNCTIONS.get(name);
  if (reads !== undefined) {
    const hint =
      reads === 'a clock'
        ? 'Time comes from events: use a column, e.g. $at.'
        : 'Let the value come with the event, as a column.';
    return diagnostics.report('NOT_DETERMINISTIC', { name: name.toUpperCase(), reads }, node.at, hint);
  }
  if (UNBUILT_FUNCTIONS.has(name)) return diagnostics.notBuilt(`the function ${name}`, node.at);
  if (name.startsWith('model.')) return diagnostics.notBuilt(`scores of models (${name})`, node.at);
  if (!isKnown(name)) {
    for (const argument of node.args) binder.bind(argument);
    return diagnostics.unknown('function', name, node.at, [], nameHint(name, functionNames()));
  }
  if (node.over !== null) return diagnostics.invalid(`${name} is no aggregate and takes no OVER`, node.at);
  if (node.star || node.distinct || node.filter !== null) {
    const clause = node.star ? '*' : node.distinct ? 'DISTINCT' : 'FILTER';
    return diagnostics.invalid(`${name} is no aggregate and takes no ${clause}`, node.at);
  }
  const args = binder.placeAll(node.args);
  if (args === null) return null;
  const special = SPECIAL.get(name);
  return special === undefined
    ? bindOverload(binder, name, args, node.at)
    : special(binder, args, node.at, name);
}

function isKnown(name: string): boolean {
  return SPECIAL.has(name) || FUNCTIONS.some((entry) => entry.names.includes(name));
}

type Special = (
  binder: ExpressionBinding,
  args: readonly Placed[],
  at: SourcePosition,
  name: string,
) => Expr | null;

const SPECIAL: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['coalesce', (binder, args, at, name) => pick(binder, args, at, name, 'coalesce', 1)],
  ['nullif', (binder, args, at, name) => pick(binder, args, at, name, 'nullif', 2)],
  ['greatest', (binder, args, at, name) => extreme(binder, args, at, name, 'greatest')],
  ['least', (binder, args, at, name) => extreme(binder, args, at, name, 'least')],
  ['concat', concat],
  ['mod', modulo],
  ['position', position],
]);

/** Functions over values of one type. NULLIF takes exactly two. */
function pick(
  binder: ExpressionBinding,
  args: readonly Placed[],
  at: SourcePosition,
  name: string,
  engine: FunctionName,
  least: number,
): Expr | null {
  if (args.length < least || (engine === 'nullif' && args.length !== 2)) {
    return binder.diagnostics.invalid(
      `${name} takes ${least === 1 ? 'one argument or more' : 'two arguments'}, but got ${args.length}`,
      at,
    );
  }
  const unified = unify(args, (n) => `argument ${n + 1} of ${name}`, binder.diagnostics);
  if (unified === null) return null;
  if (!isScalar(unified.type)) {
    return binder.diagnostics.mismatch(`argument 1 of ${name}`, 'a value', unified.type, at);
  }
  const [only] = unified.exprs;
  if (engine === 'coalesce' && unified.exprs.length === 1) return only as Expr;
  return { kind: 'call', type: unified.type, name: engine, args: unified.exprs };
}

/**
 * GREATEST and LEAST skip NULLs, as in PostgreSQL; the engine's yield NULL for one. So each argument that may be
 * NULL is replaced by the first of the others that is not.
 */
function extreme(
  binder: ExpressionBinding,
  args: readonly Placed[],
  at: SourcePosition,
  name: string,
  engine: 'greatest' | 'least',
): Expr | null {
  const picked = pick(binder, args, at, name, engine, 1);
  if (picked === null || picked.kind !== 'call' || picked.name !== engine) return picked;
  const { args: exprs, type } = picked;
  if (exprs.length === 1) return exprs[0] as Expr;
  const filled = exprs.map((expr, n): Expr => {
    if (expr.kind === 'literal' && expr.value !== null) return expr;
    const others = exprs.filter((_, m) => m !== n);
    return { kind: 'call', type, name: 'coalesce', args: [expr, ...others] };
  });
  return { ...picked, args: filled };
}

/** CONCAT joins any scalars as text; NULLs are left out. */
function concat(binder: ExpressionBinding, args: readonly Placed[], at: SourcePosition): Expr | null {
  if (args.length === 0) return binder.diagnostics.invalid('concat takes one argument or more', at);
  const empty: Expr = { kind: 'literal', type: TEXT, value: '' };
  const texts: Expr[] = [];
  for (const { expr, at: place } of args) {
    if (!isScalar(expr.type) && expr.type.kind !== 'null') {
      return binder.diagnostics.mismatch(
        'an argument of concat',
        'a value',
        expr.type,
        place,
        castHint(TEXT, expr.type),
      );
    }
    const text = castTo(expr, TEXT);
    const certain = text.kind === 'literal' && text.value !== null;
    texts.push(certain ? text : { kind: 'call', type: TEXT, name: 'coalesce', args: [text, empty] });
  }
  return { kind: 'call', type: TEXT, name: 'concat', args: texts };
}

function modulo(binder: ExpressionBinding, args: readonly Placed[], at: SourcePosition): Expr | null {
  const [left, right] = args;
  if (left === undefined || right === undefined || args.length > 2) {
    return binder.diagnostics.invalid(`mod takes two arguments, but got ${args.length}`, at);
  }
  return arithmetic(binder, left, right, '%');
}

/** POSITION(part IN text) arrives as position(part, text); STRPOS has them the other way round. */
function position(binder: ExpressionBinding, args: readonly Placed[], at: SourcePosition): Expr | null {
  return bindOverload(binder, 'strpos', args.toReversed(), at, 'position');
}

function bindOverload(
  binder: ExpressionBinding,
  name: string,
  args: readonly Placed[],
  at: SourcePosition,
  shown = name,
): Expr | null {
  const { diagnostics } = binder;
  const overloads = FUNCTIONS.filter((entry) => entry.names.includes(name));
  const ofCount = overloads.filter(
    ({ parameters, optional = 0 }) =>
      args.length <= parameters.length && args.length >= parameters.length - optional,
  );
  const shapes = overloads.map((entry) => describeOverload(entry, name)).join(' or ');
  if (ofCount.length === 0) {
    return diagnostics.invalid(`${name} is written ${shapes}, but got ${args.length} arguments`, at);
  }
  const chosen = ofCount.find((entry) =>
    args.every(({ expr }, n) => takes(entry.parameters[n] as Parameter, expr)),
  );
  if (chosen === undefined) return refuseArgument(binder, shown, ofCount, args);
  const bound = args.map((placed, n) => asParameter(binder, chosen, n, placed, name));
  if (bound.includes(null)) return null;
  return makeCall(chosen, bound as Expr[]);
}

function makeCall(chosen: FunctionOverload, args: readonly Expr[]): Expr {
  const [first] = args;
  if (chosen.result === 'same') {
    return { kind: 'call', type: (first as Expr).type, name: chosen.engine, args };
  }
  if (typeof chosen.result !== 'function') {
    return { kind: 'call', type: chosen.result, name: chosen.engine, args };
  }
  const type = chosen.result(
    args.map((arg) => ({
      type: arg.type,
      literal: arg.kind === 'literal' && typeof arg.value !== 'boolean' ? literalOf(arg) : null,
    })),
  );
  return { kind: 'call', type, name: chosen.engine, args };
}

function literalOf(expr: Extract<Expr, { kind: 'literal' }>): string | number | null {
  return typeof expr.value === 'string' || typeof expr.value === 'number' ? expr.value : null;
}

function refuseArgument(
  binder: ExpressionBinding,
  name: string,
  overloads: readonly FunctionOverload[],
  args: readonly Placed[],
): null {
  const n = args.findIndex(
    ({ expr }, index) => !overloads.some((entry) => takes(entry.parameters[index] as Parameter, expr)),
  );
  const place = args[Math.max(n, 0)] as Placed;
  const wanted = [
    ...new Set(overloads.map((entry) => PARAMETER_TEXT[entry.parameters[Math.max(n, 0)] as Parameter])),
  ];
  return binder.diagnostics.mismatch(
    `argument ${Math.max(n, 0) + 1} of ${name}`,
    wanted.join(' or '),
    place.expr.type,
    place.at,
    argumentHint(wanted, place.expr.type),
  );
}

function argumentHint(wanted: readonly string[], found: SqlType): string | null {
  if (wanted.includes('TEXT')) return castHint(TEXT, found);
  if (wanted.includes('INTEGER')) return castHint(INTEGER, found);
  const number = wanted.includes('a number') || wanted.includes('an exact number');
  return number && (found.kind === 'text' || found.kind === 'double')
    ? castHint(numeric(null, NUMERIC_SCALE_DEFAULT), found)
    : null;
}

const PARAMETER_TEXT: Readonly<Record<Parameter, string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  exact: 'an exact number',
  double: 'a number',
  number: 'a number',
  timestamptz: 'TIMESTAMPTZ',
  interval: 'INTERVAL',
  unit: "a unit of time as text, like 'hour'",
  decimals: 'a whole number written out',
  path: 'a path',
  vertex: 'a vertex',
  edge: 'an edge',
  hop: 'an edge',
  list: 'a list or a group of edges',
};

/** Whether an argument fits a parameter, widening included. NULL fits every scalar one. */
function takes(parameter: Parameter, expr: Expr): boolean {
  const { type } = expr;
  const isNull = type.kind === 'null';
  switch (parameter) {
    case 'text':
      return isNull || type.kind === 'text';
    case 'integer':
      return isNull || type.kind === 'integer' || type.kind === 'bigint';
    case 'exact':
      return isNull || (isNumber(type) && type.kind !== 'double');
    case 'double':
    case 'number':
      return isNull || isNumber(type);
    case 'timestamptz':
      return isNull || type.kind === 'timestamptz' || isTextLiteral(expr);
    case 'interval':
      return isNull || type.kind === 'interval';
    case 'unit':
      return isTextLiteral(expr);
    case 'decimals':
      return expr.kind === 'literal' && type.kind === 'integer';
    case 'path':
      return type.kind === 'path';
    case 'vertex':
      return type.kind === 'vertex';
    case 'edge':
      return type.kind === 'edge' && !type.merged;
    case 'hop':
      return type.kind === 'edge';
    case 'list':
      return type.kind === 'list' || type.kind === 'edgeGroup' || (type.kind === 'edge' && type.merged);
  }
}

const NULL_PARAMETER: Partial<Record<Parameter, SqlType>> = {
  text: TEXT,
  integer: INTEGER,
  exact: BIGINT,
  number: BIGINT,
};

/** The argument in the form that the engine takes; null after reporting a value that is out of bounds. */
function asParameter(
  binder: ExpressionBinding,
  chosen: FunctionOverload,
  n: number,
  placed: Placed,
  name: string,
): Expr | null {
  const parameter = chosen.parameters[n] as Parameter;
  const { expr } = placed;
  switch (parameter) {
    case 'double':
      return castTo(expr, DOUBLE);
    case 'unit':
      return asUnit(binder, chosen, placed, name);
    case 'decimals':
      return asDecimals(binder, placed, name);
    case 'timestamptz':
      return coerce(placed, { kind: 'timestamptz' }, binder.diagnostics) ?? null;
    case 'interval':
      return castTo(expr, { kind: 'interval' });
    case 'exact':
      if (chosen.engine === 'round' || chosen.engine === 'trunc') return asNumericArgument(expr);
      return expr;
    default: {
      const type = NULL_PARAMETER[parameter];
      if (expr.type.kind === 'null' && type !== undefined) return castTo(expr, type);
      return expr;
    }
  }
}

function asNumericArgument(expr: Expr): Expr {
  return expr.type.kind === 'numeric'
    ? expr
    : castTo(expr, { kind: 'numeric', precision: null, scale: 0, trimmed: false });
}

function asUnit(
  binder: ExpressionBinding,
  chosen: FunctionOverload,
  { expr, at }: Placed,
  name: string,
): Expr | null {
  if (!isTextLiteral(expr)) return null;
  const unit = expr.value.toLowerCase();
  const known = chosen.engine === 'dateTrunc' ? TRUNC_UNITS : unitsOf(chosen);
  if (!known.includes(unit)) {
    return binder.diagnostics.unknown(`unit of ${name}`, expr.value, at, known, nameHint(unit, known));
  }
  return { ...expr, value: unit };
}

function unitsOf(chosen: FunctionOverload): readonly string[] {
  const ofInterval = chosen.parameters[1] === 'interval';
  return [...TIME_UNITS].filter(([, { interval }]) => interval || !ofInterval).map(([unit]) => unit);
}

function asDecimals(binder: ExpressionBinding, { expr, at }: Placed, name: string): Expr | null {
  const decimals = expr.kind === 'literal' ? Number(expr.value) : 0;
  if (decimals < -100 || decimals > 100) {
    return binder.diagnostics.invalid(`${name} keeps -100 to 100 decimals, but got ${decimals}`, at);
  }
  return expr;
}
