import { useCallback, useState } from 'react';
import { amountOf } from '../display/number-text.ts';
import { asRequestError } from '../graphql/request-error.ts';
import { useService } from '../graphql/service-context.ts';
import { useNotice } from '../parts/notice-board.tsx';
import { AcknowledgeAlert } from './alerts.operations.ts';

const AT_ONCE = 4;

/** Acknowledges alerts by their ids, a few at a time, and says how many went through. */
export function useAcknowledge(): {
  readonly acknowledge: (ids: readonly string[]) => Promise<void>;
  readonly running: boolean;
} {
  const { client, queries } = useService();
  const notice = useNotice();
  const [running, setRunning] = useState(false);
  const acknowledge = useCallback(
    async (ids: readonly string[]): Promise<void> => {
      if (ids.length === 0) return;
      setRunning(true);
      const left = [...ids];
      const problems: string[] = [];
      const work = async (): Promise<void> => {
        for (let id = left.shift(); id !== undefined; id = left.shift()) {
          try {
            const { acknowledgeAlert } = await client.request(AcknowledgeAlert, { input: { id } });
            const [problem] = acknowledgeAlert.userErrors;
            if (problem !== undefined) problems.push(`${problem.message} (${problem.code})`);
          } catch (cause) {
            const error = asRequestError(cause);
            problems.push(`${error.message} (${error.code})`);
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const done = ids.length - problems.length;
      if (done > 0) notice({ kind: 'done', text: `${amountOf(done, 'alert')} acknowledged` });
      if (problems[0] !== undefined) {
        notice({
          kind: 'failed',
          text: `${amountOf(problems.length, 'alert')} not acknowledged: ${problems[0]}`,
        });
      }
      await queries.refresh('AlertQueue', 'OpenAlertCount', 'AlertDetail');
      setRunning(false);
    },
    [client, queries, notice],
  );
  return { acknowledge, running };
}
