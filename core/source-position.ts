/** A place in a definition text. `line` and `column` start at 1; columns and offsets count UTF-16 code units. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}
