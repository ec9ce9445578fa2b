/**
 * A sum of doubles without rounding: the result is the double nearest to the true sum, whatever the order of
 * additions and removals, so windows may slide and threads may split work without changing a bit.
 *
 * Kept as a list of doubles that do not overlap, smallest magnitude first (J. R. Shewchuk, "Adaptive Precision
 * Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997, Grow-Expansion; rounding as in Python's
 * `math.fsum`). Values of 2^900 and more are kept apart as a scaled integer, so that nothing overflows on the way.
 */
export class ExactSum {
  #parts: number[] = [];
  /** Sum of the huge values in units of 2^800. */
  #huge = 0n;

  /** Adds a finite number. */
  add(value: number): void {
    if (value >= HUGE || value <= -HUGE) {
      this.#huge += BigInt(value / HUGE_UNIT);
      return;
    }
    const parts = this.#parts;
    let x = value;
    let kept = 0;
    for (let n = 0; n < parts.length; n++) {
      const y = parts[n] as number;
      const sum = x + y;
      const yRounded = sum - x;
      const low = x - (sum - yRounded) + (y - yRounded);
      if (low !== 0) parts[kept++] = low;
      x = sum;
    }
    parts.length = kept;
    if (x !== 0) parts.push(x);
  }

  /** Takes a number back that was added before. */
  remove(value: number): void {
    this.add(-value);
  }

  /** Adds all that another sum holds. */
  merge(other: ExactSum): void {
    for (const part of other.#parts) this.add(part);
    this.#huge += other.#huge;
  }

  /** The true sum rounded to the nearest double, ties to even. Infinite when it is beyond the range of doubles. */
  result(): number {
    if (this.#huge !== 0n) return roundScaled(this.#scaled());
    const parts = this.#parts;
    let n = parts.length - 1;
    if (n < 0) return 0;
    let high = parts[n] as number;
    let low = 0;
    while (n > 0) {
      n--;
      const x = high;
      const y = parts[n] as number;
      high = x + y;
      low = y - (high - x);
      if (low !== 0) break;
    }
    // Half-way cases: what lies below decides, and it lies below by its sign.
    if (n > 0 && ((low < 0 && (parts[n - 1] as number) < 0) || (low > 0 && (parts[n - 1] as number) > 0))) {
      const doubled = low * 2;
      const rounded = high + doubled;
      if (doubled === rounded - high) high = rounded;
    }
    return high + 0;
  }

  /** The sum as doubles of falling magnitude, each the nearest to what the ones before leave: equal sums, equal lists. */
  canonical(): number[] {
    const rest = new ExactSum();
    rest.#parts = [...this.#parts];
    rest.#huge = this.#huge;
    const list: number[] = [];
    for (;;) {
      const next = rest.result();
      if (next === 0) return list;
      // Beyond the range of doubles a sum is named by its halves, which are in range again.
      const step = Number.isFinite(next) ? next : next > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
      list.push(step);
      rest.remove(step);
    }
  }

  /** The exact value in units of 2^-1074. */
  #scaled(): bigint {
    let total = this.#huge << 1874n;
    for (const part of this.#parts) total += scaledOf(part);
    return total;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** 2^exponent, -1022 to 1023, put together from its bits: `**` is not the same in every version of V8. */
function powerOfTwo(exponent: number): number {
  scratch.setBigUint64(0, BigInt(exponent + 1023) << 52n);
  return scratch.getFloat64(0);
}

const HUGE = powerOfTwo(900);
const HUGE_UNIT = powerOfTwo(800);

/** A double as an integer of units of 2^-1074. */
function scaledOf(value: number): bigint {
  scratch.setFloat64(0, value);
  const bits = scratch.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return bits >> 63n === 1n ? -magnitude : magnitude;
}

/** The double nearest to an integer of units of 2^-1074, ties to even. */
function roundScaled(value: bigint): number {
  const negative = value < 0n;
  let magnitude = negative ? -value : value;
  let exponent = 0;
  const length = magnitude.toString(2).length;
  if (length > 53) {
    const shift = BigInt(length - 53);
    const half = 1n << (shift - 1n);
    const rest = magnitude & ((1n << shift) - 1n);
    magnitude >>= shift;
    if (rest > half || (rest === half && (magnitude & 1n) === 1n)) magnitude += 1n;
    exponent = length - 53;
  }
  // 2^(exponent - 1074) in two steps, both of them exact; only a result out of range overflows.
  let result = Number(magnitude);
  let remaining = exponent - 1074;
  while (remaining > 0) {
    const step = Math.min(remaining, 1000);
    result *= powerOfTwo(step);
    remaining -= step;
  }
  while (remaining < 0) {
    const step = Math.max(remaining, -1000);
    result *= powerOfTwo(step);
    remaining -= step;
  }
  return negative ? -result : result;
}
