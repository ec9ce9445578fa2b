import type { Action, CreateDecision, CreateQuery, CreateRule, Expression, Identifier } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { endsInResult, parseLinearQuery } from './linear-query.ts';
import { parseDuration } from './literal.ts';
import { parseTypeName } from './type-name.ts';

type DecisionBody = Omit<CreateDecision, 'kind' | 'at' | 'name' | 'text'>;
type RuleBody = Omit<CreateRule, 'kind' | 'at' | 'name' | 'text'>;
type QueryBody = Omit<CreateQuery, 'kind' | 'at' | 'name' | 'text'>;
type AlertAction = Extract<Action, { kind: 'alert' }>;

/** ON source OUTCOMES (…) [DEFAULT o] [FALLBACK o] [DEADLINE d], the last three in any order. */
export function parseDecisionBody(cursor: Cursor): DecisionBody {
  cursor.expectWord('ON');
  const on = cursor.expectName('a source');
  cursor.expectWord('OUTCOMES');
  const outcomes = cursor.expectNames('an outcome');
  let otherwise: Identifier | null = null;
  let fallback: Identifier | null = null;
  let deadline: Expression | null = null;
  for (;;) {
    if (otherwise === null && cursor.acceptWord('DEFAULT')) otherwise = cursor.expectName('an outcome');
    else if (fallback === null && cursor.acceptWord('FALLBACK')) fallback = cursor.expectName('an outcome');
    else if (deadline === null && cursor.acceptWord('DEADLINE')) deadline = parseDuration(cursor);
    else break;
  }
  return { on, outcomes, default: otherwise, fallback, deadline };
}

/** [AFTER INSERT|UPDATE|DELETE] ON v | ON REVISION [OF] v, then [WHEN c] [THEN query] [BUDGET n EDGES] DO actions. */
export function parseRuleBody(cursor: Cursor): RuleBody {
  const { event, on } = parseTrigger(cursor);
  const when = cursor.acceptWord('WHEN') ? parseExpression(cursor) : null;
  const then = cursor.acceptWord('THEN') ? parseLinearQuery(cursor) : null;
  const budgetEdges = parseBudget(cursor);
  cursor.expectWord('DO');
  const actions = cursor.commaList(() => parseAction(cursor));
  return { event, on, when, then, budgetEdges, actions };
}

function parseTrigger(cursor: Cursor): Pick<RuleBody, 'event' | 'on'> {
  let event: RuleBody['event'] = 'insert';
  const after = cursor.acceptWord('AFTER') !== null;
  if (after) {
    if (cursor.acceptWord('UPDATE')) event = 'update';
    else if (cursor.acceptWord('DELETE')) event = 'delete';
    else cursor.expectWord('INSERT');
    if (cursor.looksLike('OR') || cursor.looksLikeSymbol(','))
      throw cursor.notBuilt('a rule on several events');
  }
  if (cursor.looksLike('BEFORE') || cursor.looksLike('INSTEAD'))
    throw cursor.notBuilt(`${cursor.peek().keyword} …`);
  cursor.expectWord('ON');
  // A relation may be called revision.
  const revision = cursor.looksLike('REVISION') && cursor.looksLikeName(1);
  if (revision && !after) {
    cursor.advance();
    if (cursor.looksLike('OF') && cursor.looksLikeName(1)) cursor.advance();
    event = 'revision';
  }
  return { event, on: cursor.expectName('a source, table or view') };
}

function parseBudget(cursor: Cursor): RuleBody['budgetEdges'] {
  if (!cursor.acceptWord('BUDGET')) return null;
  const { count, at } = cursor.expectCount('a number of edges');
  if (count === 0) throw cursor.invalid('a BUDGET holds at least 1 edge', at);
  cursor.expectWord('EDGES');
  return { edges: count, at };
}

function parseAction(cursor: Cursor): Action {
  const at = cursor.position();
  if (cursor.acceptWord('ALERT')) return parseAlert(cursor, at);
  if (cursor.acceptWord('DECIDE')) return { kind: 'decide', at, outcome: cursor.expectName('an outcome') };
  if (cursor.acceptWord('REFUSE')) return { kind: 'refuse', at };
  if (cursor.acceptWord('INSERT')) return parseInsert(cursor, at);
  if (cursor.acceptWord('TRANSFER')) return parseTransfer(cursor, at);
  if (cursor.acceptWord('WEBHOOK'))
    return { kind: 'webhook', at, endpoint: cursor.expectText('an endpoint in quotes').text };
  return cursor.fail();
}

