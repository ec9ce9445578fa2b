// Where things stand in the memory that kernels read: byte offsets in records, and fixed addresses. All fields are
// little-endian u32 unless said otherwise. The WASM kernels and their TypeScript references both import this file, so
// it holds nothing but integer constants.

// Fixed addresses, filled by GraphMemory.

/** 32 bytes of ones, then 32 of zeros: loaded from MASKS + 32 - n, the first n bytes of a vector are kept. */
export const MASKS = 64;
/** Four shuffles that move lanes 0 to 3 places down: 16 bytes each. */
export const LANE_SHIFTS = 128;
/** What may be allocated begins here. */
export const MEMORY_START = 1024;

// The lists of one direction.

export const LISTS_VERTICES = 0;
export const LISTS_EDGES = 4;
export const LISTS_DEGREES = 8;
export const LISTS_WIDE = 12;
/** One of FORM_…. */
export const LISTS_FORM = 16;
export const LISTS_DIRECTORY = 20;
export const LISTS_DATA = 24;
export const LISTS_TABLES = 28;
/** Bits of a value, FORM_PACKED. */
export const LISTS_WIDTH = 32;
/** One of VALUES_…. */
export const LISTS_VALUES = 36;
/** Lists of the direction that numbers the edges: the edges of VALUES_EDGES belong to it. 0: this one. */
export const LISTS_NUMBERED_BY = 40;
/** For each 256 edges the block of 28 vertices that owns the first of them. */
export const LISTS_OWNERS = 44;
/** What every gap is more than its code: 1 where no list repeats a value, else 0. */
export const LISTS_GAP_BASE = 48;
/** Entries of the longest list. */
export const LISTS_LONGEST = 52;
export const LISTS_BYTES = 64;

/** Ascending values as gaps, four by four of one width. */
export const FORM_GROUPS = 0;
/** Values of one width in all lists, in any order. */
export const FORM_PACKED = 1;

export const VALUES_NEIGHBOURS = 0;
/** Edges by their number in the other direction; a neighbour is the vertex whose list there holds the edge. */
export const VALUES_EDGES = 1;

/** Vertices of a block of degrees: 32 bytes, the edges before it and 28 degrees of a byte each. */
export const BLOCK_VERTICES = 28;
export const BLOCK_BYTES = 32;
/** In place of the edges before it: the block has a longer list, and its places are in the wide table. */
export const BLOCK_WIDE = 0x80000000;

/** Groups of a chunk of the directory: 32 bytes, where its data begin and 56 codes of half a byte each. */
export const CHUNK_GROUPS = 56;
export const CHUNK_BYTES = 32;

/** Widths by code, 16 bytes; then, from TABLES_GROUPS, for each code and parity shuffle, factors and mask. */
export const TABLES_GROUPS = 64;
export const TABLES_CODE_BYTES = 128;
export const TABLES_PARITY_BYTES = 64;
export const TABLES_BYTES = 64 + 16 * 128;

/** Edges of one entry of LISTS_OWNERS: 2 to this power. */
export const OWNERS_LOG2 = 8;

// A column by edge number.

/** One of COLUMN_…. */
export const COLUMN_KIND = 0;
export const COLUMN_WIDTH = 4;
export const COLUMN_DATA = 8;
/** Runs: bits where the value changes. Pages: 12 bytes a page. */
export const COLUMN_AUX = 12;
/** Runs: changes before each 256 edges. */
export const COLUMN_RANKS = 16;
export const COLUMN_BYTES = 32;

/** Codes of one width. */
export const COLUMN_PACKED = 0;
/** A bit an edge that says where the code changes, and the codes of the runs. */
export const COLUMN_RUNS = 1;
/** Pages of 128 edges, each with its least code and a width. */
export const COLUMN_PAGED = 2;

export const PAGE_LOG2 = 7;
/** Data position u32, then a u64: width in the top byte, least code below. */
export const PAGE_BYTES = 12;
export const RANKS_LOG2 = 8;

// What lets edges through.

/** Number of tests. */
export const FILTER_TESTS = 0;
export const FILTER_TESTS_START = 8;
/** A test: column u32, then least and greatest code as u64. */
export const TEST_COLUMN = 0;
export const TEST_LEAST = 8;
export const TEST_GREATEST = 16;
export const TEST_BYTES = 24;

// Edges of a delta: columns in log order by chunks of 4,096 edges, and blocks of entries by vertex, one direction.

/** Edges of a chunk: 2 to this power. */
export const LIVE_CHUNK_LOG2 = 12;

/** Vertices that have a header. */
export const LIVE_VERTICES = 0;
/** By vertex: the address of its block, or 0. */
export const LIVE_BLOCKS = 4;
/** By chunk: event times, f64 an edge. */
export const LIVE_TIMES = 8;
/** By chunk: 0 where none is removed, else by edge the position that removed it and 1, or 0. */
export const LIVE_REMOVED = 12;
/** Entries of the longest block. */
export const LIVE_LONGEST = 16;
export const LIVE_BYTES = 32;

