import { randomBytes } from 'node:crypto';
import type { TenantId } from '../core/tenant-id.ts';
import type { InstallationKeys } from './installation-keys.ts';

const SECRET_BYTES = 32;

/** A new secret that messages to an endpoint are signed with. */
export function newWebhookSecret(): Uint8Array {
  return new Uint8Array(randomBytes(SECRET_BYTES));
}

/** The secret as its receiver is told it (Standard Webhooks, "Signature scheme"). */
export function formatWebhookSecret(secret: Uint8Array): string {
  return `whsec_${Buffer.from(secret).toString('base64')}`;
}

/** The secret as the catalog holds it: only in the row of this endpoint does it open. */
export function sealWebhookSecret(
  keys: InstallationKeys,
  tenant: TenantId,
  endpointId: string,
  secret: Uint8Array,
): Uint8Array {
  return keys.seal(placeOf(tenant, endpointId), secret);
}

/** Throws SECRET_UNREADABLE. */
export function openWebhookSecret(
  keys: InstallationKeys,
  tenant: TenantId,
  endpointId: string,
  sealed: Uint8Array,
): Uint8Array {
  return keys.open(placeOf(tenant, endpointId), sealed);
}

function placeOf(tenant: TenantId, endpointId: string): string {
  return `${tenant}/webhook_endpoints/${endpointId}/secret`;
}
