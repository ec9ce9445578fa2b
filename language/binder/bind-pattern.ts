import { LIMITS } from '../../core/limits.ts';
import type { SqlType } from '../../core/types.ts';
import type {
  EdgePatternNode,
  Expression,
  LabelNode,
  PathPatternNode,
  QueryClause,
  VertexPatternNode,
} from '../ast.ts';
import type {
  EdgePattern,
  Expr,
  LabelExpr,
  MatchClause,
  PathMode,
  PathPattern,
  VertexPattern,
} from '../plan.ts';
import { bindAscending, checkKeepLatest } from './bind-path-order.ts';
import { conjunction, conjuncts, someExpr } from './expression-tree.ts';
import { type JobContext, JobScope, type Variable } from './job-scope.ts';
import { findSeek } from './seek.ts';

type MatchNode = Extract<QueryClause, { kind: 'match' }>;
type ElementKind = 'vertex' | 'edge';

/** A MATCH clause, and the variables in scope after it. Patterns that failed still declare theirs. */
export function bindMatch(
  node: MatchNode,
  context: JobContext,
  before: ReadonlyMap<string, Variable>,
): { readonly clause: MatchClause; readonly variables: ReadonlyMap<string, Variable> } {
  return new MatchBinder(node, context, before).bind();
}

class MatchBinder {
  readonly #node: MatchNode;
  readonly #context: JobContext;
  readonly #before: ReadonlyMap<string, Variable>;
  readonly #variables: Map<string, Variable>;
  /** Names that a pattern further on binds. */
  readonly #later: Set<string>;
  /** Element tables by variable, over all its places in the clause. */
  readonly #tables = new Map<string, readonly number[]>();

  constructor(node: MatchNode, context: JobContext, before: ReadonlyMap<string, Variable>) {
    this.#node = node;
    this.#context = context;
    this.#before = before;
    this.#variables = new Map(before);
    const names = node.paths.flatMap((path) => [
      ...[...path.vertices, ...path.edges].flatMap(({ variable }) =>
        variable === null ? [] : [variable.name],
      ),
      ...(path.variable === null ? [] : [path.variable.name]),
    ]);
    this.#later = new Set(names.filter((name) => !before.has(name)));
  }

  bind(): { readonly clause: MatchClause; readonly variables: ReadonlyMap<string, Variable> } {
    const { diagnostics } = this.#context;
    const node = this.#node;
    this.#checkMerge();
    for (const path of node.paths) {
      for (const vertex of path.vertices) this.#narrow(vertex, 'vertex');
      for (const edge of path.edges) this.#narrow(edge, 'edge');
    }
    const edgesDistinct = node.paths.some(
      (path) => path.mode === null && path.edges.some(({ quantifier }) => quantifier?.cypher),
    );
    const paths = node.paths.map((path) => this.#bindPath(path, edgesDistinct));
    const where =
      node.where === null ? null : this.#scope(this.#variables).binder().bindCondition(node.where, 'WHERE');
    if (node.ascending !== null && node.paths.every((path) => path.edges.length === 0)) {
      diagnostics.invalid('ASCENDING BY orders edges, and the pattern has none', node.ascending.at);
    }
    const clause: MatchClause = { kind: 'match', optional: node.optional, paths, where, edgesDistinct };
    return { clause: this.#withSeeks(clause), variables: this.#variables };
  }

  #checkMerge(): void {
    const { mergeParallel, ascending, keepLatest } = this.#node;
    if (!mergeParallel) return;
    const other = ascending !== null ? 'ASCENDING' : keepLatest !== null ? 'KEEP' : null;
    if (other === null) return;
    this.#context.diagnostics.invalid(
      `MERGE PARALLEL and ${other} cannot be together: a merged hop has no one event time`,
      (ascending ?? keepLatest)?.at ?? this.#node.at,
      `Leave out MERGE PARALLEL or ${other}.`,
    );
  }

  #scope(variables: ReadonlyMap<string, Variable>): JobScope {
    return new JobScope(this.#context, { variables, rows: null, later: this.#later });
  }

