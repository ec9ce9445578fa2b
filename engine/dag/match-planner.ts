import { assert, present } from '../../core/assert.ts';
import type {
  EdgePattern,
  EdgeTablePlan,
  ElementSeek,
  Expr,
  GraphPlan,
  MatchClause,
  PathPattern,
  VertexPattern,
  VertexTablePlan,
} from '../../language/plan.ts';
import { expansionCost, startCost } from './expansion-cost.ts';
import { tablesWith } from './job-context.ts';
import type {
  ExpandAction,
  ExpandNode,
  GroupCheck,
  MatchPlan,
  MatchStep,
  PlanNode,
  StepAction,
} from './match-plan.ts';
import { conjuncts, isSameExpr, slotsRead } from './slot-references.ts';

/** Longer paths are followed in one order, chosen beforehand: the ways through a plan grow with the square. */
const FORK_EDGES_MAX = 8;

interface Pending {
  readonly needs: ReadonlySet<number>;
  readonly expr: Expr;
}

interface PendingGroup {
  readonly needs: ReadonlySet<number>;
  readonly check: GroupCheck;
}

/** How far a plan has come: slots that are bound, predicates that wait, paths that are not begun. */
interface Progress {
  readonly bound: ReadonlySet<number>;
  readonly pending: readonly Pending[];
  readonly groups: readonly PendingGroup[];
  readonly paths: readonly number[];
}

/** The part of a path that is there: vertex patterns `left` to `right` and what is between. */
interface Part {
  readonly path: number;
  readonly left: number;
  readonly right: number;
}

type Continue = (progress: Progress) => PlanNode | null;

/**
 * Chooses where each path starts and the order in which its edges are followed. It starts at an edge that is known
 * (before the clause, or by its key), else at a vertex that is, else at a scan, and goes on from there both ways: to
 * vertices that are known first. Where both ways are open, the plan forks, and the number of edges at hand decides.
 * Predicates run as soon as their variables are bound; KEEP LATEST and MERGE PARALLEL need an edge's whole WHERE while
 * it is followed, and where no order gives that, paths are followed as written. The plan depends on the clause alone,
 * and on `scanAt`: where the path of `scannedPath` begins.
 */
export function planMatch(
  clause: MatchClause,
  before: ReadonlySet<number>,
  graph: GraphPlan,
  scanAt: number | null = null,
): MatchPlan {
  const planner = new Planner(clause, before, graph, scanAt, false);
  const plan = planner.plan();
  if (!planner.isStuck) return plan;
  return new Planner(clause, before, graph, scanAt, true).plan();
}

class Planner {
  /** Whether an edge could not be followed because its WHERE was not complete. */
  isStuck = false;
  private readonly clause: MatchClause;
  private readonly before: ReadonlySet<number>;
  private readonly graph: GraphPlan;
  private readonly scanAt: number | null;
  private readonly asWritten: boolean;
  private scannedPath: number | null = null;
  private readonly nodes = new Map<string, PlanNode | null>();

  constructor(
    clause: MatchClause,
    before: ReadonlySet<number>,
    graph: GraphPlan,
    scanAt: number | null,
    asWritten: boolean,
  ) {
    this.clause = clause;
    this.before = before;
    this.graph = graph;
    this.scanAt = scanAt;
    this.asWritten = asWritten;
  }

  plan(): MatchPlan {
    const { paths, where } = this.clause;
    const wheres = [...paths.flatMap(({ vertices }) => vertices.map((vertex) => vertex.where)), where];
    const [checks, progress] = takeReady({
      bound: this.before,
      pending: wheres.flatMap(conjuncts).map((expr) => ({ needs: slotsRead(expr), expr })),
      groups: [],
      paths: paths.map((_, path) => path),
    });
    const start = this.planPaths(progress);
    return {
      vertexTables: this.vertexTables(),
      boundVertices: paths.flatMap(({ vertices }) =>
        vertices.map(({ slot }) => slot).filter((slot) => this.before.has(slot)),
      ),
      checks: checks.checks,
      start,
      slots: [...new Set(paths.flatMap(slotsOf))].filter((slot) => !this.before.has(slot)),
      scannedPath: this.scannedPath,
    };
  }

