import { assert, present } from '../../core/assert.ts';
import type {
  EdgePattern,
  EdgeTablePlan,
  Expr,
  GraphPlan,
  MatchClause,
  PathPattern,
  VertexPattern,
  VertexTablePlan,
} from '../../language/plan.ts';
import { tablesWith } from './job-context.ts';
import { conjuncts, isSameExpr, slotsRead } from './slot-references.ts';

/** One step of a match. After it, `checks` have to be TRUE. */
export interface MatchStep {
  readonly action: StepAction;
  /** Predicates all of whose variables are bound from here on. */
  readonly checks: readonly Expr[];
  /** Predicates over each edge of a group that could not be tested while it was found. */
  readonly groupChecks: readonly GroupCheck[];
}

/** `where` for every edge of the group in `group`, bound in turn to `element`. */
export interface GroupCheck {
  readonly group: number;
  readonly element: number;
  readonly where: readonly Expr[];
}

/** A path is matched from one place outward; `path` and `edge` are indices, `position` that of a vertex pattern. */
export type StepAction =
  /** Binds a vertex by its key; it is not on the path yet. */
  | { readonly kind: 'seekVertex'; readonly path: number; readonly position: number }
  /** Begins the path at a vertex that is bound already. */
  | { readonly kind: 'place'; readonly path: number; readonly position: number }
  /** Begins the path at every vertex that fits. */
  | { readonly kind: 'scan'; readonly path: number; readonly position: number }
  /** Begins the path with an edge by its key and its two ends. `bound`: ends that are known before. */
  | {
      readonly kind: 'seekEdge';
      readonly path: number;
      readonly edge: number;
      readonly leftBound: boolean;
      readonly rightBound: boolean;
    }
  /** Goes on over an edge pattern from the part of the path that is there. `bound`: the vertex beyond is known. */
  | {
      readonly kind: 'expand';
      readonly path: number;
      readonly edge: number;
      readonly towards: 'left' | 'right';
      readonly bound: boolean;
      /** The conjuncts of the edge's WHERE that can be tested on the way. */
      readonly where: readonly Expr[];
      /** Whether `where` uses variables of this clause, so that its answers change from run to run. */
      readonly varies: boolean;
    }
  /** The path is whole. */
  | { readonly kind: 'finish'; readonly path: number };

/** How a MATCH clause is evaluated. */
export interface MatchPlan {
  /** Vertex tables that a slot's vertex may be of, over all its places in the clause. */
  readonly vertexTables: ReadonlyMap<number, readonly number[]>;
  /** Slots of vertices that were bound before the clause: their tables are checked first. */
  readonly boundVertices: readonly number[];
  /** Predicates that use nothing of this clause. */
  readonly checks: readonly Expr[];
  readonly steps: readonly MatchStep[];
  /** Slots that the clause binds. */
  readonly slots: readonly number[];
  /** The first path that begins with a scan and may do so at any of its vertices; null without one. */
  readonly scannedPath: number | null;
}

interface Pending {
  readonly needs: ReadonlySet<number>;
  readonly expr: Expr;
}

interface PendingGroup {
  readonly needs: ReadonlySet<number>;
  readonly check: GroupCheck;
}

/**
 * Chooses where each path starts and the order in which its edges are followed: an edge by key, then vertices that
 * are known (before the clause or by key), then a scan; edges whose far end is known first, single edges before
 * quantified ones. Predicates run as soon as their variables are bound. KEEP LATEST and MERGE PARALLEL need an edge's
 * whole WHERE while it is followed; where that uses variables of the clause, paths are followed as written. The
 * choice depends on the plan alone, and on `scanAt`: where the path of `scannedPath` begins.
 */
export function planMatch(
  clause: MatchClause,
  before: ReadonlySet<number>,
  graph: GraphPlan,
  scanAt: number | null = null,
): MatchPlan {
  return new Planner(clause, before, graph, scanAt).plan();
}

class Planner {
  private readonly clause: MatchClause;
  private readonly before: ReadonlySet<number>;
  private readonly graph: GraphPlan;
  private readonly bound: Set<number>;
  private pending: Pending[] = [];
  private pendingGroups: PendingGroup[] = [];
  private readonly steps: MatchStep[] = [];
  private readonly scanAt: number | null;
  private scannedPath: number | null = null;

  constructor(clause: MatchClause, before: ReadonlySet<number>, graph: GraphPlan, scanAt: number | null) {
    this.scanAt = scanAt;
    this.clause = clause;
    this.before = before;
    this.graph = graph;
    this.bound = new Set(before);
  }

