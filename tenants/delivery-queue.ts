import { LIMITS } from '../core/limits.ts';
import type { Catalog, Sql, SqlRow } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';
import { appendAudit, type AuditNote } from './audit-chain.ts';
import { type DeliveryAttempt, deliveryBody } from './delivery-store.ts';
import type { InstallationKeys } from './installation-keys.ts';
import { isAlive, type ServiceLease } from './service-lease.ts';
import { storable } from './storable-text.ts';
import { addUsage } from './usage-days.ts';
import { openWebhookSecret } from './webhook-secret.ts';

/** A message to be sent now, with all that it takes. */
export interface DueDelivery {
  /** The webhook id too. */
  readonly id: string;
  readonly endpointId: string;
  readonly url: string;
  /** What to sign with, the newest first; an error (SECRET_UNREADABLE) where they cannot be had. */
  readonly secrets: readonly Uint8Array[] | Error;
  readonly body: string;
  /** What the next attempt is called, and how many of the schedule were made. */
  readonly nextAttempt: number;
  readonly tries: number;
  readonly replays: number;
  /** Failures of the endpoint in a row, whatever the message, and since when (milliseconds); null: it does not fail. */
  readonly failures: number;
  readonly failingSinceMs: number | null;
}

export interface DueRequest {
  readonly nowMs: number;
  /** Messages that are on their way, by endpoint: they are left out, and fill places. */
  readonly underWay: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many at most. */
  readonly limit: number;
}

export interface DueBatch {
  /** By place in their endpoint's queue: first the first of each. */
  readonly deliveries: readonly DueDelivery[];
  /** When the next is due that is not now: milliseconds; null: none. */
  readonly nextDueMs: number | null;
}

/** What came of an attempt, for the delivery and for its endpoint. */
export interface AttemptOutcome {
  readonly delivery: Pick<DueDelivery, 'id' | 'endpointId' | 'replays'>;
  readonly attempt: DeliveryAttempt;
  readonly next:
    | { readonly kind: 'delivered'; readonly atMs: number }
    | { readonly kind: 'retry'; readonly atMs: number }
    | { readonly kind: 'givenUp' };
  readonly endpoint:
    | { readonly kind: 'works' }
    /** It took the request and would not have the message. */
    | { readonly kind: 'refuses' }
    /** `failures`: in a row, this one included; left alone until then. */
    | { readonly kind: 'fails'; readonly failures: number; readonly notBeforeMs: number }
    /** Switched off, with the reason in words. */
    | { readonly kind: 'off'; readonly reason: string };
}

/** What one tenant has to be sent, for who sends it. */
export interface DeliveryQueue {
  /** What is due of endpoints that may be sent to, oldest first: LIMITS.sendsPerEndpointMax each, 1 of those that fail. */
  due(request: DueRequest): Promise<DueBatch>;
  /**
   * Stores what came of attempts, all or nothing, and counts them as used. An endpoint that is switched off by it has an entry in the
   * audit log.
   */
  record(outcomes: readonly AttemptOutcome[]): Promise<void>;
}

/** The queues of all tenants. */
export interface DeliveryQueues {
  of(tenant: TenantId): DeliveryQueue;
  /** Tenants that have something to be sent, and when the first of it is due (milliseconds). */
  waiting(): Promise<readonly { readonly tenant: TenantId; readonly dueMs: number }[]>;
}

export interface DeliveryQueuesOptions {
  readonly catalog: Catalog;
  readonly keys: InstallationKeys;
  readonly nowMs: () => number;
  /**
   * Of this process, where others send from the same queues: then messages are claimed before they are sent, and those that one has
   * claimed which is alive no more are free.
   */
  readonly lease?: Pick<ServiceLease, 'id' | 'holds'>;
}

