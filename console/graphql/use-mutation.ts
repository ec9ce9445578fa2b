import { useCallback, useState } from 'react';
import type { Operation } from './operation.ts';
import type { Problem } from './problem.operations.ts';
import { asRequestError, RequestError } from './request-error.ts';
import { useService } from './service-context.ts';

/** A change to ask for, and how the last went. */
export interface Mutation<Payload, Variables> {
  /** Asks for the change; null where it was refused, and then `error` says why. */
  readonly run: (variables: Variables) => Promise<Payload | null>;
  readonly running: boolean;
  readonly error: RequestError | null;
  readonly reset: () => void;
}

interface WithErrors {
  readonly userErrors: readonly Problem[];
}

/**
 * A mutation with one root field: its payload, or what was wrong. When it is done, the queries named by `refreshes` are
 * asked again. `keepsErrors` hands out a payload even with errors, where the errors belong to its fields.
 */
export function useMutation<Result extends Readonly<Record<keyof Result, WithErrors>>, Variables>(
  operation: Operation<'mutation', Result, Variables>,
  options: { readonly refreshes?: readonly string[]; readonly keepsErrors?: boolean } = {},
): Mutation<Result[keyof Result], Variables> {
  type Payload = Result[keyof Result];
  const { client, queries } = useService();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const refreshes = (options.refreshes ?? []).join(' ');
  const keepsErrors = options.keepsErrors ?? false;
  const run = useCallback(
    async (variables: Variables): Promise<Payload | null> => {
      setRunning(true);
      setError(null);
      try {
        const answer = await client.request(operation, variables);
        const [payload] = Object.values(answer as object) as [Payload];
        const [problem] = payload.userErrors;
        if (problem !== undefined) {
          setError(new RequestError(problem));
          return keepsErrors ? payload : null;
        }
        if (refreshes !== '') await queries.refresh(...refreshes.split(' '));
        return payload;
      } catch (cause) {
        setError(asRequestError(cause));
        return null;
      } finally {
        setRunning(false);
      }
    },
    [client, queries, operation, refreshes, keepsErrors],
  );
  const reset = useCallback(() => setError(null), []);
  return { run, running, error, reset };
}
