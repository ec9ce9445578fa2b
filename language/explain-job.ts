import { LIMITS } from '../core/limits.ts';
import { formatInterval } from '../core/timestamp.ts';
import { someExpr } from './binder/expression-tree.ts';
import { type ExplainNode, node } from './explain-node.ts';
import { formatExpression, type ExpressionNames } from './format-expression.ts';
import { formatPattern } from './format-pattern.ts';
import type {
  Clause,
  ElementSeek,
  GraphPlan,
  JobPlan,
  LabelExpr,
  MatchClause,
  PathPattern,
  ProjectionClause,
  RowAggregate,
} from './plan.ts';

/** A graph job: its clauses in order, where each match may start, and what bounds it. */
export function explainJob(
  job: JobPlan,
  graph: GraphPlan | undefined,
  outer: ExpressionNames,
  warn: (warning: string) => void,
): ExplainNode {
  const named: ExpressionNames = { ...outer, slot: (slot) => job.slotNames[slot] ?? '' };
  const explainer = new JobExplainer(graph, named, warn);
  const budget = job.budgetEdges ?? LIMITS.budgetEdgesDefault;
  return node(
    'job',
    `on graph ${job.graph}, at most ${budget} edges visited`,
    explainer.clauses(job.clauses),
  );
}

class JobExplainer {
  readonly #graph: GraphPlan | undefined;
  readonly #names: ExpressionNames;
  readonly #warn: (warning: string) => void;
  /** Slots that earlier clauses have bound. */
  readonly #bound = new Set<number>();

  constructor(graph: GraphPlan | undefined, names: ExpressionNames, warn: (warning: string) => void) {
    this.#graph = graph;
    this.#names = names;
    this.#warn = warn;
  }

