import type { EdgePattern, MatchClause, PathPattern, VertexPattern } from '../../language/plan.ts';
import { evaluate, propertyOf, type Scope } from './model-expressions.ts';
import { hasLabel, type Snapshot } from './model-graph.ts';
import { compareThings, type Edge, type Hop, type Scalar, type Thing, type Vertex } from './model-values.ts';

type Slots = readonly (Thing | undefined)[];

/** Thrown when brute force would take too long; the caller gives the case up and counts it. */
export class TooExpensive extends Error {}

/** How many steps one program may take before its case is given up. */
export interface Effort {
  left: number;
}

/** Takes steps from what is left. Throws TooExpensive. */
export function spend(effort: Effort, steps: number): void {
  effort.left -= steps;
  if (effort.left < 0) throw new TooExpensive();
}

interface Walk {
  readonly slots: Slots;
  readonly vertices: readonly Vertex[];
  readonly hops: readonly Hop[];
}

/**
 * All bindings of a MATCH clause that extend `scope`, in canonical order: every walk is tried from left to right,
 * and what the mode, ASCENDING or WHERE does not allow is thrown away.
 */
export function matchClause(clause: MatchClause, scope: Scope, graph: Snapshot, effort: Effort): Slots[] {
  let found: { slots: Slots; used: readonly Edge[] }[] = [{ slots: scope.slots, used: [] }];
  for (const path of clause.paths) {
    found = found.flatMap(({ slots, used }) =>
      walksOf(path, { ...scope, slots }, graph, clause.edgesDistinct ? used : null, effort).map((walk) => ({
        slots: path.slot === null ? walk.slots : bound(walk.slots, path.slot, pathThing(walk)),
        used: [...used, ...walk.hops.flatMap(edgesOf)],
      })),
    );
  }
  const { where } = clause;
  const kept = found
    .map(({ slots }) => slots)
    .filter((slots) => where === null || evaluate(where, { ...scope, slots }) === true);
  kept.sort((a, b) => compareBindings(clause, a, b));
  if (kept.length > 0 || !clause.optional) return kept;
  let nothing = scope.slots;
  for (const slot of slotsOf(clause)) if (nothing[slot] === undefined) nothing = bound(nothing, slot, null);
  return [nothing];
}

function pathThing(walk: Walk): Thing {
  return { form: 'path', vertices: walk.vertices, hops: walk.hops };
}

function bound(slots: Slots, slot: number, thing: Thing): Slots {
  const copy = [...slots];
  copy[slot] = thing;
  return copy;
}

function slotsOf(clause: MatchClause): number[] {
  return clause.paths.flatMap((path) => [
    ...(path.slot === null ? [] : [path.slot]),
    ...path.vertices.map(({ slot }) => slot),
    ...path.edges.map(({ slot }) => slot),
  ]);
}

/** Slot by slot in pattern order, whatever order the engine finds bindings in. */
function compareBindings(clause: MatchClause, a: Slots, b: Slots): number {
  for (const path of clause.paths) {
    for (let index = 0; index < path.vertices.length; index++) {
      const pair = [path.vertices[index], path.edges[index]];
      for (const element of pair) {
        if (element === undefined) continue;
        const order = compareThings(a[element.slot] ?? null, b[element.slot] ?? null);
        if (order !== 0) return order;
      }
    }
  }
  return 0;
}

function edgesOf(hop: Hop): readonly Edge[] {
  return hop.form === 'hop' ? hop.edges : [hop];
}

/** All walks of one pattern in written order. `used`: edges that the clause may not use again, null where it may. */
function walksOf(
  path: PathPattern,
  scope: Scope,
  graph: Snapshot,
  used: readonly Edge[] | null,
  effort: Effort,
): Walk[] {
  const first = path.vertices[0] as VertexPattern;
  let walks: Walk[] = graph.vertices.flatMap((vertex) => {
    const slots = bindVertex(first, vertex, scope, graph);
    return slots === null ? [] : [{ slots, vertices: [vertex], hops: [] }];
  });
  path.edges.forEach((edge, index) => {
    const target = path.vertices[index + 1] as VertexPattern;
    walks = walks.flatMap((walk) => overEdge(path, edge, target, walk, scope, graph, used, effort));
  });
  return walks.filter((walk) => allowed(path, walk, used));
}

/** The slots with the vertex bound, or null where label, equality or WHERE say no. */
function bindVertex(pattern: VertexPattern, vertex: Vertex, scope: Scope, graph: Snapshot): Slots | null {
  const before = scope.slots[pattern.slot];
  if (before !== undefined && before !== vertex) return null;
  const labels = graph.plan.vertexTables[vertex.table]?.labels ?? [];
  if (!hasLabel(labels, pattern.labels)) return null;
  const slots = bound(scope.slots, pattern.slot, vertex);
  return pattern.where === null || evaluate(pattern.where, { ...scope, slots }) === true ? slots : null;
}

