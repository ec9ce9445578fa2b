import { RingwatchError } from '../core/errors.ts';
import { sha256Hex } from '../core/hash.ts';
import { LIMITS } from '../core/limits.ts';
import type { Sql, SqlRow } from '../core/ports/catalog.ts';
import type { Definitions, TenantEngine } from '../core/ports/engine.ts';
import { newUlid } from '../core/tenant-id.ts';
import { type DefinitionVersion, readCurrent, readVersion } from './definition-store.ts';
import { checkText, isId, notFound } from './fields.ts';
import type { Page, PageRequest } from './page.ts';
import { OPERATOR, type PersonRef, type Principal } from './principal.ts';
import type { DraftPurpose, PendingDraft, PublicationLane } from './publication.ts';
import { closePage, openPage } from './read-page.ts';
import { secondPersonProblem } from './second-person.ts';
import { audited, inTenant, nowIso, personOf, type StoreContext, takeTurn } from './store-context.ts';
import { type SettingsReader, settingsOf } from './tenant-settings.ts';

/** A text of definitions that waits for a second person. */
export interface Draft {
  /** `dra_` + ULID. */
  readonly id: string;
  readonly purpose: DraftPurpose;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal: what the publisher has read is what is published. */
  readonly textHash: string;
  /** Whether statements that the text no longer has may be dropped. */
  readonly allowDrop: boolean;
  readonly comment: string;
  /** The version that was in force when it was drafted; 0: none. */
  readonly baseVersion: number;
  readonly status: 'open' | 'publishing' | 'published' | 'withdrawn';
  readonly draftedBy: PersonRef;
  readonly draftedAt: string;
  /** The version that it became; null also where it switched a rule, which makes no new text. */
  readonly version: number | null;
  /** Whether whoever reads it may publish it: holds the scope, and is another person where two are needed. */
  readonly publishable: boolean;
}

/** Drafts, and their publication by a second person. */
export interface DraftStore {
  /** The text is checked by the engine before (TenantEngine.check); it is kept as it is. Throws TEXT_TOO_LARGE, FIELD_INVALID. */
  create(input: {
    readonly text: string;
    readonly allowDrop?: boolean;
    readonly comment?: string;
  }): Promise<Draft>;
  /** A draft of the text in force with the rule switched off: publishing it is a record of the log, and no new text. Throws NOT_FOUND, RULE_STATE. */
  disableRule(rule: string, comment?: string): Promise<Draft>;
  /** A draft of the text in force with the rule switched on again. Throws NOT_FOUND, RULE_STATE. */
  enableRule(rule: string, comment?: string): Promise<Draft>;
  /** A draft of the text of an older version. Throws NOT_FOUND. */
  rollBack(version: number, comment?: string): Promise<Draft>;
  /** A draft of the text in force with the rule as it was in an older version of the definitions. Throws NOT_FOUND. */
  rollBackRule(rule: string, version: number, comment?: string): Promise<Draft>;
  /** Its drafter, or an admin. Throws NOT_FOUND, DRAFT_CLOSED, FORBIDDEN. */
  withdraw(id: string): Promise<Draft>;
  get(id: string): Promise<Draft | null>;
  page(request: PageRequest): Promise<Page<Draft>>;
  /**
   * Publishes: the text goes into the log, and the version is in force when this resolves. Throws
   * SECOND_PERSON_NEEDED (the publisher drafted it, or made the credential that did, or the other way round),
   * NOT_FOUND, DRAFT_CLOSED, DRAFT_OUTDATED (another version came into force since it was drafted), and
   * what the engine says of the text. With `mayBeDone` a draft that this person has published already is no error: what came of
   * it is told again, as to one who had asked before and was not told.
   */
  publish(id: string, options?: { readonly mayBeDone: boolean }): Promise<Publication>;
}

export interface Publication {
  readonly draft: Draft;
  /** What is in force now. */
  readonly version: DefinitionVersion;
  /** The position from which on the change holds. */
  readonly position: number;
}

const COLUMNS = `id, purpose, text, text_hash, allow_drop, comment, base_version, status, drafted_by,
  drafted_creators, drafted_at, published_by, version, position`;

