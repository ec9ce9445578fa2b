import { BOOLEAN, NULL_TYPE, type SqlType, TEXT, typeName } from '../../core/types.ts';
import type { Expression } from '../ast.ts';
import type { Expr, FunctionName } from '../plan.ts';
import { bindArithmetic, bindConcatenation, bindNegation } from './bind-arithmetic.ts';
import { bindCall } from './bind-call.ts';
import { bindLiteral } from './bind-literal.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { ExpressionBinding, Scope } from './expression-binding.ts';
import {
  assign,
  castExists,
  castHint,
  castTo,
  coerce,
  isScalar,
  isTextLiteral,
  type Placed,
  resolveType,
  sameForm,
  unify,
} from './type-rules.ts';

/** Gives expressions of one scope their types, and writes casts out. Every method gives null after reporting. */
export class ExpressionBinder implements ExpressionBinding {
  readonly diagnostics: Diagnostics;
  readonly scope: Scope;

  constructor(diagnostics: Diagnostics, scope: Scope) {
    this.diagnostics = diagnostics;
    this.scope = scope;
  }

  bind(node: Expression): Expr | null {
    switch (node.kind) {
      case 'literal':
        return bindLiteral(node.value, node.at, this.diagnostics);
      case 'name':
        return this.scope.name(node.parts, node.at);
      case 'dollar':
        return this.scope.dollar(node.parts, node.at);
      case 'unary':
        return node.operator === 'not' ? this.#not(node.argument) : bindNegation(this, node);
      case 'binary':
        return this.#binary(node);
      case 'is':
        return this.#is(node);
      case 'between':
        return this.#between(node);
      case 'in':
        return this.#in(node);
      case 'like':
        return this.#like(node);
      case 'case':
        return this.#case(node);
      case 'cast':
        return this.#cast(node);
      case 'call':
        return bindCall(this, node);
      case 'list':
        for (const item of node.items) this.bind(item);
        return this.diagnostics.notBuilt('a list of values outside of IN', node.at);
    }
  }

  /** The expression and its place. */
  place(node: Expression): Placed | null {
    const expr = this.bind(node);
    return expr === null ? null : { expr, at: node.at };
  }

  /** All of them, or null when one failed; every one is looked at. */
  placeAll(nodes: readonly Expression[]): readonly Placed[] | null {
    const placed = nodes.map((node) => this.place(node));
    return placed.includes(null) ? null : (placed as Placed[]);
  }

  /** A BOOLEAN. `what` names the place, e.g. "WHERE". */
  bindCondition(node: Expression, what: string): Expr | null {
    return this.bindAs(node, BOOLEAN, what);
  }

  /** A value that widens to `type`. */
  bindAs(node: Expression, type: SqlType, what: string): Expr | null {
    const placed = this.place(node);
    if (placed === null) return null;
    const coerced = coerce(placed, type, this.diagnostics);
    if (coerced !== undefined) return coerced;
    const found = placed.expr.type;
    return this.diagnostics.mismatch(what, typeName(type), found, node.at, castHint(type, found));
  }

  /** A value for a column of `type`: numbers narrow, too. */
  bindAssignment(node: Expression, type: SqlType, what: string): Expr | null {
    const placed = this.place(node);
    if (placed === null) return null;
    const assigned = assign(placed, type, this.diagnostics);
    if (assigned !== undefined) return assigned;
    const found = placed.expr.type;
    return this.diagnostics.mismatch(what, typeName(type), found, node.at, castHint(type, found));
  }