/** A block: room for entries, entries there are; then, from BLOCK_ENTRIES, entries by (event time, arrival). */
export const BLOCK_ROOM = 0;
export const BLOCK_COUNT = 4;
/** 1 where the segment's entries of the vertex are among the block's, so that the segment's list is not read. */
export const BLOCK_WHOLE = 8;
/** Entries of edges that were removed and are still there. */
export const BLOCK_GONE = 12;
export const BLOCK_ENTRIES = 16;
/** An entry: event time f64 (+Infinity for none), then the neighbour, then the edge: its number through segment and delta and SOURCE_FIRST_ID. */
export const ENTRY_NEIGHBOUR = 8;
export const ENTRY_EDGE = 12;
export const ENTRY_BYTES = 16;

/** Removed edges of a segment: a bit by edge number, set where the edge was removed at some position. */
export const REMOVED_BITS = 0;
/** A table by open addressing. */
export const REMOVED_TABLE = 4;
export const REMOVED_BYTES = 16;
/** The table: slots less one, a power of 2 less one; then, from REMOVED_SLOTS, edge and 1, and the position that removed it. */
export const REMOVED_MASK = 0;
export const REMOVED_SLOTS = 8;
export const REMOVED_SLOT_BYTES = 8;
/**
 * An edge's slot is its number times this, without the lowest 7 bits.
 * @public The AssemblyScript kernels read it, too.
 */
export const REMOVED_HASH = 0x9e3779b1;

// One source of edges of a search: the lists of a segment, of a delta, or both.

/** 0 for none. */
export const SOURCE_LISTS = 0;
/** A filter over the segment's columns, or 0. */
export const SOURCE_FILTER = 4;
/** Removed edges of the segment, or 0. */
export const SOURCE_REMOVED = 8;
/** Edges of the delta, 0 for none. */
export const SOURCE_LIVE = 12;
/** A filter over the delta's columns, or 0. */
export const SOURCE_LIVE_FILTER = 16;
/** Edges of the delta from this number on came after the snapshot. */
export const SOURCE_LIVE_END = 20;
/** Edges that were removed at this position or before are not seen. */
export const SOURCE_POSITION = 24;
/** What is added to the number of an edge of the delta: the edges of the segment. */
export const SOURCE_LIVE_FIRST = 28;
/** The segment's column of event times, or 0: nothing expires, and lists are in no order of time. */
export const SOURCE_TIMES = 32;
/** 1 where code 0 of that column stands for no time. */
export const SOURCE_TIME_NULLS = 36;
/** f64: an event time is its code times the step, and this. */
export const SOURCE_TIME_BASE = 40;
/** f64: edges before this event time are not seen. */
export const SOURCE_FLOOR = 48;
/** The segment's lists again where its neighbours, all of them, are the source's, and no edge numbers are needed to know them; else 0. */
export const SOURCE_PLAIN = 56;
/** What blocks of the delta call the edge of number 0. */
export const SOURCE_FIRST_ID = 60;
/** f64: event times are that far apart, or a multiple of it. */
export const SOURCE_TIME_STEP = 64;
export const SOURCE_BYTES = 72;

/** A test of a filter over a delta's columns: f64 by chunk u32, then least and greatest value as f64. NaN passes none. */
export const LIVE_TEST_COLUMN = 0;
export const LIVE_TEST_LEAST = 8;
export const LIVE_TEST_GREATEST = 16;

// A search by whole hops.

export const SEARCH_SOURCES = 0;
export const SEARCH_SOURCE_COUNT = 4;
/** A byte a vertex, 1 where it was reached. All 0 between searches. */
export const SEARCH_SEEN = 8;
/** Vertices in the order they were reached. The first are the caller's, not marked. */
export const SEARCH_REACHED = 12;
export const SEARCH_REACHED_COUNT = 16;
/** Vertices of SEARCH_REACHED that were gone through. */
export const SEARCH_EXPANDED = 20;
export const SEARCH_HOPS = 24;
/** Room for the longest lists of a source and 4 entries more. */
export const SEARCH_BUFFER = 28;
/** The same again, for edge numbers; needed with a filter, removed edges or VALUES_EDGES. */
export const SEARCH_EDGE_BUFFER = 32;
/** Entries that may be read yet; those that a snapshot does not see are not counted. */
export const SEARCH_BUDGET = 36;
/** Induced edges: neighbours, by list. */
export const SEARCH_KEPT = 40;
/** Entries that there is room for in SEARCH_KEPT. */
export const SEARCH_KEPT_MAX = 44;
/** By reached vertex, where its kept neighbours end. */
export const SEARCH_KEPT_ENDS = 48;
/** Edge numbers beside SEARCH_KEPT, or 0. */
export const SEARCH_KEPT_EDGES = 52;
/** Reached vertices whose lists were looked through for induced edges. */
export const SEARCH_INDUCED = 56;
export const SEARCH_KEPT_COUNT = 60;
export const SEARCH_BYTES = 64;

// A search for paths between two vertices.