  clauses(clauses: readonly Clause[]): ExplainNode[] {
    return clauses.map((clause) => this.#clause(clause));
  }

  #format(expr: Parameters<typeof formatExpression>[0]): string {
    return formatExpression(expr, this.#names);
  }

  #clause(clause: Clause): ExplainNode {
    switch (clause.kind) {
      case 'match':
        return this.#match(clause);
      case 'let':
        this.#bound.add(clause.slot);
        return node('let', `${this.#names.slot(clause.slot)} = ${this.#format(clause.value)}`);
      case 'filter':
        return node('filter', this.#format(clause.predicate));
      case 'with':
      case 'return':
        return this.#projection(clause);
      case 'call':
        return node('call', `${clause.procedure}(${clause.args.map((arg) => this.#format(arg)).join(', ')})`);
      case 'branch':
        return node(
          'for each row',
          'the first branch that is true',
          clause.branches.map(({ when, clauses }) =>
            node(
              when === null ? 'else' : 'when',
              when === null ? '' : this.#format(when),
              this.clauses(clauses),
            ),
          ),
        );
    }
  }

  #match(clause: MatchClause): ExplainNode {
    if (clause.ways !== undefined) {
      const known = new Set(this.#bound);
      const ways = clause.ways.map((way) => {
        for (const slot of this.#bound) if (!known.has(slot)) this.#bound.delete(slot);
        return this.#match(way);
      });
      return node(clause.optional ? 'optional match' : 'match', 'one search for each side of OR', ways);
    }
    const paths = clause.paths.map((path) => {
      const shown = this.#path(path);
      for (const { slot } of [...path.vertices, ...path.edges]) this.#bound.add(slot);
      return shown;
    });
    const distinct = clause.edgesDistinct ? [node('edges', 'no edge twice over all paths')] : [];
    const where = clause.where === null ? [] : [node('where', this.#format(clause.where))];
    return node(clause.optional ? 'optional match' : 'match', '', [...paths, ...distinct, ...where]);
  }

  #path(path: PathPattern): ExplainNode {
    if (!this.#mayMatch(path)) {
      this.#warn(
        `${formatPattern(path, this.#names)} never matches: no edge table joins vertices of those labels`,
      );
    }
    const children = [node('starts', this.#starts(path)), node('search', searchText(path))];
    if (path.ascending !== null) {
      const { name, within, type } = path.ascending;
      const bound =
        within === null ? '' : `, within ${type.kind === 'timestamptz' ? formatInterval(within) : within}`;
      children.push(node('ascending', `by ${name}${bound}`));
    }
    if (path.keepLatest !== null)
      children.push(node('keeps', `the latest ${path.keepLatest} edges at each vertex`));
    if (path.mergeParallel) children.push(node('merges', 'parallel edges into one hop'));
    return node('path', formatPattern(path, this.#names), children);
  }

  /** Whether each edge has a table between vertices of the labels on its sides. Quantified ones are taken to have. */
  #mayMatch(path: PathPattern): boolean {
    const graph = this.#graph;
    if (graph === undefined) return true;
    return path.edges.every((edge, n) => {
      const fits = (vertexTable: number, vertex: PathPattern['vertices'][number] | undefined) =>
        vertex?.labels == null || satisfies(vertex.labels, graph.vertexTables[vertexTable]?.labels ?? []);
      const [left, right] = [path.vertices[n], path.vertices[n + 1]];
      if (edge.quantifier !== null) return true;
      return graph.edgeTables.some(({ labels, source, destination }) => {
        if (edge.labels !== null && !satisfies(edge.labels, labels)) return false;
        const out = fits(source.vertexTable, left) && fits(destination.vertexTable, right);
        const into = fits(source.vertexTable, right) && fits(destination.vertexTable, left);
        return edge.direction === 'any' ? out || into : edge.direction === 'out' ? out : into;
      });
    });
  }

  /** Where the search may begin: the elements whose KEY is given. The engine takes the cheapest. */
  #starts(path: PathPattern): string {
    const edges = path.edges.flatMap(({ slot, seeks }) =>
      this.#element(slot, seeks, 'an edge', this.#graph?.edgeTables),
    );
    const vertices = path.vertices.flatMap(({ slot, seeks }, n) => {
      if (path.vertices.findIndex((other) => other.slot === slot) !== n) return [];
      return this.#element(slot, seeks, 'a vertex', null);
    });
    const starts = [...edges, ...vertices];
    if (starts.length > 0) return starts.join(' or ');
    const what = path.name ?? formatPattern(path, this.#names);
    this.#warn(`the match ${what} gives no KEY of a vertex or edge, so it starts at every vertex`);
    return 'at every vertex';
  }

  /** How an element is known before the path is searched; none where it is not. `tables`: those to be named. */
  #element(
    slot: number,
    seeks: readonly ElementSeek[] | null,
    anonymous: string,
    tables: GraphPlan['edgeTables'] | null | undefined,
  ): readonly string[] {
    const name = this.#names.slot(slot) || anonymous;
    if (this.#bound.has(slot)) return [`${name}, which is bound already`];
    if (seeks === null || !seeks.every((seek) => this.#isKnown(seek))) return [];
    const kinds = seeks.flatMap((seek) => (seek.kind === 'key' ? [tables?.[seek.table]?.name ?? ''] : []));
    const table =
      tables == null || kinds.length === 0 ? '' : `, one edge of ${[...new Set(kinds)].join(' or ')}`;
    const found = seeks.map((seek) =>
      seek.kind === 'same'
        ? this.#names.slot(seek.slot)
        : `KEY = (${seek.key.map((expr) => this.#format(expr)).join(', ')})`,
    );
    return [`${name}${table} by ${[...new Set(found)].join(' or ')}`];
  }

  #isKnown(seek: ElementSeek): boolean {
    if (seek.kind === 'same') return this.#bound.has(seek.slot);
    return !seek.key.some((key) =>
      someExpr(key, (part) => {
        if (part.kind === 'variable' || part.kind === 'property') return !this.#bound.has(part.slot);
        return part.kind === 'pathAggregate' && !this.#bound.has(part.group);
      }),
    );
  }

  #projection(clause: ProjectionClause): ExplainNode {
    const aggregates = clause.grouping?.aggregates ?? [];
    const slot = (index: number): string => {
      const found = aggregates.find((aggregate) => aggregate.slot === index);
      return found === undefined ? this.#names.slot(index) : this.#aggregate(found);
    };
    const items = clause.items.map(({ name, value }) => {
      const text = formatExpression(value, { ...this.#names, slot });
      return text === name ? name : `${text} AS ${name}`;
    });
    for (const { value, slot: passed } of clause.items) {
      if (value.kind === 'variable' && this.#bound.has(value.slot)) this.#bound.add(passed);
    }
    const children: ExplainNode[] = [];
    if (clause.grouping !== null) {
      const by = clause.grouping.by.map((index) => clause.items[index]?.name).join(', ');
      children.push(node('groups', by === '' ? 'all rows together' : `rows by ${by}`));
    }
    if (clause.orderBy.length > 0) {
      const keys = clause.orderBy.map(
        ({ value, descending }) => `${this.#format(value)}${descending ? ' DESC' : ''}`,
      );
      children.push(node('orders', `by ${keys.join(', ')}`));
    }
    if (clause.offset !== null) children.push(node('skips', this.#format(clause.offset)));
    if (clause.limit !== null) children.push(node('takes', this.#format(clause.limit)));
    if (clause.where !== null) children.push(node('where', this.#format(clause.where)));
    return node(`${clause.kind}${clause.distinct ? ' distinct' : ''}`, items.join(', '), children);
  }

  #aggregate({ name, distinct, argument }: RowAggregate): string {
    const text = argument === null ? '*' : this.#format(argument);
    return `${name.toUpperCase()}(${distinct ? 'DISTINCT ' : ''}${text})`;
  }
}

/** Whether a set of labels satisfies an expression. */
function satisfies(expr: LabelExpr, labels: readonly string[]): boolean {
  switch (expr.kind) {
    case 'label':
      return labels.includes(expr.name);
    case 'any':
      return labels.length > 0;
    case 'not':
      return !satisfies(expr.argument, labels);
    case 'and':
      return satisfies(expr.left, labels) && satisfies(expr.right, labels);
    case 'or':
      return satisfies(expr.left, labels) || satisfies(expr.right, labels);
  }
}

function searchText(path: PathPattern): string {
  const { edges, vertices } = path;
  const min = edges.reduce((sum, edge) => sum + (edge.quantifier === null ? 1 : edge.quantifier.min), 0);
  const unbounded = edges.some(({ quantifier }) => quantifier !== null && quantifier.max === null);
  const max = edges.reduce(
    (sum, edge) => sum + (edge.quantifier === null ? 1 : (edge.quantifier.max ?? 0)),
    0,
  );
  const plural = max === 1 ? '' : 's';
  const hops = unbounded
    ? `${min} or more hops`
    : min === max
      ? `${min} hop${plural}`
      : `${min} to ${max} hops`;
  const closed = vertices.length > 1 && vertices[0]?.slot === vertices.at(-1)?.slot;
  if (edges.length === 0) return 'vertices alone';
  const kind = path.ascending === null ? 'bounded paths' : 'temporal paths';
  return `${kind} of ${hops}${closed ? ', closed' : ''}, ${path.mode.toUpperCase()}`;
}
