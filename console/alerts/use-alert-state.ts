import type { RequestError } from '../graphql/request-error.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { useEffect } from 'react';
import { isTyping } from '../navigation/keys.ts';
import { useNotice } from '../parts/notice-board.tsx';
import { AcknowledgeAlert, ReopenAlert } from './alerts.operations.ts';

const REFRESHES = { refreshes: ['AlertDetail', 'AlertQueue', 'OpenAlertCount'] };

/** Acknowledges an alert or puts it back; `a` acknowledges too. */
export function useAlertState(alert: { readonly id: string; readonly state: string }): {
  readonly acknowledge: () => void;
  readonly reopen: () => void;
  readonly running: boolean;
  readonly error: RequestError | null;
} {
  const notice = useNotice();
  const acknowledging = useMutation(AcknowledgeAlert, REFRESHES);
  const reopening = useMutation(ReopenAlert, REFRESHES);
  const input = { input: { id: alert.id } };
  const acknowledge = (): void => {
    void acknowledging.run(input).then((done) => {
      if (done !== null) notice({ kind: 'done', text: 'Acknowledged', undo: reopen });
    });
  };
  const reopen = (): void => {
    void reopening.run(input).then((done) => {
      if (done !== null) notice({ kind: 'done', text: 'Back in the queue' });
    });
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'a' && !isTyping(event) && alert.state === 'OPEN') acknowledge();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
  return {
    acknowledge,
    reopen,
    running: acknowledging.running || reopening.running,
    error: acknowledging.error ?? reopening.error,
  };
}
