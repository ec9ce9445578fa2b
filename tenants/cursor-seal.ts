/** Makes cursors that only this tenant can use, and only for the list that they were made for. */
export interface CursorSeal {
  seal(list: string, place: readonly (string | number)[]): string;
  /** Throws CURSOR_INVALID: not ours, another tenant's, another list's. */
  open(list: string, cursor: string): readonly (string | number)[];
}
