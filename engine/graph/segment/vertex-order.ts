import { radixOrder } from './radix-order.ts';

/**
 * Numbers vertices by their degree, both directions together, ascending: the new number by vertex. Lists then begin near
 * their own vertex and end among those that many know, whose gaps are small. Ties keep their order.
 */
export function degreeOrder(vertices: number, sources: Uint32Array, destinations: Uint32Array): Uint32Array {
  const degrees = new Uint32Array(vertices);
  for (const ends of [sources, destinations]) {
    for (let edge = 0; edge < ends.length; edge++) {
      const vertex = ends[edge] as number;
      degrees[vertex] = (degrees[vertex] as number) + 1;
    }
  }
  const byDegree = new Uint32Array(vertices);
  for (let vertex = 0; vertex < vertices; vertex++) byDegree[vertex] = vertex;
  radixOrder(degrees, 32, [byDegree]);
  const numbers = new Uint32Array(vertices);
  for (let n = 0; n < vertices; n++) numbers[byDegree[n] as number] = n;
  return numbers;
}
