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
import { conjunction, conjuncts } from './expression-tree.ts';
import { type JobContext, JobScope, type JobScopeOptions, type Variable } from './job-scope.ts';
import { withSeeks } from './match-seeks.ts';
import { PatternTables } from './pattern-tables.ts';

type MatchNode = Extract<QueryClause, { kind: 'match' }>;

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
  readonly #tables: PatternTables;
  /** Names of edges in the path at hand. */
  readonly #edgesOfPath = new Set<string>();

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
    this.#tables = new PatternTables(node, context, before);
  }

  bind(): { readonly clause: MatchClause; readonly variables: ReadonlyMap<string, Variable> } {
    const { diagnostics } = this.#context;
    const node = this.#node;
    this.#checkMerge();
    const edgesDistinct = node.paths.some(
      (path) => path.mode === null && path.edges.some(({ quantifier }) => quantifier?.cypher),
    );
    const paths = node.paths.map((path) => this.#bindPath(path, edgesDistinct));
    const where =
      node.where === null
        ? null
        : this.#scope({ variables: this.#variables }).binder().bindCondition(node.where, 'WHERE');
    if (node.ascending !== null && node.paths.every((path) => path.edges.length === 0)) {
      diagnostics.invalid('ASCENDING BY orders edges, and the pattern has none', node.ascending.at);
    }
    const clause: MatchClause = { kind: 'match', optional: node.optional, paths, where, edgesDistinct };
    // A vertex bound before is not narrowed by what is optional: its row stays without it.
    if (node.optional) for (const [name, variable] of this.#before) this.#variables.set(name, variable);
    const { graph } = this.#context;
    const known = new Set([...this.#before.values()].map(({ slot }) => slot));
    const sought = graph === null ? clause : withSeeks(clause, node, this.#tables, graph, known);
    return { clause: sought, variables: this.#variables };
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

  #scope(names: Pick<JobScopeOptions, 'variables' | 'instead'>): JobScope {
    return new JobScope(this.#context, { ...names, rows: null, later: this.#later });
  }

  #bindPath(path: PathPatternNode, edgesDistinct: boolean): PathPattern {
    const node = this.#node;
    if (path.edges.length > LIMITS.pathHopsMax) {
      this.#context.diagnostics.invalid(`a path takes at most ${LIMITS.pathHopsMax} hops`, path.at);
    }
    const mode: PathMode = path.mode ?? (edgesDistinct ? 'trail' : 'walk');
    const vertices: VertexPattern[] = [];
    const edges: EdgePattern[] = [];
    this.#edgesOfPath.clear();
    for (const [n, vertexNode] of path.vertices.entries()) {
      vertices.push(this.#bindVertex(vertexNode));
      const edgeNode = path.edges[n];
      if (edgeNode !== undefined) edges.push(this.#bindEdge(edgeNode, mode));
    }
    const edgeTables = path.edges.map((edge) => this.#tables.of(edge));
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
    const known = node.variable === null ? undefined : this.#variables.get(node.variable.name);
    const type: SqlType | null = this.#tables.failed(node) ? null : { kind: 'vertex' };
    const self: Variable = known ?? { name: '', slot, type, tables: this.#tables.of(node), element: null };
    const where = this.#bindInline(node, self);
    return { slot, labels, where, seeks: null };
  }

  /** A variable that is known already keeps its slot: the vertices are one. */
  #vertexSlot(node: VertexPatternNode): number {
    const { variable } = node;
    if (variable === null) return this.#context.newSlot('');
    const known = this.#variables.get(variable.name);
    if (known === undefined) {
      const slot = this.#context.newSlot(variable.name);
      const type: SqlType | null = this.#tables.failed(node) ? null : { kind: 'vertex' };
      this.#declare({ name: variable.name, slot, type, tables: this.#tables.of(node), element: null });
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
    if (known.type?.kind === 'vertex') {
      this.#variables.set(variable.name, { ...known, tables: this.#tables.of(node) });
    }
    return known.slot;
  }

  #bindEdge(node: EdgePatternNode, mode: PathMode): EdgePattern {
    const { mergeParallel } = this.#node;
    const name = node.variable?.name ?? '';
    const known = this.#knownEdge(node);
    this.#edgesOfPath.add(name);
    const slot = known?.slot ?? this.#context.newSlot(name);
    const apart = node.quantifier !== null || mergeParallel;
    const element = apart ? this.#context.newSlot('') : slot;
    const tables = this.#tables.of(node);
    const one: Variable = {
      name,
      slot: element,
      type: { kind: 'edge', merged: false },
      tables,
      element: null,
    };
    if (known !== null) this.#variables.set(name, { ...known, tables });
    else if (node.variable !== null && !this.#variables.has(name)) {
      const type: SqlType =
        node.quantifier === null
          ? { kind: 'edge', merged: mergeParallel }
          : { kind: 'edgeGroup', merged: mergeParallel };
      const failed = this.#tables.failed(node);
      this.#declare({ name, slot, type: failed ? null : type, tables, element: apart ? element : null });
    }
    return {
      slot,
      element,
      direction: node.direction,
      labels: node.labels === null ? null : labelExpr(node.labels),
      where: this.#bindInline(node, one),
      quantifier: this.#bindQuantifier(node, mode),
      seeks: null,
    };
  }

  /** The variable of an edge that is named again, which is one edge then; null where the name is new, or refused. */
  #knownEdge(node: EdgePatternNode): Variable | null {
    const { variable } = node;
    const known = variable === null ? undefined : this.#variables.get(variable.name);
    if (variable === null || known === undefined || known.type === null) return null;
    const isOne = known.type.kind === 'edge' && !known.type.merged;
    const isAgain = this.#edgesOfPath.has(variable.name);
    if (isOne && !isAgain && node.quantifier === null && !this.#node.mergeParallel) return known;
    if (known.type.kind !== 'edge' && known.type.kind !== 'edgeGroup') {
      this.#context.diagnostics.mismatch(
        `the variable ${variable.name}`,
        'an edge here',
        known.type,
        variable.at,
      );
      return null;
    }
    this.#context.diagnostics.report(
      'DUPLICATE_NAME',
      { what: 'edge variable', name: variable.name },
      variable.at,
      isAgain
        ? 'Give each edge of a path its own variable.'
        : 'Only a variable of one edge, neither quantified nor merged, may stand in several paths.',
    );
    return null;
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

  /** `{name: value}` and WHERE inside a vertex or edge, which is `self` there. */
  #bindInline(node: VertexPatternNode, self: Variable): Expr | null {
    // Property maps of elements without a variable speak of it all the same; no text can spell this name.
    const name = node.variable?.name ?? ' ';
    const scope = this.#scope({ variables: this.#variables, instead: { ...self, name } });
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