  /** Narrows the tables of an element by its labels; of a variable over all its places. */
  #narrow(node: VertexPatternNode, kind: ElementKind): void {
    const tables = this.#tablesOf(node.labels, kind);
    if (node.variable === null) return;
    const { name } = node.variable;
    const known = this.#tables.get(name) ?? this.#before.get(name)?.tables;
    const narrowed = known === undefined ? tables : known.filter((table) => tables.includes(table));
    if (narrowed.length === 0 && tables.length > 0 && this.#context.complete) {
      this.#context.diagnostics.invalid(
        `no ${kind} table has all the labels of ${name}`,
        node.labels?.at ?? node.at,
      );
    }
    this.#tables.set(name, narrowed);
  }

  /** Numbers of the element tables whose labels satisfy an expression; labels that none has are reported. */
  #tablesOf(labels: LabelNode | null, kind: ElementKind): readonly number[] {
    const { graph } = this.#context;
    if (graph === null) return [];
    const tables = kind === 'vertex' ? graph.vertexTables : graph.edgeTables;
    if (labels !== null) this.#checkLabels(labels, kind);
    return tables.flatMap((table, number) =>
      labels === null || satisfies(labels, table.labels) ? [number] : [],
    );
  }

  #checkLabels(node: LabelNode, kind: ElementKind): void {
    const { graph, diagnostics, complete } = this.#context;
    if (graph === null) return;
    if (node.kind !== 'label') {
      if (node.kind === 'not') this.#checkLabels(node.argument, kind);
      if (node.kind === 'and' || node.kind === 'or') {
        this.#checkLabels(node.left, kind);
        this.#checkLabels(node.right, kind);
      }
      return;
    }
    const own = (kind === 'vertex' ? graph.vertexTables : graph.edgeTables).flatMap((table) => table.labels);
    if (own.includes(node.name) || !complete) return;
    const other = (kind === 'vertex' ? graph.edgeTables : graph.vertexTables).flatMap(
      (table) => table.labels,
    );
    const shown = kind === 'vertex' ? `edges: write -[:${node.name}]->` : `vertices: write (:${node.name})`;
    const hint = other.includes(node.name) ? `${node.name} is a label of ${shown}.` : null;
    diagnostics.unknown(
      `label of ${kind === 'vertex' ? 'vertices' : 'edges'}`,
      node.name,
      node.at,
      [...new Set(own)],
      hint,
    );
  }

  #bindPath(path: PathPatternNode, edgesDistinct: boolean): PathPattern {
    const node = this.#node;
    const mode: PathMode = path.mode ?? (edgesDistinct ? 'trail' : 'walk');
    const vertices: VertexPattern[] = [];
    const edges: EdgePattern[] = [];
    for (const [n, vertexNode] of path.vertices.entries()) {
      vertices.push(this.#bindVertex(vertexNode));
      const edgeNode = path.edges[n];
      if (edgeNode !== undefined) edges.push(this.#bindEdge(edgeNode, mode));
    }
    const edgeTables = path.edges.map((edge) => this.#edgeTables(edge));
    return {
      slot: this.#bindPathVariable(path),
      name: path.variable?.name ?? null,
      mode,
      vertices,
      edges,
      ascending:
        node.ascending === null || edges.length === 0
          ? null
          : bindAscending(node.ascending, edgeTables, this.#context),
      keepLatest: checkKeepLatest(node.keepLatest, edgeTables, this.#context),
      mergeParallel: node.mergeParallel,
      selector: null,
    };
  }

  #edgeTables(edge: EdgePatternNode): readonly number[] {
    if (edge.variable !== null) return this.#tables.get(edge.variable.name) ?? [];
    return this.#tablesOf(edge.labels, 'edge');
  }

  #bindPathVariable(path: PathPatternNode): number | null {
    const { variable } = path;
    if (variable === null) return null;
    const slot = this.#context.newSlot(variable.name);
    if (this.#variables.has(variable.name)) {
      this.#context.diagnostics.duplicate('variable', variable);
      return slot;
    }
    this.#declare({ name: variable.name, slot, type: { kind: 'path' }, tables: [], element: null });
    return slot;
  }

  #declare(variable: Variable): void {
    this.#variables.set(variable.name, variable);
    this.#later.delete(variable.name);
  }

  #bindVertex(node: VertexPatternNode): VertexPattern {
    const slot = this.#vertexSlot(node);
    const labels = node.labels === null ? null : labelExpr(node.labels);
    const where = this.#bindInline(node, this.#variables, 'vertex', slot);
    return { slot, labels, where, seek: null };
  }

  /** A variable that is known already keeps its slot: the vertices are one. */
  #vertexSlot(node: VertexPatternNode): number {
    const { variable } = node;
    if (variable === null) return this.#context.newSlot('');
    const known = this.#variables.get(variable.name);
    if (known === undefined) {
      const slot = this.#context.newSlot(variable.name);
      const tables = this.#tables.get(variable.name) ?? [];
      this.#declare({ name: variable.name, slot, type: { kind: 'vertex' }, tables, element: null });
      return slot;
    }
    if (known.type !== null && known.type.kind !== 'vertex') {
      this.#context.diagnostics.mismatch(
        `the variable ${variable.name}`,
        'a vertex here',
        known.type,
        variable.at,
      );
    }
    const tables = this.#tables.get(variable.name) ?? known.tables;
    this.#variables.set(variable.name, { ...known, tables });
    return known.slot;
  }

  #bindEdge(node: EdgePatternNode, mode: PathMode): EdgePattern {
    const { mergeParallel } = this.#node;
    const name = node.variable?.name ?? '';
    const slot = this.#context.newSlot(name);
    const apart = node.quantifier !== null || mergeParallel;
    const element = apart ? this.#context.newSlot('') : slot;
    const tables = this.#edgeTables(node);
    const one: Variable = {
      name,
      slot: element,
      type: { kind: 'edge', merged: false },
      tables,
      element: null,
    };
    if (node.variable !== null && this.#variables.has(name)) {
      this.#context.diagnostics.report(
        'DUPLICATE_NAME',
        { what: 'edge variable', name },
        node.variable.at,
        'Give each edge of a pattern its own variable.',
      );
    } else if (node.variable !== null) {
      const type: SqlType =
        node.quantifier === null
          ? { kind: 'edge', merged: mergeParallel }
          : { kind: 'edgeGroup', merged: mergeParallel };
      this.#declare({ name, slot, type, tables, element: apart ? element : null });
    }
    const inside = node.variable === null ? this.#variables : new Map(this.#variables).set(name, one);
    return {
      slot,
      element,
      direction: node.direction,
      labels: node.labels === null ? null : labelExpr(node.labels),
      where: this.#bindInline(node, inside, 'edge', element, tables),
      quantifier: this.#bindQuantifier(node, mode),
      seek: null,
    };
  }

  #bindQuantifier(node: EdgePatternNode, mode: PathMode): EdgePattern['quantifier'] {
    const { quantifier } = node;
    if (quantifier === null) return null;
    const { min, max, at } = quantifier;
    const { diagnostics } = this.#context;
    const { pathHopsMax } = LIMITS;
    if (max !== null && max < min) {
      diagnostics.invalid(`the quantifier {${min},${max}} takes no length`, at, `Write {${max},${min}}.`);
    } else if (min > pathHopsMax || (max !== null && max > pathHopsMax)) {
      diagnostics.invalid(`a path takes at most ${pathHopsMax} hops`, at);
    } else if (max === null && mode === 'walk') {
      diagnostics.invalid(
        'a WALK may repeat edges without end, so its length needs a bound',
        at,
        `Write {${min},n}, or TRAIL, ACYCLIC or SIMPLE before the pattern.`,
      );
    }
    return { min, max };
  }

  /** `{name: value}` and WHERE inside a vertex or edge. */
  #bindInline(
    node: VertexPatternNode,
    variables: ReadonlyMap<string, Variable>,
    kind: ElementKind,
    slot: number,
    tables: readonly number[] = this.#tablesOf(node.labels, kind),
  ): Expr | null {
    const known = node.variable === null ? undefined : variables.get(node.variable.name);
    // Property maps of elements without a variable speak of it all the same; no text can spell this name.
    const name = node.variable?.name ?? ' ';
    const self: Variable = known ?? { name, slot, type: elementType(kind), tables, element: null };
    const scope = this.#scope(node.variable === null ? new Map(variables).set(name, self) : variables);
    const binder = scope.binder();
    const parts: Expr[] = [];
    for (const { name: property, value } of node.properties) {
      const left: Expression = {
        kind: 'name',
        at: property.at,
        parts: [{ name, at: property.at }, property],
      };
      const sides = binder.placeAll([left, value]);
      const equal = sides === null ? null : binder.compare(sides, 'equal', '=');
      if (equal !== null) parts.push(equal);
    }
    if (node.where !== null) {
      const where = binder.bindCondition(node.where, 'WHERE');
      if (where !== null) parts.push(...conjuncts(where));
    }
    return conjunction(parts);
  }

  /** Adds seeks: the whole KEY of an element given by what is bound before this clause. */
  #withSeeks(clause: MatchClause): MatchClause {
    const { graph } = this.#context;
    if (graph === null) return clause;
    const known = new Set([...this.#before.values()].map(({ slot }) => slot));
    const usesOwn = (expr: Expr) =>
      someExpr(expr, (part) => {
        if (part.kind === 'variable' || part.kind === 'property') return !known.has(part.slot);
        return part.kind === 'pathAggregate' && !known.has(part.group);
      });
    const inline = clause.paths.flatMap((path) =>
      [...path.vertices, ...path.edges].map(({ where }) => where),
    );
    const predicates = [...inline, clause.where].flatMap(conjuncts);
    const tablesBySlot = new Map([...this.#variables.values()].map(({ slot, tables }) => [slot, tables]));
    return {
      ...clause,
      paths: clause.paths.map((path, p) => ({
        ...path,
        vertices: path.vertices.map((vertex, n) => {
          if (known.has(vertex.slot)) return vertex;
          const node = this.#node.paths[p]?.vertices[n];
          const tables = tablesBySlot.get(vertex.slot) ?? this.#tablesOf(node?.labels ?? null, 'vertex');
          const seek = findSeek(predicates, vertex.slot, tables, graph.vertexTables, usesOwn);
          return seek === null ? vertex : { ...vertex, seek: { vertexTable: seek.table, key: seek.key } };
        }),
        edges: path.edges.map((edge, n) => {
          const node = this.#node.paths[p]?.edges[n];
          if (edge.quantifier !== null || path.mergeParallel || node === undefined) return edge;
          const seek = findSeek(predicates, edge.slot, this.#edgeTables(node), graph.edgeTables, usesOwn);
          return seek === null ? edge : { ...edge, seek: { edgeTable: seek.table, key: seek.key } };
        }),
      })),
    };
  }
}

function elementType(kind: ElementKind): SqlType {
  return kind === 'vertex' ? { kind: 'vertex' } : { kind: 'edge', merged: false };
}

/** Whether a set of labels satisfies an expression. */
function satisfies(node: LabelNode, labels: readonly string[]): boolean {
  switch (node.kind) {
    case 'label':
      return labels.includes(node.name);
    case 'any':
      return labels.length > 0;
    case 'not':
      return !satisfies(node.argument, labels);
    case 'and':
      return satisfies(node.left, labels) && satisfies(node.right, labels);
    case 'or':
      return satisfies(node.left, labels) || satisfies(node.right, labels);
  }
}

function labelExpr(node: LabelNode): LabelExpr {
  switch (node.kind) {
    case 'label':
      return { kind: 'label', name: node.name };
    case 'any':
      return { kind: 'any' };
    case 'not':
      return { kind: 'not', argument: labelExpr(node.argument) };
    default:
      return { kind: node.kind, left: labelExpr(node.left), right: labelExpr(node.right) };
  }
}
