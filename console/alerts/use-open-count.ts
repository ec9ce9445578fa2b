import { useEffect, useRef, useState } from 'react';
import { useService } from '../graphql/service-context.ts';
import { useQuery } from '../graphql/use-query.ts';
import { CountAlerts, OpenAlertCount } from './alerts.operations.ts';

/**
 * How many alerts are open. It is asked for once and after changes, and new ones are counted as they are raised: every
 * question is a read of personal data, and so an entry of the audit log.
 */
export function useOpenCount(may: boolean): number {
  const { client } = useService();
  const { data } = useQuery(OpenAlertCount, {}, { skip: !may });
  const [raised, setRaised] = useState<ReadonlyMap<string, bigint>>(new Map());
  const reached = useRef(0n);
  const from = data?.alerts.position ?? null;
  const waiting = from === null;

  useEffect(() => {
    if (from === null) return;
    const position = BigInt(from);
    if (position > reached.current) reached.current = position;
    setRaised((all) => new Map([...all].filter(([, at]) => at > position)));
  }, [from]);

  useEffect(() => {
    if (waiting) return undefined;
    return client.follow(CountAlerts, {
      variables: () => ({ afterPosition: String(reached.current) }),
      next: ({ alertRaised: { alertId, position } }) => {
        const at = BigInt(position);
        if (at > reached.current) reached.current = at;
        setRaised((all) => new Map(all).set(alertId, at));
      },
      state: () => undefined,
    });
  }, [client, waiting]);

  return (data?.alerts.totalCount ?? 0) + raised.size;
}
