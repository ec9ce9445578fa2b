import type { TypeName as PostgresType } from 'libpg-query';
import type { SourcePosition } from '../../core/source-position.ts';
import type { TypeName } from '../ast.ts';
import { canonicalTypeName } from '../parser/type-name.ts';
import type { SqlBody } from './sql-body.ts';

/** A type of PostgreSQL's tree by the language's one spelling. */
export function convertType(body: SqlBody, type: PostgresType, fallback: SourcePosition): TypeName {
  const at = body.at(type.location, fallback);
  const names = (type.names ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : ''));
  const own = names.length === 2 && names[0] === 'pg_catalog';
  if (!own && names.length !== 1) throw body.notBuilt('types with a schema', at);
  if (type.setof === true || type.pct_type === true) throw body.notBuilt('SETOF and %TYPE', at);
  if (type.arrayBounds !== undefined) throw body.notBuilt('array types', at);
  const name = canonicalTypeName(names.at(-1) ?? '');
  const parameters = (type.typmods ?? []).map((node) => {
    if (!('A_Const' in node) || node.A_Const.ival === undefined)
      throw body.notBuilt(`${name} (…) with that argument`, at);
    return node.A_Const.ival.ival ?? 0;
  });
  if (name === 'interval' && parameters.length > 0)
    throw body.notBuilt('INTERVAL with fields or a precision', at);
  return { name, arguments: parameters, at };
}
