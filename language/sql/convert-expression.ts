import type { A_Const, A_Expr, BoolExpr, CaseExpr, ColumnRef, Node, TypeCast } from 'libpg-query';
import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { BinaryOperator, Expression } from '../ast.ts';
import { reservedHint } from '../parser/reserved-words.ts';
import { CLOCK_WORDS, clockReason, DURATION_UNITS, withUnit } from '../parser/literal.ts';
import { logicalChain } from '../parser/logical-chain.ts';
import { convertAll, convertCall, plainCall } from './convert-call.ts';
import { convertType } from './convert-type.ts';
import { foreignOperatorHint } from '../parser/slips.ts';
import type { SqlBody } from './sql-body.ts';

const OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map(
  (['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '||'] as const).map((name) => [name, name]),
);

/** Nodes that are refused, by what was written. */
const UNBUILT_NODES: Readonly<Record<string, string>> = {
  SubLink: 'subqueries',
  RowExpr: 'row values',
  A_ArrayExpr: 'ARRAY',
  A_Indirection: 'fields and elements of an expression',
  CollateClause: 'COLLATE',
  NamedArgExpr: 'named arguments',
  GroupingFunc: 'GROUPING',
  SetToDefault: 'DEFAULT as a value',
  XmlExpr: 'XML functions',
  XmlSerialize: 'XML functions',
};

/** An expression of PostgreSQL's tree. What the language does not have is refused by name, where it stands. */
export function convertExpression(
  body: SqlBody,
  node: Node | undefined,
  fallback: SourcePosition,
): Expression {
  const found = present(node, 'expression');
  if ('ColumnRef' in found) return convertName(body, found.ColumnRef, fallback);
  if ('A_Const' in found) return convertConstant(body, found.A_Const, fallback);
  if ('A_Expr' in found) return convertOperator(body, found.A_Expr, fallback);
  if ('BoolExpr' in found) return convertLogic(body, found.BoolExpr, fallback);
  if ('FuncCall' in found) return convertCall(body, found.FuncCall, fallback);
  if ('TypeCast' in found) return convertCast(body, found.TypeCast, fallback);
  if ('CaseExpr' in found) return convertCase(body, found.CaseExpr, fallback);
  if ('NullTest' in found) {
    const argument = convertExpression(body, found.NullTest.arg, fallback);
    const negated = found.NullTest.nulltesttype === 'IS_NOT_NULL';
    return { kind: 'is', at: argument.at, negated, what: 'null', argument };
  }
  if ('BooleanTest' in found) {
    const argument = convertExpression(body, found.BooleanTest.arg, fallback);
    const test = found.BooleanTest.booltesttype ?? '';
    const what = test.endsWith('TRUE') ? 'true' : test.endsWith('FALSE') ? 'false' : 'null';
    return { kind: 'is', at: argument.at, negated: test.startsWith('IS_NOT'), what, argument };
  }
  if ('CoalesceExpr' in found) {
    const at = body.at(found.CoalesceExpr.location, fallback);
    return plainCall(at, 'coalesce', convertAll(body, found.CoalesceExpr.args, at));
  }
  if ('MinMaxExpr' in found) {
    const at = body.at(found.MinMaxExpr.location, fallback);
    const name = found.MinMaxExpr.op === 'IS_GREATEST' ? 'greatest' : 'least';
    return plainCall(at, name, convertAll(body, found.MinMaxExpr.args, at));
  }
  return refuseNode(body, found, fallback);
}

function refuseNode(body: SqlBody, node: Node, fallback: SourcePosition): never {
  const [kind, content] = Object.entries(node)[0] ?? ['', {}];
  const location = (content as { readonly location?: number }).location;
  const at = body.at(location ?? -1, firstLocation(body, content) ?? fallback);
  const written = kind === 'SQLValueFunction' ? body.token(body.indexAt(location) ?? 0).keyword : '';
  if (CLOCK_WORDS.has(written)) {
    throw new RingwatchError('INVALID_DEFINITION', { reason: clockReason(written) }, { position: at });
  }
  if (written !== '') throw body.notBuilt(written, at, reservedHint(written));
  throw body.notBuilt(
    UNBUILT_NODES[kind] ?? (kind.startsWith('Json') ? 'JSON functions' : `the SQL form ${kind}`),
    at,
  );
}

/** The least location in a subtree, for nodes that have none of their own. */
function firstLocation(body: SqlBody, content: unknown): SourcePosition | null {
  let least = Number.POSITIVE_INFINITY;
  const pending: unknown[] = [content];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const location = (value as { readonly location?: unknown }).location;
    if (typeof location === 'number' && location >= 0) least = Math.min(least, location);
    pending.push(...Object.values(value).filter((child) => child !== undefined));
  }
  const index = Number.isFinite(least) ? body.indexAt(least) : null;
  return index === null ? null : body.position(body.token(index));
}

function convertName(body: SqlBody, reference: ColumnRef, fallback: SourcePosition): Expression {
  const at = body.at(reference.location, fallback);
  const fields = reference.fields ?? [];
  if (fields.some((field) => 'A_Star' in field)) throw body.notBuilt('* inside an expression', at);
  return { kind: 'name', at, parts: body.dotted(present(body.indexAt(reference.location)), fields.length) };
}

function convertConstant(body: SqlBody, constant: A_Const, fallback: SourcePosition): Expression {
  const at = body.at(constant.location, fallback);
  if (constant.isnull === true) return { kind: 'literal', at, value: { kind: 'null' } };
  if (constant.boolval !== undefined) {
    return { kind: 'literal', at, value: { kind: 'boolean', value: constant.boolval.boolval === true } };
  }
  if (constant.sval !== undefined) {
    return { kind: 'literal', at, value: { kind: 'text', value: constant.sval.sval ?? '' } };
  }
  if (constant.bsval !== undefined) throw body.notBuilt("bit strings (B'…')", at);
  const text = constant.fval?.fval ?? String(constant.ival?.ival ?? 0);
  return convertNumber(body, text, constant.location, at);
}

/** PostgreSQL folds signs into a number, and then says where the first stands; they become operators again. */
function convertNumber(
  body: SqlBody,
  text: string,
  location: number | undefined,
  at: SourcePosition,
): Expression {
  const signs: SourcePosition[] = [];
  let index = body.indexAt(location) ?? body.tokens.length;
  for (; body.token(index).kind === 'symbol' && index < body.tokens.length; index++) {
    if (body.isSymbol(index, '-')) signs.push(body.position(body.token(index)));
  }
  const digits = text.startsWith('-') ? text.slice(1) : text;
  const kind = /^[0-9]+$/.test(digits) ? 'integer' : 'decimal';
  const number: Expression = {
    kind: 'literal',
    at: signs.length === 0 ? at : body.position(body.token(index)),
    value: { kind, text: digits },
  };
  return signs.reduceRight<Expression>(
    (argument, signAt) => ({ kind: 'unary', at: signAt, operator: '-', argument }),
    number,
  );
}

function convertOperator(body: SqlBody, node: A_Expr, fallback: SourcePosition): Expression {
  const operatorAt = body.at(node.location, fallback);
  const name = (node.name ?? []).map((part) => ('String' in part ? (part.String.sval ?? '') : '')).join('.');
  if (node.kind === 'AEXPR_NULLIF') {
    return plainCall(
      operatorAt,
      'nullif',
      convertAll(body, [present(node.lexpr), present(node.rexpr)], operatorAt),
    );
  }
  if (node.lexpr === undefined) {
    if (name !== '-' && name !== '+') throw body.notBuilt(`the operator ${name}`, operatorAt);
    const argument = convertExpression(body, node.rexpr, operatorAt);
    return { kind: 'unary', at: operatorAt, operator: name, argument };
  }
  const left = convertExpression(body, node.lexpr, operatorAt);
  const at = left.at;
  switch (node.kind) {
    case 'AEXPR_OP': {
      const operator = OPERATORS.get(name);
      if (operator === undefined)
        throw body.notBuilt(`the operator ${name}`, operatorAt, foreignOperatorHint(name));
      return { kind: 'binary', at, operator, left, right: convertExpression(body, node.rexpr, at) };
    }
    case 'AEXPR_DISTINCT':
      return {
        kind: 'binary',
        at,
        operator: 'isDistinctFrom',
        left,
        right: convertExpression(body, node.rexpr, at),
      };
    case 'AEXPR_NOT_DISTINCT':
      return {
        kind: 'binary',
        at,
        operator: 'isNotDistinctFrom',
        left,
        right: convertExpression(body, node.rexpr, at),
      };
    default:
      return convertTest(body, node, name, left, operatorAt);
  }
}

function convertTest(
  body: SqlBody,
  node: A_Expr,
  name: string,
  argument: Expression,
  operatorAt: SourcePosition,
): Expression {
  const at = argument.at;
  const items = node.rexpr !== undefined && 'List' in node.rexpr ? node.rexpr.List.items : undefined;
  switch (node.kind) {
    case 'AEXPR_IN':
      return { kind: 'in', at, negated: name === '<>', argument, list: convertAll(body, items, at) };
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE': {
      const word = node.kind === 'AEXPR_LIKE' ? 'LIKE' : 'ILIKE';
      const escaped =
        node.rexpr !== undefined && 'FuncCall' in node.rexpr && node.rexpr.FuncCall.funcname?.length === 2;
      if (escaped) throw body.notBuilt(`${word} … ESCAPE`, operatorAt);
      const pattern = convertExpression(body, node.rexpr, at);
      return {
        kind: 'like',
        at,
        negated: name.startsWith('!'),
        ignoreCase: word === 'ILIKE',
        argument,
        pattern,
      };
    }
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN': {
      const [low, high] = convertAll(body, items, at);
      const negated = node.kind === 'AEXPR_NOT_BETWEEN';
      return { kind: 'between', at, negated, argument, low: present(low), high: present(high) };
    }
    case 'AEXPR_BETWEEN_SYM':
    case 'AEXPR_NOT_BETWEEN_SYM':
      throw body.notBuilt('BETWEEN SYMMETRIC', operatorAt);
    case 'AEXPR_SIMILAR':
      throw body.notBuilt('SIMILAR TO', operatorAt);
    case 'AEXPR_OP_ANY':
    case 'AEXPR_OP_ALL':
      throw body.notBuilt(`comparison with ${node.kind === 'AEXPR_OP_ANY' ? 'ANY' : 'ALL'} (…)`, operatorAt);
    default:
      throw body.notBuilt(`the operator ${name}`, operatorAt);
  }
}

