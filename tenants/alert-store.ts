import type { GraphElements } from '../core/graph-elements.ts';
import { LIMITS } from '../core/limits.ts';
import type { Sql, SqlRow, SqlValue } from '../core/ports/catalog.ts';
import { newUlid } from '../core/tenant-id.ts';
import { checkText, checkTime, invalid, isId, notFound } from './fields.ts';
import type { Page, PageRequest } from './page.ts';
import type { PersonRef } from './principal.ts';
import { closePage, openPage } from './read-page.ts';
import { SqlCondition } from './sql-condition.ts';
import { searchable, storable } from './storable-text.ts';
import { audited, inTenant, nowIso, personOf, type StoreContext } from './store-context.ts';

export type AlertStatus = 'open' | 'acknowledged';

/** An alert as the fold raised it, and what people have made of it. */
export interface Alert {
  /** The derived id, 26 characters. */
  readonly id: string;
  /** The number of its effect: rises with the log. */
  readonly effect: number;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly severity: string;
  readonly position: number;
  /** Event time, ISO 8601, or null. */
  readonly time: string | null;
  /** KEY columns by name. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly partial: boolean;
  /** Whether it came after the deadline of its decision. */
  readonly afterDeadline: boolean;
  /** The whole alert as the fold wrote it: JSON text with paths, values and trace. */
  readonly line: string;
  /** The vertices and edges of its paths as they were then (AlertEffect.elements); null where the effect has none. */
  readonly elements: GraphElements | null;
  readonly status: AlertStatus;
  readonly acknowledgedBy: PersonRef | null;
  readonly acknowledgedAt: string | null;
  /** A member's id. */
  readonly assignee: string | null;
  readonly raisedAt: string;
  readonly updatedAt: string;
}

export interface AlertFilter {
  readonly status?: AlertStatus;
  readonly rules?: readonly string[];
  readonly severities?: readonly string[];
  /** A member's id; null: nobody's. */
  readonly assignee?: string | null;
  /** Event time, ISO 8601: from, inclusive; until, exclusive. */
  readonly from?: string;
  readonly until?: string;
  /** A value of one of the KEY columns. */
  readonly keyValue?: string;
}

/** In what order alerts are shown: the newest first, or the severest, and of one severity the newest. */
export type AlertOrder = 'newest' | 'severity';

export interface AlertPage extends Page<Alert> {
  /** Counts those that pass the filter, up to where the pages are cut; that looks at each of them. */
  readonly total: () => Promise<number>;
  /** The same by severity, as if the filter named none; those of which there are any. */
  readonly bySeverity: () => Promise<ReadonlyMap<string, number>>;
  /** Of the newest alert where the pages are cut, whether it passes the filter or not; 0 where there is none. */
  readonly position: number;
}

export interface AlertComment {
  /** `com_` + ULID. */
  readonly id: string;
  readonly author: PersonRef;
  readonly text: string;
  readonly at: string;
}

/** Alerts of the tenant. Every read is a read of personal data and audited; every change too. */
export interface AlertStore {
  get(id: string): Promise<Alert | null>;
  /** Pages of one walk are cut at the effect that was newest when its first page was read. */
  page(filter: AlertFilter, request: PageRequest, order?: AlertOrder): Promise<AlertPage>;
  /**
   * Alerts after a position, or after the effect of one that was read, oldest first; LIMITS.alertsSinceMax of them, so that fewer
   * are the last: for a subscription that goes on after a break.
   */
  since(
    filter: AlertFilter,
    after: { readonly position: number } | { readonly effect: number },
  ): Promise<readonly Alert[]>;
  /** Changes nothing when it is acknowledged already. Throws NOT_FOUND. */
  acknowledge(id: string): Promise<Alert>;
  /** To a member, or to nobody (null). Throws NOT_FOUND. */
  assign(id: string, memberId: string | null): Promise<Alert>;
  /** Puts it back into the queue. Throws NOT_FOUND. */
  reopen(id: string): Promise<Alert>;
  /** Throws NOT_FOUND, FIELD_INVALID. */
  comment(id: string, text: string): Promise<AlertComment>;
  /** Oldest first. */
  comments(id: string, request: PageRequest): Promise<Page<AlertComment>>;
}

