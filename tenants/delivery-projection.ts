import type { AlertEffect, WebhookEffect } from '../core/effects.ts';
import type { TenantId } from '../core/tenant-id.ts';
import type { EffectBatch, EffectProjection } from './effect-projection.ts';
import { messageBody } from './message-body.ts';
import { storable } from './storable-text.ts';
import { webhookIdOf } from './webhook-id.ts';

/** What a projection of deliveries has to say. */
export interface DeliveryProjectionOptions {
  /** A rule names an endpoint that the tenant does not have: nothing is sent. Must not throw. */
  readonly onUnaddressed: (tenant: TenantId, endpoint: string) => void;
}

interface Subscriber {
  readonly id: string;
  readonly name: string;
  /** Null: none but those whose rule names it; empty: every alert. */
  readonly rules: readonly string[] | null;
}

/** A message that is to be sent, as a row. */
interface NewDelivery {
  readonly id: string;
  readonly type: string;
  readonly endpoint_id: string;
  readonly alert_id: string | null;
  readonly position: number;
  readonly body: string | null;
}

/**
 * Makes of alerts, and of webhooks that rules name, what is to be sent to whom; to be run after projectAlerts. An alert
 * that an endpoint is told of twice over (its rule names it, and it has subscribed) is one message.
 */
export function projectDeliveries({ onUnaddressed }: DeliveryProjectionOptions): EffectProjection {
  return async (sql, batch) => {
    if (!mayDeliver(batch)) return 0;
    const { tenant, effects, at } = batch;
    const select =
      'SELECT id, name, rules FROM webhook_endpoints WHERE tenant_id = $1 AND removed_at IS NULL ORDER BY id';
    const subscribers = (await sql.query(select, [tenant])) as unknown as readonly Subscriber[];
    const byName = new Map(subscribers.map((subscriber) => [subscriber.name, subscriber]));
    const rows: NewDelivery[] = [];
    for (const { effect } of effects) {
      if (effect.kind === 'alert') rows.push(...alertRows(tenant, subscribers, effect));
      if (effect.kind !== 'webhook') continue;
      const endpoint = byName.get(storable(effect.endpoint));
      if (endpoint === undefined) onUnaddressed(tenant, effect.endpoint);
      else rows.push(webhookRow(tenant, endpoint, effect, at));
    }
    if (rows.length > 0) await sql.query(INSERT, [tenant, JSON.stringify(rows), at]);
    return rows.length;
  };
}

/** Whether anything may be to be sent because of the batch. */
function mayDeliver({ effects }: EffectBatch): boolean {
  return effects.some(({ effect }) => effect.kind === 'alert' || effect.kind === 'webhook');
}

// DO NOTHING also holds for two rows of one statement.
const INSERT = `
INSERT INTO deliveries (tenant_id, id, type, endpoint_id, alert_id, position, body, state, created_at, next_attempt_at)
SELECT $1, id, type, endpoint_id, alert_id, position, body, 'pending', $3, $3
FROM ROWS FROM (json_to_recordset($2::json) AS (id TEXT, type TEXT, endpoint_id TEXT, alert_id TEXT, position BIGINT,
  body TEXT)) WITH ORDINALITY AS message (id, type, endpoint_id, alert_id, position, body, place)
ORDER BY place
ON CONFLICT (tenant_id, id) DO NOTHING`;

function alertRows(tenant: TenantId, subscribers: readonly Subscriber[], alert: AlertEffect): NewDelivery[] {
  const rule = storable(alert.rule);
  return subscribers
    .filter(({ rules }) => rules !== null && (rules.length === 0 || rules.includes(rule)))
    .map(({ id }) => alertRow(tenant, id, alert.id, alert.position));
}

function webhookRow(tenant: TenantId, { id }: Subscriber, effect: WebhookEffect, at: string): NewDelivery {
  const { alertId, position, rule } = effect;
  if (alertId !== null) return alertRow(tenant, id, alertId, position);
  const type = 'rule.fired';
  const data = JSON.stringify({ id: effect.id, rule, position });
  return {
    id: webhookIdOf(tenant, id, effect.id),
    type,
    endpoint_id: id,
    alert_id: null,
    position,
    body: messageBody(type, at, data),
  };
}

/** Without a body: it is made of the alert's row. */
function alertRow(tenant: TenantId, endpointId: string, alertId: string, position: number): NewDelivery {
  return {
    id: webhookIdOf(tenant, endpointId, alertId),
    type: 'alert.raised',
    endpoint_id: endpointId,
    alert_id: alertId,
    position,
    body: null,
  };
}
