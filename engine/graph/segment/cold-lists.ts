import { bitsIn, NumberModel } from './number-model.ts';
import type { BitCoder } from './range-coder.ts';
import { corrupt } from './segment-file.ts';

/** Sizes of numbers that contexts tell apart; larger ones count as the largest. */
const SIZES = 20;
/** Lists are told apart by the bits that their length takes. */
const LENGTHS = 12;
/** So many entries back a list that is in no order is looked through for the same neighbour. */
const RECENT = 16;

/**
 * Lists at rest: how many entries each vertex has, then its values. Each function goes both ways: an encoder's takes the arrays
 * as they are, a decoder's fills them, and throws SEGMENT_CORRUPT where the bytes say what cannot be.
 */
export class ColdLists {
  private readonly degrees: NumberModel;
  private readonly firsts: NumberModel;
  private readonly gaps: NumberModel;
  private readonly repeats: NumberModel;
  private readonly ties: NumberModel;

  constructor(coder: BitCoder) {
    this.degrees = new NumberModel(coder, SIZES * SIZES);
    this.firsts = new NumberModel(coder, LENGTHS);
    this.gaps = new NumberModel(coder, LENGTHS * SIZES);
    this.repeats = new NumberModel(coder, RECENT + 2);
    this.ties = new NumberModel(coder, LENGTHS);
  }

  /** Where each vertex's entries begin; `starts` has one more than there are vertices, its first 0. */
  codeStarts(starts: Uint32Array, edges: number): void {
    let before = 0;
    let last = 0;
    for (let vertex = 0; vertex + 1 < starts.length; vertex++) {
      const start = starts[vertex] as number;
      const given = (starts[vertex + 1] as number) - start;
      const degree = this.degrees.code(before * SIZES + last, Math.max(given, 0));
      if (degree > edges - start) throw corrupt('lists have more entries than there are edges');
      starts[vertex + 1] = start + degree;
      // Vertices that are near each other have degrees that are.
      before = last;
      last = Math.min(bitsIn(degree), SIZES - 1);
    }
    if (starts[starts.length - 1] !== edges) throw corrupt('lists have fewer entries than there are edges');
  }

  /** Values of lists that ascend, by at least `gapBase`. */
  codeAscending(starts: Uint32Array, values: Uint32Array, gapBase: number): void {
    const vertices = starts.length - 1;
    for (let vertex = 0; vertex < vertices; vertex++) {
      const first = starts[vertex] as number;
      const end = starts[vertex + 1] as number;
      if (first === end) continue;
      const length = Math.min(bitsIn(end - first), LENGTHS - 1);
      let value = vertex + this.firsts.codeSigned(length, (values[first] as number) - vertex);
      let size = SIZES - 1;
      for (let at = first; ; ) {
        if (value < 0 || value >= vertices) throw corrupt('a list leads to a vertex that there is not');
        values[at] = value;
        if (++at === end) break;
        const given = (values[at] as number) - value - gapBase;
        const gap = this.gaps.code(length * SIZES + size, Math.max(given, 0));
        size = Math.min(bitsIn(gap), SIZES - 2);
        value += gap + gapBase;
      }
    }
  }

  /** Values of lists in another order: what was there a little before, or how far it is from the vertex. */
  codeOthers(starts: Uint32Array, values: Uint32Array): void {
    const vertices = starts.length - 1;
    let context = 0;
    for (let vertex = 0; vertex < vertices; vertex++) {
      const first = starts[vertex] as number;
      const end = starts[vertex + 1] as number;
      const length = Math.min(bitsIn(end - first), LENGTHS - 1);
      for (let at = first; at < end; at++) {
        let back = 0;
        if (at > first) {
          back = this.repeats.code(context, recent(values, Math.max(first, at - RECENT), at));
          if (back > Math.min(RECENT, at - first)) throw corrupt('a list repeats what it does not have');
          context = back + 1;
        }
        const value =
          back > 0
            ? (values[at - back] as number)
            : vertex + this.firsts.codeSigned(length, (values[at] as number) - vertex);
        if (value < 0 || value >= vertices) throw corrupt('a list leads to a vertex that there is not');
        values[at] = value;
      }
    }
  }

  /**
   * The order of entries among which nothing else decides: `order` holds the numbers 0 to its length less one, mostly in
   * their own order.
   */
  codeTies(order: Uint32Array): void {
    const length = Math.min(bitsIn(order.length), LENGTHS - 1);
    const seen = new Uint8Array(order.length);
    let expected = 0;
    for (let n = 0; n < order.length; n++) {
      const place = expected + this.ties.codeSigned(length, (order[n] as number) - expected);
      if (place < 0 || place >= order.length || seen[place] === 1)
        throw corrupt('an edge stands twice in a list');
      seen[place] = 1;
      order[n] = place;
      expected = place + 1;
    }
  }
}

/** How far back the value at `at` stands, not before `first`; 0 where it does not. */
function recent(values: Uint32Array, first: number, at: number): number {
  const value = values[at];
  for (let before = at - 1; before >= first; before--) if (values[before] === value) return at - before;
  return 0;
}
