import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Operation } from './operation.ts';
import type { QueryState } from './query-store.ts';
import { useService } from './service-context.ts';

/** The answer to a query, and how to ask again. */
export interface QueryAnswer<Result> extends QueryState<Result> {
  readonly refetch: () => void;
}

const NOTHING = { data: null, error: null, loading: false } as const;
const unwatched = (): (() => void) => () => undefined;

/**
 * The answer to a query, fetched when first shown. `skip` asks nothing; `everySeconds` asks again and again while the page
 * is in front.
 */
export function useQuery<Result, Variables>(
  operation: Operation<'query', Result, Variables>,
  variables: Variables,
  options: { readonly skip?: boolean; readonly everySeconds?: number } = {},
): QueryAnswer<Result> {
  const { queries } = useService();
  const { skip = false, everySeconds = 0 } = options;
  const identity = JSON.stringify(variables);
  // biome-ignore lint/correctness/useExhaustiveDependencies: variables are compared by what they say
  const watch = useCallback(
    (listener: () => void) => queries.watch(operation, variables, listener),
    [queries, operation, identity],
  );
  const state = useSyncExternalStore(skip ? unwatched : watch, () =>
    skip ? NOTHING : queries.state(operation, variables),
  );
  const refetch = useCallback(() => void queries.refresh(operation.name), [queries, operation]);
  useEffect(() => {
    if (skip || everySeconds === 0) return undefined;
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') refetch();
    }, everySeconds * 1000);
    return () => window.clearInterval(timer);
  }, [skip, everySeconds, refetch]);
  return { ...state, refetch };
}
