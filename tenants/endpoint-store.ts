import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { CatalogConflict, type Sql, type SqlRow, type SqlValue } from '../core/ports/catalog.ts';
import { newUlid } from '../core/tenant-id.ts';
import { type Delivery, insertDelivery } from './delivery-store.ts';
import { checkName, checkText, invalid, isId, notFound } from './fields.ts';
import { messageBody } from './message-body.ts';
import type { Page, PageRequest } from './page.ts';
import { closePage, openPage } from './read-page.ts';
import { audited, inTenant, nowIso, type StoreContext, takeTurn } from './store-context.ts';
import type { SettingsReader } from './tenant-settings.ts';
import { newWebhookId } from './webhook-id.ts';
import type { WebhookPort } from './webhook-port.ts';
import { formatWebhookSecret, newWebhookSecret, sealWebhookSecret } from './webhook-secret.ts';

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

const COLUMNS = `id, name, url, description, state, state_reason, rules, created_at,
  CASE WHEN old_secret_until > $3 THEN old_secret_until END AS old_secret_until`;

/** Reads all columns of endpoints that are not removed: $1 is the tenant, $3 the time. */
const SELECT = `SELECT ${COLUMNS} FROM webhook_endpoints WHERE tenant_id = $1 AND removed_at IS NULL`;

/** Endpoints in the catalog; who delivers is told of each change. */
export class CatalogEndpointStore implements EndpointStore {
  readonly #context: StoreContext;
  readonly #settings: SettingsReader;
  readonly #webhooks: WebhookPort;

  constructor(context: StoreContext, settings: SettingsReader, webhooks: WebhookPort) {
    this.#context = context;
    this.#settings = settings;
    this.#webhooks = webhooks;
  }