  plan(): MatchPlan {
    const { paths } = this.clause;
    for (const path of paths) for (const vertex of path.vertices) this.addPending(vertex.where);
    this.addPending(this.clause.where);
    const checks = this.readyChecks();
    const asWritten = paths.some((path) => this.needsWrittenOrder(path));
    const left = paths.map((_, path) => path);
    while (left.length > 0) {
      const next = asWritten ? 0 : this.bestPath(left);
      const [path] = left.splice(next, 1);
      this.planPath(present(path), asWritten);
    }
    assert(this.pending.length === 0 && this.pendingGroups.length === 0, 'every predicate found its place');
    return {
      vertexTables: this.vertexTables(),
      boundVertices: paths.flatMap(({ vertices }) =>
        vertices.map(({ slot }) => slot).filter((slot) => this.before.has(slot)),
      ),
      checks,
      steps: this.steps,
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

  private addPending(where: Expr | null): void {
    for (const expr of conjuncts(where)) this.pending.push({ needs: slotsRead(expr), expr });
  }

  /** Takes the predicates whose variables are all bound now. */
  private readyChecks(): readonly Expr[] {
    const ready = this.pending.filter(({ needs }) => this.areBound(needs));
    this.pending = this.pending.filter(({ needs }) => !this.areBound(needs));
    return ready.map(({ expr }) => expr);
  }

  private areBound(slots: Iterable<number>): boolean {
    for (const slot of slots) if (!this.bound.has(slot)) return false;
    return true;
  }

  private add(action: StepAction, binds: readonly number[]): void {
    for (const slot of binds) this.bound.add(slot);
    const groups = this.pendingGroups.filter(({ needs }) => this.areBound(needs));
    this.pendingGroups = this.pendingGroups.filter(({ needs }) => !this.areBound(needs));
    this.steps.push({ action, checks: this.readyChecks(), groupChecks: groups.map(({ check }) => check) });
  }

  /** Leaves out the predicates that a seek is made of: what it finds has that key. */
  private dropSought(slot: number, table: number, key: readonly number[], values: readonly Expr[]): void {
    this.pending = this.pending.filter(({ expr }) => {
      if (expr.kind !== 'call' || expr.name !== 'equal') return true;
      return !expr.args.some((side, n) => {
        if (side.kind !== 'property' || side.slot !== slot) return false;
        const part = key.indexOf(side.columns[table] as number);
        return part >= 0 && isSameExpr(expr.args[1 - n] as Expr, values[part] as Expr);
      });
    });
  }

  /**
   * Whether an edge's WHERE decides which edges stay or merge, and uses what this clause binds; or whether the first
   * vertex has to be known, because a SIMPLE path may close where hops may be none.
   */
  private needsWrittenOrder(path: PathPattern): boolean {
    if (path.mode === 'simple' && path.edges.some(({ quantifier }) => quantifier?.min === 0)) return true;
    if (path.keepLatest === null && !path.mergeParallel) return false;
    return path.edges.some((edge) => [...this.ownReads(edge)].some((slot) => !this.before.has(slot)));
  }

  private ownReads(edge: EdgePattern): ReadonlySet<number> {
    if (edge.where === null) return new Set();
    const slots = new Set(slotsRead(edge.where));
    slots.delete(edge.element);
    return slots;
  }

  private bestPath(left: readonly number[]): number {
    const score = (path: number): number => {
      const { vertices, edges } = this.pathAt(path);
      if (edges.some(({ seek }) => this.canSeek(seek))) return 3;
      if (vertices.some(({ slot }) => this.bound.has(slot))) return 2;
      return vertices.some(({ seek }) => this.canSeek(seek)) ? 1 : 0;
    };
    let best = 0;
    for (let n = 1; n < left.length; n++) {
      if (score(left[n] as number) > score(left[best] as number)) best = n;
    }
    return best;
  }

  private canSeek(seek: { readonly key: readonly Expr[] } | null): boolean {
    return seek?.key.every((expr) => this.areBound(slotsRead(expr))) ?? false;
  }

  private pathAt(path: number): PathPattern {
    return this.clause.paths[path] as PathPattern;
  }

  private planPath(path: number, asWritten: boolean): void {
    const { vertices, edges, slot } = this.pathAt(path);
    vertices.forEach((vertex, position) => {
      if (this.bound.has(vertex.slot) || !this.canSeek(vertex.seek)) return;
      const { key } = this.graph.vertexTables[vertex.seek?.vertexTable ?? 0] as VertexTablePlan;
      this.dropSought(vertex.slot, vertex.seek?.vertexTable ?? 0, key, vertex.seek?.key ?? []);
      this.add({ kind: 'seekVertex', path, position }, [vertex.slot]);
    });
    let [left, right] = this.begin(path, asWritten);
    while (left > 0 || right < vertices.length - 1) {
      if (!asWritten && this.goesLeft(path, left, right)) {
        this.expand(path, left - 1, 'left');
        left--;
      } else {
        this.expand(path, right, 'right');
        right++;
      }
    }
    assert(edges.length === vertices.length - 1, 'a path alternates');
    this.add({ kind: 'finish', path }, slot === null ? [] : [slot]);
  }

  /** Plans where the path begins; the positions of the part that is there then. */
  private begin(path: number, asWritten: boolean): [number, number] {
    const { vertices, edges } = this.pathAt(path);
    const slotAt = (position: number) => (vertices[position] as VertexPattern).slot;
    if (asWritten) {
      this.placeOrScan(path, 0);
      return [0, 0];
    }
    const sought = edges.findIndex((edge) => edge.quantifier === null && this.canSeek(edge.seek));
    if (sought >= 0 && !this.pathAt(path).mergeParallel) {
      const edge = edges[sought] as EdgePattern;
      for (const expr of conjuncts(edge.where)) this.pending.push({ needs: slotsRead(expr), expr });
      const { key } = this.graph.edgeTables[edge.seek?.edgeTable ?? 0] as EdgeTablePlan;
      this.dropSought(edge.slot, edge.seek?.edgeTable ?? 0, key, edge.seek?.key ?? []);
      const leftBound = this.bound.has(slotAt(sought));
      const rightBound = this.bound.has(slotAt(sought + 1));
      const action = { kind: 'seekEdge', path, edge: sought, leftBound, rightBound } as const;
      this.add(action, [edge.slot, slotAt(sought), slotAt(sought + 1)]);
      return [sought, sought + 1];
    }
    const isBound = (position: number) => position in vertices && this.bound.has(slotAt(position));
    const places = vertices.map((_, position) => position).filter(isBound);
    const between = places.find((position) => isBound(position - 1) || isBound(position + 1));
    const start = between ?? places[0] ?? this.scanned(path);
    this.placeOrScan(path, start);
    return [start, start];
  }

  /** The vertex pattern to scan for: the first one with a label, else the first. */
  private scanned(path: number): number {
    const { vertices } = this.pathAt(path);
    const labelled = Math.max(
      0,
      vertices.findIndex(({ labels }) => labels !== null),
    );
    if (this.scannedPath !== null || vertices.length === 1) return labelled;
    this.scannedPath = path;
    return this.scanAt ?? labelled;
  }

  private placeOrScan(path: number, position: number): void {
    const { slot } = this.pathAt(path).vertices[position] as VertexPattern;
    if (this.bound.has(slot)) this.add({ kind: 'place', path, position }, []);
    else this.add({ kind: 'scan', path, position }, [slot]);
  }

  /** Whether the edge on the left is the better one to follow next. */
  private goesLeft(path: number, left: number, right: number): boolean {
    const { vertices, edges } = this.pathAt(path);
    if (left === 0) return false;
    if (right === vertices.length - 1) return true;
    const cost = (edge: number, far: number): number => {
      const { quantifier } = edges[edge] as EdgePattern;
      const isBound = this.bound.has((vertices[far] as VertexPattern).slot);
      return (isBound ? 0 : 1000) + (quantifier === null ? 0 : (quantifier.max ?? 500));
    };
    return cost(left - 1, left - 1) < cost(right, right + 1);
  }

  private expand(path: number, edgeIndex: number, towards: 'left' | 'right'): void {
    const { vertices, edges } = this.pathAt(path);
    const edge = edges[edgeIndex] as EdgePattern;
    const far = (vertices[towards === 'right' ? edgeIndex + 1 : edgeIndex] as VertexPattern).slot;
    const isBound = this.bound.has(far);
    const now: Expr[] = [];
    const later: Expr[] = [];
    for (const expr of conjuncts(edge.where)) {
      const needs = new Set(slotsRead(expr));
      needs.delete(edge.element);
      (this.areBound(needs) ? now : later).push(expr);
    }
    for (const expr of later) this.postpone(edge, expr);
    const varies = now.some((expr) =>
      [...slotsRead(expr)].some((slot) => slot !== edge.element && !this.before.has(slot)),
    );
    const action = {
      kind: 'expand',
      path,
      edge: edgeIndex,
      towards,
      bound: isBound,
      where: now,
      varies,
    } as const;
    this.add(action, [edge.slot, far]);
  }

  private postpone(edge: EdgePattern, expr: Expr): void {
    const needs = new Set(slotsRead(expr));
    if (edge.element === edge.slot) {
      this.pending.push({ needs, expr });
      return;
    }
    needs.delete(edge.element);
    needs.add(edge.slot);
    this.pendingGroups.push({ needs, check: { group: edge.slot, element: edge.element, where: [expr] } });
  }
}

function slotsOf(path: PathPattern): number[] {
  return [
    ...path.vertices.map(({ slot }) => slot),
    ...path.edges.map(({ slot }) => slot),
    ...(path.slot === null ? [] : [path.slot]),
  ];
}
