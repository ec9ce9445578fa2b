// Columns by edge number, and what lets edges through by them. engine/kernels/reference-columns.ts says the same in
// plain TypeScript.
import {
  COLUMN_AUX,
  COLUMN_DATA,
  COLUMN_KIND,
  COLUMN_PACKED,
  COLUMN_PAGED,
  COLUMN_RANKS,
  COLUMN_WIDTH,
  FILTER_TESTS,
  FILTER_TESTS_START,
  PAGE_BYTES,
  PAGE_LOG2,
  RANKS_LOG2,
  TEST_BYTES,
  TEST_COLUMN,
  TEST_GREATEST,
  TEST_LEAST,
} from '../memory-layout.ts';

/** The field of `width` bits, at most 56, number `index`. */
function field(data: usize, index: u64, width: u64): u64 {
  const bit = index * width;
  return (load<u64>(data + <usize>(bit >> 3)) >> (bit & 7)) & (((<u64>1) << width) - 1);
}

/** The edge's code in a column. */
export function codeOf(column: usize, edge: u32): u64 {
  const kind = load<u32>(column, COLUMN_KIND);
  const data = load<usize>(column, COLUMN_DATA);
  if (kind === COLUMN_PACKED) return field(data, edge, load<u32>(column, COLUMN_WIDTH));
  if (kind === COLUMN_PAGED) {
    const page = load<usize>(column, COLUMN_AUX) + <usize>(edge >> PAGE_LOG2) * PAGE_BYTES;
    const head = load<u64>(page, 4);
    return ((head << 8) >> 8) + field(data + load<u32>(page), edge & ((1 << PAGE_LOG2) - 1), head >> 56);
  }
  const bits = load<usize>(column, COLUMN_AUX);
  let run = load<u32>(load<usize>(column, COLUMN_RANKS) + ((<usize>(edge >> RANKS_LOG2)) << 2));
  let word = bits + ((<usize>(edge >> RANKS_LOG2)) << (RANKS_LOG2 - 3));
  for (const last = bits + ((<usize>(edge >> 6)) << 3); word < last; word += 8)
    run += <u32>popcnt<u64>(load<u64>(word));
  run += <u32>popcnt<u64>(load<u64>(word) << (63 - (edge & 63)));
  // The first edge begins a run, so that there is one at least.
  return field(data, run - 1, load<u32>(column, COLUMN_WIDTH));
}

/** The same as a number that JavaScript holds: codes have at most 53 bits. */
export function columnCode(column: usize, edge: u32): f64 {
  return <f64>codeOf(column, edge);
}

/** Whether the edge passes all tests of the filter; 0 for none. */
export function passes(filter: usize, edge: u32): bool {
  if (filter === 0) return true;
  let test = filter + FILTER_TESTS_START;
  for (
    const stop = test + <usize>load<u32>(filter, FILTER_TESTS) * TEST_BYTES;
    test < stop;
    test += TEST_BYTES
  ) {
    const code = codeOf(load<usize>(test, TEST_COLUMN), edge);
    if (code < load<u64>(test, TEST_LEAST) || code > load<u64>(test, TEST_GREATEST)) return false;
  }
  return true;
}
