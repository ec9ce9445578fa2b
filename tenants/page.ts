/** A slice of a list, newest first unless said otherwise, cut at one state of it. */
export interface PageRequest {
  /** How many rows at most; 1 to LIMITS.pageRowsMax. */
  readonly first: number;
  /** The cursor of a row to go on behind, as a page gave it; null: from the start. */
  readonly after: string | null;
}

export interface Page<T> {
  readonly rows: readonly { readonly cursor: string; readonly row: T }[];
  readonly hasNextPage: boolean;
}