/** Drafts in the catalog. Whatever publishes goes through `publish`: the two-person rule stands here and nowhere else. */
export class CatalogDraftStore implements DraftStore {
  readonly #context: StoreContext;
  readonly #engine: TenantEngine;
  readonly #lane: PublicationLane;
  readonly #settings: SettingsReader;

  constructor(context: StoreContext, engine: TenantEngine, lane: PublicationLane, settings: SettingsReader) {
    this.#context = context;
    this.#engine = engine;
    this.#lane = lane;
    this.#settings = settings;
  }

  async create(input: {
    readonly text: string;
    readonly allowDrop?: boolean;
    readonly comment?: string;
  }): Promise<Draft> {
    const inForce = await this.#engine.definitions();
    const allowDrop = input.allowDrop ?? false;
    return await this.#insert({ kind: 'text' }, input.text, allowDrop, inForce, input.comment);
  }

  async disableRule(rule: string, comment?: string): Promise<Draft> {
    return await this.#switchRule('disableRule', rule, comment);
  }

  async enableRule(rule: string, comment?: string): Promise<Draft> {
    return await this.#switchRule('enableRule', rule, comment);
  }

  async rollBack(version: number, comment?: string): Promise<Draft> {
    await this.#lane.catchUp(this.#context);
    const older = await inTenant(this.#context, (sql) => readVersion(sql, this.#context, version));
    if (older === null) throw notFound('version', String(version));
    const inForce = await this.#engine.definitions();
    return await this.#insert({ kind: 'rollBack', version }, older.text, true, inForce, comment);
  }

  async rollBackRule(rule: string, version: number, comment?: string): Promise<Draft> {
    const past = (await this.#engine.definitionHistory()).find((one) => one.version === version);
    const ruleVersion = past === undefined || !Object.hasOwn(past.rules, rule) ? undefined : past.rules[rule];
    if (ruleVersion === undefined) throw notFound(`rule ${rule.slice(0, 64)} in version`, String(version));
    const inForce = await this.#engine.definitions();
    const text = await this.#engine.textWithRule(rule, ruleVersion);
    return await this.#insert({ kind: 'rollBackRule', rule, version }, text, false, inForce, comment);
  }

  async withdraw(id: string): Promise<Draft> {
    const context = this.#context;
    const row = await audited(context, async (sql, note) => {
      const draft = await readDraft(sql, context, id, 'FOR UPDATE');
      const { personId } = personOf(context.actor);
      const mayAny = context.actor.kind === OPERATOR || this.#holds('admin');
      if ((draft.drafted_by as PersonRef).personId !== personId && !mayAny) {
        throw new RingwatchError('FORBIDDEN', { operation: "withdrawing another's draft", scope: 'admin' });
      }
      checkOpen(draft);
      await sql.query(`UPDATE drafts SET status = 'withdrawn' WHERE tenant_id = $1 AND id = $2`, [
        context.tenant,
        id,
      ]);
      note({ kind: 'change', action: 'definitions.withdraw', target: id });
      return { ...draft, status: 'withdrawn' };
    });
    return this.#draftOf(row);
  }

  async get(id: string): Promise<Draft | null> {
    if (!isId('dra', id)) return null;
    await this.#lane.catchUp(this.#context);
    const text = `SELECT ${COLUMNS} FROM drafts WHERE tenant_id = $1 AND id = $2`;
    const rows = await inTenant(this.#context, (sql) => sql.query(text, [this.#context.tenant, id]));
    return rows[0] === undefined ? null : this.#draftOf(rows[0]);
  }

  async page(request: PageRequest): Promise<Page<Draft>> {
    await this.#lane.catchUp(this.#context);
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'drafts', request);
    const text = `SELECT ${COLUMNS} FROM drafts WHERE tenant_id = $1 AND ($2::text IS NULL OR id < $2)
      ORDER BY id DESC LIMIT $3`;
    const rows = await inTenant(this.#context, (sql) =>
      sql.query(text, [tenant, (after?.[0] as string | undefined) ?? null, request.first + 1]),
    );
    const drafts = rows.map((row) => this.#draftOf(row));
    return closePage(cursors, 'drafts', request, drafts, (draft) => [draft.id]);
  }

  async publish(id: string, { mayBeDone } = { mayBeDone: false }): Promise<Publication> {
    const context = this.#context;
    const publisher = this.#publisher();
    if (!isId('dra', id)) throw notFound('draft', id);
    const before = mayBeDone ? await this.#publishedBefore(id, publisher) : null;
    if (before !== null) return before;
    const { position } = await this.#lane
      .publish(context, (inForce) => this.#mark(id, publisher, inForce))
      .catch(async (error: unknown) => {
        await this.#noteRefusal(id, error);
        throw error;
      });
    return await inTenant(context, async (sql) => {
      const draft = this.#draftOf(await readDraft(sql, context, id, ''));
      const version = await readCurrent(sql, context);
      return { draft, version: version as DefinitionVersion, position };
    });
  }

  /** What came of the draft where this person has published it, as the log says; else null. */
  async #publishedBefore(id: string, publisher: Principal): Promise<Publication | null> {
    const context = this.#context;
    await this.#lane.catchUp(context);
    return await inTenant(context, async (sql) => {
      const row = await readDraft(sql, context, id, '');
      const by = row.published_by as PersonRef | null;
      if (row.status !== 'published' || by?.personId !== personOf(publisher).personId) return null;
      const version =
        row.version === null
          ? await readCurrent(sql, context)
          : await readVersion(sql, context, Number(row.version));
      return {
        draft: this.#draftOf(row),
        version: version as DefinitionVersion,
        position: Number(row.position),
      };
    });
  }

  /** Who tries to publish what they may not is written down, too: of all refusals this one has another person in it. */
  async #noteRefusal(id: string, error: unknown): Promise<void> {
    if (!(error instanceof RingwatchError) || error.code !== 'SECOND_PERSON_NEEDED') return;
    const reason = String(error.details.reason);
    await audited(this.#context, async (_, note) =>
      note({ kind: 'change', action: 'definitions.publish.refused', target: id, details: { reason } }),
    );
  }

  async #mark(id: string, publisher: Principal, inForce: Definitions | null): Promise<PendingDraft> {
    const context = this.#context;
    return await inTenant(context, async (sql) => {
      const draft = await readDraft(sql, context, id, 'FOR UPDATE');
      checkOpen(draft);
      const drafter = draft.drafted_by as PersonRef;
      const creators = draft.drafted_creators as readonly string[];
      const problem = secondPersonProblem({ personId: drafter.personId, creators }, publisher);
      const tenant = await sql.query('SELECT settings FROM tenants WHERE id = $1', [context.tenant]);
      const needed = settingsOf(tenant[0]?.settings).twoPersonRule;
      if (needed && problem !== null) throw new RingwatchError('SECOND_PERSON_NEEDED', { reason: problem });
      const current = inForce?.version ?? 0;
      const base = Number(draft.base_version);
      if (base !== current) throw new RingwatchError('DRAFT_OUTDATED', { current, base });
      const publishedBy = personOf(publisher);
      await sql.query(
        `UPDATE drafts SET status = 'publishing', published_by = $3::jsonb, two_persons = $4
         WHERE tenant_id = $1 AND id = $2`,
        [context.tenant, id, JSON.stringify(publishedBy), problem === null],
      );
      return pendingOf(draft, publishedBy, problem === null);
    });
  }

  async #switchRule(
    kind: 'disableRule' | 'enableRule',
    rule: string,
    comment: string | undefined,
  ): Promise<Draft> {
    const inForce = await this.#engine.definitions();
    const standing = inForce?.rules.find(({ name }) => name === rule);
    if (standing === undefined) throw notFound('rule', rule);
    if (standing.enabled === (kind === 'enableRule')) {
      const state = standing.enabled ? 'enabled' : 'disabled';
      throw new RingwatchError('RULE_STATE', { rule, state });
    }
    return await this.#insert({ kind, rule }, inForce?.text ?? '', false, inForce, comment);
  }

