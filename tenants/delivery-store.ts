import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Sql, SqlRow } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { checkTime, isId, notFound } from './fields.ts';
import { messageBody } from './message-body.ts';
import type { Page, PageRequest } from './page.ts';
import { closePage, openPage } from './read-page.ts';
import { SqlCondition } from './sql-condition.ts';
import { storable } from './storable-text.ts';
import { audited, inTenant, nowIso, type StoreContext } from './store-context.ts';
import { isWebhookId } from './webhook-id.ts';
import type { WebhookPort } from './webhook-port.ts';

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

/** What of a delivery is read; `line` is of the alert that it tells of. */
const COLUMNS = `id, number, type, endpoint_id, alert_id, state, created_at, next_attempt_at, delivered_at, body,
  attempt_count, (SELECT line FROM alerts WHERE alerts.tenant_id = deliveries.tenant_id
    AND alerts.id = deliveries.alert_id) AS line`;

/** Deliveries in the catalog, where the projection of effects puts them; who delivers is told of each replay. */
export class CatalogDeliveryStore implements DeliveryStore {
  readonly #context: StoreContext;
  readonly #webhooks: WebhookPort;

  constructor(context: StoreContext, webhooks: WebhookPort) {
    this.#context = context;
    this.#webhooks = webhooks;
  }

