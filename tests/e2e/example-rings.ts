import type { Transfer } from './example-data.ts';

const HOUR_SECONDS = 3600;

/**
 * Money that goes around the accounts and comes back to the first, an hour a transfer, each passing on a little less. The
 * last is of `endSeconds` (since 1970) and closes the ring.
 */
export function ringOfTransfers(
  firstTx: number,
  accounts: readonly string[],
  endSeconds: number,
  startCents = 95_000,
): readonly Transfer[] {
  return accounts.map((src, hop): Transfer => {
    const cents = startCents - hop * 1_000;
    return {
      tx: firstTx + hop,
      t: endSeconds - (accounts.length - 1 - hop) * HOUR_SECONDS,
      src,
      dst: accounts[(hop + 1) % accounts.length] as string,
      amount: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
    };
  });
}
