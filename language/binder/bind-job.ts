import { LIMITS } from '../../core/limits.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import { INTEGER, typeName } from '../../core/types.ts';
import type { Identifier, LinearQuery, QueryClause } from '../ast.ts';
import type { Clause, JobPlan } from '../plan.ts';
import { bindMatch } from './bind-pattern.ts';
import { bindProjection, returnAll } from './bind-projection.ts';
import type { Catalog } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { JobContext, JobScope, type Outer, type Variable } from './job-scope.ts';

type Variables = ReadonlyMap<string, Variable>;

/** A job as bound: its plan and what it returns, by name. */
export interface BoundJob {
  /** Null where the graph is unknown. */
  readonly plan: JobPlan | null;
  readonly context: JobContext;
}

/** The graph query of a rule or a query. Errors are reported; the plan holds what could be bound. */
export function bindJob(
  query: LinearQuery,
  outer: Outer,
  budget: { readonly edges: number; readonly at: SourcePosition } | null,
  catalog: Catalog,
  diagnostics: Diagnostics,
): BoundJob {
  const graph = catalog.graph(query.graph);
  const context = new JobContext(diagnostics, graph?.plan ?? null, graph?.complete ?? false, outer);
  if (query.clauses.length === 0) diagnostics.invalid('USE names a graph, but nothing follows', query.at);
  const binder = new ClauseBinder(context, query.at);
  const clauses = diagnostics.attempt(query.at, () => binder.bindAll(query.clauses, new Map()));
  if (budget !== null && budget.edges < 1) diagnostics.invalid('BUDGET allows at least 1 edge', budget.at);
  const plan: JobPlan | null =
    graph === null || clauses === null
      ? null
      : {
          graph: graph.plan.name,
          slots: context.slotNames.length,
          slotNames: context.slotNames,
          clauses,
          budgetEdges: budget?.edges ?? null,
        };
  return { plan, context };
}

class ClauseBinder {
  readonly #context: JobContext;
  readonly #at: SourcePosition;

  constructor(context: JobContext, at: SourcePosition) {
    this.#context = context;
    this.#at = at;
  }

