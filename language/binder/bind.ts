import { assert } from '../../core/assert.ts';
import type { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type {
  CreateGraph,
  CreateRule,
  CreateSource,
  CreateTable,
  CreateView,
  Identifier,
  Statement,
} from '../ast.ts';
import {
  type Program,
  type QueryPlan,
  type RulePlan,
  type SourcePlan,
  type TablePlan,
  transfersOf,
  type ViewPlan,
} from '../plan.ts';
import { bindDecision } from './bind-decision.ts';
import { bindGraph } from './bind-graph.ts';
import { bindQuery } from './bind-query.ts';
import { bindRelation } from './bind-relation.ts';
import { bindRule } from './bind-rule.ts';
import { bindView } from './bind-view.ts';
import { Catalog } from './catalog.ts';
import { Diagnostics } from './diagnostics.ts';
import { checkInsertCycles } from './insert-cycles.ts';

/** What binding yields: the program (only without errors) and every error, in order of position. */
export interface Binding {
  readonly program: Program | null;
  readonly errors: readonly RingwatchError[];
}

/**
 * Gives names their meaning and expressions their types. `missing` are names whose statements did not parse; what
 * refers to them is no error of its own. Never throws for input.
 */
export function bindStatements(statements: readonly Statement[], missing: readonly string[] = []): Binding {
  const diagnostics = new Diagnostics();
  const unique = withoutDuplicates(statements, diagnostics);
  const bound = new Set(unique.map((statement) => statement.name.name));
  const catalog = new Catalog(
    diagnostics,
    missing.filter((name) => !bound.has(name)),
  );
  for (const statement of unique) {
    if (statement.kind === 'createSource' || statement.kind === 'createTable') {
      catalog.relations.set(statement.name.name, bindRelation(statement, diagnostics));
    }
  }
  refuseTransferNames(unique, catalog, diagnostics);
  const views = bindViews(unique.filter(isView), catalog, diagnostics);
  for (const statement of unique) {
    if (statement.kind === 'createGraph') bindGraphStatement(statement, catalog, diagnostics);
  }
  for (const statement of unique) {
    if (statement.kind !== 'createDecision') continue;
    const decision = bindDecision(statement, catalog, diagnostics);
    if (decision === null) catalog.failed.add(statement.name.name);
    else catalog.decisions.set(decision.name, decision);
  }
  const rules = bindRules(unique.filter(isRule), unique, catalog, diagnostics);
  const queries = unique.flatMap((statement): QueryPlan[] => {
    if (statement.kind !== 'createQuery') return [];
    const query = bindQuery(statement, catalog, diagnostics);
    return query === null ? [] : [query];
  });
  const { errors } = diagnostics;
  if (errors.length > 0 || missing.length > 0) return { program: null, errors };
  return { program: assemble(unique, catalog, views, rules, queries), errors };
}

/** The log names the transfers over a column by table and column: no source or table may be of that name. */
function refuseTransferNames(
  statements: readonly Statement[],
  { relations }: Catalog,
  diagnostics: Diagnostics,
): void {
  const taken = new Set<string>();
  for (const { ref, plan } of relations.values())
    if (ref.kind === 'table' && plan !== null)
      for (const transfer of transfersOf(plan as TablePlan)) taken.add(transfer.name);
  for (const { kind, name } of statements) {
    if ((kind === 'createSource' || kind === 'createTable') && taken.has(name.name))
      diagnostics.duplicate('relation', name);
  }
}

function isView(statement: Statement): statement is CreateView {
  return statement.kind === 'createView';
}

function isRule(statement: Statement): statement is CreateRule {
  return statement.kind === 'createRule';
}

/** Relations share one space of names; graphs, decisions, rules and queries have one each. */
function withoutDuplicates(statements: readonly Statement[], diagnostics: Diagnostics): Statement[] {
  const seen = new Set<string>();
  const { statementsMax } = LIMITS;
  const extra = statements[statementsMax];
  if (extra !== undefined) diagnostics.invalid(`a text has at most ${statementsMax} statements`, extra.at);
  return statements.slice(0, statementsMax).filter((statement) => {
    const [space, what] = SPACES[statement.kind];
    const name = `${space} ${statement.name.name}`;
    if (seen.has(name)) diagnostics.duplicate(what, statement.name);
    const first = !seen.has(name);
    seen.add(name);
    return first;
  });
}

const SPACES: Readonly<Record<Statement['kind'], readonly [string, string]>> = {
  createSource: ['relation', 'relation'],
  createTable: ['relation', 'relation'],
  createView: ['relation', 'relation'],
  createGraph: ['graph', 'property graph'],
  createDecision: ['decision', 'decision'],
  createRule: ['rule', 'rule'],
  createQuery: ['query', 'query'],
};

/**
 * Binds views after what they read, and finds those that read themselves. The result is in that order. Without
 * recursion: views may stand on each other thousands deep.
 */
function bindViews(
  views: readonly CreateView[],
  catalog: Catalog,
  diagnostics: Diagnostics,
): readonly string[] {
  const statements = new Map(views.map((view) => [view.name.name, view]));
  const order: string[] = [];
  const done = new Set<string>();
  for (const first of views) {
    const path: { readonly view: CreateView; readonly reads: Identifier[] }[] = [];
    const enter = (view: CreateView): void => {
      if (!done.has(view.name.name)) path.push({ view, reads: relationsRead(view).toReversed() });
    };
    enter(first);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const read = top.reads.pop();
      if (read === undefined) {
        path.pop();
        const { name } = top.view.name;
        done.add(name);
        if (bindOneView(top.view, catalog, diagnostics)) order.push(name);
        continue;
      }
      const next = statements.get(read.name);
      if (next === undefined || done.has(read.name)) continue;
      const names = path.map(({ view }) => view.name.name);
      if (names.includes(read.name)) reportCycle(names, read, catalog, diagnostics);
      else enter(next);
    }
  }
  return order;
}