  private vertexTables(): Map<number, readonly number[]> {
    const allowed = new Map<number, readonly number[]>();
    for (const { slot, labels } of this.clause.paths.flatMap(({ vertices }) => vertices)) {
      const tables = tablesWith(this.graph.vertexTables, labels);
      const known = allowed.get(slot);
      allowed.set(slot, known === undefined ? tables : known.filter((table) => tables.includes(table)));
    }
    return allowed;
  }

  private pathAt(path: number): PathPattern {
    return this.clause.paths[path] as PathPattern;
  }

  private slotAt({ path }: Part, position: number): number {
    return (this.pathAt(path).vertices[position] as VertexPattern).slot;
  }

  private edgeAt({ path }: Part, edge: number): EdgePattern {
    return this.pathAt(path).edges[edge] as EdgePattern;
  }

  /** Adds a step that binds slots, and what follows it. */
  private step<A extends StepAction>(
    progress: Progress,
    action: A,
    binds: readonly number[],
    next: Continue,
  ): { kind: 'step'; step: MatchStep & { action: A }; next: PlanNode | null } {
    const [ready, after] = takeReady({ ...progress, bound: new Set([...progress.bound, ...binds]) });
    return { kind: 'step', step: { action, ...ready }, next: next(after) };
  }

  /** Plans the paths that are left, best first. */
  private planPaths(progress: Progress): PlanNode | null {
    const { paths, bound } = progress;
    if (paths.length === 0) {
      const isDone = progress.pending.length === 0 && progress.groups.length === 0;
      assert(isDone || this.isStuck, 'every predicate found its place');
      return null;
    }
    const best = this.asWritten ? (paths[0] as number) : this.bestPath(paths, bound);
    const others = { ...progress, paths: paths.filter((path) => path !== best) };
    return this.seekVertices(others, best, (sought) => this.begin(sought, best));
  }

  private bestPath(left: readonly number[], bound: ReadonlySet<number>): number {
    const score = (path: number): number => {
      const { vertices, edges } = this.pathAt(path);
      if (edges.some((edge) => this.isEdgeKnown(edge, bound))) return 3;
      if (vertices.some(({ slot }) => bound.has(slot))) return 2;
      return vertices.some(({ seeks }) => canSeek(seeks, bound)) ? 1 : 0;
    };
    let best = left[0] as number;
    for (const path of left) if (score(path) > score(best)) best = path;
    return best;
  }

  private isEdgeKnown({ slot, seeks, quantifier }: EdgePattern, bound: ReadonlySet<number>): boolean {
    return quantifier === null && (bound.has(slot) || canSeek(seeks, bound));
  }

  /** Binds the vertices of the path that are known where they are. */
  private seekVertices(progress: Progress, path: number, next: Continue): PlanNode | null {
    const { vertices } = this.pathAt(path);
    const { bound } = progress;
    const position = vertices.findIndex(({ slot, seeks }) => !bound.has(slot) && canSeek(seeks, bound));
    if (position < 0) return next(progress);
    const { slot, seeks } = vertices[position] as VertexPattern;
    const rest = withoutSought(progress, slot, seeks ?? [], this.graph.vertexTables);
    return this.step(rest, { kind: 'seekVertex', path, position }, [slot], (after) =>
      this.seekVertices(after, path, next),
    );
  }

  private begin(progress: Progress, path: number): PlanNode | null {
    const { vertices, edges } = this.pathAt(path);
    const { bound } = progress;
    const isKnown = (edge: EdgePattern) =>
      this.isEdgeKnown(edge, bound) && this.isComplete(path, edge, bound);
    const sought = this.asWritten ? -1 : edges.findIndex(isKnown);
    if (sought >= 0) return this.beginWithEdge(progress, path, sought);
    const position = this.startOf(path, bound);
    const { slot } = vertices[position] as VertexPattern;
    const part = { path, left: position, right: position };
    const action = { kind: bound.has(slot) ? 'place' : 'scan', path, position } as const;
    return this.step(progress, action, [slot], (after) => this.extend(after, part));
  }

