import type { Delivery } from './delivery-store.ts';
import type { Page, PageRequest } from './page.ts';

/** An address that messages are sent to, after Standard Webhooks. */
export interface WebhookEndpoint {
  /** `end_` + ULID. */
  readonly id: string;
  /** What rules call it; unique in a tenant. */
  readonly name: string;
  readonly url: string;
  readonly description: string | null;
  /** `failed`: switched off because it answered 410 Gone, or failed for too long. */
  readonly state: 'enabled' | 'disabled' | 'failed';
  readonly stateReason: string | null;
  /** The rules whose alerts it gets; null: only those whose rule names it; empty: every alert. */
  readonly rules: readonly string[] | null;
  readonly createdAt: string;
  /** Until when messages carry a signature of the old secret too; null: there is only one. */
  readonly oldSecretUntil: string | null;
}

/** Webhook endpoints of the tenant. Secrets are encrypted at rest and shown once. */
export interface EndpointStore {
  /** `secret`: `whsec_…`. Throws FIELD_INVALID, QUOTA_EXCEEDED, and where the name is taken or the address refused. */
  create(input: {
    readonly name: string;
    readonly url: string;
    readonly description: string | null;
    readonly rules: readonly string[] | null;
  }): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }>;
  /** Throws NOT_FOUND, and as create. */
  update(
    id: string,
    change: {
      readonly url?: string;
      readonly description?: string | null;
      readonly rules?: readonly string[] | null;
    },
  ): Promise<WebhookEndpoint>;
  /** What was not delivered to it yet is given up. Throws NOT_FOUND. */
  remove(id: string): Promise<void>;
  /** Messages carry signatures of both secrets for a day. Throws NOT_FOUND. */
  rotateSecret(id: string): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }>;
  /** What waits is sent. Throws NOT_FOUND. */
  enable(id: string): Promise<WebhookEndpoint>;
  /** What comes up waits. Throws NOT_FOUND. */
  disable(id: string): Promise<WebhookEndpoint>;
  /** Sends a message of type `ringwatch.test`. Throws NOT_FOUND. */
  test(id: string): Promise<Delivery>;
  get(id: string): Promise<WebhookEndpoint | null>;
  /** By name. */
  page(request: PageRequest): Promise<Page<WebhookEndpoint>>;
}
