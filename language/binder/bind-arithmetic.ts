import { negate } from '../../core/integer.ts';
import {
  BIGINT,
  INTERVAL,
  NUMERIC_SCALE_DEFAULT,
  numeric,
  type SqlType,
  scaleOf,
  TEXT,
  TIMESTAMPTZ,
} from '../../core/types.ts';
import type { Expression } from '../ast.ts';
import type { Expr, FunctionName } from '../plan.ts';
import type { ExpressionBinding } from './expression-binding.ts';
import { castHint, castTo, commonType, isNumber, isScalar, type Placed } from './type-rules.ts';

type Binary = Extract<Expression, { kind: 'binary' }>;
type Operator = '+' | '-' | '*' | '/' | '%';

const NAMES: Readonly<Record<Operator, FunctionName>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
};

/** Past this scale a product is rounded back to NUMERIC_SCALE_DEFAULT decimals, so that chains of products end. */
const PRODUCT_SCALE_MAX = 100;

/** a + b and the like: numbers, times and intervals. */
export function bindArithmetic(binder: ExpressionBinding, node: Binary, operator: Operator): Expr | null {
  const sides = binder.placeAll([node.left, node.right]);
  return sides === null ? null : arithmetic(binder, sides[0] as Placed, sides[1] as Placed, operator);
}

/** The operation over two placed sides: what `%` and MOD share. */
export function arithmetic(
  binder: ExpressionBinding,
  left: Placed,
  right: Placed,
  operator: Operator,
): Expr | null {
  const a = nullAs(left.expr, right.expr.type);
  const b = nullAs(right.expr, left.expr.type);
  if (isNumber(a.type) && isNumber(b.type)) {
    if (operator === '%' && (a.type.kind === 'double' || b.type.kind === 'double')) {
      const at = a.type.kind === 'double' ? left.at : right.at;
      return binder.diagnostics.mismatch('an operand of %', 'an exact number', 'DOUBLE PRECISION', at);
    }
    return numberArithmetic(a, b, operator);
  }
  return timeArithmetic(a, b, operator) ?? refuse(binder, left, right, operator);
}

/** A bare NULL takes the type of the other side. */
function nullAs(expr: Expr, other: SqlType): Expr {
  if (expr.type.kind !== 'null') return expr;
  return castTo(expr, isNumber(other) || other.kind === 'interval' ? other : BIGINT);
}

function numberArithmetic(a: Expr, b: Expr, operator: Operator): Expr {
  const common = commonType(a.type, b.type) as SqlType;
  const name = NAMES[operator];
  if (common.kind !== 'numeric') {
    return { kind: 'call', type: common, name, args: [castTo(a, common), castTo(b, common)] };
  }
  const left = asNumeric(a);
  const right = asNumeric(b);
  if (operator === '*') return product(left, right, common.trimmed);
  if (operator === '/') {
    return { kind: 'call', type: numeric(null, NUMERIC_SCALE_DEFAULT, true), name, args: [left, right] };
  }
  const type = numeric(null, common.scale, common.trimmed);
  return { kind: 'call', type, name, args: [atScale(left, common.scale), atScale(right, common.scale)] };
}

function product(left: Expr, right: Expr, trimmed: boolean): Expr {
  const scale = scaleOf(left.type) + scaleOf(right.type);
  const made: Expr = {
    kind: 'call',
    type: numeric(null, scale, trimmed),
    name: 'multiply',
    args: [left, right],
  };
  return scale <= PRODUCT_SCALE_MAX ? made : castTo(made, numeric(null, NUMERIC_SCALE_DEFAULT, true));
}

function asNumeric(expr: Expr): Expr {
  return expr.type.kind === 'numeric' ? expr : castTo(expr, numeric(null, 0));
}

function atScale(expr: Expr, scale: number): Expr {
  return scaleOf(expr.type) === scale ? expr : castTo(expr, numeric(null, scale));
}