  async get(id: string): Promise<Delivery | null> {
    if (!isWebhookId(id)) return null;
    const row = await audited(this.#context, async (sql, note) => {
      const found = await this.#read(sql, id, '');
      if (found !== undefined && found.alert_id !== null)
        note({ kind: 'read', action: 'delivery.read', target: id });
      return found;
    });
    return row === undefined ? null : deliveryOf(row);
  }

  async page(filter: DeliveryFilter, request: PageRequest): Promise<Page<Delivery>> {
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'deliveries', request);
    let where = SqlCondition.ofTenant(tenant);
    if (filter.endpointId !== undefined) where = where.and('endpoint_id = ?', storable(filter.endpointId));
    if (filter.state !== undefined) where = where.and('state = ?', filter.state);
    if (filter.alertId !== undefined) where = where.and('alert_id = ?', storable(filter.alertId));
    if (after !== null) where = where.and('number < ?', Number(after[0]));
    const rows = await audited(this.#context, async (sql, note) => {
      const found = await sql.query(
        `SELECT ${COLUMNS} FROM deliveries WHERE ${where.text} ORDER BY number DESC LIMIT ${request.first + 1}`,
        where.parameters,
      );
      const shown = found.slice(0, request.first).filter((row) => row.alert_id !== null);
      if (shown.length > 0) {
        const deliveries = shown.map((row) => row.id);
        note({ kind: 'read', action: 'delivery.list', target: null, details: { filter, deliveries } });
      }
      return found;
    });
    const numbered = rows.map((row) => ({ number: Number(row.number), delivery: deliveryOf(row) }));
    const page = closePage(cursors, 'deliveries', request, numbered, ({ number }) => [number]);
    return { ...page, rows: page.rows.map(({ cursor, row }) => ({ cursor, row: row.delivery })) };
  }

  async attempts(id: string): Promise<readonly DeliveryAttempt[]> {
    if (!isWebhookId(id)) return [];
    const { tenant } = this.#context;
    const rows = await inTenant(this.#context, (sql) =>
      sql.query(
        `SELECT number, started_at, duration_ms, request_headers, status, response_headers, response_body, error,
           error_message
         FROM delivery_attempts WHERE tenant_id = $1 AND delivery_id = $2
         ORDER BY number DESC LIMIT ${LIMITS.attemptsKept}`,
        [tenant, id],
      ),
    );
    return rows.map(attemptOf).reverse();
  }

  async replay(id: string): Promise<Delivery> {
    const context = this.#context;
    if (!isWebhookId(id)) throw notFound('delivery', id);
    const row = await audited(context, async (sql, note) => {
      const found = await this.#read(sql, id, 'FOR UPDATE');
      if (found === undefined) throw notFound('delivery', id);
      await this.#checkEndpoint(sql, String(found.endpoint_id));
      const rows = await sql.query(
        `UPDATE deliveries SET ${REPLAY} WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [context.tenant, id, nowIso(context)],
      );
      note({ kind: 'change', action: 'delivery.replay', target: id });
      return rows[0] as SqlRow;
    });
    this.#webhooks.wake(context.tenant);
    return deliveryOf(row);
  }

  async replayRange(range: {
    readonly endpointId: string;
    readonly fromPosition?: number;
    readonly untilPosition?: number;
    readonly from?: string;
    readonly until?: string;
    readonly state?: Delivery['state'];
  }): Promise<number> {
    const context = this.#context;
    const limit = LIMITS.replayDeliveriesMax;
    if (!isId('end', range.endpointId)) throw notFound('webhook endpoint', range.endpointId);
    let where = SqlCondition.ofTenant(context.tenant).and('endpoint_id = ?', range.endpointId);
    if (range.fromPosition !== undefined) where = where.and('position >= ?', range.fromPosition);
    if (range.untilPosition !== undefined) where = where.and('position < ?', range.untilPosition);
    if (range.from !== undefined) where = where.and('created_at >= ?', checkTime('from', range.from));
    if (range.until !== undefined) where = where.and('created_at < ?', checkTime('to', range.until));
    if (range.state !== undefined) where = where.and('state = ?', range.state);
    const count = await audited(context, async (sql, note) => {
      await this.#checkEndpoint(sql, range.endpointId);
      const select = `SELECT id FROM deliveries WHERE ${where.text} LIMIT ${limit + 1} FOR UPDATE`;
      const ids = (await sql.query(select, where.parameters)).map((row) => String(row.id));
      if (ids.length > limit) throw new RingwatchError('REPLAY_TOO_LARGE', { limit });
      if (ids.length === 0) return 0;
      const update = `UPDATE deliveries SET ${REPLAY} WHERE tenant_id = $1 AND id = ANY ($2::text[])`;
      await sql.query(update, [context.tenant, ids, nowIso(context)]);
      const { endpointId, ...within } = range;
      const details = { ...within, count: ids.length };
      note({ kind: 'change', action: 'delivery.replayRange', target: endpointId, details });
      return ids.length;
    });
    this.#webhooks.wake(context.tenant);
    return count;
  }

  async #read(sql: Sql, id: string, lock: '' | 'FOR UPDATE'): Promise<SqlRow | undefined> {
    const text = `SELECT ${COLUMNS} FROM deliveries WHERE tenant_id = $1 AND id = $2 ${lock}`;
    return (await sql.query(text, [this.#context.tenant, id]))[0];
  }

  /** What was given up with its endpoint goes nowhere any more. Throws NOT_FOUND. */
  async #checkEndpoint(sql: Sql, id: string): Promise<void> {
    const text = `SELECT id FROM webhook_endpoints WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL FOR SHARE`;
    if ((await sql.query(text, [this.#context.tenant, id])).length === 0)
      throw notFound('webhook endpoint', id);
  }
}

/** Through the whole schedule again, from $3 on. */
const REPLAY = `state = 'pending', next_attempt_at = $3, delivered_at = NULL, tries = 0, replays = replays + 1`;

/** Puts a message that tells of no alert in the queue. `at`: ISO 8601. */
export async function insertDelivery(
  sql: Sql,
  tenant: TenantId,
  message: {
    readonly id: string;
    readonly type: string;
    readonly endpointId: string;
    readonly body: string;
    readonly at: string;
  },
): Promise<Delivery> {
  const { id, type, endpointId, body, at } = message;
  const rows = await sql.query(
    `INSERT INTO deliveries (tenant_id, id, type, endpoint_id, body, state, created_at, next_attempt_at)
     VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6) RETURNING ${COLUMNS}`,
    [tenant, id, type, endpointId, body, at],
  );
  return deliveryOf(rows[0] as SqlRow);
}

/** What a delivery's row says: its own text, or that of its alert (`line`). */
export function deliveryBody(row: SqlRow): string {
  if (row.body !== null) return String(row.body);
  return messageBody(String(row.type), String(row.created_at), String(row.line));
}

function deliveryOf(row: SqlRow): Delivery {
  return {
    id: String(row.id),
    webhookId: String(row.id),
    type: String(row.type),
    endpointId: String(row.endpoint_id),
    alertId: row.alert_id as string | null,
    state: row.state as Delivery['state'],
    createdAt: String(row.created_at),
    nextAttemptAt: row.next_attempt_at as string | null,
    deliveredAt: row.delivered_at as string | null,
    body: deliveryBody(row),
    attemptCount: Number(row.attempt_count),
  };
}

function attemptOf(row: SqlRow): DeliveryAttempt {
  const headers = (text: unknown): Readonly<Record<string, string>> =>
    JSON.parse(String(text)) as Readonly<Record<string, string>>;
  return {
    number: Number(row.number),
    startedAt: String(row.started_at),
    durationMs: Number(row.duration_ms),
    requestHeaders: headers(row.request_headers),
    status: row.status as number | null,
    responseHeaders: row.response_headers === null ? null : headers(row.response_headers),
    responseBody: row.response_body as string | null,
    error: row.error as string | null,
    errorMessage: row.error_message as string | null,
  };
}