  private beginWithEdge(progress: Progress, path: number, n: number): PlanNode {
    const { edges, mergeParallel } = this.pathAt(path);
    const edge = edges[n] as EdgePattern;
    const part = { path, left: n, right: n + 1 };
    const [left, right] = [this.slotAt(part, n), this.slotAt(part, n + 1)];
    const { bound } = progress;
    const edgeBound = bound.has(edge.slot);
    // A merged hop is made of the edges that pass: these are tested before.
    const where = mergeParallel ? [] : conjuncts(edge.where);
    const own = where.map((expr) => ({ needs: slotsRead(expr), expr }));
    let rest: Progress = { ...progress, pending: [...progress.pending, ...own] };
    if (!edgeBound) rest = withoutSought(rest, edge.slot, edge.seeks ?? [], this.graph.edgeTables);
    const action = {
      kind: 'seekEdge',
      path,
      edge: n,
      edgeBound,
      leftBound: bound.has(left),
      rightBound: bound.has(right),
      closes: this.mayClose(path) && edges.every((other, m) => m === n || isOptional(other)),
    } as const;
    return this.step(rest, action, [edge.slot, left, right], (after) => this.extend(after, part));
  }

  /** The vertex pattern to begin with: of those that are known the one that promises least work. */
  private startOf(path: number, bound: ReadonlySet<number>): number {
    if (this.asWritten) return 0;
    const pattern = this.pathAt(path);
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    pattern.vertices.forEach(({ slot }, position) => {
      if (!bound.has(slot)) return;
      const cost = startCost(pattern, position, bound);
      if (cost >= least) return;
      least = cost;
      best = position;
    });
    return best >= 0 ? best : this.scanned(path);
  }

  /** The vertex pattern to scan for: the first one with a label, else the first. */
  private scanned(path: number): number {
    const { vertices } = this.pathAt(path);
    const labelled = vertices.findIndex(({ labels }) => labels !== null);
    if (this.scannedPath !== null || vertices.length === 1) return Math.max(0, labelled);
    this.scannedPath = path;
    return this.scanAt ?? Math.max(0, labelled);
  }

  /** Goes on with a path; ways that lead to the same part of it, with the same slots bound, share what follows. */
  private extend(progress: Progress, part: Part): PlanNode | null {
    const { path, left, right } = part;
    const bound = [...progress.bound].sort((a, b) => a - b).join();
    const key = `${path} ${left} ${right} ${bound}`;
    let node = this.nodes.get(key);
    if (node === undefined) {
      node = this.seekVertices(progress, path, (sought) => this.extendFrom(sought, part));
      this.nodes.set(key, node);
    }
    return node;
  }

  private extendFrom(progress: Progress, part: Part): PlanNode | null {
    const { path, left, right } = part;
    const { vertices, edges, slot } = this.pathAt(path);
    const canRight = right < vertices.length - 1;
    if (left === 0 && !canRight) {
      const binds = slot === null ? [] : [slot];
      return this.step(progress, { kind: 'finish', path }, binds, (after) => this.planPaths(after));
    }
    if (this.asWritten) return this.expand(progress, part, 'right');
    const { bound } = progress;
    const isOpen = (edge: number) => this.isComplete(path, edges[edge] as EdgePattern, bound);
    const goesLeft = left > 0 && isOpen(left - 1);
    const goesRight = canRight && isOpen(right);
    if (!goesLeft && !goesRight) {
      this.isStuck = true;
      return null;
    }
    if (!goesLeft || !goesRight) return this.expand(progress, part, goesLeft ? 'left' : 'right');
    if (this.isRing(progress, part)) return this.ring(progress, part);
    const toLeft = expansionCost(this.edgeAt(part, left - 1), bound.has(this.slotAt(part, left - 1)));
    const toRight = expansionCost(this.edgeAt(part, right), bound.has(this.slotAt(part, right + 1)));
    const anyBound = bound.has(this.slotAt(part, left - 1)) || bound.has(this.slotAt(part, right + 1));
    if (anyBound || edges.length > FORK_EDGES_MAX)
      return this.expand(progress, part, toLeft < toRight ? 'left' : 'right');
    return {
      kind: 'fork',
      left: this.expand(progress, part, 'left'),
      right: this.expand(progress, part, 'right'),
    };
  }

