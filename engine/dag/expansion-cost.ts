import type { EdgePattern, PathPattern, VertexPattern } from '../../language/plan.ts';

/** What the estimates take for granted: edges at a vertex, and how much a known end leaves over. */
const DEGREE = 8;
const LEFT_BY_KNOWN_END = 0.1;
/** Longer ways all count alike: they are as bad. */
const HOPS_COUNTED_MAX = 6;
const HOPS_UNBOUNDED = 500;
const OPEN_END = 1000;

/** How late an edge pattern is followed: those to a vertex that is known first, then single edges, then short ones. */
export function expansionCost({ quantifier }: EdgePattern, isFarKnown: boolean): number {
  return (isFarKnown ? 0 : OPEN_END) + (quantifier === null ? 0 : (quantifier.max ?? HOPS_UNBOUNDED));
}

/** An estimate of the work for a path that begins at a vertex pattern, from the pattern alone. */
export function startCost(pattern: PathPattern, start: number, bound: ReadonlySet<number>): number {
  const { vertices, edges } = pattern;
  const known = new Set(bound);
  let [left, right] = [start, start];
  let [rows, work] = [1, 0];
  known.add((vertices[start] as VertexPattern).slot);
  while (left > 0 || right < edges.length) {
    const costOf = (edge: number, far: number) => {
      const pattern = edges[edge];
      return pattern === undefined
        ? Number.POSITIVE_INFINITY
        : expansionCost(pattern, known.has((vertices[far] as VertexPattern).slot));
    };
    const goesLeft = costOf(left - 1, left - 1) < costOf(right, right + 1);
    const edge = edges[goesLeft ? left - 1 : right] as EdgePattern;
    if (goesLeft) left--;
    else right++;
    const { slot } = vertices[goesLeft ? left : right] as VertexPattern;
    const hops = Math.min(
      edge.quantifier === null ? 1 : (edge.quantifier.max ?? HOPS_UNBOUNDED),
      HOPS_COUNTED_MAX,
    );
    if (known.has(slot)) {
      work += rows * 2 * reach(Math.ceil(hops / 2));
      rows *= LEFT_BY_KNOWN_END;
    } else {
      work += rows * reach(hops);
      rows *= reach(hops);
    }
    known.add(slot);
  }
  return work;
}

function reach(hops: number): number {
  let reached = 1;
  for (let hop = 0; hop < hops; hop++) reached *= DEGREE;
  return reached;
}
