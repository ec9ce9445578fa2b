import type { TenantId } from '../core/tenant-id.ts';

/** What stores of webhooks need of the process that delivers. */
export interface WebhookPort {
  /** Throws ADDRESS_REFUSED for what can be told of a URL without resolving a name. */
  check(url: string): void;
  /** Something of the tenant may be due, or its endpoints have changed. Must not throw. */
  wake(tenant: TenantId): void;
}
