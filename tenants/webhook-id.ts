import { derivedId } from '../core/hash.ts';
import { newUlid, type TenantId } from '../core/tenant-id.ts';

/**
 * The webhook id of what is told to an endpoint, for good: the same of every attempt and replay, and where the log is
 * folded again. `about`: the id of the alert, or of the effect where there is no alert.
 */
export function webhookIdOf(tenant: TenantId, endpointId: string, about: string): string {
  return `msg_${derivedId([tenant, 'webhook', endpointId, about])}`;
}

/** The webhook id of a message that tells of nothing. */
export function newWebhookId(nowMs: number): string {
  return `msg_${newUlid(nowMs)}`;
}

/** Whether a text may be such an id; what may not is looked for nowhere. */
export function isWebhookId(text: string): boolean {
  return /^msg_(?:[a-z2-7]{26}|[0-7][0-9A-HJKMNP-TV-Z]{25})$/.test(text);
}