/** Whether the view could be bound, errors aside. */
function bindOneView(view: CreateView, catalog: Catalog, diagnostics: Diagnostics): boolean {
  const { name } = view.name;
  const relation = catalog.failed.has(name) ? null : bindView(view, catalog, diagnostics);
  if (relation === null) catalog.failed.add(name);
  else catalog.relations.set(name, relation);
  return relation !== null;
}

function relationsRead(view: CreateView): readonly Identifier[] {
  const { from, joins } = view.select;
  return [from.kind === 'relation' ? from.name : from.relation, ...joins.map(({ table }) => table)];
}

/** The first view of the circle in the text says it, at the name that closes it; all members fail. */
function reportCycle(
  path: readonly string[],
  read: Identifier,
  catalog: Catalog,
  diagnostics: Diagnostics,
): void {
  const members = path.slice(path.indexOf(read.name));
  if (!members.some((name) => catalog.failed.has(name))) {
    const cycle = [...members, read.name].join(' -> ');
    diagnostics.report('RECURSIVE_DEFINITION', { name: read.name, cycle }, read.at);
  }
  for (const name of members) catalog.failed.add(name);
}

function bindGraphStatement(statement: CreateGraph, catalog: Catalog, diagnostics: Diagnostics): void {
  catalog.graphs.set(statement.name.name, bindGraph(statement, catalog, diagnostics));
}

/** In name order, which is the order that rules run in. */
function bindRules(
  rules: readonly CreateRule[],
  statements: readonly Statement[],
  catalog: Catalog,
  diagnostics: Diagnostics,
): readonly RulePlan[] {
  const plans = rules.flatMap((statement): RulePlan[] => {
    const plan = bindRule(statement, catalog, diagnostics);
    return plan === null ? [] : [plan];
  });
  checkInsertCycles(plans, statements.filter(isRule), diagnostics);
  return plans.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function assemble(
  statements: readonly Statement[],
  catalog: Catalog,
  views: readonly string[],
  rules: readonly RulePlan[],
  queries: readonly QueryPlan[],
): Program {
  const relations = (kind: CreateSource['kind'] | CreateTable['kind']) =>
    statements.flatMap((statement) => {
      const plan = statement.kind === kind ? catalog.relations.get(statement.name.name)?.plan : null;
      return plan ? [plan] : [];
    });
  const program: Program = {
    sources: relations('createSource') as SourcePlan[],
    tables: relations('createTable') as TablePlan[],
    views: views.map((name) => catalog.relations.get(name)?.plan as ViewPlan),
    graphs: [...catalog.graphs.values()].map(({ plan }) => plan),
    decisions: [...catalog.decisions.values()],
    rules,
    queries,
  };
  const bound = Object.values(program).flat();
  assert(bound.length === statements.length, 'without errors every statement is in the program');
  assert(!bound.includes(null), 'without errors every statement has a plan');
  return program;
}
