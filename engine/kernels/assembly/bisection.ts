// One step of recursive graph bisection. engine/kernels/reference-bisection.ts says the same in plain TypeScript, where
// the comments are.
import {
  BISECTION_ADJACENT,
  BISECTION_BEGINS,
  BISECTION_COUNTERS,
  BISECTION_COUNTS,
  BISECTION_ENDS,
  BISECTION_GAINS,
  BISECTION_INSERTION_MAX,
  BISECTION_KEYS,
  BISECTION_LEFT,
  BISECTION_LEFT_GAIN,
  BISECTION_LOCAL,
  BISECTION_LOGARITHMS,
  BISECTION_ORDER,
  BISECTION_PLACES,
  BISECTION_RIGHT,
  BISECTION_RIGHT_GAIN,
  BISECTION_SIDES,
  BISECTION_SORT_KEYS,
  BISECTION_SORT_PLACES,
  BISECTION_STARTS,
  BISECTION_TOUCHED,
} from '../memory-layout.ts';

function word(array: usize, index: u32): u32 {
  return load<u32>(array + ((<usize>index) << 2));
}

function setWord(array: usize, index: u32, value: u32): void {
  store<u32>(array + ((<usize>index) << 2), value);
}

function float(array: usize, index: u32): f64 {
  return <f64>load<f32>(array + ((<usize>index) << 2));
}

function setFloat(array: usize, index: u32, value: f64): void {
  store<f32>(array + ((<usize>index) << 2), <f32>value);
}

/** Splits the vertices at places `first` to `last` - 1 of the order in two halves; the bits that it is estimated to save. */
export function bisect(
  record: usize,
  first: u32,
  last: u32,
  iterations: u32,
  logLeft: f64,
  logRight: f64,
): f64 {
  const size = last - first;
  const half = size >> 1;
  const numbers = renumber(record, first, size);
  const sides = load<usize>(record, BISECTION_SIDES);
  for (let place: u32 = 0; place < size; place++) store<u8>(sides + place, place < half ? 0 : 1);
  countSides(record, size, numbers);
  const before = sumOfCosts(record, numbers, logLeft, logRight);
  for (let iteration: u32 = 0; iteration < iterations; iteration++) {
    neighbourGains(record, numbers, logLeft, logRight);
    vertexGains(record, size);
    if (swapSides(record, size) === 0) break;
  }
  arrange(record, first, size);
  return before - sumOfCosts(record, numbers, logLeft, logRight);
}

function renumber(record: usize, first: u32, size: u32): u32 {
  const begins = load<usize>(record, BISECTION_BEGINS);
  const ends = load<usize>(record, BISECTION_ENDS);
  const adjacent = load<usize>(record, BISECTION_ADJACENT);
  const order = load<usize>(record, BISECTION_ORDER);
  const counts = load<usize>(record, BISECTION_COUNTS);
  const touched = load<usize>(record, BISECTION_TOUCHED);
  const starts = load<usize>(record, BISECTION_STARTS);
  const local = load<usize>(record, BISECTION_LOCAL);
  for (let place: u32 = 0; place < size; place++) {
    const vertex = word(order, first + place);
    const end = word(ends, vertex);
    for (let at = word(begins, vertex); at < end; at++) {
      const neighbour = word(adjacent, at);
      setWord(counts, neighbour, word(counts, neighbour) + 1);
    }
  }
  let numbers: u32 = 0;
  let length: u32 = 0;
  for (let place: u32 = 0; place < size; place++) {
    const vertex = word(order, first + place);
    const begin = word(begins, vertex);
    const end = word(ends, vertex);
    let kept = begin;
    setWord(starts, place, length);
    for (let at = begin; at < end; at++) {
      const neighbour = word(adjacent, at);
      let count = word(counts, neighbour);
      if (count === 1) {
        setWord(counts, neighbour, 0);
        continue;
      }
      if (<i32>count > 0) {
        setWord(touched, numbers, neighbour);
        count = 0x80000000 | numbers++;
        setWord(counts, neighbour, count);
      }
      setWord(adjacent, kept++, neighbour);
      setWord(local, length++, count & 0x7fffffff);
    }
    setWord(ends, vertex, kept);
  }
  setWord(starts, size, length);
  for (let number: u32 = 0; number < numbers; number++) setWord(counts, word(touched, number), 0);
  return numbers;
}