function convertLogic(body: SqlBody, node: BoolExpr, fallback: SourcePosition): Expression {
  const at = body.at(node.location, fallback);
  const parts = convertAll(body, node.args, at);
  if (node.boolop === 'NOT_EXPR') return { kind: 'unary', at, operator: 'not', argument: present(parts[0]) };
  return logicalChain(node.boolop === 'AND_EXPR' ? 'and' : 'or', parts);
}

function convertCase(body: SqlBody, node: CaseExpr, fallback: SourcePosition): Expression {
  const at = body.at(node.location, fallback);
  const branches = (node.args ?? []).map((branch) => {
    const { expr, result } = 'CaseWhen' in branch ? branch.CaseWhen : {};
    // biome-ignore lint/suspicious/noThenProperty: THEN is the word, and the node is never awaited
    return { when: convertExpression(body, expr, at), then: convertExpression(body, result, at) };
  });
  return {
    kind: 'case',
    at,
    operand: node.arg === undefined ? null : convertExpression(body, node.arg, at),
    branches,
    otherwise: node.defresult === undefined ? null : convertExpression(body, node.defresult, at),
  };
}

function convertCast(body: SqlBody, cast: TypeCast, fallback: SourcePosition): Expression {
  const typeIndex = body.indexAt(cast.typeName?.location);
  // PostgreSQL adds casts of its own, which stand nowhere.
  if (typeIndex === null) return convertExpression(body, cast.arg, fallback);
  const constant = cast.arg !== undefined && 'A_Const' in cast.arg ? cast.arg.A_Const : null;
  const textIndex = constant?.sval === undefined ? null : body.indexAt(constant.location);
  if (constant !== null && textIndex !== null && typeIndex < textIndex) {
    return convertTypedLiteral(body, cast, typeIndex, textIndex);
  }
  const argument = convertExpression(body, cast.arg, fallback);
  const index = body.indexAt(cast.location);
  const at = index !== null && body.isWord(index, 'CAST') ? body.position(body.token(index)) : argument.at;
  return { kind: 'cast', at, argument, type: convertType(body, present(cast.typeName), at) };
}

