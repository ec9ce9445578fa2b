// Neighbourhoods over an uncompressed adjacency (CSR): what compression is measured against. Offsets and neighbours are
// words, a mark is a byte a vertex. Loops write without branching, as the product's do.

let offsets: usize = 0;
let neighbours: usize = 0;
let seen: usize = 0;
let reached: usize = 0;
let kept: usize = 0;

/** Where things stand in memory. */
export function place(o: usize, n: usize, s: usize, r: usize, k: usize): void {
  offsets = o;
  neighbours = n;
  seen = s;
  reached = r;
  kept = k;
}

/** Vertices within some hops of one, into `reached`; how many. Marks stay. */
export function find(start: u32, hops: u32): u32 {
  let from = reached;
  store<u32>(from, start);
  store<u8>(seen + <usize>start, 1);
  let end = from + 4;
  for (; hops > 0; hops--) {
    const hopEnd = end;
    for (; from < hopEnd; from += 4) {
      const at = offsets + ((<usize>load<u32>(from)) << 2);
      const stop = neighbours + ((<usize>load<u32>(at, 4)) << 2);
      for (let entry = neighbours + ((<usize>load<u32>(at)) << 2); entry < stop; entry += 4) {
        const neighbour = load<u32>(entry);
        const mark = seen + <usize>neighbour;
        const isNew = <usize>load<u8>(mark) ^ 1;
        store<u8>(mark, 1);
        store<u32>(end, neighbour);
        end += isNew << 2;
      }
    }
  }
  return <u32>((end - reached) >> 2);
}

/** Neighbours of the `count` vertices reached that were reached too, into `kept`. */
export function induce(count: u32): u32 {
  let out = kept;
  const last = reached + ((<usize>count) << 2);
  for (let from = reached; from < last; from += 4) {
    const at = offsets + ((<usize>load<u32>(from)) << 2);
    const stop = neighbours + ((<usize>load<u32>(at, 4)) << 2);
    for (let entry = neighbours + ((<usize>load<u32>(at)) << 2); entry < stop; entry += 4) {
      const neighbour = load<u32>(entry);
      store<u32>(out, neighbour);
      out += (<usize>load<u8>(seen + <usize>neighbour)) << 2;
    }
  }
  return <u32>((out - kept) >> 2);
}

/** Takes the marks away. */
export function finish(count: u32): void {
  const last = reached + ((<usize>count) << 2);
  for (let from = reached; from < last; from += 4) store<u8>(seen + <usize>load<u32>(from), 0);
}

/** The sum of all entries, list by list. */
export function sumLists(vertices: u32): f64 {
  let all: u64 = 0;
  for (let vertex: u32 = 0; vertex < vertices; vertex++) {
    const at = offsets + ((<usize>vertex) << 2);
    const stop = neighbours + ((<usize>load<u32>(at, 4)) << 2);
    for (let entry = neighbours + ((<usize>load<u32>(at)) << 2); entry < stop; entry += 4)
      all += load<u32>(entry);
  }
  return <f64>all;
}