function countSides(record: usize, size: u32, numbers: u32): void {
  const left = load<usize>(record, BISECTION_LEFT);
  const right = load<usize>(record, BISECTION_RIGHT);
  const starts = load<usize>(record, BISECTION_STARTS);
  const local = load<usize>(record, BISECTION_LOCAL);
  const sides = load<usize>(record, BISECTION_SIDES);
  memory.fill(left, 0, (<usize>numbers) << 2);
  memory.fill(right, 0, (<usize>numbers) << 2);
  for (let place: u32 = 0; place < size; place++) {
    const counts = load<u8>(sides + place) === 0 ? left : right;
    const end = word(starts, place + 1);
    for (let at = word(starts, place); at < end; at++) {
      const number = word(local, at);
      setWord(counts, number, word(counts, number) + 1);
    }
  }
}

function cost(logarithms: usize, left: u32, right: u32, logLeft: f64, logRight: f64): f64 {
  return (
    <f64>left * (logLeft - float(logarithms, left + 1)) +
    <f64>right * (logRight - float(logarithms, right + 1))
  );
}

function sumOfCosts(record: usize, numbers: u32, logLeft: f64, logRight: f64): f64 {
  const logarithms = load<usize>(record, BISECTION_LOGARITHMS);
  const lefts = load<usize>(record, BISECTION_LEFT);
  const rights = load<usize>(record, BISECTION_RIGHT);
  let sum: f64 = 0;
  for (let number: u32 = 0; number < numbers; number++) {
    sum += cost(logarithms, word(lefts, number), word(rights, number), logLeft, logRight);
  }
  return sum;
}

function neighbourGains(record: usize, numbers: u32, logLeft: f64, logRight: f64): void {
  const logarithms = load<usize>(record, BISECTION_LOGARITHMS);
  const lefts = load<usize>(record, BISECTION_LEFT);
  const rights = load<usize>(record, BISECTION_RIGHT);
  const leftGain = load<usize>(record, BISECTION_LEFT_GAIN);
  const rightGain = load<usize>(record, BISECTION_RIGHT_GAIN);
  for (let number: u32 = 0; number < numbers; number++) {
    const left = word(lefts, number);
    const right = word(rights, number);
    const now = cost(logarithms, left, right, logLeft, logRight);
    setFloat(
      leftGain,
      number,
      left === 0 ? 0 : now - cost(logarithms, left - 1, right + 1, logLeft, logRight),
    );
    setFloat(
      rightGain,
      number,
      right === 0 ? 0 : now - cost(logarithms, left + 1, right - 1, logLeft, logRight),
    );
  }
}

function vertexGains(record: usize, size: u32): void {
  const starts = load<usize>(record, BISECTION_STARTS);
  const local = load<usize>(record, BISECTION_LOCAL);
  const sides = load<usize>(record, BISECTION_SIDES);
  const gains = load<usize>(record, BISECTION_GAINS);
  const leftGain = load<usize>(record, BISECTION_LEFT_GAIN);
  const rightGain = load<usize>(record, BISECTION_RIGHT_GAIN);
  for (let place: u32 = 0; place < size; place++) {
    const by = load<u8>(sides + place) === 0 ? leftGain : rightGain;
    const end = word(starts, place + 1);
    let gain: f64 = 0;
    for (let at = word(starts, place); at < end; at++) gain += float(by, word(local, at));
    setFloat(gains, place, gain);
  }
}

function swapSides(record: usize, size: u32): u32 {
  const sides = load<usize>(record, BISECTION_SIDES);
  const gains = load<usize>(record, BISECTION_GAINS);
  const keys = load<usize>(record, BISECTION_KEYS);
  const places = load<usize>(record, BISECTION_PLACES);
  let bestLeft: f64 = -Infinity;
  let bestRight: f64 = -Infinity;
  for (let place: u32 = 0; place < size; place++) {
    const gain = float(gains, place);
    if (load<u8>(sides + place) === 0) bestLeft = max(bestLeft, gain);
    else bestRight = max(bestRight, gain);
  }
  let lefts: u32 = 0;
  let rights: u32 = 0;
  const rightsAt = size >> 1;
  for (let place: u32 = 0; place < size; place++) {
    const gain = float(gains, place);
    if (load<u8>(sides + place) === 0) {
      if (gain + bestRight <= 0) continue;
      setWord(keys, lefts, sortKey(gains, place));
      setWord(places, lefts++, place);
    } else {
      if (gain + bestLeft <= 0) continue;
      setWord(keys, rightsAt + rights, sortKey(gains, place));
      setWord(places, rightsAt + rights++, place);
    }
  }
  sortCandidates(record, 0, lefts);
  sortCandidates(record, rightsAt, rights);
  const pairs = min(lefts, rights);
  let swapped: u32 = 0;
  for (; swapped < pairs; swapped++) {
    const left = word(places, swapped);
    const right = word(places, rightsAt + swapped);
    if (float(gains, left) + float(gains, right) <= 0) break;
    move(record, left, 1);
    move(record, right, 0);
  }
  return swapped;
}

