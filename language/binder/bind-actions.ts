import type { Action, CreateRule } from '../ast.ts';
import { type ActionsPlan, type Column, type Expr, transfersOf } from '../plan.ts';
import { constantInterval } from './bind-literal.ts';
import type { BoundRelation, Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { ExpressionBinder } from './expression-binder.ts';
import { keyValue } from './job-scope.ts';

type Severity = NonNullable<ActionsPlan['alert']>['severity'];
const SEVERITIES: readonly Severity[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

/** What DO is bound against: the triggering relation, and names as DO reads them. */
export interface ActionsContext {
  readonly catalog: Catalog;
  readonly diagnostics: Diagnostics;
  readonly binder: ExpressionBinder;
  /** Null where errors hide it. */
  readonly trigger: BoundRelation | null;
}

type TransferAction = NonNullable<ActionsPlan['transfers']>[number];

/** Kinds that may stand several times. */
const MANY: ReadonlySet<Action['kind']> = new Set<Action['kind']>(['insert', 'transfer', 'webhook']);

/** The actions of a rule. Each kind but INSERT, TRANSFER and WEBHOOK stands once. */
export function bindActions(statement: CreateRule, context: ActionsContext): ActionsPlan {
  const plan: {
    alert: ActionsPlan['alert'];
    decide: ActionsPlan['decide'];
    refuse: boolean;
    inserts: ActionsPlan['inserts'][number][];
    webhooks: string[];
  } = { alert: null, decide: null, refuse: false, inserts: [], webhooks: [] };
  const transfers: TransferAction[] = [];
  const seen = new Set<Action['kind']>();
  if (statement.actions.length === 0) {
    context.diagnostics.invalid('a rule has to DO something', statement.name.at, "Add DO ALERT 'title'.");
  }
  for (const action of statement.actions) {
    if (seen.has(action.kind) && !MANY.has(action.kind)) {
      context.diagnostics.invalid(`${action.kind.toUpperCase()} stands twice`, action.at);
    }
    seen.add(action.kind);
    switch (action.kind) {
      case 'alert':
        plan.alert = bindAlert(action, context);
        break;
      case 'decide':
        plan.decide = bindDecide(action, context);
        break;
      case 'refuse':
        checkOnEvents('REFUSE', action.at, context);
        plan.refuse = true;
        break;
      case 'insert': {
        const insert = bindInsert(action, context);
        if (insert !== null) plan.inserts.push(insert);
        break;
      }
      case 'transfer': {
        const transfer = bindTransfer(action, context);
        if (transfer !== null) transfers.push(transfer);
        break;
      }
      case 'webhook':
        if (action.endpoint.trim() === '') {
          context.diagnostics.invalid('a webhook is named by its endpoint', action.at);
        }
        plan.webhooks.push(action.endpoint);
        break;
    }
  }
  // Left out where there are none, so that the rule is the one that it was before there were any.
  return transfers.length === 0 ? plan : { ...plan, transfers };
}

function bindAlert(
  action: Extract<Action, { kind: 'alert' }>,
  context: ActionsContext,
): ActionsPlan['alert'] {
  const { diagnostics } = context;
  let severity: Severity = 'MEDIUM';
  if (action.severity !== null) {
    const written = action.severity.name.toUpperCase();
    const known = SEVERITIES.find((candidate) => candidate === written);
    if (known === undefined) diagnostics.unknown('severity', written, action.severity.at, SEVERITIES);
    else severity = known;
  }
  const key: { name: string; value: Expr }[] = [];
  const names = new Set<string>();
  for (const { value, alias } of action.key) {
    const bound = context.binder.bind(value);
    const name = alias ?? (value.kind === 'name' || value.kind === 'dollar' ? value.parts.at(-1) : undefined);
    if (name === undefined) {
      diagnostics.invalid('this column of KEY has no name', value.at, 'Name it with AS.');
      continue;
    }
    if (names.has(name.name)) {
      diagnostics.duplicate('KEY column', name);
      continue;
    }
    names.add(name.name);
    if (bound === null) continue;
    const made = keyValue(bound);
    if (made === null) diagnostics.mismatch(`the KEY column ${name.name}`, 'a value', bound.type, value.at);
    else key.push({ name: name.name, value: made });
  }
  const suppressMicros = bindSuppress(action, context);
  return { title: action.title, severity, key, suppressMicros };
}

/** SUPPRESS counts in event time, which the triggering row has to have. */
function bindSuppress(action: Extract<Action, { kind: 'alert' }>, context: ActionsContext): number | null {
  const { suppress } = action;
  if (suppress === null) return null;
  const micros = constantInterval(suppress, 'SUPPRESS', context.diagnostics);
  const { trigger } = context;
  if (trigger !== null && trigger.root !== null && trigger.eventTime === null) {
    context.diagnostics.invalid(
      `SUPPRESS counts in event time, which ${trigger.ref.name} does not have`,
      suppress.at,
      trigger.changes
        ? 'Rules on tables alert on every change.'
        : 'Add WATERMARK FOR to the source, and keep its column in the views between.',
    );
  }
  return micros;
}

/** DECIDE and REFUSE speak of the event that started the rule: rows of tables and windows are none. */
function checkOnEvents(what: string, at: Action['at'], { trigger, diagnostics }: ActionsContext): boolean {
  if (trigger === null || trigger.root === null) return false;
  if (trigger.root.kind !== 'source') {
    diagnostics.invalid(
      `${what} answers an event of a source, but ${trigger.ref.name} comes from the table ${trigger.root.name}`,
      at,
    );
    return false;
  }
  if (trigger.windowed) {
    diagnostics.invalid(
      `${what} answers the event at hand, but a row of ${trigger.ref.name} stands for a whole window`,
      at,
      'Use OVER, which fires with the event.',
    );
    return false;
  }
  return true;
}

/** The one decision on the source that the rule's relation descends from. */
function bindDecide(
  action: Extract<Action, { kind: 'decide' }>,
  context: ActionsContext,
): ActionsPlan['decide'] {
  const { catalog, diagnostics, trigger } = context;
  if (!checkOnEvents('DECIDE', action.at, context) || trigger?.root == null) return null;
  const source = trigger.root.name;
  const decision = [...catalog.decisions.values()].find((candidate) => candidate.source === source);
  if (decision === undefined) {
    if (catalog.failed.size > 0) return null;
    return diagnostics.invalid(
      `there is no decision on the source ${source}`,
      action.at,
      `Add CREATE DECISION name ON ${source} OUTCOMES (…) DEFAULT ….`,
    );
  }
  const { outcome } = action;
  if (!decision.outcomes.includes(outcome.name)) {
    return diagnostics.unknown(`outcome of ${decision.name}`, outcome.name, outcome.at, decision.outcomes);
  }
  return { decision: decision.name, outcome: outcome.name };
}

function bindInsert(
  action: Extract<Action, { kind: 'insert' }>,
  context: ActionsContext,
): ActionsPlan['inserts'][number] | null {
  const { catalog, diagnostics, binder } = context;
  const table = catalog.relation(action.table, 'table');
  if (table === null || table.ref.kind !== 'table') {
    for (const value of action.values) binder.bind(value);
    if (table === null) return null;
    return diagnostics.mismatch(
      `the target ${table.ref.name} of INSERT`,
      'a table',
      `a ${table.ref.kind}`,
      action.table.at,
    );
  }
  const columns = insertColumns(action, table, context);
  if (columns !== null && columns.length !== action.values.length) {
    diagnostics.invalid(
      `INSERT names ${columns.length} columns, but gives ${action.values.length} values`,
      action.values[0]?.at ?? action.at,
    );
  }
  const values = action.values.map((value, n) => {
    const column = table.columns[columns?.[n] ?? -1];
    if (column === undefined || column.type === null) return binder.bind(value);
    return binder.bindAssignment(value, column.type, `the value for ${column.name}`);
  });
  if (columns === null || columns.length !== values.length || values.includes(null)) return null;
  checkRequired(action, table, columns, diagnostics);
  return { table: table.ref.name, columns, values: values as Expr[] };
}

/** Columns that are named, or all that are not generated. */
function insertColumns(
  action: Extract<Action, { kind: 'insert' }>,
  table: BoundRelation,
  { catalog, diagnostics }: ActionsContext,
): readonly number[] | null {
  const plan = table.plan !== null && 'stored' in table.plan ? table.plan : null;
  if (action.columns === null) return plan?.stored ?? null;
  const columns = action.columns.map((name) => catalog.column(table, name));
  for (const [n, name] of action.columns.entries()) {
    const column = columns[n] ?? null;
    if (column !== null && columns.indexOf(column) !== n) diagnostics.duplicate('column of INSERT', name);
    if (column !== null && plan !== null && !plan.stored.includes(column)) {
      diagnostics.invalid(`${name.name} is generated, and takes no value`, name.at);
    }
  }
  return columns.includes(null) ? null : (columns as number[]);
}

function checkRequired(
  action: Extract<Action, { kind: 'insert' }>,
  table: BoundRelation,
  columns: readonly number[],
  diagnostics: Diagnostics,
): void {
  const plan = table.plan !== null && 'stored' in table.plan ? table.plan : null;
  const missing = table.columns.filter(
    ({ nullable }, index) => !nullable && !columns.includes(index) && (plan?.stored.includes(index) ?? true),
  );
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  diagnostics.invalid(`INSERT into ${table.ref.name} needs a value for ${names}`, action.at);
}

function bindTransfer(
  action: Extract<Action, { kind: 'transfer' }>,
  context: ActionsContext,
): TransferAction | null {
  const { catalog, diagnostics, binder } = context;
  const given = [...action.from, ...action.to, action.amount];
  const table = catalog.relation(action.table, 'table');
  const plan = table?.plan ?? null;
  if (table === null || plan === null || !('kind' in plan) || plan.kind !== 'table') {
    for (const value of given) binder.bind(value);
    if (table === null || table.ref.kind === 'table') return null;
    return diagnostics.mismatch(
      `the target ${table.ref.name} of TRANSFER`,
      'a table',
      `a ${table.ref.kind}`,
      action.table.at,
    );
  }
  const moved = transfersOf(plan).find(({ columnName }) => columnName === action.column.name);
  if (moved === undefined) {
    for (const value of given) binder.bind(value);
    const column = catalog.column(table, action.column);
    if (column === null) return null;
    if (plan.versionTime !== null) {
      return diagnostics.invalid(
        `the rows of ${plan.name} have versions (WATERMARK), which nothing is moved between`,
        action.column.at,
        'Keep what is moved in a table without WATERMARK.',
      );
    }
    return diagnostics.invalid(
      `${action.column.name} of ${plan.name} has no CHECK, so that nothing is moved in it`,
      action.column.at,
      `Declare it CHECK (${action.column.name} >= 0).`,
    );
  }
  for (const side of [action.from, action.to]) {
    if (side.length === moved.keyWidth) continue;
    const names = plan.key.map((index) => plan.columns[index]?.name).join(', ');
    const at = side[0]?.at ?? action.at;
    diagnostics.invalid(`a row of ${plan.name} is named by (${names})`, at);
    return null;
  }
  const values = given.map((value, n) => {
    const { name, type } = moved.columns[n] as Column;
    return binder.bindAssignment(value, type, `the value for ${name}`);
  });
  if (values.includes(null)) return null;
  return { relation: moved.name, table: plan.name, values: values as Expr[] };
}
