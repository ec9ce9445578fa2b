import { present } from '../../core/assert.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { ColumnDefinition, Expression, Identifier, RelationBody } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseOptions } from './options.ts';
import { parseTypeName } from './type-name.ts';

/** What SQL lets a column have and Ringwatch does not yet, by first word. */
const UNBUILT_COLUMN_PARTS: Readonly<Record<string, string>> = {
  PII: 'PII columns',
  DEFAULT: 'DEFAULT of a column',
  UNIQUE: 'UNIQUE',
  CHECK: 'a second CHECK of a column',
  REFERENCES: 'REFERENCES of a column',
  COLLATE: 'COLLATE',
  CONSTRAINT: 'named constraints',
};

const UNBUILT_TABLE_PARTS: Readonly<Record<string, string>> = {
  UNIQUE: 'UNIQUE',
  CHECK: 'CHECK apart from its column',
  CONSTRAINT: 'named constraints',
  FOREIGN: 'FOREIGN KEY',
  EXCLUDE: 'EXCLUDE',
  LIKE: 'LIKE of a table',
};

/** `(columns, PRIMARY KEY (…), WATERMARK FOR …) [WITH (…)]`: what follows the name in CREATE SOURCE and CREATE TABLE. */
export function parseRelationBody(cursor: Cursor): RelationBody {
  const columns: ColumnDefinition[] = [];
  let primaryKey: readonly Identifier[] | null = null;
  let watermark: RelationBody['watermark'] = null;
  cursor.expectSymbol('(');
  cursor.commaList(() => {
    const token = cursor.peek();
    if (cursor.looksLike('PRIMARY') && cursor.looksLike('KEY', 1)) {
      if (primaryKey !== null) throw cursor.invalid('a relation has one PRIMARY KEY');
      cursor.advance();
      cursor.advance();
      primaryKey = cursor.expectNames('a column');
    } else if (cursor.looksLike('WATERMARK') && cursor.looksLike('FOR', 1)) {
      if (watermark !== null) throw cursor.invalid('a relation has one WATERMARK');
      watermark = parseWatermark(cursor);
    } else {
      const next = cursor.peek(1);
      const feature = UNBUILT_TABLE_PARTS[token.keyword];
      const constraint = token.keyword === 'CONSTRAINT' || token.keyword === 'LIKE';
      if (feature !== undefined && (constraint || next.text === '(' || next.keyword === 'KEY'))
        throw cursor.notBuilt(feature);
      columns.push(parseColumn(cursor));
    }
  });
  cursor.expectSymbol(')');
  return { columns, primaryKey, watermark, options: parseOptions(cursor) };
}

function parseWatermark(cursor: Cursor): NonNullable<RelationBody['watermark']> {
  const at = cursor.position();
  cursor.expectWords('WATERMARK', 'FOR');
  const column = cursor.expectName('a column');
  const expression = cursor.acceptWord('AS') ? parseExpression(cursor) : null;
  return { column, expression, at };
}

function parseColumn(cursor: Cursor): ColumnDefinition {
  const name = cursor.expectName('a column');
  if (cursor.looksLike('AS'))
    cursor.fail('a type', 'A generated column has a type too: name TYPE AS expression.');
  const type = parseTypeName(cursor);
  let primaryKey = false;
  let notNull = false;
  let nullable = false;
  let from: ColumnDefinition['from'] = null;
  let generated: Expression | null = null;
  let check: ColumnDefinition['check'] = null;
  for (;;) {
    if (!primaryKey && cursor.acceptWords('PRIMARY', 'KEY')) primaryKey = true;
    else if (!notNull && !nullable && cursor.acceptWords('NOT', 'NULL')) notNull = true;
    else if (!notNull && !nullable && cursor.looksLike('NULL')) nullable = cursor.advance() !== null;
    else if (from === null && cursor.acceptWord('FROM'))
      from = cursor.expectText('the name of a field in quotes');
    else if (generated === null && cursor.isWord('AS')) generated = parseGenerated(cursor);
    else if (generated === null && cursor.looksLike('GENERATED')) generated = parseGenerated(cursor);
    else if (check === null && cursor.looksLike('CHECK')) check = parseCheck(cursor, name);
    else break;
  }
  const feature = UNBUILT_COLUMN_PARTS[cursor.peek().keyword];
  if (feature !== undefined) throw cursor.notBuilt(feature);
  if (generated !== null && from !== null) {
    throw cursor.invalid('a column is read from a field or generated, not both', present(from).at);
  }
  return { name, type, primaryKey, notNull, from, generated, check };
}

/** `CHECK (name >= 0)`: of the conditions that SQL allows the one that Ringwatch keeps. */
function parseCheck(cursor: Cursor, column: Identifier): SourcePosition {
  const at = cursor.position();
  const other = () =>
    cursor.notBuilt('CHECK of another form', cursor.peek(), `Write CHECK (${column.name} >= 0).`);
  cursor.expectWord('CHECK');
  if (!cursor.looksLikeSymbol('(')) throw other();
  cursor.advance();
  const named = cursor.peek();
  const isName = named.kind === 'word' || named.kind === 'quoted';
  if (!isName || cursor.identifier(named).name !== column.name) throw other();
  cursor.advance();
  if (!cursor.looksLikeSymbol('>=')) throw other();
  cursor.advance();
  if (cursor.peek().kind !== 'integer' || cursor.peek().text !== '0') throw other();
  cursor.advance();
  if (!cursor.looksLikeSymbol(')')) throw other();
  cursor.advance();
  return at;
}

/** `AS expression`, and SQL's `GENERATED ALWAYS AS (expression) STORED`. */
function parseGenerated(cursor: Cursor): Expression {
  const long = cursor.looksLike('GENERATED');
  if (long) {
    cursor.advance();
    cursor.expectWord('ALWAYS');
  }
  cursor.expectWord('AS');
  if (cursor.looksLike('IDENTITY')) throw cursor.notBuilt('IDENTITY columns');
  const expression = parseExpression(cursor);
  if (long) cursor.acceptWord('STORED');
  return expression;
}
