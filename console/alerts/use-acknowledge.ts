import { useCallback, useState } from 'react';
import { amountOf } from '../display/number-text.ts';
import type { GraphqlClient } from '../graphql/graphql-client.ts';
import { asRequestError } from '../graphql/request-error.ts';
import { useService } from '../graphql/service-context.ts';
import { useNotice } from '../parts/notice-board.tsx';
import { AcknowledgeAlert, ReopenAlert } from './alerts.operations.ts';

const AT_ONCE = 4;

/** Acknowledges alerts by their ids, a few at a time, says how many went through, and takes that back on demand. */
export function useAcknowledge(): {
  readonly acknowledge: (ids: readonly string[]) => Promise<void>;
  readonly running: boolean;
} {
  const { client, queries } = useService();
  const notice = useNotice();
  const [running, setRunning] = useState(false);
  const change = useCallback(
    async (ids: readonly string[], to: 'acknowledged' | 'reopened'): Promise<void> => {
      if (ids.length === 0) return;
      setRunning(true);
      const { done, problems } = await changeAll(client, ids, to);
      if (done.length > 0) {
        const undo = to === 'acknowledged' ? { undo: () => void change(done, 'reopened') } : {};
        notice({ kind: 'done', text: `${amountOf(done.length, 'alert')} ${to}`, ...undo });
      }
      if (problems[0] !== undefined) {
        const text = `${amountOf(problems.length, 'alert')} not ${to}: ${problems[0]}`;
        notice({ kind: 'failed', text });
      }
      await queries.refresh('AlertQueue', 'OpenAlertCount', 'AlertDetail');
      setRunning(false);
    },
    [client, queries, notice],
  );
  const acknowledge = useCallback((ids: readonly string[]) => change(ids, 'acknowledged'), [change]);
  return { acknowledge, running };
}

/** The ids of those that were changed, and what was wrong with the others. */
async function changeAll(
  client: GraphqlClient,
  ids: readonly string[],
  to: 'acknowledged' | 'reopened',
): Promise<{ readonly done: readonly string[]; readonly problems: readonly string[] }> {
  const left = [...ids];
  const done: string[] = [];
  const problems: string[] = [];
  const changeOne = async (id: string): Promise<void> => {
    const input = { input: { id } };
    try {
      const { userErrors } =
        to === 'acknowledged'
          ? (await client.request(AcknowledgeAlert, input)).acknowledgeAlert
          : (await client.request(ReopenAlert, input)).reopenAlert;
      const [problem] = userErrors;
      if (problem === undefined) done.push(id);
      else problems.push(`${problem.message} (${problem.code})`);
    } catch (cause) {
      const error = asRequestError(cause);
      problems.push(`${error.message} (${error.code})`);
    }
  };
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await changeOne(id);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, problems };
}
