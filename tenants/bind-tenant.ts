import { CatalogAlertStore } from './alert-store.ts';
import { AuditDesk } from './audit-desk.ts';
import { CatalogAuditStore } from './audit-store.ts';
import type { CredentialIndex } from './credential-index.ts';
import { CatalogDefinitionStore } from './definition-store.ts';
import { CatalogDeliveryStore } from './delivery-store.ts';
import { CatalogDraftStore } from './draft-store.ts';
import { CatalogEndpointStore } from './endpoint-store.ts';
import { type Boot, CatalogIdempotencyStore } from './idempotency-store.ts';
import { CatalogKeyStore } from './key-store.ts';
import type { KnownTenant } from './known-tenant.ts';
import { CatalogMemberStore } from './member-store.ts';
import type { StoreContext } from './store-context.ts';
import { CatalogSettingsStore } from './tenant-settings.ts';
import type { TenantStores } from './tenant-stores.ts';
import type { UsageStore } from './usage-store.ts';
import type { WebhookPort } from './webhook-port.ts';

/** The one place where stores are made: all of them for the tenant and the actor of the context. */
export function bindTenant(
  context: StoreContext,
  known: KnownTenant,
  credentials: CredentialIndex,
  usage: UsageStore,
  boot: Boot,
  webhooks: WebhookPort | null,
): TenantStores {
  return {
    id: context.tenant,
    actor: context.actor,
    settings: new CatalogSettingsStore(context, (name, settings) => known.change(name, settings)),
    members: new CatalogMemberStore(context, credentials, known),
    keys: new CatalogKeyStore(context, credentials, known),
    drafts: new CatalogDraftStore(context, known.engine, known.lane, known),
    definitions: new CatalogDefinitionStore(context, () => known.lane.catchUp(context)),
    alerts: new CatalogAlertStore(context),
    ...(webhooks === null
      ? {}
      : {
          endpoints: new CatalogEndpointStore(context, known, webhooks),
          deliveries: new CatalogDeliveryStore(context, webhooks),
        }),
    audit: new CatalogAuditStore(
      context,
      known.desk(() => new AuditDesk(context.catalog, context.tenant, context.nowMs)),
    ),
    usage,
    idempotency: new CatalogIdempotencyStore(context, boot),
    cursors: context.cursors,
  };
}
