/**
 * Work that is done in slices: each step runs until the next `yield`, well under a millisecond, and what is returned comes
 * with the last one. It can be dropped between any two steps.
 */
export type Slices<T> = Generator<undefined, T, undefined>;

/** Elements that are handled between two yields. */
export const SLICE = 256;

/** All of the work at once. */
export function finish<T>(slices: Slices<T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value;
  }
}

/** What takes one step. */
// biome-ignore lint/correctness/useYield: it has no second step
export function* oneSlice<T>(make: () => T): Slices<T> {
  return make();
}

/** Sorts the elements from `first` to `end` - 1; equal ones keep their order. What is in order already costs one look at each. */
export function* sortInSlices(
  elements: Uint32Array,
  first: number,
  end: number,
  compare: (a: number, b: number) => number,
): Slices<void> {
  let isSorted = true;
  for (let at = first + 1; at < end && isSorted; at++) {
    if ((at & (SLICE - 1)) === 0) yield;
    isSorted = compare(elements[at - 1] as number, elements[at] as number) <= 0;
  }
  if (isSorted) return;
  const merged = new Uint32Array(end - first);
  let moved = 0;
  for (let width = 1; width < end - first; width *= 2) {
    for (let low = first; low + width < end; low += 2 * width) {
      const middle = low + width;
      const high = Math.min(middle + width, end);
      moved++;
      if ((moved & (SLICE - 1)) === 0) yield;
      if (compare(elements[middle - 1] as number, elements[middle] as number) <= 0) continue;
      let [left, right, to] = [low, middle, 0];
      while (left < middle || right < high) {
        moved++;
        if ((moved & (SLICE - 1)) === 0) yield;
        const isLeft =
          right === high ||
          (left < middle && compare(elements[left] as number, elements[right] as number) <= 0);
        merged[to++] = elements[isLeft ? left++ : right++] as number;
      }
      elements.set(merged.subarray(0, to), low);
    }
  }
}
