import { type Integer, negate, powerOfTen } from '../core/integer.ts';
import { formatInterval, formatTimestamp } from '../core/timestamp.ts';
import { type SqlType, typeName, type Value } from '../core/types.ts';
import type { Expr, FunctionName } from './plan.ts';

/** What indices and slots are called where an expression stands. */
export interface ExpressionNames {
  readonly column: (index: number) => string;
  readonly slot: (slot: number) => string;
  readonly parameter: (index: number) => string;
}

const OPERATORS: Partial<Record<FunctionName, string>> = {
  and: 'AND',
  or: 'OR',
  equal: '=',
  notEqual: '<>',
  less: '<',
  lessEqual: '<=',
  greater: '>',
  greaterEqual: '>=',
  distinctFrom: 'IS DISTINCT FROM',
  notDistinctFrom: 'IS NOT DISTINCT FROM',
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
  like: 'LIKE',
  ilike: 'ILIKE',
  startsWith: 'STARTS WITH',
  endsWith: 'ENDS WITH',
  contains: 'CONTAINS',
};

const SUFFIXES: Partial<Record<FunctionName, string>> = {
  isNull: 'IS NULL',
  isNotNull: 'IS NOT NULL',
  isTrue: 'IS TRUE',
  isFalse: 'IS FALSE',
};

/** An expression of a plan as a definition would write it; casts that the binder added are left out. */
export function formatExpression(expr: Expr, names: ExpressionNames): string {
  const format = (operand: Expr) => formatExpression(operand, names);
  switch (expr.kind) {
    case 'literal':
      return formatLiteral(expr.type, expr.value);
    case 'column':
      return names.column(expr.index);
    case 'oldColumn':
      return `$old.${names.column(expr.index).replace(/^\$/, '')}`;
    case 'parameter':
      return names.parameter(expr.index);
    case 'variable':
      return names.slot(expr.slot);
    case 'property':
      return `${names.slot(expr.slot)}.${expr.name}`;
    case 'pathAggregate': {
      const element = (slot: number) => names.slot(slot === expr.element ? expr.group : slot);
      const argument =
        expr.argument === null ? '*' : formatExpression(expr.argument, { ...names, slot: element });
      return `${expr.name.toUpperCase()}(${expr.distinct ? 'DISTINCT ' : ''}${argument})`;
    }
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => `WHEN ${format(when)} THEN ${format(then)}`);
      const otherwise = expr.otherwise === null ? '' : ` ELSE ${format(expr.otherwise)}`;
      return `CASE ${branches.join(' ')}${otherwise} END`;
    }
    case 'cast':
      return isImplied(expr.argument.type, expr.type)
        ? format(expr.argument)
        : `CAST(${format(expr.argument)} AS ${typeName(expr.type)})`;
    case 'call':
      return formatCall(expr, format);
  }
}

/** Widening needs no words. */
function isImplied(from: SqlType, to: SqlType): boolean {
  const ranks: readonly SqlType['kind'][] = ['integer', 'bigint', 'numeric', 'double'];
  const rankFrom = ranks.indexOf(from.kind);
  return rankFrom >= 0 && rankFrom <= ranks.indexOf(to.kind);
}

function formatCall(expr: Extract<Expr, { kind: 'call' }>, format: (operand: Expr) => string): string {
  const operator = OPERATORS[expr.name];
  const grouped = (operand: Expr) => (isOperation(operand) ? `(${format(operand)})` : format(operand));
  const [first] = expr.args;
  if (operator !== undefined) {
    const inner = (operand: Expr) =>
      expr.name === 'and' || expr.name === 'or'
        ? logicalOperand(operand, expr.name, format)
        : grouped(operand);
    return expr.args.map(inner).join(` ${operator} `);
  }
  const suffix = SUFFIXES[expr.name];
  if (first !== undefined && suffix !== undefined) return `${grouped(first)} ${suffix}`;
  if (first !== undefined && expr.name === 'not') return `NOT ${grouped(first)}`;
  if (first !== undefined && expr.name === 'negate') return `-${grouped(first)}`;
  if (first !== undefined && expr.name === 'in') {
    return `${grouped(first)} IN (${expr.args.slice(1).map(format).join(', ')})`;
  }
  const name = expr.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `${name}(${expr.args.map(format).join(', ')})`;
}

/** Comparisons stand bare beside AND and OR; an OR inside an AND, and the reverse, in parentheses. */
function logicalOperand(operand: Expr, around: 'and' | 'or', format: (operand: Expr) => string): string {
  const other = around === 'and' ? 'or' : 'and';
  const mixes = operand.kind === 'call' && operand.name === other;
  return mixes ? `(${format(operand)})` : format(operand);
}

function isOperation(operand: Expr): boolean {
  if (operand.kind === 'cast')
    return isImplied(operand.argument.type, operand.type) && isOperation(operand.argument);
  return (
    operand.kind === 'call' &&
    (operand.name in OPERATORS || operand.name in SUFFIXES || operand.name === 'in')
  );
}

/** A literal as a definition writes it. */
function formatLiteral(type: SqlType, value: Value): string {
  if (value === null) return 'NULL';
  switch (type.kind) {
    case 'text':
      return `'${String(value).replaceAll("'", "''")}'`;
    case 'interval':
      return `INTERVAL '${formatInterval(Number(value))}'`;
    case 'timestamptz':
      return `TIMESTAMPTZ '${formatTimestamp(Number(value))}'`;
    case 'numeric':
      return formatDecimal(value as Integer, type.scale);
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE';
    default:
      return String(value);
  }
}

/** Exact digits, without the zeros that widening to a larger scale added. */
function formatDecimal(value: Integer, scale: number): string {
  const magnitude = value < 0 ? negate(value) : value;
  const unit = BigInt(powerOfTen(scale));
  const whole = BigInt(magnitude) / unit;
  const fraction = String(BigInt(magnitude) % unit)
    .padStart(scale, '0')
    .replace(/0+$/, '');
  return `${value < 0 ? '-' : ''}${whole}${scale === 0 || fraction === '' ? '' : `.${fraction}`}`;
}
