import { LIMITS } from '../../core/limits.ts';

/** When what failed is tried again, and how much is under way at once. */
export interface DeliveryPolicy {
  /** Milliseconds from each attempt that failed to the next; after the last of them a message is given up. */
  readonly scheduleMs: readonly number[];
  /** The share by which waits are made longer or shorter by chance, so that what failed together does not come back together. */
  readonly jitter: number;
  readonly sendMs: number;
  readonly sendsPerTenantMax: number;
  readonly sendsMax: number;
  readonly endpointPauseMs: number;
  readonly endpointPauseMsMax: number;
  readonly endpointFailingMs: number;
  readonly retryAfterMsMax: number;
  /** Milliseconds before the catalog is asked again after it failed. */
  readonly catalogPauseMs: number;
  /** Milliseconds that messages under way are given when the service stops. */
  readonly stopMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The schedule is the one that Standard Webhooks recommends. */
export const DELIVERY_POLICY: DeliveryPolicy = {
  scheduleMs: [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
  ],
  jitter: 0.1,
  sendMs: LIMITS.sendMs,
  sendsPerTenantMax: LIMITS.sendsPerTenantMax,
  sendsMax: LIMITS.sendsMax,
  endpointPauseMs: LIMITS.endpointPauseMs,
  endpointPauseMsMax: LIMITS.endpointPauseMsMax,
  endpointFailingMs: LIMITS.endpointFailingMs,
  retryAfterMsMax: LIMITS.retryAfterMsMax,
  catalogPauseMs: SECOND,
  stopMs: 5 * SECOND,
};