function sortKey(gains: usize, place: u32): u32 {
  const bits = word(gains, place);
  return ((bits & 0x80000000) !== 0 ? bits : ~(bits | 0x80000000)) >>> 16;
}

function move(record: usize, place: u32, side: u8): void {
  const starts = load<usize>(record, BISECTION_STARTS);
  const local = load<usize>(record, BISECTION_LOCAL);
  const left = load<usize>(record, BISECTION_LEFT);
  const right = load<usize>(record, BISECTION_RIGHT);
  const from = side === 1 ? left : right;
  const to = side === 1 ? right : left;
  store<u8>(load<usize>(record, BISECTION_SIDES) + place, side);
  const end = word(starts, place + 1);
  for (let at = word(starts, place); at < end; at++) {
    const number = word(local, at);
    setWord(from, number, word(from, number) - 1);
    setWord(to, number, word(to, number) + 1);
  }
}

function sortCandidates(record: usize, first: u32, count: u32): void {
  const keys = load<usize>(record, BISECTION_KEYS) + ((<usize>first) << 2);
  const places = load<usize>(record, BISECTION_PLACES) + ((<usize>first) << 2);
  if (count <= <u32>BISECTION_INSERTION_MAX) {
    for (let n: u32 = 1; n < count; n++) {
      const key = word(keys, n);
      const place = word(places, n);
      let at = n;
      for (; at > 0 && word(keys, at - 1) > key; at--) {
        setWord(keys, at, word(keys, at - 1));
        setWord(places, at, word(places, at - 1));
      }
      setWord(keys, at, key);
      setWord(places, at, place);
    }
    return;
  }
  const otherKeys = load<usize>(record, BISECTION_SORT_KEYS);
  const otherPlaces = load<usize>(record, BISECTION_SORT_PLACES);
  sortByByte(record, keys, places, otherKeys, otherPlaces, count, 0);
  sortByByte(record, otherKeys, otherPlaces, keys, places, count, 8);
}

function sortByByte(
  record: usize,
  keys: usize,
  places: usize,
  toKeys: usize,
  toPlaces: usize,
  count: u32,
  shift: u32,
): void {
  const counters = load<usize>(record, BISECTION_COUNTERS);
  memory.fill(counters, 0, 1024);
  for (let n: u32 = 0; n < count; n++) {
    const digit = (word(keys, n) >> shift) & 255;
    setWord(counters, digit, word(counters, digit) + 1);
  }
  let before: u32 = 0;
  for (let digit: u32 = 0; digit < 256; digit++) {
    const here = word(counters, digit);
    setWord(counters, digit, before);
    before += here;
  }
  for (let n: u32 = 0; n < count; n++) {
    const key = word(keys, n);
    const digit = (key >> shift) & 255;
    const to = word(counters, digit);
    setWord(counters, digit, to + 1);
    setWord(toKeys, to, key);
    setWord(toPlaces, to, word(places, n));
  }
}

function arrange(record: usize, first: u32, size: u32): void {
  const order = load<usize>(record, BISECTION_ORDER) + ((<usize>first) << 2);
  const sides = load<usize>(record, BISECTION_SIDES);
  const room = load<usize>(record, BISECTION_SORT_PLACES);
  let lefts: u32 = 0;
  let rights: u32 = 0;
  for (let place: u32 = 0; place < size; place++) {
    const vertex = word(order, place);
    if (load<u8>(sides + place) === 0) setWord(order, lefts++, vertex);
    else setWord(room, rights++, vertex);
  }
  for (let n: u32 = 0; n < rights; n++) setWord(order, lefts + n, word(room, n));
}
