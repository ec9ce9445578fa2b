import { useEffect } from 'react';

const EVERY_MS = 4_000;
const SOON_MS = 10 * 60_000;

/** Whether a message is about to be sent, so that it is worth looking again. */
export function waits(delivery: { readonly state: string; readonly nextAttemptAt: string | null }): boolean {
  if (delivery.state !== 'PENDING') return false;
  return delivery.nextAttemptAt === null || Date.parse(delivery.nextAttemptAt) - Date.now() < SOON_MS;
}

/** Asks again every few seconds as long as something is expected to change and the page is in front. */
export function useRefetchWhile(expected: boolean, refetch: () => void): void {
  useEffect(() => {
    if (!expected) return undefined;
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') refetch();
    }, EVERY_MS);
    return () => window.clearInterval(timer);
  }, [expected, refetch]);
}