  async #insert(
    purpose: DraftPurpose,
    text: string,
    allowDrop: boolean,
    inForce: Definitions | null,
    commentText = '',
  ): Promise<Draft> {
    const context = this.#context;
    checkText('text', text, Number.POSITIVE_INFINITY);
    const comment = checkText('comment', commentText);
    const size = Buffer.byteLength(text, 'utf8');
    const limit = LIMITS.definitionBytesMax;
    if (size > limit) throw new RingwatchError('TEXT_TOO_LARGE', { size, limit });
    const { actor } = context;
    const creators = actor.kind === 'system' ? [] : actor.creators;
    const id = `dra_${newUlid(context.nowMs())}`;
    const textHash = sha256Hex(text);
    const row = await audited(context, async (sql, note) => {
      await takeTurn(sql, context.tenant);
      const open = `SELECT count(*) AS open FROM drafts WHERE tenant_id = $1 AND status = 'open'`;
      if (Number((await sql.query(open, [context.tenant]))[0]?.open) >= LIMITS.openDraftsMax) {
        throw new RingwatchError('QUOTA_EXCEEDED', { what: 'open drafts', limit: LIMITS.openDraftsMax });
      }
      const rows = await sql.query(
        `INSERT INTO drafts (tenant_id, id, purpose, text, text_hash, allow_drop, comment, base_version, status,
           drafted_by, drafted_creators, drafted_at)
         VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, 'open', $9::jsonb, $10, $11) RETURNING ${COLUMNS}`,
        [
          context.tenant,
          id,
          JSON.stringify(purpose),
          text,
          textHash,
          allowDrop,
          comment,
          inForce?.version ?? 0,
          JSON.stringify(personOf(actor)),
          creators,
          nowIso(context),
        ],
      );
      note({
        kind: 'change',
        action: 'definitions.draft',
        target: id,
        details: { purpose, textHash, allowDrop },
      });
      return rows[0] as SqlRow;
    });
    return this.#draftOf(row);
  }

  /** Whoever publishes is a person or a key, with the scope: no loop of ours ever is. Throws FORBIDDEN. */
  #publisher(): Principal {
    const { actor } = this.#context;
    if (actor.kind === 'system' || !(actor.kind === OPERATOR || this.#holds('publish'))) {
      throw new RingwatchError('FORBIDDEN', { operation: 'publishing', scope: 'publish' });
    }
    return actor;
  }

  #holds(scope: 'publish' | 'admin'): boolean {
    const { actor } = this.#context;
    return actor.kind !== 'system' && actor.scopes.includes(scope);
  }

  #draftOf(row: SqlRow): Draft {
    const draftedBy = row.drafted_by as PersonRef;
    const creators = row.drafted_creators as readonly string[];
    return {
      id: String(row.id),
      purpose: row.purpose as DraftPurpose,
      text: String(row.text),
      textHash: String(row.text_hash),
      allowDrop: row.allow_drop === true,
      comment: String(row.comment),
      baseVersion: Number(row.base_version),
      status: row.status as Draft['status'],
      draftedBy,
      draftedAt: String(row.drafted_at),
      version: row.version as number | null,
      publishable: row.status === 'open' && this.#mayPublish({ personId: draftedBy.personId, creators }),
    };
  }

  #mayPublish(drafter: { readonly personId: string; readonly creators: readonly string[] }): boolean {
    const { actor } = this.#context;
    if (actor.kind === 'system' || !(actor.kind === OPERATOR || this.#holds('publish'))) return false;
    return !this.#settings.current().twoPersonRule || secondPersonProblem(drafter, actor) === null;
  }
}

/** Throws NOT_FOUND. */
async function readDraft(
  sql: Sql,
  context: StoreContext,
  id: string,
  lock: '' | 'FOR UPDATE',
): Promise<SqlRow> {
  const text = `SELECT ${COLUMNS} FROM drafts WHERE tenant_id = $1 AND id = $2 ${lock}`;
  const row = isId('dra', id) ? (await sql.query(text, [context.tenant, id]))[0] : undefined;
  if (row === undefined) throw notFound('draft', id);
  return row;
}

function checkOpen(draft: SqlRow): void {
  if (draft.status === 'open') return;
  throw new RingwatchError('DRAFT_CLOSED', { id: String(draft.id), status: String(draft.status) });
}

function pendingOf(draft: SqlRow, publishedBy: PersonRef, twoPersons: boolean): PendingDraft {
  return {
    id: String(draft.id),
    purpose: draft.purpose as DraftPurpose,
    text: String(draft.text),
    textHash: String(draft.text_hash),
    allowDrop: draft.allow_drop === true,
    comment: String(draft.comment),
    baseVersion: Number(draft.base_version),
    draftedBy: draft.drafted_by as PersonRef,
    publishedBy,
    twoPersons,
  };
}
