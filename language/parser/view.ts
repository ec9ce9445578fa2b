import type { CreateView, Option } from '../ast.ts';
import { parseSelect } from '../sql/select.ts';
import type { Cursor } from './cursor.ts';
import { parseOptions } from './options.ts';
import { startsStatement } from './statement-start.ts';

/** [WITH (…)] AS SELECT … [WITH (…)]. The SELECT is PostgreSQL's to parse, from AS to the options or the end. */
export function parseViewBody(cursor: Cursor): Pick<CreateView, 'select' | 'options'> {
  if (cursor.looksLikeSymbol('('))
    throw cursor.notBuilt('column names in CREATE VIEW', cursor.peek(), 'Name them in the SELECT.');
  const before = parseOptions(cursor);
  cursor.expectWord('AS');
  const from = cursor.index;
  skipBody(cursor);
  const select = parseSelect(cursor, from, cursor.index);
  const after: readonly Option[] = before.length === 0 ? parseOptions(cursor) : [];
  return { select, options: [...before, ...after] };
}

/** To the statement's end, the options or a new statement; `WITH (` begins options, as no SELECT has it outside parentheses. */
function skipBody(cursor: Cursor): void {
  let depth = 0;
  while (!cursor.atEnd()) {
    const token = cursor.peek();
    if (token.error !== null) throw token.error;
    if (depth === 0 && cursor.looksLike('WITH') && cursor.looksLikeSymbol('(', 1)) return;
    if (startsStatement(cursor, 0)) return;
    if (cursor.looksLikeSymbol('(')) depth += 1;
    if (cursor.looksLikeSymbol(')')) depth -= 1;
    cursor.advance();
  }
}
