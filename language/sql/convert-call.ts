import type { FuncCall, Node } from 'libpg-query';
import { present } from '../../core/assert.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Expression, Identifier } from '../ast.ts';
import { convertWindow } from './convert-window.ts';
import type { SqlBody } from './sql-body.ts';

type Call = Extract<Expression, { kind: 'call' }>;

/** Functions that stand for SQL's own syntax in PostgreSQL's tree, by what was written. */
const SQL_SYNTAX: ReadonlyMap<string, string> = new Map([
  ['extract', 'extract'],
  ['substring', 'substring'],
  ['position', 'position'],
  ['btrim', 'trim'],
  ['ltrim', 'ltrim'],
  ['rtrim', 'rtrim'],
]);

const UNBUILT_SYNTAX: ReadonlyMap<string, string> = new Map([
  ['timezone', 'AT TIME ZONE'],
  ['overlay', 'OVERLAY'],
  ['overlaps', 'OVERLAPS'],
  ['is_normalized', 'IS NORMALIZED'],
  ['normalize', 'NORMALIZE'],
  ['pg_collation_for', 'COLLATION FOR'],
  ['xmlexists', 'XMLEXISTS'],
  ['system_user', 'SYSTEM_USER'],
]);

/** A call without anything that only some calls have. */
export function plainCall(at: SourcePosition, name: string, args: readonly Expression[]): Call {
  return {
    kind: 'call',
    at,
    name: [{ name, at }],
    args,
    star: false,
    distinct: false,
    filter: null,
    over: null,
  };
}

/** A function call or aggregate of PostgreSQL's tree. */
export function convertCall(body: SqlBody, call: FuncCall, fallback: SourcePosition): Expression {
  const at = body.at(call.location, fallback);
  const names = (call.funcname ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : ''));
  if (call.funcformat === 'COERCE_SQL_SYNTAX') return convertSqlSyntax(body, call, present(names.at(-1)), at);
  if ((call.agg_order ?? []).length > 0) throw body.notBuilt('ORDER BY in an aggregate', at);
  if (call.agg_within_group === true) throw body.notBuilt('WITHIN GROUP', at);
  if (call.func_variadic === true) throw body.notBuilt('VARIADIC', at);
  const index = body.indexAt(call.location);
  const name: readonly Identifier[] =
    index === null ? names.map((part) => ({ name: part, at })) : body.dotted(index, names.length);
  return {
    kind: 'call',
    at,
    name,
    args: convertAll(body, call.args, at),
    star: call.agg_star === true,
    distinct: call.agg_distinct === true,
    filter: call.agg_filter === undefined ? null : body.expression(call.agg_filter, at),
    over: convertOver(body, call, at),
  };
}

/** Several expressions, in order. */
export function convertAll(
  body: SqlBody,
  nodes: readonly Node[] | undefined,
  at: SourcePosition,
): Expression[] {
  return (nodes ?? []).map((node) => body.expression(node, at));
}

function convertOver(body: SqlBody, call: FuncCall, at: SourcePosition): Call['over'] {
  const over = call.over;
  if (over === undefined) return null;
  if (over.name === undefined) return { window: convertWindow(body, over, at) };
  const index = body.indexAt(over.location);
  return { name: index === null ? { name: over.name, at } : body.identifier(index) };
}

function convertSqlSyntax(body: SqlBody, call: FuncCall, name: string, at: SourcePosition): Expression {
  const written = SQL_SYNTAX.get(name);
  if (written === undefined) throw body.notBuilt(UNBUILT_SYNTAX.get(name) ?? `the SQL form of ${name}`, at);
  const args = convertAll(body, call.args, at);
  // PostgreSQL's function has the text first, SQL's POSITION (part IN text) the part.
  return plainCall(at, written, name === 'position' ? args.reverse() : args);
}