/** INTERVAL '…', TIMESTAMPTZ '…': a type in front of a string. */
function convertTypedLiteral(
  body: SqlBody,
  cast: TypeCast,
  typeIndex: number,
  textIndex: number,
): Expression {
  const at = body.position(body.token(typeIndex));
  const text = body.token(textIndex).text;
  if (body.isWord(typeIndex, 'INTERVAL')) {
    const unit = body.token(textIndex + 1).keyword;
    const written = cast.typeName?.typmods ?? [];
    if (written.length === 0) return { kind: 'literal', at, value: { kind: 'interval', text } };
    const ranged = body.isWord(textIndex + 2, 'TO') || body.isSymbol(textIndex + 2, '(');
    if (!DURATION_UNITS.has(unit) || ranged) throw body.notBuilt(`INTERVAL '…' ${unit} …`, at);
    return { kind: 'literal', at, value: { kind: 'interval', text: withUnit(text, unit) } };
  }
  const type = convertType(body, present(cast.typeName), at);
  if (type.name === 'timestamptz') return { kind: 'literal', at, value: { kind: 'timestamp', text } };
  const word = body.token(typeIndex).keyword;
  if (type.name === 'timestamp' || type.name === 'date' || type.name === 'time') {
    throw body.notBuilt(`${word} '…'`, at, "Write TIMESTAMPTZ '…'.");
  }
  const argument: Expression = {
    kind: 'literal',
    at: body.position(body.token(textIndex)),
    value: { kind: 'text', value: text },
  };
  return { kind: 'cast', at, argument, type };
}
