import { useEffect, useRef, useState } from 'react';
import type { LinkState } from '../graphql/graphql-client.ts';
import { useService } from '../graphql/service-context.ts';
import { type AlertFilter, showsNewAlert } from './alert-filter.ts';
import { FollowAlerts, type QueuedAlert } from './alerts.operations.ts';

/** Alerts that were raised since a page of them was fetched, newest first, and whether more would arrive. */
export interface LiveAlerts {
  readonly fresh: readonly QueuedAlert[];
  readonly link: LinkState;
}

/**
 * Follows alerts from a position on; null follows nothing yet. After a break it goes on where it ended: asking for those
 * after the position before the last, since several alerts can be of one position, and leaving out what it has.
 */
export function useLiveAlerts(filter: AlertFilter, fromPosition: string | null): LiveAlerts {
  const { client } = useService();
  const [fresh, setFresh] = useState<readonly QueuedAlert[]>([]);
  const [link, setLink] = useState<LinkState>('connecting');
  const reached = useRef<bigint>(0n);
  const waiting = fromPosition === null;
  const identity = JSON.stringify(filter);

  useEffect(() => {
    if (fromPosition === null) return;
    const from = BigInt(fromPosition);
    if (from > reached.current) reached.current = from;
    setFresh((all) => all.filter((alert) => BigInt(alert.position) > from));
  }, [fromPosition]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is compared by what it says
  useEffect(() => {
    if (waiting) return undefined;
    setFresh([]);
    return client.follow(FollowAlerts, {
      variables: () => ({
        afterPosition: String(reached.current > 0n ? reached.current - 1n : 0n),
        ...(filter.rules.length === 0 ? {} : { rules: filter.rules }),
        ...(filter.severities.length === 0 ? {} : { severities: filter.severities }),
      }),
      next: ({ alertRaised }) => {
        const position = BigInt(alertRaised.position);
        if (position > reached.current) reached.current = position;
        if (!showsNewAlert(filter, alertRaised, Date.now())) return;
        setFresh((all) =>
          all.some(({ alertId }) => alertId === alertRaised.alertId) ? all : [alertRaised, ...all],
        );
      },
      state: (state) => setLink(state),
    });
  }, [client, waiting, identity]);

  return { fresh, link };
}
