import type { Expr } from '../../language/plan.ts';

/** How a MATCH clause is evaluated. */
export interface MatchPlan {
  /** Vertex tables that a slot's vertex may be of, over all its places in the clause. */
  readonly vertexTables: ReadonlyMap<number, readonly number[]>;
  /** Slots of vertices that were bound before the clause: their tables are checked first. */
  readonly boundVertices: readonly number[];
  /** Predicates that use nothing of this clause. */
  readonly checks: readonly Expr[];
  /** What to do first; null where a match is there already. */
  readonly start: PlanNode | null;
  /** Slots that the clause binds. */
  readonly slots: readonly number[];
  /** The first path that begins with a scan and may do so at any of its vertices; null without one. */
  readonly scannedPath: number | null;
}

/**
 * A plan as a graph of steps: nodes may be reached in several ways, and are one object then. A fork goes on with the
 * one of its two ways, both of which begin with an `expand`, that has fewer edges to look at in the binding at hand.
 * Behind the last node the match is whole.
 */
export type PlanNode =
  | { readonly kind: 'step'; readonly step: MatchStep; readonly next: PlanNode | null }
  | { readonly kind: 'fork'; readonly left: ExpandNode; readonly right: ExpandNode };

/** A step over one edge pattern. */
export interface ExpandNode {
  readonly kind: 'step';
  readonly step: MatchStep & { readonly action: ExpandAction };
  readonly next: PlanNode | null;
}

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
  /** Binds a vertex by its seeks; it is not on the path yet. */
  | { readonly kind: 'seekVertex'; readonly path: number; readonly position: number }
  /** Begins the path at a vertex that is bound already. */
  | { readonly kind: 'place'; readonly path: number; readonly position: number }
  /** Begins the path at every vertex that fits. */
  | { readonly kind: 'scan'; readonly path: number; readonly position: number }
  /** Begins the path with an edge, bound already or by its seeks, and its two ends. */
  | {
      readonly kind: 'seekEdge';
      readonly path: number;
      readonly edge: number;
      /** The variable is bound: its edge. */
      readonly edgeBound: boolean;
      /** Ends that are known before. */
      readonly leftBound: boolean;
      readonly rightBound: boolean;
      /** Whether its ends may be one although vertices may not repeat: all other edges may be left out. */
      readonly closes: boolean;
    }
  | ExpandAction
  /**
   * Both ends of the path are one vertex, which is unknown, and only the first and the last edge pattern are not
   * followed yet: follows the last and then the first as one path, and puts the vertex wherever their lengths allow.
   */
  | {
      readonly kind: 'ring';
      readonly path: number;
      readonly last: ExpandAction;
      readonly first: ExpandAction;
    }
  /** The path is whole. */
  | { readonly kind: 'finish'; readonly path: number };

/** Goes on over an edge pattern from the part of the path that is there. */
export interface ExpandAction {
  readonly kind: 'expand';
  readonly path: number;
  readonly edge: number;
  readonly towards: 'left' | 'right';
  /** The vertex beyond is known. */
  readonly bound: boolean;
  /** The edge's variable is known. */
  readonly edgeBound: boolean;
  /** The conjuncts of the edge's WHERE that can be tested on the way. */
  readonly where: readonly Expr[];
  /** Whether `where` uses variables of this clause, so that its answers change from run to run. */
  readonly varies: boolean;
  /**
   * Position of the other end of the part that is there, where the vertex beyond may equal it although vertices may
   * not repeat: both may be ends of a SIMPLE path. Null where it may not.
   */
  readonly closes: number | null;
}
