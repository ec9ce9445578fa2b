/** Numbers of an edge segment's sections. */
export const EDGE_SECTIONS = { about: 1, owners: 2 } as const;

/** Where the sections of each direction's lists begin. */
export const LIST_SECTIONS = { out: 16, in: 32 } as const;

/** What they are, in order. */
export const LIST_SECTIONS_OF = ['degrees', 'wide', 'directory', 'data'] as const;

/**
 * Where the sections of columns begin, and how many numbers each column has: data, aux, ranks, dictionary, texts and their
 * places, integers beyond 53 bits.
 */
export const COLUMN_SECTIONS = { first: 64, each: 8 } as const;

/** What the later ones are, counted from the column's first. */
export const COLUMN_PARTS = { dictionary: 3, texts: 4, places: 5, large: 6 } as const;

/** Columns of one segment. */
export const COLUMNS_MAX = 500;
