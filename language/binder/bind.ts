import type { RingwatchError } from '../../core/errors.ts';
import type {
  CreateGraph,
  CreateRule,
  CreateSource,
  CreateTable,
  CreateView,
  Identifier,
  Statement,
} from '../ast.ts';
import type { Program, QueryPlan, RulePlan, SourcePlan, TablePlan, ViewPlan } from '../plan.ts';
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
  if (errors.length > 0) return { program: null, errors };
  return { program: assemble(unique, catalog, views, rules, queries), errors };
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
  return statements.filter((statement) => {
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

/** Binds views after what they read, and finds those that read themselves. The result is in that order. */
function bindViews(
  views: readonly CreateView[],
  catalog: Catalog,
  diagnostics: Diagnostics,
): readonly string[] {
  const statements = new Map(views.map((view) => [view.name.name, view]));
  const order: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (view: CreateView): void => {
    const name = view.name.name;
    if (done.has(name)) return;
    path.push(name);
    for (const read of relationsRead(view)) {
      const next = statements.get(read.name);
      if (next === undefined) continue;
      if (path.includes(read.name)) reportCycle(path, read, catalog, diagnostics);
      else visit(next);
    }
    path.pop();
    done.add(name);
    if (catalog.failed.has(name)) return;
    const relation = bindView(view, catalog, diagnostics);
    if (relation === null) catalog.failed.add(name);
    else catalog.relations.set(name, relation);
    order.push(name);
  };
  for (const view of views) visit(view);
  return order;
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
  return {
    sources: relations('createSource') as SourcePlan[],
    tables: relations('createTable') as TablePlan[],
    views: views.map((name) => catalog.relations.get(name)?.plan as ViewPlan),
    graphs: [...catalog.graphs.values()].map(({ plan }) => plan),
    decisions: [...catalog.decisions.values()],
    rules,
    queries,
  };
}
