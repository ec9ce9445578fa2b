import { useCallback, useEffect, useRef, useState } from 'react';
import type { Operation } from './operation.ts';
import { asRequestError, type RequestError } from './request-error.ts';
import { useService } from './service-context.ts';
import { useQuery } from './use-query.ts';

/** What every connection of the schema has. */
export interface ConnectionPage<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** A list that grows by the page. */
export interface Connection<Node, Page> {
  readonly nodes: readonly Node[];
  /** The first page; null while it is on its way. */
  readonly page: Page | null;
  readonly loading: boolean;
  readonly loadingMore: boolean;
  readonly error: RequestError | null;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly refetch: () => void;
}

/**
 * A connection's pages, one after the other, in one list. A refetch of the first page drops the others: pages of one list are
 * cut at one state of it.
 */
export function useConnection<
  Result,
  Variables extends { readonly after?: string | null | undefined },
  Node,
  Page extends ConnectionPage<Node>,
>(
  operation: Operation<'query', Result, Variables>,
  variables: Variables,
  select: (result: Result) => Page & ConnectionPage<Node>,
  options: { readonly skip?: boolean; readonly everySeconds?: number } = {},
): Connection<Node, Page> {
  const { client } = useService();
  const first = useQuery(operation, variables, options);
  const [more, setMore] = useState<{ readonly from: Result; readonly pages: readonly Page[] } | null>(null);
  const [moreError, setMoreError] = useState<RequestError | null>(null);
  const [loadingMore, setLoadingMore] = useState(false);
  const page = first.data === null ? null : select(first.data);
  const followUp = more !== null && more.from === first.data ? more.pages : [];
  const last = followUp.at(-1) ?? page;
  const current = useRef(first.data);
  useEffect(() => {
    current.current = first.data;
    setMoreError(null);
  }, [first.data]);

  const loadMore = useCallback(() => {
    const from = first.data;
    const after = last?.pageInfo.endCursor;
    if (from === null || after === null || after === undefined || loadingMore) return;
    setLoadingMore(true);
    setMoreError(null);
    client
      .request(operation, { ...variables, after })
      .then((result) => {
        if (current.current === from) setMore({ from, pages: [...followUp, select(result)] });
      })
      .catch((cause: unknown) => setMoreError(asRequestError(cause)))
      .finally(() => setLoadingMore(false));
  }, [client, operation, variables, select, first.data, last, followUp, loadingMore]);

  return {
    nodes: page === null ? [] : [...page.nodes, ...followUp.flatMap(({ nodes }) => nodes)],
    page,
    loading: first.loading,
    loadingMore,
    error: moreError ?? first.error,
    hasMore: last?.pageInfo.hasNextPage ?? false,
    loadMore,
    refetch: first.refetch,
  };
}