  /** Whether the edge's WHERE is complete, where KEEP LATEST or MERGE PARALLEL need that to follow it. */
  private isComplete(path: number, edge: EdgePattern, bound: ReadonlySet<number>): boolean {
    const { keepLatest, mergeParallel } = this.pathAt(path);
    if (keepLatest === null && !mergeParallel) return true;
    return areBound(ownReads(edge), bound);
  }

  private mayClose(path: number): boolean {
    return this.pathAt(path).mode === 'simple';
  }

  private expandAction({ bound }: Progress, part: Part, towards: 'left' | 'right'): ExpandAction {
    const { path, left, right } = part;
    const { edges } = this.pathAt(path);
    const n = towards === 'right' ? right : left - 1;
    const edge = edges[n] as EdgePattern;
    const where = conjuncts(edge.where).filter((expr) => areBound(readsBeside(expr, edge.element), bound));
    const beyond = towards === 'right' ? edges.slice(n + 1) : edges.slice(0, n);
    const behind = towards === 'right' ? edges.slice(0, left) : edges.slice(right);
    const closes = this.mayClose(path) && [...beyond, ...behind].every(isOptional);
    return {
      kind: 'expand',
      path,
      edge: n,
      towards,
      bound: bound.has(this.slotAt(part, towards === 'right' ? right + 1 : left - 1)),
      edgeBound: bound.has(edge.slot),
      where,
      varies: where.some((expr) =>
        [...slotsRead(expr)].some((slot) => slot !== edge.element && !this.before.has(slot)),
      ),
      closes: closes ? (towards === 'right' ? left : right) : null,
    };
  }

  private expand(progress: Progress, part: Part, towards: 'left' | 'right'): ExpandNode {
    const action = this.expandAction(progress, part, towards);
    const edge = this.edgeAt(part, action.edge);
    const rightward = towards === 'right';
    const far = this.slotAt(part, rightward ? part.right + 1 : part.left - 1);
    const longer = rightward ? { ...part, right: part.right + 1 } : { ...part, left: part.left - 1 };
    return this.step(postponed(progress, edge, action.where), action, [edge.slot, far], (after) =>
      this.extend(after, longer),
    );
  }

  /** Whether what is left is to go from the right end of the part round to its left end. */
  private isRing({ bound }: Progress, part: Part): boolean {
    const pattern = this.pathAt(part.path);
    const { edges, ascending } = pattern;
    if (part.left !== 1 || part.right !== edges.length - 1 || ascending !== null) return false;
    const [slot, other] = [this.slotAt(part, 0), this.slotAt(part, edges.length)];
    if (slot !== other || bound.has(slot)) return false;
    const [first, last] = [edges[0] as EdgePattern, edges[edges.length - 1] as EdgePattern];
    if (first.slot === last.slot || bound.has(first.slot) || bound.has(last.slot)) return false;
    if (first.direction !== last.direction) return false;
    // Merged hops of the two patterns are alike only where the same edges make them.
    return (
      !pattern.mergeParallel ||
      (first.where === null && last.where === null && isSameExpr(first.labels, last.labels))
    );
  }