  #not(node: Expression): Expr | null {
    const argument = this.bindCondition(node, 'the operand of NOT');
    return argument === null ? null : call('not', BOOLEAN, [argument]);
  }

  #binary(node: Extract<Expression, { kind: 'binary' }>): Expr | null {
    switch (node.operator) {
      case 'and':
      case 'or':
        return this.#chain(node, node.operator);
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return bindArithmetic(this, node, node.operator);
      case '||':
        return bindConcatenation(this, node);
      case 'startsWith':
      case 'endsWith':
      case 'contains':
        return this.#textTest(node, node.operator);
      default:
        return this.#comparison(node, COMPARISONS[node.operator], node.operator);
    }
  }

  /** AND and OR of many operands are one call. */
  #chain(node: Extract<Expression, { kind: 'binary' }>, operator: 'and' | 'or'): Expr | null {
    const args: Expr[] = [];
    let failed = false;
    const visit = (operand: Expression): void => {
      if (operand.kind === 'binary' && operand.operator === operator) {
        visit(operand.left);
        visit(operand.right);
        return;
      }
      const bound = this.bindCondition(operand, `an operand of ${operator.toUpperCase()}`);
      if (bound === null) failed = true;
      else args.push(bound);
    };
    visit(node);
    return failed ? null : call(operator, BOOLEAN, args);
  }

  #comparison(
    node: Extract<Expression, { kind: 'binary' }>,
    name: FunctionName,
    operator: string,
  ): Expr | null {
    const sides = this.placeAll([node.left, node.right]);
    return sides === null ? null : this.compare(sides, name, operator);
  }

  /** A comparison of two placed sides. Vertices and edges compare by identity only. */
  compare(sides: readonly Placed[], name: FunctionName, operator: string): Expr | null {
    const shown = OPERATOR_TEXT[operator] ?? operator;
    const unified = unify(
      sides,
      (n) => `the ${n === 0 ? 'left' : 'right'} side of ${shown}`,
      this.diagnostics,
    );
    if (unified === null) return null;
    if (!isComparable(unified.type, name)) {
      const place = sides.find(({ expr }) => !isTextLiteral(expr)) ?? sides[0];
      return this.diagnostics.mismatch(
        `an operand of ${shown}`,
        'a value that compares',
        unified.type,
        (place as Placed).at,
        castHint(TEXT, unified.type),
      );
    }
    return call(name, BOOLEAN, unified.exprs);
  }

  #textTest(
    node: Extract<Expression, { kind: 'binary' }>,
    name: 'startsWith' | 'endsWith' | 'contains',
  ): Expr | null {
    const shown = OPERATOR_TEXT[name] as string;
    const left = this.bindAs(node.left, TEXT, `the left side of ${shown}`);
    const right = this.bindAs(node.right, TEXT, `the right side of ${shown}`);
    return left === null || right === null ? null : call(name, BOOLEAN, [left, right]);
  }

  #is(node: Extract<Expression, { kind: 'is' }>): Expr | null {
    if (node.what === 'null') {
      const argument = this.bind(node.argument);
      return argument === null ? null : call(node.negated ? 'isNotNull' : 'isNull', BOOLEAN, [argument]);
    }
    const what = node.what.toUpperCase();
    const argument = this.bindCondition(node.argument, `the operand of IS ${what}`);
    if (argument === null) return null;
    const test = call(node.what === 'true' ? 'isTrue' : 'isFalse', BOOLEAN, [argument]);
    return node.negated ? call('not', BOOLEAN, [test]) : test;
  }

  #between(node: Extract<Expression, { kind: 'between' }>): Expr | null {
    const placed = this.placeAll([node.argument, node.low, node.high]);
    if (placed === null) return null;
    const [argument, low, high] = placed as [Placed, Placed, Placed];
    const from = this.compare([argument, low], 'greaterEqual', 'BETWEEN');
    const to = this.compare([argument, high], 'lessEqual', 'BETWEEN');
    if (from === null || to === null) return null;
    const both = call('and', BOOLEAN, [from, to]);
    return node.negated ? call('not', BOOLEAN, [both]) : both;
  }

  #in(node: Extract<Expression, { kind: 'in' }>): Expr | null {
    const placed = this.placeAll([node.argument, ...node.list]);
    if (placed === null) return null;
    const collection = placed[1];
    if (collection !== undefined && placed.length === 2 && collection.expr.type.kind === 'list') {
      return this.#inList(placed[0] as Placed, collection, collection.expr.type.element, node.negated);
    }
    if (collection !== undefined && node.computed) {
      const { type } = collection.expr;
      const hint = 'Put values in parentheses: IN (a, b).';
      return this.diagnostics.mismatch('the right side of IN', 'a list', type, collection.at, hint);
    }
    const unified = unify(
      placed,
      (n) => (n === 0 ? 'the left side of IN' : `value ${n} of IN`),
      this.diagnostics,
    );
    if (unified === null) return null;
    const test = call('in', BOOLEAN, unified.exprs);
    return node.negated ? call('not', BOOLEAN, [test]) : test;
  }

  /** IN over a list that is computed: labels(a), vertices(p), a COLLECT. */
  #inList(argument: Placed, list: Placed, element: SqlType, negated: boolean): Expr | null {
    const { expr, at } = argument;
    const isElement = sameForm(expr.type, element) && (element.kind === 'vertex' || element.kind === 'edge');
    const one = isElement
      ? expr
      : isScalar(element)
        ? coerce(argument, element, this.diagnostics)
        : undefined;
    if (one === undefined)
      return this.diagnostics.mismatch('the left side of IN', typeName(element), expr.type, at);
    if (one === null) return null;
    const test = call('inList', BOOLEAN, [one, list.expr]);
    return negated ? call('not', BOOLEAN, [test]) : test;
  }

  #like(node: Extract<Expression, { kind: 'like' }>): Expr | null {
    const what = node.ignoreCase ? 'ILIKE' : 'LIKE';
    const argument = this.bindAs(node.argument, TEXT, `the left side of ${what}`);
    const pattern = this.bindAs(node.pattern, TEXT, `the pattern of ${what}`);
    if (argument === null || pattern === null) return null;
    const test = call(node.ignoreCase ? 'ilike' : 'like', BOOLEAN, [argument, pattern]);
    return node.negated ? call('not', BOOLEAN, [test]) : test;
  }

  #case(node: Extract<Expression, { kind: 'case' }>): Expr | null {
    const operand = node.operand === null ? null : this.place(node.operand);
    const conditions = node.branches.map(({ when }) => {
      if (node.operand === null) return this.bindCondition(when, 'WHEN');
      const placed = this.place(when);
      if (operand === null || placed === null) return null;
      return this.compare([operand, placed], 'equal', 'CASE … WHEN');
    });
    const thens = node.branches.map(({ then }) => this.place(then));
    const otherwise = node.otherwise === null ? undefined : this.place(node.otherwise);
    if (conditions.includes(null) || thens.includes(null) || otherwise === null) return null;
    const results = otherwise === undefined ? (thens as Placed[]) : [...(thens as Placed[]), otherwise];
    const unified = unify(
      results,
      (n) => (n < thens.length ? `THEN of branch ${n + 1}` : 'ELSE'),
      this.diagnostics,
    );
    if (unified === null) return null;
    return {
      kind: 'case',
      type: unified.type,
      // biome-ignore lint/suspicious/noThenProperty: a branch of CASE has a THEN, as in plans.
      branches: conditions.map((when, n) => ({ when: when as Expr, then: unified.exprs[n] as Expr })),
      otherwise: otherwise === undefined ? null : (unified.exprs.at(-1) as Expr),
    };
  }

  #cast(node: Extract<Expression, { kind: 'cast' }>): Expr | null {
    const type = resolveType(node.type, this.diagnostics);
    const placed = this.place(node.argument);
    if (type === null || placed === null) return null;
    if (isTextLiteral(placed.expr) && type.kind !== 'text') {
      return coerce(placed, type, this.diagnostics) ?? null;
    }
    if (!castExists(placed.expr.type, type)) {
      return this.diagnostics.mismatch(
        `the operand of CAST AS ${typeName(type)}`,
        'a value that converts',
        placed.expr.type,
        placed.at,
      );
    }
    return castTo(placed.expr, type);
  }
}

