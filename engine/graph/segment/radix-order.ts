/** Bits of a digit: 2,048 counters, which stay in the nearest cache. */
const DIGIT_BITS = 11;

/**
 * Sorts `keys` in place, stably, and moves `carried` along. Keys have at most `bits` bits. Least significant digit
 * first: every pass reads and writes in a few thousand streams, so that a pass costs the same for any number of keys.
 */
export function radixOrder(keys: Uint32Array, bits: number, carried: readonly Uint32Array[]): void {
  const passes = Math.ceil(bits / DIGIT_BITS);
  if (passes === 0) return;
  const digitBits = Math.ceil(bits / passes);
  const mask = (1 << digitBits) - 1;
  let from: Uint32Array[] = [keys, ...carried];
  let to: Uint32Array[] = from.map((array) => new Uint32Array(array.length));
  for (let pass = 0; pass < passes; pass++) {
    const shift = pass * digitBits;
    const places = digitPlaces(from[0] as Uint32Array, shift, mask);
    scatter(from, to, places, shift, mask);
    [from, to] = [to, from];
  }
  if (from[0] === keys) return;
  for (const [n, array] of from.entries()) (to[n] as Uint32Array).set(array);
}

function digitPlaces(keys: Uint32Array, shift: number, mask: number): Uint32Array {
  const places = new Uint32Array(mask + 2);
  for (let n = 0; n < keys.length; n++) {
    const digit = ((keys[n] as number) >>> shift) & mask;
    places[digit + 1] = (places[digit + 1] as number) + 1;
  }
  for (let digit = 1; digit <= mask; digit++)
    places[digit] = (places[digit] as number) + (places[digit - 1] as number);
  return places;
}

function scatter(
  from: readonly Uint32Array[],
  to: readonly Uint32Array[],
  places: Uint32Array,
  shift: number,
  mask: number,
): void {
  const [keys, first, second] = from as [Uint32Array, Uint32Array | undefined, Uint32Array | undefined];
  const [toKeys, toFirst, toSecond] = to as [Uint32Array, Uint32Array | undefined, Uint32Array | undefined];
  for (let n = 0; n < keys.length; n++) {
    const key = keys[n] as number;
    const digit = (key >>> shift) & mask;
    const place = places[digit] as number;
    places[digit] = place + 1;
    toKeys[place] = key;
    if (first !== undefined) (toFirst as Uint32Array)[place] = first[n] as number;
    if (second !== undefined) (toSecond as Uint32Array)[place] = second[n] as number;
  }
}

/** Where each vertex's entries begin among entries sorted by vertex, and at the end their number. */
export function startsOf(owners: Uint32Array, vertices: number): Uint32Array {
  const starts = new Uint32Array(vertices + 1);
  for (let n = 0; n < owners.length; n++) {
    const at = (owners[n] as number) + 1;
    starts[at] = (starts[at] as number) + 1;
  }
  for (let vertex = 0; vertex < vertices; vertex++) {
    starts[vertex + 1] = (starts[vertex + 1] as number) + (starts[vertex] as number);
  }
  return starts;
}
