/**
 * The new numbers of edges by their old ones; -1 for those that have none. Edges of the delta that were let go of have no place in
 * it: however many came, it takes four bytes for each one that is held.
 */
export class EdgeNumbers {
  private readonly numbers: Int32Array;
  private readonly segmentEdges: number;
  private readonly forgotten: number;

  /** For edges below `end`: those of the segment, then those of the delta, of which the first ones are `forgotten`. */
  constructor(end: number, segmentEdges: number, forgotten: number) {
    this.numbers = new Int32Array(end - forgotten).fill(-1);
    this.segmentEdges = segmentEdges;
    this.forgotten = forgotten;
  }

  /** -1 also for an edge that came after these. */
  of(edge: number): number {
    return this.numbers[this.place(edge)] ?? -1;
  }

  set(edge: number, number: number): void {
    this.numbers[this.place(edge)] = number;
  }

  private place(edge: number): number {
    return edge < this.segmentEdges ? edge : edge - this.forgotten;
  }
}