type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=' | 'isDistinctFrom' | 'isNotDistinctFrom';

const COMPARISONS: Readonly<Record<Comparison, FunctionName>> = {
  '=': 'equal',
  '<>': 'notEqual',
  '<': 'less',
  '<=': 'lessEqual',
  '>': 'greater',
  '>=': 'greaterEqual',
  isDistinctFrom: 'distinctFrom',
  isNotDistinctFrom: 'notDistinctFrom',
};

const OPERATOR_TEXT: Readonly<Record<string, string>> = {
  isDistinctFrom: 'IS DISTINCT FROM',
  isNotDistinctFrom: 'IS NOT DISTINCT FROM',
  startsWith: 'STARTS WITH',
  endsWith: 'ENDS WITH',
  contains: 'CONTAINS',
};

/** Scalars compare in every way; vertices and single edges only by identity. */
function isComparable(type: SqlType, name: FunctionName): boolean {
  if (isScalar(type) || type.kind === NULL_TYPE.kind) return true;
  const identity =
    name === 'equal' || name === 'notEqual' || name === 'distinctFrom' || name === 'notDistinctFrom';
  return identity && (type.kind === 'vertex' || (type.kind === 'edge' && !type.merged));
}

/** A call of an engine function. */
export function call(name: FunctionName, type: SqlType, args: readonly Expr[]): Expr {
  return { kind: 'call', type, name, args };
}
