/** A graph's edges by number of vertex, in the order in which they were made. */
export interface MadeEdges {
  readonly vertices: number;
  readonly sources: Uint32Array;
  readonly destinations: Uint32Array;
}

/** Chances of the four quarters, as Graph500 has them; the fourth is what is left. */
const QUARTERS = { a: 0.57, b: 0.19, c: 0.19 } as const;

/**
 * An R-MAT graph (Chakrabarti, Zhan, Faloutsos, 2004) of 2 to the power of `scale` vertices: each edge goes down `scale` times into
 * one of four quarters of the matrix. Vertices are then numbered at random, as keys of a real graph say nothing of degrees.
 * Repeats and self-loops stay. The same for the same seed. A few hundred nanoseconds an edge, 8 bytes of memory.
 */
export function rmatEdges(scale: number, edges: number, seed: number): MadeEdges {
  const vertices = 2 ** scale;
  const sources = new Uint32Array(edges);
  const destinations = new Uint32Array(edges);
  const numbers = shuffled(vertices, seed);
  const random = words(seed ^ 0x5bd1e995);
  const word = 4_294_967_296;
  const ab = Math.floor((QUARTERS.a + QUARTERS.b) * word);
  const a = Math.floor(QUARTERS.a * word);
  const abc = Math.floor((QUARTERS.a + QUARTERS.b + QUARTERS.c) * word);
  for (let edge = 0; edge < edges; edge++) {
    let source = 0;
    let destination = 0;
    for (let level = 0; level < scale; level++) {
      const chance = random();
      source = 2 * source + (chance >= ab ? 1 : 0);
      destination = 2 * destination + ((chance >= a && chance < ab) || chance >= abc ? 1 : 0);
    }
    sources[edge] = numbers[source] as number;
    destinations[edge] = numbers[destination] as number;
  }
  return { vertices, sources, destinations };
}

/** Words that look random: xoshiro128++ (Blackman, Vigna, public domain), its state made of the seed. */
function words(seed: number): () => number {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  return () => {
    const sum = (a + d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
}

function shuffled(count: number, seed: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let n = 0; n < count; n++) numbers[n] = n;
  const random = words(seed);
  for (let n = count - 1; n > 0; n--) {
    const other = Math.floor((random() / 4_294_967_296) * (n + 1));
    const kept = numbers[n] as number;
    numbers[n] = numbers[other] as number;
    numbers[other] = kept;
  }
  return numbers;
}
