import type { QueryClause } from '../ast.ts';
import type { ElementSeek, Expr, GraphPlan, MatchClause, PathPattern, VertexPattern } from '../plan.ts';
import { conjunction, conjuncts, someExpr } from './expression-tree.ts';
import type { PatternTables } from './pattern-tables.ts';
import { findSeeks } from './seek.ts';

type MatchNode = Extract<QueryClause, { kind: 'match' }>;
type MayUse = (expr: Expr) => boolean;

/** More searches than these for one MATCH are no better than one that scans. */
const WAYS_MAX = 16;

/**
 * The clause with seeks: where its elements must be, by all conditions that hold for every match. Where there are none
 * but each side of an OR gives some (`a.id = $x OR b.id = $x`), with one way to search for each side. `known`: slots
 * bound before the clause.
 */
export function withSeeks(
  clause: MatchClause,
  node: MatchNode,
  tables: PatternTables,
  graph: GraphPlan,
  known: ReadonlySet<number>,
): MatchClause {
  const seeker = new MatchSeeker(node, tables, graph, known);
  const sought = seeker.seek(clause);
  const ways = seeker.isAnchored(sought) ? null : seeker.ways(clause);
  return ways === null ? sought : { ...sought, ways };
}

class MatchSeeker {
  readonly #node: MatchNode;
  readonly #tables: PatternTables;
  readonly #graph: GraphPlan;
  readonly #known: ReadonlySet<number>;

  constructor(node: MatchNode, tables: PatternTables, graph: GraphPlan, known: ReadonlySet<number>) {
    this.#node = node;
    this.#tables = tables;
    this.#graph = graph;
    this.#known = known;
  }

  seek(clause: MatchClause): MatchClause {
    // The condition of an edge that may be left out need not hold.
    const inline = clause.paths.flatMap(({ vertices, edges }) => [
      ...vertices.map(({ where }) => where),
      ...edges.map(({ where, quantifier }) => (quantifier?.min === 0 ? null : where)),
    ]);
    const predicates = [...inline, clause.where].flatMap(conjuncts);
    return {
      ...clause,
      paths: clause.paths.map((path, p) => ({
        ...path,
        vertices: path.vertices.map((vertex, n) => {
          const seeks = this.#ofVertex(predicates, path, vertex, p, n);
          return seeks === null ? vertex : { ...vertex, seeks };
        }),
        edges: path.edges.map((edge, n) => {
          const node = this.#node.paths[p]?.edges[n];
          if (this.#known.has(edge.slot) || node === undefined || edge.quantifier !== null) return edge;
          const all = this.#graph.edgeTables;
          const element = { slot: edge.element, tables: this.#tables.of(node), all };
          const seeks = this.#best((mayUse) => findSeeks(predicates, { ...element, mayUse }));
          return seeks === null ? edge : { ...edge, seeks };
        }),
      })),
    };
  }

  /** Whether some path has an element that is bound before the clause, or that can be sought then. */
  isAnchored({ paths }: MatchClause): boolean {
    return paths.some(({ vertices, edges }) =>
      [...vertices, ...edges].some(
        ({ slot, seeks }) => this.#known.has(slot) || seeks?.every((seek) => this.#isKnown(seek)),
      ),
    );
  }

  /** A search for each side of an OR, without the rows of those before it; null where one of them has no anchor. */
  ways(clause: MatchClause): readonly MatchClause[] | null {
    const predicates = conjuncts(clause.where);
    for (const choice of predicates) {
      if (choice.kind !== 'call' || choice.name !== 'or' || choice.args.length > WAYS_MAX) continue;
      const others = predicates.filter((predicate) => predicate !== choice);
      const ways = choice.args.map((side, n) => {
        const before = choice.args.slice(0, n).map(isNotTrue);
        const where = conjunction([...others, ...conjuncts(side), ...before]);
        return this.seek({ ...clause, where });
      });
      if (ways.every((way) => this.isAnchored(way))) return ways;
    }
    return null;
  }

  #ofVertex(
    predicates: readonly Expr[],
    path: PathPattern,
    vertex: VertexPattern,
    p: number,
    n: number,
  ): VertexPattern['seeks'] {
    const node = this.#node.paths[p]?.vertices[n];
    if (this.#known.has(vertex.slot) || node === undefined) return null;
    const element = { slot: vertex.slot, tables: this.#tables.of(node), all: this.#graph.vertexTables };
    return this.#best(
      (mayUse) =>
        findSeeks(predicates, { ...element, mayUse }) ?? this.#byEnds(predicates, path, p, n, mayUse),
    );
  }

  /** The seek of a vertex whose key is given by a column of an edge beside it: `[e WHERE e.payer = …]`. */
  #byEnds(
    predicates: readonly Expr[],
    path: PathPattern,
    p: number,
    position: number,
    mayUse: MayUse,
  ): VertexPattern['seeks'] {
    for (const n of [position, position - 1]) {
      const edge = path.edges[n];
      const node = this.#node.paths[p]?.edges[n];
      if (edge === undefined || node === undefined) continue;
      if (edge.quantifier !== null || edge.direction === 'any') continue;
      const isSource = (edge.direction === 'out') === (n === position);
      const ends = this.#graph.edgeTables.map(({ source, destination }) => (isSource ? source : destination));
      const all = ends.map(({ columns }) => ({ key: columns }));
      const element = { slot: edge.element, tables: this.#tables.of(node), all, mayUse };
      const seeks = findSeeks(predicates, element);
      if (seeks === null || seeks.some(({ kind }) => kind === 'same')) continue;
      return seeks.map((seek) =>
        seek.kind === 'same' ? seek : { ...seek, table: ends[seek.table]?.vertexTable ?? 0 },
      );
    }
    return null;
  }

  /** What is known before the clause is the better key; what the clause itself binds may come to be known in time. */
  #best(find: (mayUse: MayUse) => VertexPattern['seeks']): VertexPattern['seeks'] {
    return find((expr) => this.#isKnownExpr(expr)) ?? find(() => true);
  }

  #isKnown(seek: ElementSeek): boolean {
    if (seek.kind === 'same') return this.#known.has(seek.slot);
    return seek.key.every((expr) => this.#isKnownExpr(expr));
  }

  #isKnownExpr(expr: Expr): boolean {
    return !someExpr(expr, (part) => {
      if (part.kind === 'variable' || part.kind === 'property') return !this.#known.has(part.slot);
      return part.kind === 'pathAggregate' && !this.#known.has(part.group);
    });
  }
}

function isNotTrue(predicate: Expr): Expr {
  const type = { kind: 'boolean' } as const;
  const isTrue: Expr = { kind: 'call', type, name: 'isTrue', args: [predicate] };
  return { kind: 'call', type, name: 'not', args: [isTrue] };
}
