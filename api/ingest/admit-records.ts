import { setTimeout } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { TenantContext } from '../request-context.ts';

/**
 * Waits for the tenant's rate, where that is soon enough, and counts the records. `bytes`: of the request since this was
 * last asked. Throws RATE_LIMITED, QUOTA_EXCEEDED.
 */
export async function admitRecords(
  { tenant: { usage } }: TenantContext,
  records: number,
  bytes: () => number,
): Promise<void> {
  let waitedMs = 0;
  for (;;) {
    const delayMs = usage.recordsDelayMs(records);
    if (delayMs <= 0 || waitedMs + delayMs > LIMITS.rateWaitMsMax) break;
    waitedMs += delayMs;
    await setTimeout(delayMs);
  }
  usage.admitRecords(records, bytes());
}
