/**
 * The graph as offsets and neighbours (CSR), uncompressed, made from an edge list without anything of the segments: what
 * these are held against, and measured beside.
 */
export class PlainAdjacency {
  readonly vertices: number;
  /** Entries offsets[v] to offsets[v + 1] - 1 belong to v. */
  readonly offsets: Uint32Array;
  readonly neighbours: Uint32Array;
  /** The edge of each entry, by its place in the edge list. */
  readonly edges: Uint32Array;

  constructor(vertices: number, from: Uint32Array, to: Uint32Array) {
    this.vertices = vertices;
    this.offsets = new Uint32Array(vertices + 1);
    for (let edge = 0; edge < from.length; edge++) {
      const at = (from[edge] as number) + 1;
      this.offsets[at] = (this.offsets[at] as number) + 1;
    }
    for (let vertex = 0; vertex < vertices; vertex++) {
      this.offsets[vertex + 1] = (this.offsets[vertex + 1] as number) + (this.offsets[vertex] as number);
    }
    const places = this.offsets.slice();
    this.neighbours = new Uint32Array(from.length);
    this.edges = new Uint32Array(from.length);
    for (let edge = 0; edge < from.length; edge++) {
      const vertex = from[edge] as number;
      const place = places[vertex] as number;
      places[vertex] = place + 1;
      this.neighbours[place] = to[edge] as number;
      this.edges[place] = edge;
    }
  }

  /** Vertices within `hops` hops of `start`, and how many edges lead from one of them to another. Stops, with null, past `budget` entries read. */
  within(start: number, hops: number, budget: number): { vertices: Set<number>; edges: number } | null {
    const { offsets, neighbours } = this;
    const vertices = new Set([start]);
    let frontier = [start];
    let read = 0;
    for (let hop = 0; hop < hops; hop++) {
      const next: number[] = [];
      for (const vertex of frontier) {
        const end = offsets[vertex + 1] as number;
        for (let at = offsets[vertex] as number; at < end; at++) {
          if (read++ > budget) return null;
          const neighbour = neighbours[at] as number;
          if (vertices.has(neighbour)) continue;
          vertices.add(neighbour);
          next.push(neighbour);
        }
      }
      frontier = next;
    }
    let edges = 0;
    for (const vertex of vertices) {
      const end = offsets[vertex + 1] as number;
      for (let at = offsets[vertex] as number; at < end; at++) {
        if (read++ > budget) return null;
        if (vertices.has(neighbours[at] as number)) edges++;
      }
    }
    return { vertices, edges };
  }
}