  async create(input: {
    readonly name: string;
    readonly url: string;
    readonly description: string | null;
    readonly rules: readonly string[] | null;
  }): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
    const context = this.#context;
    const name = checkName('name', input.name, LIMITS.endpointNameCharsMax);
    const url = this.#checkUrl(input.url);
    const description = checkDescription(input.description);
    const rules = checkRules(input.rules);
    const id = `end_${newUlid(context.nowMs())}`;
    const secret = newWebhookSecret();
    const sealed = sealWebhookSecret(context.keys, context.tenant, id, secret);
    const row = await nameTaken(name, () =>
      audited(context, async (sql, note) => {
        await this.#checkQuota(sql);
        const rows = await sql.query(
          `INSERT INTO webhook_endpoints (tenant_id, id, name, url, description, state, rules, secret, created_at)
           VALUES ($1, $2, $4, $5, $6, 'enabled', $7, $8, $3) RETURNING ${COLUMNS}`,
          [context.tenant, id, nowIso(context), name, url, description, rules, sealed],
        );
        note({ kind: 'change', action: 'endpoint.create', target: id, details: { name, url, rules } });
        return rows[0] as SqlRow;
      }),
    );
    return { endpoint: endpointOf(row), secret: formatWebhookSecret(secret) };
  }

  async update(
    id: string,
    change: {
      readonly url?: string;
      readonly description?: string | null;
      readonly rules?: readonly string[] | null;
    },
  ): Promise<WebhookEndpoint> {
    const url = change.url === undefined ? undefined : this.#checkUrl(change.url);
    const description = change.description === undefined ? undefined : checkDescription(change.description);
    const rules = change.rules === undefined ? undefined : checkRules(change.rules);
    return await this.#change(id, 'endpoint.update', (old) => {
      const next = {
        url: url ?? old.url,
        description: description === undefined ? old.description : description,
        rules: rules === undefined ? old.rules : rules,
      };
      const from = { url: old.url, description: old.description, rules: old.rules };
      if (JSON.stringify(from) === JSON.stringify(next)) return null;
      // Another address starts anew: what its predecessor did wrong is no reason to wait.
      const fresh = next.url === old.url ? '' : ', failures = 0, failing_since = NULL, not_before = NULL';
      return {
        set: `url = $4, description = $5, rules = $6${fresh}`,
        values: [next.url, next.description, next.rules],
        details: { from, to: next },
      };
    });
  }

  async remove(id: string): Promise<void> {
    const { tenant } = this.#context;
    await this.#change(
      id,
      'endpoint.remove',
      ({ name }) => ({
        set: `removed_at = $3, secret = NULL, old_secret = NULL, old_secret_until = NULL, state = 'disabled'`,
        values: [],
        details: { name },
      }),
      async (sql) => {
        await sql.query(
          `UPDATE deliveries SET state = 'cancelled', next_attempt_at = NULL
           WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'pending'`,
          [tenant, id],
        );
      },
    );
  }

  async rotateSecret(id: string): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
    const { keys, tenant, nowMs } = this.#context;
    const secret = newWebhookSecret();
    const until = new Date(nowMs() + LIMITS.oldSecretMs).toISOString();
    const endpoint = await this.#change(id, 'endpoint.rotateSecret', () => ({
      set: 'old_secret = secret, old_secret_until = $5, secret = $4',
      values: [sealWebhookSecret(keys, tenant, id, secret), until],
      details: { oldSecretUntil: until },
    }));
    return { endpoint, secret: formatWebhookSecret(secret) };
  }

  async enable(id: string): Promise<WebhookEndpoint> {
    const { tenant } = this.#context;
    return await this.#change(
      id,
      'endpoint.enable',
      ({ state }) =>
        state === 'enabled'
          ? null
          : {
              set: `state = 'enabled', state_reason = NULL, failures = 0, failing_since = NULL, not_before = NULL`,
              values: [],
              details: { from: state },
            },
      async (sql, now) => {
        await sql.query(
          `UPDATE deliveries SET next_attempt_at = least(next_attempt_at, $3), tries = 0
           WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'pending'`,
          [tenant, id, now],
        );
      },
    );
  }

  async disable(id: string): Promise<WebhookEndpoint> {
    return await this.#change(id, 'endpoint.disable', ({ state }) =>
      state === 'disabled'
        ? null
        : { set: `state = 'disabled', state_reason = NULL`, values: [], details: { from: state } },
    );
  }

  async test(id: string): Promise<Delivery> {
    const context = this.#context;
    if (!isId('end', id)) throw notFound('webhook endpoint', id);
    const delivery = await audited(context, async (sql, note) => {
      const now = nowIso(context);
      const endpoint = await this.#read(sql, id, now, 'FOR SHARE');
      if (endpoint === undefined) throw notFound('webhook endpoint', id);
      const webhookId = newWebhookId(context.nowMs());
      const type = 'ringwatch.test';
      const body = messageBody(type, now, JSON.stringify({ endpoint: endpoint.name }));
      const made = await insertDelivery(sql, context.tenant, {
        id: webhookId,
        type,
        endpointId: id,
        body,
        at: now,
      });
      note({ kind: 'change', action: 'endpoint.test', target: id, details: { webhookId } });
      return made;
    });
    this.#webhooks.wake(context.tenant);
    return delivery;
  }

  async get(id: string): Promise<WebhookEndpoint | null> {
    if (!isId('end', id)) return null;
    const context = this.#context;
    const row = await inTenant(context, (sql) => this.#read(sql, id, nowIso(context), ''));
    return row === undefined ? null : endpointOf(row);
  }

  async page(request: PageRequest): Promise<Page<WebhookEndpoint>> {
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'endpoints', request);
    const name = (after?.[0] as string | undefined) ?? null;
    const rows = await inTenant(this.#context, (sql) =>
      sql.query(`${SELECT} AND ($2::text IS NULL OR name > $2) ORDER BY name LIMIT $4`, [
        tenant,
        name,
        nowIso(this.#context),
        request.first + 1,
      ]),
    );
    return closePage(cursors, 'endpoints', request, rows.map(endpointOf), (endpoint) => [endpoint.name]);
  }

  /**
   * Locks the endpoint, applies what `decide` says ($4 on; $3 is the time) and then `more`, and notes it; null: there is
   * nothing to do. Throws NOT_FOUND.
   */
  async #change(
    id: string,
    action: string,
    decide: (endpoint: WebhookEndpoint) => {
      readonly set: string;
      readonly values: readonly (SqlValue | null)[];
      readonly details: Readonly<Record<string, unknown>>;
    } | null,
    more: (sql: Sql, now: string) => Promise<void> = async () => undefined,
  ): Promise<WebhookEndpoint> {
    const context = this.#context;
    if (!isId('end', id)) throw notFound('webhook endpoint', id);
    const row = await audited(context, async (sql, note) => {
      const now = nowIso(context);
      const old = await this.#read(sql, id, now, 'FOR UPDATE');
      if (old === undefined) throw notFound('webhook endpoint', id);
      const change = decide(endpointOf(old));
      if (change === null) return old;
      const rows = await sql.query(
        `UPDATE webhook_endpoints SET ${change.set} WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [context.tenant, id, now, ...change.values],
      );
      await more(sql, now);
      note({ kind: 'change', action, target: id, details: change.details });
      return rows[0] as SqlRow;
    });
    this.#webhooks.wake(context.tenant);
    return endpointOf(row);
  }

  async #read(
    sql: Sql,
    id: string,
    now: string,
    lock: '' | 'FOR UPDATE' | 'FOR SHARE',
  ): Promise<SqlRow | undefined> {
    return (await sql.query(`${SELECT} AND id = $2 ${lock}`, [this.#context.tenant, id, now]))[0];
  }

  async #checkQuota(sql: Sql): Promise<void> {
    const limit = this.#settings.current().limits.endpoints ?? LIMITS.endpointsMax;
    await takeTurn(sql, this.#context.tenant);
    const rows = await sql.query(
      'SELECT count(*) AS live FROM webhook_endpoints WHERE tenant_id = $1 AND removed_at IS NULL',
      [this.#context.tenant],
    );
    if (Number(rows[0]?.live) >= limit) {
      throw new RingwatchError('QUOTA_EXCEEDED', { what: 'webhook endpoints', limit });
    }
  }

  /** Throws FIELD_INVALID, ADDRESS_REFUSED. */
  #checkUrl(text: string): string {
    const url = text.trim();
    if (url.length > LIMITS.urlCharsMax)
      throw invalid('url', `it has more than ${LIMITS.urlCharsMax} characters`);
    if (!/^[\x21-\x7e]+$/.test(url)) throw invalid('url', 'it has characters that no URL has');
    this.#webhooks.check(url);
    return url;
  }
}

function checkDescription(text: string | null): string | null {
  return text === null ? null : checkText('description', text);
}

/** Rules by name, each once. Throws FIELD_INVALID. */
function checkRules(rules: readonly string[] | null): readonly string[] | null {
  if (rules === null) return null;
  if (rules.length > LIMITS.statementsMax)
    throw invalid('rules', `they are more than ${LIMITS.statementsMax}`);
  return [...new Set(rules.map((rule) => checkName('rules', rule, LIMITS.identifierBytesMax)))];
}

async function nameTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CatalogConflict && error.constraint === 'webhook_endpoints_name_key') {
      throw new RingwatchError('ENDPOINT_NAME_TAKEN', { name });
    }
    throw error;
  }
}

function endpointOf(row: SqlRow): WebhookEndpoint {
  return {
    id: String(row.id),
    name: String(row.name),
    url: String(row.url),
    description: row.description as string | null,
    state: row.state as WebhookEndpoint['state'],
    stateReason: row.state_reason as string | null,
    rules: row.rules as readonly string[] | null,
    createdAt: String(row.created_at),
    oldSecretUntil: row.old_secret_until as string | null,
  };
}
