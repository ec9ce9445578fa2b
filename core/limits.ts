/** Every bound of the product in one place. Past one, the caller gets the error named beside it; nothing grows unseen. */
export const LIMITS = {
  /** UTF-8 bytes of one definition text. TEXT_TOO_LARGE */
  definitionBytesMax: 512 * 1024,
  /** Nesting of parentheses, expressions and branches. NESTING_TOO_DEEP */
  nestingDepthMax: 200,
  /** Edges a graph job may visit where its rule or query has no BUDGET; past it the result is `partial`. */
  budgetEdgesDefault: 1_000_000,
  /** Longest quantified hop count of a path. INVALID_DEFINITION */
  pathHopsMax: 64,
  /** Rows that one graph job may return; past it the result is `partial`. */
  jobRowsMax: 100_000,
} as const;
