import type { TypeName } from '../ast.ts';
import { foldCase } from '../lexer.ts';
import type { Cursor } from './cursor.ts';

/** Other spellings of a type, PostgreSQL's own included, by the name that the tree uses. */
const SPELLINGS: Readonly<Record<string, string>> = {
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  bool: 'boolean',
  decimal: 'numeric',
  dec: 'numeric',
  float: 'double precision',
  float4: 'real',
  float8: 'double precision',
  double: 'double precision',
  string: 'text',
  varchar: 'character varying',
  char: 'character',
  bpchar: 'character',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
};

/** The one spelling of a type name in lower case; itself where it has no other. */
export function canonicalTypeName(name: string): string {
  return Object.hasOwn(SPELLINGS, name) ? (SPELLINGS[name] ?? name) : name;
}

/** `NUMERIC(18,2)`, `DOUBLE PRECISION`, `TIMESTAMP WITH TIME ZONE`, … Whether the type exists is the binder's. */
export function parseTypeName(cursor: Cursor): TypeName {
  if (!cursor.looksLikeName()) cursor.fail('a type');
  const first = cursor.advance();
  const at = cursor.position(first);
  let name = first.kind === 'quoted' ? first.text : foldCase(first.text);
  if (name === 'double' && cursor.looksLike('PRECISION')) cursor.advance();
  if (name === 'character' && cursor.looksLike('VARYING')) {
    cursor.advance();
    name = 'character varying';
  }
  const parameters = parseArguments(cursor);
  if (name === 'timestamp' || name === 'time') name += timeZoneSuffix(cursor);
  if (cursor.looksLikeSymbol('[')) throw cursor.notBuilt('array types');
  return { name: canonicalTypeName(name), arguments: parameters, at };
}

function parseArguments(cursor: Cursor): number[] {
  if (!cursor.looksLikeSymbol('(')) return [];
  cursor.advance();
  const parameters = cursor.commaList(() => cursor.expectCount('a whole number').count);
  cursor.expectSymbol(')');
  return parameters;
}

function timeZoneSuffix(cursor: Cursor): string {
  const which = cursor.looksLike('WITH') ? 'with' : cursor.looksLike('WITHOUT') ? 'without' : null;
  if (which === null || !cursor.looksLike('TIME', 1)) return '';
  cursor.advance();
  cursor.expectWords('TIME', 'ZONE');
  return ` ${which} time zone`;
}
