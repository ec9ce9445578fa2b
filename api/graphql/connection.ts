import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { CursorSeal } from '../../tenants/cursor-seal.ts';
import type { Page, PageRequest } from '../../tenants/page.ts';
import type { PageArgs } from './schema-reference.ts';

/** A connection's page as the contract has it. */
export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** What to ask a store for. `first` null or left out is the contract's default, which graphql-js has put in. */
export function pageRequest(args: PageArgs, firstDefault = 20): PageRequest {
  return { first: args.first ?? firstDefault, after: args.after ?? null };
}

/** A store's page as a connection. */
export function connectionOf<T>(page: Page<T>, request: PageRequest): Connection<T> {
  const edges = page.rows.map(({ cursor, row }) => ({ cursor, node: row }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/**
 * A page of a list that is known whole. `version` says which list it is: a cursor of another version is refused, so that no
 * entry is shown twice or left out. Throws FIELD_INVALID, CURSOR_INVALID, CURSOR_EXPIRED.
 */
export function listConnection<T>(
  list: readonly T[],
  request: PageRequest,
  cursors: CursorSeal,
  name: string,
  version: number,
): Connection<T> {
  checkFirst(request.first, LIMITS.pageRowsMax);
  let start = 0;
  if (request.after !== null) {
    const [cursorVersion, index] = cursors.open(name, request.after);
    if (cursorVersion !== version) throw new RingwatchError('CURSOR_EXPIRED');
    start = Number(index) + 1;
  }
  const rows = list
    .slice(start, start + request.first)
    .map((row, offset) => ({ cursor: cursors.seal(name, [version, start + offset]), row }));
  return connectionOf({ rows, hasNextPage: start + request.first < list.length }, request);
}

/** Throws FIELD_INVALID where a page cannot have so many entries. */
export function checkFirst(first: number, max: number): void {
  if (!Number.isInteger(first) || first < 1 || first > max) {
    throw new RingwatchError('FIELD_INVALID', { field: 'first', reason: `it is not between 1 and ${max}` });
  }
}