/** The source whose lists are walked, and that of the other direction. */
export const PATHS_SOURCE = 0;
export const PATHS_OPPOSITE = 4;
/** Where the search begins, and the vertex at the other end. */
export const PATHS_START = 16;
export const PATHS_TARGET = 20;
/** Fewest and most hops. */
export const PATHS_MIN = 24;
export const PATHS_MAX = 28;
/** Entries that may be read yet; what is left of it, unless room was spent. */
export const PATHS_BUDGET = 32;
/** What was found, words: for each path its hops, then its edges from the start outward. */
export const PATHS_FOUND = 36;
/** Words that there is room for, and words used. */
export const PATHS_FOUND_ROOM = 40;
export const PATHS_FOUND_COUNT = 44;
/** f64: every edge's time is at least this, and less than the next. */
export const PATHS_LOWEST = 48;
export const PATHS_BELOW = 56;
/** A frame for each hop. */
export const PATHS_FRAMES = 64;
/** Paths without times: hops that may be tried yet. */
export const PATHS_HOPS = 68;
/** Paths without times: a word a vertex, 0 between searches. */
export const PATHS_MARKS = 72;
/** Paths without times: two queues of vertices, each of so many bytes. */
export const PATHS_QUEUE = 76;
export const PATHS_QUEUE_ROOM = 80;
/** Paths without times: for each hop room for the longest list, twice, each of so many bytes. */
export const PATHS_BUFFERS = 84;
export const PATHS_BUFFER_BYTES = 88;
/**
 * NEAR_MAX neighbours of the target.
 * @public The AssemblyScript kernels read it.
 */
export const PATHS_NEAR = 96;
export const PATHS_BYTES = 128;

// A frame of a search for paths: what is read at a vertex, and how far.

/** @public The AssemblyScript kernels read it. */
export const FRAME_VERTEX = 0;
/**
 * In time: the segment's first entry, and the end of what is not read yet. Else: hops of the vertex, and those tried.
 * @public The AssemblyScript kernels read it.
 */
export const FRAME_FIRST = 4;
/** @public The AssemblyScript kernels read it. */
export const FRAME_AT = 8;
/**
 * In time: the delta's block, or 0, and the end of its entries that are not read yet.
 * @public The AssemblyScript kernels read it.
 */
export const FRAME_BLOCK = 12;
/** @public The AssemblyScript kernels read it. */
export const FRAME_BLOCK_AT = 16;
/**
 * The edge chosen, by its number through segment and delta.
 * @public The AssemblyScript kernels read it.
 */
export const FRAME_EDGE = 20;
/**
 * In time, f64: the time that entries have to be before.
 * @public The AssemblyScript kernels read it.
 */
export const FRAME_UPPER = 24;
export const FRAME_BYTES = 32;

/**
 * The other end's neighbours are remembered when they are this few.
 * @public The AssemblyScript kernels read it.
 */
export const NEAR_MAX = 8;

/** A kernel came to its end. */
export const DONE = 0;
/** The budget is spent. */
export const BUDGET_SPENT = 1;
/** Room is used up: make room and call again. */
export const ROOM_SPENT = 2;

// A bisection of vertices. All arrays are of u32 unless said otherwise.

/** Where each vertex's neighbours begin, among BISECTION_ADJACENT, */
export const BISECTION_BEGINS = 0;
/** and end. They become fewer as parts become smaller. */
export const BISECTION_ENDS = 4;
export const BISECTION_ADJACENT = 8;
/** The vertices, part by part. */
export const BISECTION_ORDER = 12;
/** Logarithms to base 2 of 0 (as 0), 1, 2 …, f32, one more than the longest list has entries. */
export const BISECTION_LOGARITHMS = 16;
/** By vertex: entries in the part at hand, and then its number among the neighbours that matter. 0 between calls. */
export const BISECTION_COUNTS = 20;
/** By number: the neighbour, and its entries on the left and on the right. */
export const BISECTION_TOUCHED = 24;
export const BISECTION_LEFT = 28;
export const BISECTION_RIGHT = 32;
/** By number, f32: what a vertex of that side gains by the neighbour when it changes sides. */
export const BISECTION_LEFT_GAIN = 36;
export const BISECTION_RIGHT_GAIN = 40;
/** By place in the part: where its numbers begin in BISECTION_LOCAL, and at the end their end. */
export const BISECTION_STARTS = 44;
export const BISECTION_LOCAL = 48;
/** By place in the part: the side, a byte. */
export const BISECTION_SIDES = 52;
/** By place in the part, f32. */
export const BISECTION_GAINS = 56;
/** Four arrays of a word for each vertex of the part: candidates of either side, keys and places, and room to sort. */
export const BISECTION_KEYS = 60;
export const BISECTION_PLACES = 64;
export const BISECTION_SORT_KEYS = 68;
export const BISECTION_SORT_PLACES = 72;
/** 256 counters. */
export const BISECTION_COUNTERS = 76;
export const BISECTION_BYTES = 80;

/**
 * So few candidates are sorted by insertion.
 * @public The AssemblyScript kernels read it, too.
 */
export const BISECTION_INSERTION_MAX = 40;