const COLUMNS = `id, effect, rule, rule_version, severity, position, time_text, key, partial, after_deadline, line,
  elements, raised_at, status, acknowledged_by, acknowledged_at, assignee, updated_at`;

/** As migrations/0003-alert-severity.sql has it, whose index is by this very expression. */
const SEVERITY_RANK = `CASE severity WHEN 'CRITICAL' THEN 4 WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 ELSE 1 END`;

/** What pages of an order are read by: `list` names it in cursors, `after` is what comes after a place (its values from 1 on). */
const ORDERS = {
  newest: { list: 'alerts', by: 'effect DESC', after: 'effect < ?' },
  severity: {
    list: 'alerts by severity',
    by: `${SEVERITY_RANK} DESC, effect DESC`,
    after: `(${SEVERITY_RANK}, effect) < (?, ?)`,
  },
} as const;
const RANKS: Readonly<Record<string, number>> = { CRITICAL: 4, HIGH: 3, MEDIUM: 2 };

/** Alerts in the catalog, where the projection of effects puts them. */
export class CatalogAlertStore implements AlertStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async get(id: string): Promise<Alert | null> {
    if (!isAlertId(id)) return null;
    const row = await audited(this.#context, async (sql, note) => {
      const found = await readAlert(sql, this.#context, id, '');
      if (found !== undefined) note({ kind: 'read', action: 'alert.read', target: id });
      return found;
    });
    return row === undefined ? null : alertOf(row);
  }

  async page(filter: AlertFilter, request: PageRequest, order: AlertOrder = 'newest'): Promise<AlertPage> {
    const { cursors, tenant } = this.#context;
    const { list, by, after } = ORDERS[order];
    const place = openPage(cursors, list, request);
    const where = conditionOf(tenant, filter);
    return await audited(this.#context, async (sql, note) => {
      const newest = await readCut(sql, this.#context, place === null ? null : Number(place[0]));
      const upToCut = where.and('effect <= ?', newest.effect);
      const rest = place === null ? upToCut : upToCut.and(after, ...place.slice(1).map(Number));
      const rows = await sql.query(
        `SELECT ${COLUMNS} FROM alerts WHERE ${rest.text} ORDER BY ${by} LIMIT ${request.first + 1}`,
        rest.parameters,
      );
      const alerts = rows.map(alertOf);
      const shown = alerts.slice(0, request.first).map((alert) => alert.id);
      if (shown.length > 0)
        note({ kind: 'read', action: 'alert.list', target: null, details: { filter, alerts: shown } });
      const page = closePage(cursors, list, request, alerts, ({ effect, severity }) =>
        order === 'newest' ? [newest.effect, effect] : [newest.effect, RANKS[severity] ?? 1, effect],
      );
      const { severities: _, ...otherwise } = filter;
      const ofAnySeverity = conditionOf(tenant, otherwise).and('effect <= ?', newest.effect);
      return {
        ...page,
        position: newest.position,
        total: () => this.#count(upToCut),
        bySeverity: () => this.#countBySeverity(ofAnySeverity),
      };
    });
  }

  async since(
    filter: AlertFilter,
    after: { readonly position: number } | { readonly effect: number },
  ): Promise<readonly Alert[]> {
    const of = conditionOf(this.#context.tenant, filter);
    const where =
      'effect' in after ? of.and('effect > ?', after.effect) : of.and('position > ?', after.position);
    return await audited(this.#context, async (sql, note) => {
      const rows = await sql.query(
        `SELECT ${COLUMNS} FROM alerts WHERE ${where.text} ORDER BY effect LIMIT ${LIMITS.alertsSinceMax}`,
        where.parameters,
      );
      const alerts = rows.map((row) => row.id);
      if (rows.length > 0)
        note({ kind: 'read', action: 'alert.list', target: null, details: { filter, alerts } });
      return rows.map(alertOf);
    });
  }

  async acknowledge(id: string): Promise<Alert> {
    const by = JSON.stringify(personOf(this.#context.actor));
    return await this.#change(id, 'alert.acknowledge', {}, (alert) =>
      alert.status === 'acknowledged'
        ? null
        : { set: `status = 'acknowledged', acknowledged_by = $4::jsonb, acknowledged_at = $3`, values: [by] },
    );
  }

  async reopen(id: string): Promise<Alert> {
    return await this.#change(id, 'alert.reopen', {}, (alert) =>
      alert.status === 'open'
        ? null
        : { set: `status = 'open', acknowledged_by = NULL, acknowledged_at = NULL`, values: [] },
    );
  }

  async assign(id: string, memberId: string | null): Promise<Alert> {
    if (memberId !== null && !isId('mem', memberId)) throw notFound('member', memberId);
    return await this.#change(id, 'alert.assign', { assignee: memberId }, (alert) =>
      alert.assignee === memberId ? null : { set: 'assignee = $4', values: [memberId], memberId },
    );
  }

  async comment(id: string, text: string): Promise<AlertComment> {
    const context = this.#context;
    if (text.trim().length === 0) throw invalid('text', 'it is empty');
    const checked = checkText('text', text);
    if (!isAlertId(id)) throw notFound('alert', id);
    const row = await audited(context, async (sql, note) => {
      if ((await readAlert(sql, context, id, 'FOR SHARE')) === undefined) throw notFound('alert', id);
      const comment = `com_${newUlid(context.nowMs())}`;
      const rows = await sql.query(
        `INSERT INTO alert_comments (tenant_id, id, alert_id, author, text, created_at)
         VALUES ($1, $2, $3, $4::jsonb, $5, $6) RETURNING id, author, text, created_at`,
        [context.tenant, comment, id, JSON.stringify(personOf(context.actor)), checked, nowIso(context)],
      );
      note({ kind: 'change', action: 'alert.comment', target: id, details: { comment } });
      return rows[0] as SqlRow;
    });
    return commentOf(row);
  }

  async comments(id: string, request: PageRequest): Promise<Page<AlertComment>> {
    const { cursors, tenant } = this.#context;
    const list = `comments of ${id}`;
    const after = openPage(cursors, list, request);
    if (!isAlertId(id)) return { rows: [], hasNextPage: false };
    const rows = await audited(this.#context, async (sql, note) => {
      const found = await sql.query(
        `SELECT id, author, text, created_at FROM alert_comments
         WHERE tenant_id = $1 AND alert_id = $2 AND ($3::text IS NULL OR id > $3) ORDER BY id LIMIT $4`,
        [tenant, id, (after?.[0] as string | undefined) ?? null, request.first + 1],
      );
      if (found.length > 0) note({ kind: 'read', action: 'alert.comments', target: id });
      return found;
    });
    return closePage(cursors, list, request, rows.map(commentOf), (comment) => [comment.id]);
  }

  async #count({ text, parameters }: SqlCondition): Promise<number> {
    const count = `SELECT count(*) AS total FROM alerts WHERE ${text}`;
    return Number((await inTenant(this.#context, (sql) => sql.query(count, parameters)))[0]?.total);
  }

  async #countBySeverity({ text, parameters }: SqlCondition): Promise<ReadonlyMap<string, number>> {
    const count = `SELECT severity, count(*) AS total FROM alerts WHERE ${text} GROUP BY severity`;
    const rows = await inTenant(this.#context, (sql) => sql.query(count, parameters));
    return new Map(rows.map(({ severity, total }) => [String(severity), Number(total)]));
  }

  /** Locks the alert, applies what `decide` says ($4 on; $3 is the time), and notes it; null: there is nothing to do. */
  async #change(
    id: string,
    action: string,
    details: Readonly<Record<string, unknown>>,
    decide: (alert: Alert) => {
      readonly set: string;
      readonly values: readonly SqlValue[];
      readonly memberId?: string | null;
    } | null,
  ): Promise<Alert> {
    const context = this.#context;
    if (!isAlertId(id)) throw notFound('alert', id);
    return await audited(context, async (sql, note) => {
      const row = await readAlert(sql, context, id, 'FOR UPDATE');
      if (row === undefined) throw notFound('alert', id);
      const change = decide(alertOf(row));
      if (change === null) return alertOf(row);
      if (typeof change.memberId === 'string') await checkMember(sql, context, change.memberId);
      const rows = await sql.query(
        `UPDATE alerts SET ${change.set}, updated_at = $3 WHERE tenant_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [context.tenant, id, nowIso(context), ...change.values],
      );
      note({ kind: 'change', action, target: id, details });
      return alertOf(rows[0] as SqlRow);
    });
  }
}

/** The alerts that pass the filter. Throws FIELD_INVALID. */
function conditionOf(tenant: string, filter: AlertFilter): SqlCondition {
  const { status, rules, severities, assignee, from, until, keyValue } = filter;
  let where = SqlCondition.ofTenant(tenant);
  if (status !== undefined) where = where.and('status = ?', status);
  if (rules !== undefined) where = where.and('rule = ANY (?::text[])', rules.map(storable));
  if (severities !== undefined) where = where.and('severity = ANY (?::text[])', severities.map(storable));
  if (assignee === null) where = where.and('assignee IS NULL');
  else if (assignee !== undefined) where = where.and('assignee = ?', storable(assignee));
  if (from !== undefined) where = where.and('time >= ?', checkTime('from', from));
  if (until !== undefined) where = where.and('time < ?', checkTime('until', until));
  if (keyValue !== undefined) where = where.and('key_values @> ARRAY[?::text]', searchable(keyValue));
  return where;
}

async function readAlert(
  sql: Sql,
  context: StoreContext,
  id: string,
  lock: '' | 'FOR UPDATE' | 'FOR SHARE',
): Promise<SqlRow | undefined> {
  const text = `SELECT ${COLUMNS} FROM alerts WHERE tenant_id = $1 AND id = $2 ${lock}`;
  return (await sql.query(text, [context.tenant, id]))[0];
}

/** The alert at which pages are cut: the newest, or the one of the effect that a cursor names. */
async function readCut(
  sql: Sql,
  context: StoreContext,
  effect: number | null,
): Promise<{ readonly effect: number; readonly position: number }> {
  const text = `SELECT effect, position FROM alerts WHERE tenant_id = $1 AND ($2::bigint IS NULL OR effect <= $2)
    ORDER BY effect DESC LIMIT 1`;
  const row = (await sql.query(text, [context.tenant, effect]))[0];
  return { effect: Number(row?.effect ?? -1), position: Number(row?.position ?? 0) };
}

/** Throws NOT_FOUND. */
async function checkMember(sql: Sql, context: StoreContext, id: string): Promise<void> {
  const text = 'SELECT id FROM members WHERE tenant_id = $1 AND id = $2 AND disabled_at IS NULL FOR SHARE';
  if ((await sql.query(text, [context.tenant, id])).length === 0) throw notFound('member', id);
}

/** Derived ids are 26 characters of base32 (core/hash.ts). */
function isAlertId(text: string): boolean {
  return /^[a-z2-7]{26}$/.test(text);
}

function alertOf(row: SqlRow): Alert {
  return {
    id: String(row.id),
    effect: Number(row.effect),
    rule: String(row.rule),
    ruleVersion: Number(row.rule_version),
    severity: String(row.severity),
    position: Number(row.position),
    time: row.time_text as string | null,
    key: JSON.parse(String(row.key)) as Alert['key'],
    partial: row.partial === true,
    afterDeadline: row.after_deadline === true,
    line: String(row.line),
    elements: row.elements === null ? null : (JSON.parse(String(row.elements)) as GraphElements),
    status: row.status as AlertStatus,
    acknowledgedBy: row.acknowledged_by as PersonRef | null,
    acknowledgedAt: row.acknowledged_at as string | null,
    assignee: row.assignee as string | null,
    raisedAt: String(row.raised_at),
    updatedAt: String(row.updated_at),
  };
}

function commentOf(row: SqlRow): AlertComment {
  return {
    id: String(row.id),
    author: row.author as PersonRef,
    text: String(row.text),
    at: String(row.created_at),
  };
}
