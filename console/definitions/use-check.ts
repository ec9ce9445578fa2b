import { useEffect, useState } from 'react';
import { asRequestError, type RequestError } from '../graphql/request-error.ts';
import { useService } from '../graphql/service-context.ts';
import { CheckDefinitions, type CheckFacts } from './definitions.operations.ts';

const STILL_MS = 500;

/** What the checker says of a text as it is typed: the last answer, and whether it is of the text at hand. */
export interface LiveCheck {
  readonly check: CheckFacts | null;
  readonly error: RequestError | null;
  readonly checking: boolean;
}

/** Has the service check a text (a dry run: nothing is stored) once the viewer stops typing; null checks nothing. */
export function useCheck(text: string | null, allowDrop: boolean): LiveCheck {
  const { client } = useService();
  const [state, setState] = useState<LiveCheck>({ check: null, error: null, checking: false });
  useEffect(() => {
    if (text === null) {
      setState({ check: null, error: null, checking: false });
      return undefined;
    }
    setState((last) => ({ ...last, checking: true }));
    const run = new AbortController();
    const timer = window.setTimeout(() => {
      client
        .request(CheckDefinitions, { input: { text, dryRun: true, allowDrop } }, run.signal)
        .then(({ draftDefinitions }) =>
          setState({ check: draftDefinitions.check, error: null, checking: false }),
        )
        .catch((cause: unknown) => {
          if (run.signal.aborted) return;
          setState({ check: null, error: asRequestError(cause), checking: false });
        });
    }, STILL_MS);
    return () => {
      window.clearTimeout(timer);
      run.abort();
    };
  }, [client, text, allowDrop]);
  return state;
}