function parseAlert(cursor: Cursor, at: Action['at']): AlertAction {
  const title = cursor.expectText('a title in quotes').text;
  let severity: Identifier | null = null;
  let key: AlertAction['key'] | null = null;
  let suppress: Expression | null = null;
  for (;;) {
    if (severity === null && cursor.acceptWord('SEVERITY')) {
      severity = cursor.expectName('LOW, MEDIUM, HIGH or CRITICAL');
    } else if (key === null && cursor.acceptWord('KEY')) {
      cursor.expectSymbol('(');
      key = cursor.commaList(() => ({
        value: parseExpression(cursor),
        alias: cursor.acceptWord('AS') ? cursor.expectName('a name') : null,
      }));
      cursor.expectSymbol(')');
    } else if (suppress === null && cursor.acceptWord('SUPPRESS')) {
      suppress = parseDuration(cursor);
    } else {
      return { kind: 'alert', at, title, severity, key: key ?? [], suppress };
    }
  }
}

function parseInsert(cursor: Cursor, at: Action['at']): Action {
  cursor.expectWord('INTO');
  const table = cursor.expectName('a table');
  const columns = cursor.isSymbol('(') ? cursor.expectNames('a column') : null;
  if (cursor.looksLike('SELECT')) throw cursor.notBuilt('INSERT … SELECT');
  cursor.expectWord('VALUES');
  cursor.expectSymbol('(');
  const values = cursor.commaList(() => parseExpression(cursor));
  cursor.expectSymbol(')');
  if (cursor.looksLikeSymbol(',') && cursor.looksLikeSymbol('(', 1))
    throw cursor.notBuilt('INSERT of several rows');
  if (columns !== null && columns.length !== values.length) {
    throw cursor.invalid(`INSERT names ${columns.length} columns, but gives ${values.length} values`, at);
  }
  return { kind: 'insert', at, table, columns, values };
}

/** TRANSFER amount FROM key TO key OF table.column; a key of several columns in parentheses. */
function parseTransfer(cursor: Cursor, at: Action['at']): Action {
  const amount = parseExpression(cursor);
  cursor.expectWord('FROM');
  const from = parseKeyValues(cursor);
  cursor.expectWord('TO');
  const to = parseKeyValues(cursor);
  cursor.expectWord('OF');
  const table = cursor.expectName('a table');
  cursor.expectSymbol('.');
  return { kind: 'transfer', at, amount, from, to, table, column: cursor.expectName('a column') };
}

function parseKeyValues(cursor: Cursor): readonly Expression[] {
  if (!cursor.acceptSymbol('(')) return [parseExpression(cursor)];
  const values = cursor.commaList(() => parseExpression(cursor));
  cursor.expectSymbol(')');
  return values;
}

/** [(name TYPE [= default], …)] AS query [BUDGET n EDGES]. */
export function parseQueryBody(cursor: Cursor): QueryBody {
  const parameters = cursor.isSymbol('(') ? parseParameters(cursor) : [];
  cursor.expectWord('AS');
  const body = parseLinearQuery(cursor);
  if (!endsInResult(body.clauses)) cursor.fail();
  return { parameters, body, budgetEdges: parseBudget(cursor) };
}

function parseParameters(cursor: Cursor): QueryBody['parameters'] {
  cursor.expectSymbol('(');
  if (cursor.acceptSymbol(')')) return [];
  const parameters = cursor.commaList(() => {
    if (cursor.peek().kind === 'dollar')
      cursor.fail('a parameter', 'A parameter is declared without $: (name TYPE).');
    const name = cursor.expectName('a parameter');
    const type = parseTypeName(cursor);
    const given = cursor.acceptSymbol('=') ?? cursor.acceptWord('DEFAULT');
    return { name, type, default: given ? parseExpression(cursor) : null, at: name.at };
  });
  cursor.expectSymbol(')');
  return parameters;
}
