import { SLICE, type Slices } from './segment/slices.ts';

/** Edges of a bucket, on average. */
const EDGES_A_BUCKET_LOG2 = 2;

/**
 * From key hashes to the edges of a segment: edges by bucket, each with eight more bits of its hash beside it, so that few
 * others are looked at. Six bytes an edge. Callers compare the keys themselves.
 */
export class SegmentIndex {
  private readonly starts: Uint32Array;
  private readonly edges: Uint32Array;
  private readonly prints: Uint8Array;
  private readonly shift: number;

  private constructor(edges: number) {
    const bits = Math.max(0, 32 - Math.clz32(edges) - EDGES_A_BUCKET_LOG2);
    this.shift = 32 - bits;
    this.starts = new Uint32Array((1 << bits) + 1);
    this.edges = new Uint32Array(edges);
    this.prints = new Uint8Array(edges);
  }

  /** `hashes` by edge number. */
  static *of(hashes: Int32Array): Slices<SegmentIndex> {
    const index = new SegmentIndex(hashes.length);
    yield* index.fill(hashes);
    return index;
  }

  private *fill(hashes: Int32Array): Slices<void> {
    const { starts } = this;
    for (let edge = 0; edge < hashes.length; edge++) {
      if ((edge & (SLICE - 1)) === 0) yield;
      const bucket = this.bucketOf(hashes[edge] as number) + 1;
      starts[bucket] = (starts[bucket] as number) + 1;
    }
    for (let bucket = 1; bucket < starts.length; bucket++) {
      if ((bucket & (4 * SLICE - 1)) === 0) yield;
      starts[bucket] = (starts[bucket] as number) + (starts[bucket - 1] as number);
    }
    const places = starts.slice();
    for (let edge = 0; edge < hashes.length; edge++) {
      if ((edge & (SLICE - 1)) === 0) yield;
      const hash = hashes[edge] as number;
      const bucket = this.bucketOf(hash);
      const place = places[bucket] as number;
      places[bucket] = place + 1;
      this.edges[place] = edge;
      this.prints[place] = hash & 255;
    }
  }

  /** Calls `visit` with every edge that may have the hash. */
  forEach(hash: number, visit: (edge: number) => void): void {
    const bucket = this.bucketOf(hash);
    const end = this.starts[bucket + 1] as number;
    for (let place = this.starts[bucket] as number; place < end; place++)
      if (this.prints[place] === (hash & 255)) visit(this.edges[place] as number);
  }

  /** Does what `visit` says with the edges of each bucket that has two or more. */
  *forEachBucket(visit: (edges: Uint32Array) => Slices<void> | null): Slices<void> {
    for (let bucket = 0; bucket + 1 < this.starts.length; bucket++) {
      if ((bucket & (SLICE / 4 - 1)) === 0) yield;
      const [first, end] = [this.starts[bucket] as number, this.starts[bucket + 1] as number];
      if (end - first <= 1) continue;
      const slices = visit(this.edges.subarray(first, end));
      if (slices !== null) yield* slices;
    }
  }

  /** Bytes held. */
  get bytes(): number {
    return this.starts.byteLength + this.edges.byteLength + this.prints.byteLength;
  }

  private bucketOf(hash: number): number {
    return this.shift === 32 ? 0 : hash >>> this.shift;
  }
}
