import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { CursorPlace, CursorSeal } from './cursor-seal.ts';
import type { Page, PageRequest } from './page.ts';

/** Where a page begins, or null at the start of the list. Throws CURSOR_INVALID, FIELD_INVALID. */
export function openPage(cursors: CursorSeal, list: string, request: PageRequest): CursorPlace | null {
  if (!Number.isInteger(request.first) || request.first < 1 || request.first > LIMITS.pageRowsMax) {
    const reason = `it is not between 1 and ${LIMITS.pageRowsMax}`;
    throw new RingwatchError('FIELD_INVALID', { field: 'first', reason });
  }
  return request.after === null ? null : cursors.open(list, request.after);
}

/** A page of `rows`, of which one more than asked for was read, so that it is known whether others follow. */
export function closePage<T>(
  cursors: CursorSeal,
  list: string,
  request: PageRequest,
  rows: readonly T[],
  place: (row: T) => CursorPlace,
): Page<T> {
  return {
    rows: rows.slice(0, request.first).map((row) => ({ cursor: cursors.seal(list, place(row)), row })),
    hasNextPage: rows.length > request.first,
  };
}
