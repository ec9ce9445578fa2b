// Values that two ascending arrays have in common. engine/kernels/reference-intersection.ts says the same in plain TypeScript.

/** Where one array is so many times longer, it is searched by leaps. */
const LEAP_RATIO: u32 = 16;

/** The first place in [at, end) whose value is at least `value`, looked for in doubling steps. */
function leap(at: usize, end: usize, value: u32): usize {
  let step: usize = 4;
  let low = at;
  while (low + step < end && load<u32>(low + step) < value) {
    low += step;
    step <<= 1;
  }
  let high = low + step < end ? low + step : end;
  while (low < high) {
    const middle = low + (((high - low) >> 3) << 2);
    if (load<u32>(middle) < value) low = middle + 4;
    else high = middle;
  }
  return low;
}

/** Puts at `target` the values of the ascending words at `a` that are among those at `b`, each as often as `a` has it; how many. */
export function intersect(a: usize, aCount: u32, b: usize, bCount: u32, target: usize): u32 {
  const first = target;
  const aEnd = a + ((<usize>aCount) << 2);
  const bEnd = b + ((<usize>bCount) << 2);
  if (bCount / LEAP_RATIO > aCount) {
    for (; a < aEnd && b < bEnd; a += 4) {
      const value = load<u32>(a);
      b = leap(b, bEnd, value);
      if (b < bEnd && load<u32>(b) === value) {
        store<u32>(target, value);
        target += 4;
      }
    }
  } else {
    while (a < aEnd && b < bEnd) {
      const value = load<u32>(a);
      const other = load<u32>(b);
      store<u32>(target, value);
      target += value === other ? 4 : 0;
      a += value <= other ? 4 : 0;
      b += value > other ? 4 : 0;
    }
  }
  return <u32>((target - first) >> 2);
}
