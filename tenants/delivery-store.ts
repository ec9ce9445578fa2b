import type { Page, PageRequest } from './page.ts';

/** One message to one endpoint. */
export interface Delivery {
  readonly id: string;
  /** The id that the receiver sees, the same on every attempt and replay. */
  readonly webhookId: string;
  /** Such as `alert.raised`. */
  readonly type: string;
  readonly endpointId: string;
  /** The derived id of the alert; null for a test. */
  readonly alertId: string | null;
  readonly state: 'pending' | 'delivered' | 'failed' | 'cancelled';
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly deliveredAt: string | null;
  /** What is sent: JSON text. */
  readonly body: string;
  readonly attemptCount: number;
}

/** One time that a message was tried. */
export interface DeliveryAttempt {
  /** From 1 in a delivery. */
  readonly number: number;
  readonly startedAt: string;
  readonly durationMs: number;
  /** Without secrets. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Null where there was no answer. */
  readonly status: number | null;
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  /** Its beginning. */
  readonly responseBody: string | null;
  /** A code of core/errors.ts and its message; null where it did not fail. */
  readonly error: string | null;
  readonly errorMessage: string | null;
}

export interface DeliveryFilter {
  readonly endpointId?: string;
  readonly state?: Delivery['state'];
  readonly alertId?: string;
}

/** Messages of the tenant, newest first. */
export interface DeliveryStore {
  get(id: string): Promise<Delivery | null>;
  page(filter: DeliveryFilter, request: PageRequest): Promise<Page<Delivery>>;
  /** Oldest first, the newest 50. */
  attempts(id: string): Promise<readonly DeliveryAttempt[]>;
  /** Sends it again, under the same webhook id. Throws NOT_FOUND. */
  replay(id: string): Promise<Delivery>;
  /** Sends all of an endpoint within a range again; how many. Positions and times: from, inclusive; until, exclusive. Throws NOT_FOUND. */
  replayRange(range: {
    readonly endpointId: string;
    readonly fromPosition?: number;
    readonly untilPosition?: number;
    readonly from?: string;
    readonly until?: string;
    readonly state?: Delivery['state'];
  }): Promise<number>;
}