/** Every way over one edge pattern and onto the vertex after it. */
function overEdge(
  path: PathPattern,
  pattern: EdgePattern,
  target: VertexPattern,
  start: Walk,
  scope: Scope,
  graph: Snapshot,
  used: readonly Edge[] | null,
  effort: Effort,
): Walk[] {
  const { min, max } = pattern.quantifier ?? { min: 1, max: 1 };
  const done: Walk[] = [];
  let reached: Walk[] = [start];
  for (let hops = 0; reached.length > 0; hops++) {
    if (hops >= min) done.push(...reached);
    if (max !== null && hops >= max) break;
    reached = reached.flatMap((walk) => {
      const at = walk.vertices.at(-1) as Vertex;
      return stepsFrom(path, pattern, at, { ...scope, slots: walk.slots }, graph, effort)
        .map(([hop, vertex]) => ({
          ...walk,
          vertices: [...walk.vertices, vertex],
          hops: [...walk.hops, hop],
        }))
        .filter((longer) => allowed(path, longer, used));
    });
  }
  return done.flatMap((walk) => {
    const own = walk.hops.slice(start.hops.length);
    const thing: Thing = pattern.quantifier === null ? (own[0] as Hop) : { form: 'group', hops: own };
    const before = start.slots[pattern.slot];
    if (before !== undefined && (before === null || compareThings(before, thing) !== 0)) return [];
    const slots = bound(start.slots, pattern.slot, thing);
    const last = bindVertex(target, walk.vertices.at(-1) as Vertex, { ...scope, slots }, graph);
    return last === null ? [] : [{ ...walk, slots: last }];
  });
}

/** The hops that leave a vertex under a pattern: label, WHERE, then KEEP LATEST or MERGE PARALLEL. */
function stepsFrom(
  path: PathPattern,
  pattern: EdgePattern,
  at: Vertex,
  scope: Scope,
  graph: Snapshot,
  effort: Effort,
): [Hop, Vertex][] {
  spend(effort, graph.edges.length);
  const steps: [Edge, Vertex][] = [];
  for (const edge of graph.edges) {
    const out = edge.source === at && pattern.direction !== 'in';
    const back = edge.destination === at && pattern.direction !== 'out';
    if (!out && !back) continue;
    if (!hasLabel(graph.plan.edgeTables[edge.table]?.labels ?? [], pattern.labels)) continue;
    const inner = { ...scope, slots: bound(scope.slots, pattern.element, edge) };
    if (pattern.where !== null && evaluate(pattern.where, inner) !== true) continue;
    steps.push([edge, out ? edge.destination : edge.source]); // a self-loop once
  }
  steps.sort(([a], [b]) => compareThings(b, a));
  if (path.mergeParallel) return merged(steps);
  return path.keepLatest === null ? steps : steps.slice(0, path.keepLatest);
}

/** One hop for each vertex reached, holding all edges that lead there. */
function merged(steps: readonly [Edge, Vertex][]): [Hop, Vertex][] {
  const vertices = [...new Set(steps.map(([, vertex]) => vertex))];
  return vertices.map((vertex) => {
    const edges = steps.filter(([, to]) => to === vertex).map(([edge]) => edge);
    return [{ form: 'hop', edges: edges.sort(compareThings) }, vertex];
  });
}

/** Whether mode, distinctness and ASCENDING allow the walk, or the beginning of one. */
function allowed(path: PathPattern, walk: Walk, used: readonly Edge[] | null): boolean {
  const edges = walk.hops.flatMap(edgesOf);
  const { vertices } = walk;
  if (used !== null && hasRepeat([...used, ...edges])) return false;
  if (path.mode === 'trail' && hasRepeat(edges)) return false;
  if (path.mode === 'acyclic' && hasRepeat(vertices)) return false;
  if (path.mode === 'simple') {
    const closed = vertices.length > 1 && vertices[0] === vertices.at(-1);
    if (hasRepeat(closed ? vertices.slice(1) : vertices)) return false;
  }
  return path.ascending === null || ascends(path, edges);
}

function hasRepeat(things: readonly unknown[]): boolean {
  return new Set(things).size < things.length;
}

function ascends(path: PathPattern, edges: readonly Edge[]): boolean {
  const { ascending } = path;
  if (ascending === null || edges.length === 0) return true;
  const values = edges.map((edge): Scalar => propertyOf(edge, ascending.columns));
  if (values.includes(null)) return false;
  if (values.some((value, index) => index > 0 && compareThings(values[index - 1] as Scalar, value) >= 0))
    return false;
  if (ascending.within === null) return true;
  const first = values[0] as bigint | number;
  const last = values.at(-1) as bigint | number;
  const span = typeof first === 'bigint' ? Number((last as bigint) - first) : (last as number) - first;
  return span <= ascending.within;
}