/** Opens the queues that lie in the catalog. */
export function openDeliveryQueues(options: DeliveryQueuesOptions): DeliveryQueues {
  return {
    of: (tenant) => new CatalogDeliveryQueue(tenant, options),
    waiting: async () => {
      const text = `SELECT tenant_id, min(next_attempt_at) AS due FROM deliveries WHERE state = 'pending'
        GROUP BY tenant_id`;
      const rows = await options.catalog.asPlatform((sql) => sql.query(text));
      return rows.map((row) => ({
        tenant: row.tenant_id as TenantId,
        dueMs: Date.parse(String(row.due)),
      }));
    },
  };
}

class CatalogDeliveryQueue implements DeliveryQueue {
  readonly #tenant: TenantId;
  readonly #options: DeliveryQueuesOptions;

  constructor(tenant: TenantId, options: DeliveryQueuesOptions) {
    this.#tenant = tenant;
    this.#options = options;
  }

  async due({ nowMs, underWay, limit }: DueRequest): Promise<DueBatch> {
    const now = new Date(nowMs).toISOString();
    const busy = [...underWay].map(([endpoint_id, ids]) => ({ endpoint_id, under_way: ids.size }));
    const ids = [...underWay.values()].flatMap((each) => [...each]);
    const { lease } = this.#options;
    // Others would not leave to us what we claimed.
    if (lease?.holds === false) return { deliveries: [], nextDueMs: nowMs + UNLEASED_MS };
    return await this.#options.catalog.asTenant(this.#tenant, async (sql) => {
      const parameters = [this.#tenant, now, JSON.stringify(busy), ids, limit];
      const first =
        lease === undefined
          ? await sql.query(DUE, parameters)
          : await sql.query(FREE, [...parameters, lease.id]);
      const next = await sql.query(NEXT_DUE, [this.#tenant, now]);
      const rows = withinBytes(first);
      if (lease !== undefined && rows.length > 0)
        await sql.query(CLAIM, [this.#tenant, rows.map((row) => String(row.id)), lease.id]);
      const bodies = await this.#bodies(sql, rows);
      const due = next[0]?.due;
      return {
        deliveries: rows.map((row) => this.#dueDelivery(row, bodies.get(String(row.id)) as string, nowMs)),
        nextDueMs: typeof due === 'string' ? Date.parse(due) : null,
      };
    });
  }

  async record(outcomes: readonly AttemptOutcome[]): Promise<void> {
    const tenant = this.#tenant;
    await this.#options.catalog.asTenant(tenant, async (sql) => {
      const added = await sql.query(ADD_ATTEMPTS, [tenant, JSON.stringify(outcomes.map(attemptRow))]);
      await this.#count(sql, added);
      const many = outcomes.filter(({ attempt }) => attempt.number > LIMITS.attemptsKept);
      if (many.length > 0) await sql.query(FORGET_ATTEMPTS, [tenant, JSON.stringify(many.map(oldestKept))]);
      const by = this.#options.lease?.id ?? null;
      await sql.query(SET_DELIVERIES, [tenant, JSON.stringify(outcomes.map(deliveryRow)), by]);
      await this.#setEndpoints(sql, outcomes);
    });
  }

  async #count(sql: Sql, added: readonly SqlRow[]): Promise<void> {
    const day = new Date(this.#options.nowMs()).toISOString().slice(0, 10);
    const taken = added.filter((row) => row.taken === true).length;
    await addUsage(sql, this.#tenant, [
      { day, part: 'attempts', amount: added.length },
      { day, part: 'deliveries', amount: taken },
    ]);
  }

  async #bodies(sql: Sql, rows: readonly SqlRow[]): Promise<ReadonlyMap<string, string>> {
    if (rows.length === 0) return new Map();
    const found = await sql.query(BODIES, [this.#tenant, rows.map((row) => String(row.id))]);
    return new Map(found.map((row) => [String(row.id), deliveryBody(row)]));
  }

  #dueDelivery(row: SqlRow, body: string, nowMs: number): DueDelivery {
    return {
      id: String(row.id),
      endpointId: String(row.endpoint_id),
      url: String(row.url),
      secrets: this.#secrets(row, nowMs),
      body,
      nextAttempt: Number(row.attempt_count) + 1,
      tries: Number(row.tries),
      replays: Number(row.replays),
      failures: Number(row.failures),
      failingSinceMs: row.failing_since === null ? null : Date.parse(String(row.failing_since)),
    };
  }

  #secrets(row: SqlRow, nowMs: number): readonly Uint8Array[] | Error {
    const old = row.old_secret_until === null ? 0 : Date.parse(String(row.old_secret_until));
    const sealed = [row.secret, ...(old > nowMs ? [row.old_secret] : [])] as readonly Uint8Array[];
    try {
      const { keys } = this.#options;
      return sealed.map((each) => openWebhookSecret(keys, this.#tenant, String(row.endpoint_id), each));
    } catch (error) {
      return error as Error;
    }
  }

  async #setEndpoints(sql: Sql, outcomes: readonly AttemptOutcome[]): Promise<void> {
    const tenant = this.#tenant;
    // One row an endpoint: what was seen last holds, and switching it off before all else.
    const byId = new Map<string, AttemptOutcome>();
    for (const outcome of outcomes) {
      if (byId.get(outcome.delivery.endpointId)?.endpoint.kind !== 'off')
        byId.set(outcome.delivery.endpointId, outcome);
    }
    const rows = [...byId.values()].map(endpointRow);
    await sql.query(SET_ENDPOINTS, [tenant, JSON.stringify(rows)]);
    const off = rows.filter(({ reason }) => reason !== null);
    if (off.length === 0) return;
    const ended = await sql.query(END_ENDPOINTS, [tenant, JSON.stringify(off)]);
    const notes = ended.map(
      (row): AuditNote => ({
        kind: 'change',
        action: 'endpoint.fail',
        target: String(row.id),
        details: { name: row.name, reason: row.state_reason },
      }),
    );
    const actor = { kind: 'system', id: 'delivery' } as const;
    await appendAudit(sql, { tenant, actor, nowMs: this.#options.nowMs }, notes);
  }
}

/** Rows from the first on, until their bodies are enough bytes; one at least. */
function withinBytes(rows: readonly SqlRow[]): readonly SqlRow[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += Number(row.bytes);
    return bytes > LIMITS.sendBytesMax;
  });
  return end === -1 ? rows : rows.slice(0, Math.max(end, 1));
}

/** Milliseconds until it is looked again whether the lease holds. */
const UNLEASED_MS = 1000;

/** `claims`: leaves out what others have on its way, locks what is left, and counts theirs against the endpoint's places. */
const dueText = (claims: boolean): string => `
SELECT message.*, e.url, e.secret, e.old_secret, e.old_secret_until, e.failures, e.failing_since
FROM webhook_endpoints e
LEFT JOIN json_to_recordset($3::json) AS busy (endpoint_id TEXT, under_way INTEGER) ON busy.endpoint_id = e.id
CROSS JOIN LATERAL (
  SELECT due.*, row_number() OVER (ORDER BY due.next_attempt_at, due.number) AS place
  FROM (
    SELECT d.id, d.endpoint_id, d.attempt_count, d.tries, d.replays, d.next_attempt_at, d.number,
      coalesce(octet_length(d.body), (SELECT octet_length(a.line) FROM alerts a
        WHERE a.tenant_id = d.tenant_id AND a.id = d.alert_id)) AS bytes
    FROM deliveries d
    WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id AND d.state = 'pending' AND d.next_attempt_at <= $2
      AND d.id <> ALL ($4::text[])${claims ? ` AND NOT ${CLAIMED_ELSEWHERE}` : ''}
    ORDER BY d.next_attempt_at, d.number
    LIMIT greatest(0, CASE WHEN e.failures > 0 THEN 1 ELSE ${LIMITS.sendsPerEndpointMax} END
      - coalesce(busy.under_way, 0)${claims ? ` - ${ELSEWHERE}` : ''})
    ${claims ? 'FOR NO KEY UPDATE OF d SKIP LOCKED' : ''}
  ) AS due
) AS message
WHERE e.tenant_id = $1 AND e.state = 'enabled' AND e.removed_at IS NULL
  AND (e.not_before IS NULL OR e.not_before <= $2)
ORDER BY message.place, message.next_attempt_at, message.number
LIMIT $5`;

const CLAIMED_ELSEWHERE = `coalesce(d.claimed_by <> $6 AND ${isAlive('d.claimed_by')}, false)`;
const ELSEWHERE = `(SELECT count(*) FROM deliveries d WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id
  AND d.state = 'pending' AND d.claimed_by IS NOT NULL AND ${CLAIMED_ELSEWHERE})`;

const DUE = dueText(false);
const FREE = dueText(true);

const CLAIM = 'UPDATE deliveries SET claimed_by = $3 WHERE tenant_id = $1 AND id = ANY ($2::text[])';

/**
 * The next one that is not due now, of each endpoint that may be sent to. What is due now and was not taken is looked for
 * again when one that is under way has ended.
 */
const NEXT_DUE = `
SELECT min(greatest(message.next_attempt_at, e.not_before)) AS due
FROM webhook_endpoints e
CROSS JOIN LATERAL (
  SELECT min(d.next_attempt_at) AS next_attempt_at FROM deliveries d
  WHERE d.tenant_id = e.tenant_id AND d.endpoint_id = e.id AND d.state = 'pending'
    AND d.next_attempt_at > CASE WHEN e.not_before > $2 THEN '-infinity' ELSE $2 END
) AS message
WHERE e.tenant_id = $1 AND e.state = 'enabled' AND e.removed_at IS NULL AND message.next_attempt_at IS NOT NULL`;

const BODIES = `
SELECT id, type, created_at, body, (SELECT line FROM alerts a
  WHERE a.tenant_id = deliveries.tenant_id AND a.id = deliveries.alert_id) AS line
FROM deliveries WHERE tenant_id = $1 AND id = ANY ($2::text[])`;

const ADD_ATTEMPTS = `
INSERT INTO delivery_attempts (tenant_id, delivery_id, number, started_at, duration_ms, request_headers, status,
  response_headers, response_body, error, error_message)
SELECT $1, delivery_id, number, started_at, duration_ms, request_headers, status, response_headers, response_body,
  error, error_message
FROM json_to_recordset($2::json) AS attempt (delivery_id TEXT, number INTEGER, started_at TIMESTAMPTZ,
  duration_ms INTEGER, request_headers TEXT, status INTEGER, response_headers TEXT, response_body TEXT, error TEXT,
  error_message TEXT)
ON CONFLICT DO NOTHING RETURNING error IS NULL AS taken`;

const FORGET_ATTEMPTS = `
DELETE FROM delivery_attempts USING json_to_recordset($2::json) AS kept (delivery_id TEXT, oldest INTEGER)
WHERE delivery_attempts.tenant_id = $1 AND delivery_attempts.delivery_id = kept.delivery_id
  AND delivery_attempts.number < kept.oldest`;

/** What was asked for again since the attempt began, or given up, stays as it is but for the count. */
const STANDS = `deliveries.state = 'pending' AND deliveries.replays = outcome.replays`;
const SET_DELIVERIES = `
UPDATE deliveries SET
  attempt_count = greatest(attempt_count, outcome.number),
  state = CASE WHEN ${STANDS} THEN outcome.state ELSE deliveries.state END,
  next_attempt_at = CASE WHEN ${STANDS} THEN outcome.next_attempt_at ELSE deliveries.next_attempt_at END,
  delivered_at = CASE WHEN ${STANDS} THEN outcome.delivered_at ELSE deliveries.delivered_at END,
  tries = CASE WHEN ${STANDS} THEN tries + 1 ELSE tries END,
  claimed_by = CASE WHEN claimed_by = $3 THEN NULL ELSE claimed_by END
FROM json_to_recordset($2::json) AS outcome (id TEXT, number INTEGER, replays INTEGER, state TEXT,
  next_attempt_at TIMESTAMPTZ, delivered_at TIMESTAMPTZ)
WHERE deliveries.tenant_id = $1 AND deliveries.id = outcome.id`;

/** Several that fail at once are one failure. */
const SET_ENDPOINTS = `
UPDATE webhook_endpoints e SET
  failures = CASE seen.kind WHEN 'works' THEN 0 WHEN 'fails' THEN greatest(e.failures, seen.failures)
    ELSE e.failures END,
  failing_since = CASE seen.kind WHEN 'works' THEN NULL ELSE coalesce(e.failing_since, seen.at) END,
  not_before = CASE seen.kind WHEN 'works' THEN NULL ELSE greatest(e.not_before, seen.not_before) END
FROM json_to_recordset($2::json) AS seen (id TEXT, kind TEXT, failures INTEGER, at TIMESTAMPTZ,
  not_before TIMESTAMPTZ)
WHERE e.tenant_id = $1 AND e.id = seen.id`;

const END_ENDPOINTS = `
UPDATE webhook_endpoints SET state = 'failed', state_reason = seen.reason
FROM json_to_recordset($2::json) AS seen (id TEXT, reason TEXT)
WHERE webhook_endpoints.tenant_id = $1 AND webhook_endpoints.id = seen.id AND webhook_endpoints.state = 'enabled'
  AND webhook_endpoints.removed_at IS NULL
RETURNING webhook_endpoints.id, webhook_endpoints.name, webhook_endpoints.state_reason`;

function attemptRow({ delivery, attempt }: AttemptOutcome): Record<string, unknown> {
  return {
    delivery_id: delivery.id,
    number: attempt.number,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    request_headers: JSON.stringify(attempt.requestHeaders),
    status: attempt.status,
    response_headers: attempt.responseHeaders === null ? null : JSON.stringify(attempt.responseHeaders),
    response_body: attempt.responseBody === null ? null : storable(attempt.responseBody),
    error: attempt.error,
    error_message: attempt.errorMessage === null ? null : storable(attempt.errorMessage),
  };
}

function oldestKept({ delivery, attempt }: AttemptOutcome): Record<string, unknown> {
  return { delivery_id: delivery.id, oldest: attempt.number - LIMITS.attemptsKept + 1 };
}

function deliveryRow({ delivery, attempt, next }: AttemptOutcome): Record<string, unknown> {
  const state = next.kind === 'retry' ? 'pending' : next.kind === 'givenUp' ? 'failed' : 'delivered';
  return {
    id: delivery.id,
    number: attempt.number,
    replays: delivery.replays,
    state,
    next_attempt_at: next.kind === 'retry' ? new Date(next.atMs).toISOString() : null,
    delivered_at: next.kind === 'delivered' ? new Date(next.atMs).toISOString() : null,
  };
}

function endpointRow({ delivery, attempt, endpoint }: AttemptOutcome): {
  readonly id: string;
  readonly kind: AttemptOutcome['endpoint']['kind'];
  readonly failures: number;
  readonly at: string;
  readonly not_before: string | null;
  readonly reason: string | null;
} {
  return {
    id: delivery.endpointId,
    kind: endpoint.kind,
    failures: endpoint.kind === 'fails' ? endpoint.failures : 0,
    at: attempt.startedAt,
    not_before: endpoint.kind === 'fails' ? new Date(endpoint.notBeforeMs).toISOString() : null,
    reason: endpoint.kind === 'off' ? endpoint.reason : null,
  };
}
