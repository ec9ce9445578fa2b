import { BIGINT, NUMERIC_SCALE_DEFAULT, numeric, type SqlType, scaleOf, typeName } from '../../core/types.ts';
import type { Aggregate, Expr } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { CallNode, ExpressionBinding } from './expression-binding.ts';
import { castHint, castTo, isNumber, isScalar } from './type-rules.ts';

/** An aggregate's name in plans. */
export type AggregateName = Aggregate['name'] | 'collect';

/** The parts of an aggregate call, bound. */
export interface BoundAggregate {
  readonly name: AggregateName;
  readonly distinct: boolean;
  readonly argument: Expr | null;
  readonly filter: Expr | null;
  readonly type: SqlType;
}

/**
 * Binds an aggregate's argument and FILTER with `inside`, a binder whose scope refuses aggregates. Gives null after
 * reporting.
 */
export function bindAggregate(
  node: CallNode,
  name: string,
  inside: ExpressionBinding,
  diagnostics: Diagnostics,
): BoundAggregate | null {
  const filter = node.filter === null ? undefined : inside.bindCondition(node.filter, 'FILTER');
  if (node.star) {
    if (name !== 'count') return diagnostics.invalid(`${name.toUpperCase()}(*) has no meaning`, node.at);
    return filter === null
      ? null
      : { name, distinct: false, argument: null, filter: filter ?? null, type: BIGINT };
  }
  const [argumentNode] = node.args;
  if (argumentNode === undefined || node.args.length > 1) {
    for (const extra of node.args) inside.bind(extra);
    const hint = name === 'count' ? 'COUNT(*) counts rows.' : null;
    return diagnostics.invalid(
      `${name.toUpperCase()} takes one argument, but got ${node.args.length}`,
      node.at,
      hint,
    );
  }
  const argument = inside.bind(argumentNode);
  if (argument === null || filter === null) return null;
  const aggregate = name as AggregateName;
  const type = aggregateType(aggregate, argument.type);
  if (type === null) {
    return diagnostics.mismatch(
      `the argument of ${name.toUpperCase()}`,
      aggregate === 'sum' || aggregate === 'avg' ? 'a number' : 'a value',
      typeName(argument.type),
      argumentNode.at,
      isScalar(argument.type)
        ? castHint(BIGINT, argument.type)
        : 'Name a property of it, e.g. SUM(t.amount).',
    );
  }
  const made = argument.type.kind === 'null' ? castTo(argument, BIGINT) : argument;
  return { name: aggregate, distinct: node.distinct, argument: made, filter: filter ?? null, type };
}

/**
 * The type of an aggregate over values of `argument`, or null where there is none: COUNT is BIGINT; SUM of INTEGER is
 * BIGINT, of BIGINT a NUMERIC without decimals; AVG of exact numbers a NUMERIC quotient.
 */
export function aggregateType(name: AggregateName, argument: SqlType): SqlType | null {
  const type = argument.kind === 'null' ? BIGINT : argument;
  switch (name) {
    case 'count':
      return BIGINT;
    case 'collect':
      return type.kind === 'edgeGroup' || type.kind === 'subgraph' ? null : { kind: 'list', element: type };
    case 'min':
    case 'max':
      return isScalar(type) && type.kind !== 'boolean' ? type : null;
    case 'sum':
      if (!isNumber(type)) return null;
      if (type.kind === 'integer') return BIGINT;
      if (type.kind === 'bigint') return numeric(null, 0);
      return type.kind === 'numeric' ? numeric(null, scaleOf(type), type.trimmed) : type;
    case 'avg':
      if (!isNumber(type)) return null;
      return type.kind === 'double' ? type : numeric(null, NUMERIC_SCALE_DEFAULT, true);
  }
}