  /** A list of clauses up to its RETURN; a rule's may lack one, then it returns every named variable. */
  bindAll(nodes: readonly QueryClause[], before: Variables): readonly Clause[] {
    const clauses: Clause[] = [];
    let variables = before;
    for (const [n, node] of nodes.entries()) {
      this.#context.countClause();
      const bound = this.#bind(node, variables);
      if (bound.clause !== null) clauses.push(bound.clause);
      variables = bound.variables;
      const next = nodes[n + 1];
      if ((node.kind === 'return' || node.kind === 'branch') && next !== undefined) {
        const what = node.kind === 'return' ? 'RETURN' : 'WHEN … THEN';
        this.#context.diagnostics.invalid(`nothing follows ${what} in its list of clauses`, next.at);
        return clauses;
      }
    }
    const last = nodes.at(-1)?.kind;
    if (last === 'return' || last === 'branch') return clauses;
    if (this.#context.outer.kind === 'query') {
      this.#context.diagnostics.invalid(
        'a query ends with RETURN',
        nodes.at(-1)?.at ?? this.#at,
        'Add RETURN with the columns wanted.',
      );
      return clauses;
    }
    const clause = returnAll(nodes.at(-1)?.at ?? this.#at, this.#context, variables);
    this.#noteOutputs(
      clause.items.map(({ name }) => name),
      variables,
      clause.items,
    );
    return [...clauses, clause];
  }

  #bind(
    node: QueryClause,
    before: Variables,
  ): { readonly clause: Clause | null; readonly variables: Variables } {
    switch (node.kind) {
      case 'match':
        return bindMatch(node, this.#context, before);
      case 'let':
        return this.#bindLet(node, before);
      case 'filter': {
        const predicate = this.#scope(before).bindCondition(node.predicate, 'FILTER');
        return { clause: predicate === null ? null : { kind: 'filter', predicate }, variables: before };
      }
      case 'with':
        return bindProjection(node, this.#context, before);
      case 'return': {
        const bound = bindProjection(node, this.#context, before);
        for (const variable of bound.variables.values()) this.#noteOutput(variable);
        return { clause: bound.clause, variables: before };
      }
      case 'call':
        return this.#bindCall(node, before);
      case 'branch':
        return { clause: this.#bindBranch(node, before), variables: before };
    }
  }

  #scope(variables: Variables): ReturnType<JobScope['binder']> {
    return new JobScope(this.#context, { variables, rows: null }).binder();
  }

  #bindLet(
    node: Extract<QueryClause, { kind: 'let' }>,
    before: Variables,
  ): { readonly clause: Clause | null; readonly variables: Variables } {
    const value = this.#scope(before).bind(node.value);
    const origin =
      value?.kind === 'variable' ? [...before.values()].find(({ slot }) => slot === value.slot) : undefined;
    const declared = this.#declare(node.name, before, {
      type: value?.type ?? null,
      tables: origin?.tables ?? [],
      element: origin?.element ?? null,
    });
    if (value === null || declared.slot === null) return { clause: null, variables: declared.variables };
    return { clause: { kind: 'let', slot: declared.slot, value }, variables: declared.variables };
  }

  /** The variables with one more; its slot is null where the name is taken. */
  #declare(
    name: Identifier,
    before: Variables,
    variable: Omit<Variable, 'name' | 'slot'>,
  ): { readonly slot: number | null; readonly variables: Variables } {
    if (before.has(name.name)) {
      this.#context.diagnostics.duplicate('variable', name);
      return { slot: null, variables: before };
    }
    const slot = this.#context.newSlot(name.name);
    return { slot, variables: new Map(before).set(name.name, { ...variable, name: name.name, slot }) };
  }

  /** CALL graph.neighbourhood(vertex, hops) YIELD subgraph. */
  #bindCall(
    node: Extract<QueryClause, { kind: 'call' }>,
    before: Variables,
  ): { readonly clause: Clause | null; readonly variables: Variables } {
    const { diagnostics } = this.#context;
    const name = node.procedure.map((part) => part.name).join('.');
    const known = name === PROCEDURE;
    if (name.startsWith('model.')) diagnostics.notBuilt(`scores of models (CALL ${name})`, node.at);
    else if (!known) diagnostics.unknown('procedure', name, node.procedure[0]?.at ?? node.at, [PROCEDURE]);
    const args = known ? this.#bindArguments(node, before) : null;
    let variables = before;
    const yields: { name: string; slot: number }[] = [];
    const wanted =
      node.yields.length > 0
        ? node.yields
        : known
          ? [{ name: { name: 'subgraph', at: node.at }, alias: null }]
          : [];
    for (const { name: column, alias } of wanted) {
      if (known && column.name !== 'subgraph') {
        diagnostics.unknown(`column of ${PROCEDURE}`, column.name, column.at, ['subgraph']);
      }
      const type = known && column.name === 'subgraph' ? ({ kind: 'subgraph' } as const) : null;
      const declared = this.#declare(alias ?? column, variables, { type, tables: [], element: null });
      variables = declared.variables;
      if (declared.slot !== null) yields.push({ name: column.name, slot: declared.slot });
    }
    if (args === null) return { clause: null, variables };
    return { clause: { kind: 'call', procedure: PROCEDURE, args, yields }, variables };
  }

  #bindArguments(
    node: Extract<QueryClause, { kind: 'call' }>,
    before: Variables,
  ): Extract<Clause, { kind: 'call' }>['args'] | null {
    const { diagnostics } = this.#context;
    const binder = this.#scope(before);
    const [vertexNode, hopsNode] = node.args;
    if (vertexNode === undefined || hopsNode === undefined || node.args.length > 2) {
      return diagnostics.invalid(
        `${PROCEDURE} is written ${PROCEDURE}(vertex, hops), but got ${node.args.length} arguments`,
        node.at,
      );
    }
    const vertex = binder.bind(vertexNode);
    const hops = binder.bindAs(hopsNode, INTEGER, `the hops of ${PROCEDURE}`);
    if (vertex !== null && vertex.type.kind !== 'vertex') {
      return diagnostics.mismatch(
        `argument 1 of ${PROCEDURE}`,
        'a vertex',
        typeName(vertex.type),
        vertexNode.at,
      );
    }
    if (vertex === null || hops === null) return null;
    const count = hops.kind === 'literal' ? Number(hops.value) : 0;
    if (count < 0 || count > LIMITS.pathHopsMax) {
      return diagnostics.invalid(
        `${PROCEDURE} goes 0 to ${LIMITS.pathHopsMax} hops, not ${count}`,
        hopsNode.at,
      );
    }
    return [vertex, hops];
  }

  #bindBranch(node: Extract<QueryClause, { kind: 'branch' }>, before: Variables): Clause {
    const branches = node.branches.map(({ when, clauses, at }, n) => {
      if (when === null && n < node.branches.length - 1) {
        this.#context.diagnostics.invalid('ELSE is the last branch', at);
      }
      const condition = when === null ? null : this.#scope(before).bindCondition(when, 'WHEN');
      return { when: condition, clauses: this.bindAll(clauses, before) };
    });
    return { kind: 'branch', branches };
  }

  #noteOutputs(
    names: readonly string[],
    variables: Variables,
    items: readonly { readonly name: string; readonly slot: number }[],
  ): void {
    for (const name of names) {
      const variable = variables.get(name);
      const slot = items.find((item) => item.name === name)?.slot;
      if (variable !== undefined && slot !== undefined) this.#noteOutput({ ...variable, slot });
    }
  }

  #noteOutput(variable: Variable): void {
    const { outputs } = this.#context;
    if (!outputs.has(variable.name)) outputs.set(variable.name, variable);
  }
}

const PROCEDURE = 'graph.neighbourhood';