  private ring(progress: Progress, part: Part): PlanNode {
    const { path } = part;
    const last = this.expandAction(progress, part, 'right');
    const first = this.expandAction(progress, part, 'left');
    const [firstEdge, lastEdge] = [this.edgeAt(part, first.edge), this.edgeAt(part, last.edge)];
    const rest = postponed(postponed(progress, lastEdge, last.where), firstEdge, first.where);
    const binds = [firstEdge.slot, lastEdge.slot, this.slotAt(part, 0)];
    const whole = { path, left: 0, right: this.pathAt(path).edges.length };
    return this.step(rest, { kind: 'ring', path, last, first }, binds, (after) => this.extend(after, whole));
  }
}

/** The predicates whose variables are all bound, taken out of those that wait. */
function takeReady(progress: Progress): [Omit<MatchStep, 'action'>, Progress] {
  const { bound, pending, groups } = progress;
  const ready = {
    checks: pending.filter(({ needs }) => areBound(needs, bound)).map(({ expr }) => expr),
    groupChecks: groups.filter(({ needs }) => areBound(needs, bound)).map(({ check }) => check),
  };
  return [
    ready,
    {
      ...progress,
      pending: pending.filter(({ needs }) => !areBound(needs, bound)),
      groups: groups.filter(({ needs }) => !areBound(needs, bound)),
    },
  ];
}

/** Lets the conjuncts of the edge's WHERE wait that cannot be tested while it is followed. */
function postponed(progress: Progress, edge: EdgePattern, now: readonly Expr[]): Progress {
  const pending = [...progress.pending];
  const groups = [...progress.groups];
  for (const expr of conjuncts(edge.where)) {
    if (now.includes(expr)) continue;
    if (edge.element === edge.slot) {
      pending.push({ needs: slotsRead(expr), expr });
      continue;
    }
    const needs = readsBeside(expr, edge.element).add(edge.slot);
    groups.push({ needs, check: { group: edge.slot, element: edge.element, where: [expr] } });
  }
  return { ...progress, pending, groups };
}

/** Leaves out the predicates that the only seek of an element is made of: what it finds has that key. */
function withoutSought(
  progress: Progress,
  slot: number,
  seeks: readonly ElementSeek[],
  tables: readonly (VertexTablePlan | EdgeTablePlan)[],
): Progress {
  const [seek, another] = seeks;
  if (seek?.kind !== 'key' || another !== undefined) return progress;
  const { key } = present(tables[seek.table], 'table of a seek');
  const isSought = (expr: Expr): boolean => {
    if (expr.kind !== 'call' || expr.name !== 'equal') return false;
    return expr.args.some((side, n) => {
      if (side.kind !== 'property' || side.slot !== slot) return false;
      const part = key.indexOf(side.columns[seek.table] as number);
      return part >= 0 && isSameExpr(expr.args[1 - n] as Expr, seek.key[part] as Expr);
    });
  };
  return { ...progress, pending: progress.pending.filter(({ expr }) => !isSought(expr)) };
}

function canSeek(seeks: readonly ElementSeek[] | null, bound: ReadonlySet<number>): boolean {
  if (seeks === null) return false;
  return seeks.every((seek) =>
    seek.kind === 'same' ? bound.has(seek.slot) : seek.key.every((expr) => areBound(slotsRead(expr), bound)),
  );
}

function areBound(slots: Iterable<number>, bound: ReadonlySet<number>): boolean {
  for (const slot of slots) if (!bound.has(slot)) return false;
  return true;
}

function readsBeside(expr: Expr, element: number): Set<number> {
  const slots = new Set(slotsRead(expr));
  slots.delete(element);
  return slots;
}

function ownReads(edge: EdgePattern): ReadonlySet<number> {
  return edge.where === null ? new Set() : readsBeside(edge.where, edge.element);
}

function isOptional({ quantifier }: EdgePattern): boolean {
  return quantifier?.min === 0;
}

function slotsOf(path: PathPattern): number[] {
  return [
    ...path.vertices.map(({ slot }) => slot),
    ...path.edges.map(({ slot }) => slot),
    ...(path.slot === null ? [] : [path.slot]),
  ];
}