/** Times and intervals; null where the operator has no such form. */
function timeArithmetic(a: Expr, b: Expr, operator: Operator): Expr | null {
  const name = NAMES[operator];
  const left = a.type.kind;
  const right = b.type.kind;
  const make = (type: SqlType, args: readonly Expr[]): Expr => ({ kind: 'call', type, name, args });
  const isWhole = (kind: SqlType['kind']) => kind === 'integer' || kind === 'bigint';
  switch (operator) {
    case '+':
      if (left === 'timestamptz' && right === 'interval') return make(TIMESTAMPTZ, [a, b]);
      if (left === 'interval' && right === 'timestamptz') return make(TIMESTAMPTZ, [b, a]);
      return left === 'interval' && right === 'interval' ? make(INTERVAL, [a, b]) : null;
    case '-':
      if (left === 'timestamptz' && right === 'timestamptz') return make(INTERVAL, [a, b]);
      if (left === 'timestamptz' && right === 'interval') return make(TIMESTAMPTZ, [a, b]);
      return left === 'interval' && right === 'interval' ? make(INTERVAL, [a, b]) : null;
    case '*':
      if (left === 'interval' && isWhole(right)) return make(INTERVAL, [a, b]);
      return isWhole(left) && right === 'interval' ? make(INTERVAL, [b, a]) : null;
    default:
      return null;
  }
}

function refuse(binder: ExpressionBinding, left: Placed, right: Placed, operator: Operator): null {
  const isTime = ({ expr }: Placed) => expr.type.kind === 'timestamptz' || expr.type.kind === 'interval';
  const shifts = operator === '+' || operator === '-';
  if (isTime(left) && shifts) {
    return binder.diagnostics.mismatch(
      `the right side of ${operator}`,
      'an INTERVAL',
      right.expr.type,
      right.at,
      "Write an interval like INTERVAL '5 minutes'.",
    );
  }
  const place = isNumber(left.expr.type) ? right : left;
  const found = place.expr.type;
  const joins = found.kind === 'text' && operator === '+';
  return binder.diagnostics.mismatch(
    `the ${place === left ? 'left' : 'right'} side of ${operator}`,
    'a number',
    found,
    place.at,
    joins ? 'Texts are joined by ||.' : castHint(BIGINT, found),
  );
}

/** `-a` and `+a`; a literal is folded. */
export function bindNegation(
  binder: ExpressionBinding,
  node: Extract<Expression, { kind: 'unary' }>,
): Expr | null {
  const argument = binder.bind(node.argument);
  if (argument === null) return null;
  const type = argument.type.kind === 'null' ? BIGINT : argument.type;
  if (!isNumber(type) && type.kind !== 'interval') {
    return binder.diagnostics.mismatch(
      `the operand of ${node.operator}`,
      'a number',
      argument.type,
      node.argument.at,
      castHint(BIGINT, argument.type),
    );
  }
  if (node.operator === '+') return argument;
  if (argument.kind === 'literal') {
    const { value } = argument;
    if (type.kind === 'double') return { ...argument, value: 0 - Number(value) };
    if (typeof value === 'number' || typeof value === 'bigint') return { ...argument, value: negate(value) };
  }
  return { kind: 'call', type, name: 'negate', args: [argument] };
}

/** `a || b`: NULL if one is; other scalars beside a TEXT become text. */
export function bindConcatenation(binder: ExpressionBinding, node: Binary): Expr | null {
  const sides = binder.placeAll([node.left, node.right]);
  if (sides === null) return null;
  const anyText = sides.some(({ expr }) => expr.type.kind === 'text');
  for (const { expr, at } of sides) {
    if (!isScalar(expr.type) && expr.type.kind !== 'null') {
      return binder.diagnostics.mismatch(
        'an operand of ||',
        'TEXT',
        expr.type,
        at,
        castHint(TEXT, expr.type),
      );
    }
    if (!anyText && expr.type.kind !== 'null') {
      return binder.diagnostics.mismatch(
        'an operand of ||',
        'TEXT',
        expr.type,
        at,
        castHint(TEXT, expr.type),
      );
    }
  }
  return { kind: 'call', type: TEXT, name: 'concat', args: sides.map(({ expr }) => castTo(expr, TEXT)) };
}
