/**
 * What is done with segments in a GraphMemory. All arguments are addresses (bytes from the memory's start, of records that
 * memory-layout.ts describes), vertices or edges by number. Kernels trust what they read: a segment is verified when it is
 * opened.
 *
 * Two implementations give the same bytes for the same memory: WASM with SIMD, and plain TypeScript.
 */
export interface GraphKernels {
  readonly kind: 'wasm' | 'typescript';
  /** Entries of the vertex's list; `firstEntry` then gives the number of its first one. */
  openList(lists: number, vertex: number): number;
  /** The number of the first entry of the list opened last. */
  firstEntry(): number;
  /** Puts the vertex's values as u32 at `target`, and up to 3 more that mean nothing; how many. */
  decodeList(lists: number, vertex: number, target: number): number;
  /** Puts its neighbours at `target` and the numbers of its edges at `edges`, in the order of the list; how many. */
  decodeEdges(lists: number, vertex: number, target: number, edges: number): number;
  /** The vertex whose list holds the entry of this number. */
  ownerOf(lists: number, entry: number): number;
  /** A value of a list in FORM_PACKED, by the number of its entry. */
  packedValue(lists: number, entry: number): number;
  /** Reads the lists of vertices `first` to `last` - 1 into `target`, one over the other; the sum of their values. */
  sumLists(lists: number, first: number, last: number, target: number): number;
  /** The edge's code in a column. */
  columnCode(column: number, edge: number): number;
  /** No more entries than this are at a vertex in a source, whether a snapshot sees them or not. */
  entriesAtMost(source: number, vertex: number): number;
  /**
   * Puts the neighbours that the source's snapshot sees at `buffer` and the numbers of their edges at `edges`, by (event time,
   * arrival) where there are times, else the segment's before the delta's. Filters let all through. How many.
   */
  readVisible(source: number, vertex: number, buffer: number, edges: number): number;
  /** An edge's event time, by its number through a source's segment and delta; +Infinity for none. */
  edgeTime(source: number, edge: number): number;
  /**
   * Puts at `target` those of the ascending words at `a` that are among the ascending ones at `b`, each as often as `a` has
   * it; how many. One word more may be written.
   */
  intersect(a: number, aCount: number, b: number, bCount: number, target: number): number;
  /**
   * Finds the paths of a PATHS_… record whose edges' times strictly ascend, from its start back to its target, inner vertices
   * distinct, the latest edges first. DONE; BUDGET_SPENT, with what was found; ROOM_SPENT: make room and call again.
   */
  pathsBack(record: number): number;
  /**
   * Finds the paths of bounded length from the record's start to its target, inner vertices distinct, in list order. DONE;
   * BUDGET_SPENT, with nothing; ROOM_SPENT: make room and call again.
   */
  pathsBetween(record: number): number;
  /** Marks the vertices that a search starts from: the first SEARCH_REACHED_COUNT of SEARCH_REACHED. */
  begin(search: number): void;
  /** Reaches what is within SEARCH_HOPS more hops. DONE or BUDGET_SPENT. */
  expand(search: number): number;
  /** Keeps the first source's edges between reached vertices. DONE, or ROOM_SPENT: make room and call again. */
  induce(search: number): number;
  /** Takes the marks away. */
  finish(search: number): void;
  /**
   * Splits the vertices at places `first` to `last` - 1 of a bisection's order in two halves, the smaller first; the bits that
   * this is estimated to save. `logLeft` and `logRight`: logarithms to base 2 of the halves' sizes.
   */
  bisect(
    record: number,
    first: number,
    last: number,
    iterations: number,
    logLeft: number,
    logRight: number,
  ): number;
}
