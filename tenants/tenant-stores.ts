import type { TenantId } from '../core/tenant-id.ts';
import type { AlertStore } from './alert-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { CursorSeal } from './cursor-seal.ts';
import type { DefinitionStore } from './definition-store.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { DraftStore } from './draft-store.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import type { KeyStore } from './key-store.ts';
import type { MemberStore } from './member-store.ts';
import type { Actor } from './principal.ts';
import type { SettingsStore } from './tenant-settings.ts';
import type { UsageStore } from './usage-store.ts';

/** All that one tenant has, bound to it and to whoever acts: no function of it takes a tenant. */
export interface TenantStores {
  readonly id: TenantId;
  readonly actor: Actor;
  readonly settings: SettingsStore;
  readonly members: MemberStore;
  readonly keys: KeyStore;
  readonly drafts: DraftStore;
  readonly definitions: DefinitionStore;
  readonly alerts: AlertStore;
  /** Webhooks; absent where the process delivers none. */
  readonly endpoints?: EndpointStore;
  readonly deliveries?: DeliveryStore;
  readonly audit: AuditStore;
  readonly usage: UsageStore;
  readonly idempotency: IdempotencyStore;
  readonly cursors: CursorSeal;
}
