import type { Sql } from '../core/ports/catalog.ts';
import type { Definitions, TenantEngine } from '../core/ports/engine.ts';
import { insertVersion, type VersionOrigin } from './definition-store.ts';
import type { PublicationTurn } from './publication-turn.ts';
import type { PersonRef } from './principal.ts';
import { Serial } from './serial.ts';
import { audited, inTenant, nowIso, type StoreContext } from './store-context.ts';

/** What a draft is for: a new text, one rule switched off or on, or an older version again. */
export type DraftPurpose =
  | { readonly kind: 'text' }
  | { readonly kind: 'disableRule' | 'enableRule'; readonly rule: string }
  | { readonly kind: 'rollBack'; readonly version: number }
  | { readonly kind: 'rollBackRule'; readonly rule: string; readonly version: number };

/** A draft on its way into the log: it is marked as `publishing` before, and as what became of it after. */
export interface PendingDraft {
  readonly id: string;
  readonly purpose: DraftPurpose;
  readonly text: string;
  readonly textHash: string;
  readonly allowDrop: boolean;
  readonly comment: string;
  readonly baseVersion: number;
  readonly draftedBy: PersonRef;
  readonly publishedBy: PersonRef;
  readonly twoPersons: boolean;
}

/**
 * Publications of one tenant, one at a time, in whichever process. The log decides what is in force; versions and drafts in the catalog
 * follow it. Where a publication was interrupted (the process was killed, the engine stopped, an error of any
 * kind), what became of it is read back from the log before anything else is done.
 */
export class PublicationLane {
  readonly #engine: TenantEngine;
  readonly #turn: PublicationTurn | null;
  readonly #serial = new Serial();
  #caughtUp = false;

  /** `turn`: where other processes publish, too. */
  constructor(engine: TenantEngine, turn: PublicationTurn | null = null) {
    this.#engine = engine;
    this.#turn = turn;
  }

  /**
   * Brings versions and drafts up to the log. Costs nothing where nothing was interrupted since the start. Where other processes
   * publish, it costs a question to the catalog, and a publication that is under way is not waited for.
   */
  async catchUp(context: StoreContext): Promise<void> {
    const turn = this.#turn;
    if (turn === null) {
      if (!this.#caughtUp) await this.#serial.run(() => this.#catchUp(context));
      return;
    }
    if (this.#caughtUp && !(await inTenant(context, (sql) => hasPending(sql, context)))) return;
    // Who publishes here catches up, too, and may wait long for its turn.
    if (this.#serial.isBusy) return;
    await this.#serial.run(() => turn.tryRun(context, () => this.#catchUpAnew(context)));
  }

  /** Runs `mark` (which marks a draft as publishing, or throws), then publishes it, then writes down what came of it. */
  async publish(
    context: StoreContext,
    mark: (inForce: Definitions | null) => Promise<PendingDraft>,
  ): Promise<{ readonly position: number }> {
    const turn = this.#turn;
    const work = (): Promise<{ readonly position: number }> => this.#publish(context, mark);
    return await this.#serial.run(() => (turn === null ? work() : turn.run(context, work)));
  }

  async #publish(
    context: StoreContext,
    mark: (inForce: Definitions | null) => Promise<PendingDraft>,
  ): Promise<{ readonly position: number }> {
    await this.#catchUpAnew(context);
    const draft = await mark(await this.#engine.definitions());
    this.#caughtUp = false;
    // From here on it may be in the log.
    this.#turn?.check();
    let position: number;
    try {
      position = await this.#apply(draft);
    } catch (error) {
      // What is wrong with the text matters more than what may be wrong with the catalog.
      await this.#catchUp(context).catch(() => undefined);
      throw error;
    }
    await this.#catchUp(context, { id: draft.id, position });
    return { position };
  }

  /** Where other processes publish, what one of them was interrupted in is not known here. */
  async #catchUpAnew(context: StoreContext): Promise<void> {
    if (this.#turn !== null) this.#caughtUp = false;
    await this.#catchUp(context);
  }

  async #apply(draft: PendingDraft): Promise<number> {
    const { purpose } = draft;
    switch (purpose.kind) {
      case 'disableRule':
      case 'enableRule':
        return (await this.#engine.setRuleEnabled(purpose.rule, purpose.kind === 'enableRule')).position;
      default:
        return (await this.#engine.publish(draft.text, { allowDrop: draft.allowDrop })).position;
    }
  }

  /** `applied`: the draft that the engine has just taken, where there is one, and its position. */
  async #catchUp(
    context: StoreContext,
    applied: { readonly id: string; readonly position: number } | null = null,
  ): Promise<void> {
    if (this.#caughtUp) return;
    const inForce = await this.#engine.definitions();
    const known = await inTenant(context, (sql) => newestVersion(sql, context));
    const history = (inForce?.version ?? 0) > known ? await this.#engine.definitionHistory() : [];
    const fresh = history.filter((past) => past.version > known).sort((a, b) => a.version - b.version);
    await audited(context, async (sql, note) => {
      for (const pending of await readPending(sql, context)) {
        const became = outcomeOf(
          pending,
          inForce,
          fresh,
          applied?.id === pending.id ? applied.position : null,
        );
        await settle(sql, context, pending, became);
        if (became === null) continue;
        const { id, textHash, draftedBy, publishedBy, twoPersons, purpose } = pending;
        const details = { draft: id, textHash, draftedBy, publishedBy, twoPersons, purpose, ...became };
        note({ kind: 'change', action: 'definitions.publish', target: id, details });
      }
      const published = await readPublished(sql, context);
      for (const past of fresh) {
        await insertVersion(sql, context, past, past.at, published.get(past.version) ?? null);
      }
    });
    this.#caughtUp = true;
  }
}

/** What a pending draft became: a version, or a position only where it switched a rule; null: nothing. */
function outcomeOf(
  pending: PendingDraft,
  inForce: Definitions | null,
  fresh: readonly { readonly version: number; readonly position: number; readonly text: string }[],
  appliedAt: number | null,
): { readonly version: number | null; readonly position: number } | null {
  const { purpose } = pending;
  if (purpose.kind === 'disableRule' || purpose.kind === 'enableRule') {
    if (appliedAt !== null) return { version: null, position: appliedAt };
    const rule = inForce?.rules.find(({ name }) => name === purpose.rule);
    const switched = rule !== undefined && rule.enabled === (purpose.kind === 'enableRule');
    return switched ? { version: null, position: inForce?.position ?? 0 } : null;
  }
  const version = fresh.find(
    (past) => past.version === pending.baseVersion + 1 && past.text === pending.text,
  );
  return version === undefined ? null : { version: version.version, position: version.position };
}

async function newestVersion(sql: Sql, context: StoreContext): Promise<number> {
  const text = 'SELECT coalesce(max(version), 0) AS newest FROM definition_versions WHERE tenant_id = $1';
  return Number((await sql.query(text, [context.tenant]))[0]?.newest);
}

async function hasPending(sql: Sql, context: StoreContext): Promise<boolean> {
  const text = `SELECT EXISTS (SELECT FROM drafts WHERE tenant_id = $1 AND status = 'publishing') AS pending`;
  return (await sql.query(text, [context.tenant]))[0]?.pending === true;
}

async function readPending(sql: Sql, context: StoreContext): Promise<readonly PendingDraft[]> {
  const rows = await sql.query(
    `SELECT id, purpose, text, text_hash, allow_drop, comment, base_version, drafted_by, published_by, two_persons
     FROM drafts WHERE tenant_id = $1 AND status = 'publishing' ORDER BY id FOR UPDATE`,
    [context.tenant],
  );
  return rows.map((row) => ({
    id: String(row.id),
    purpose: row.purpose as DraftPurpose,
    text: String(row.text),
    textHash: String(row.text_hash),
    allowDrop: row.allow_drop === true,
    comment: String(row.comment),
    baseVersion: Number(row.base_version),
    draftedBy: row.drafted_by as PersonRef,
    publishedBy: row.published_by as PersonRef,
    twoPersons: row.two_persons === true,
  }));
}

async function settle(
  sql: Sql,
  context: StoreContext,
  pending: PendingDraft,
  became: { readonly version: number | null; readonly position: number } | null,
): Promise<void> {
  if (became === null) {
    await sql.query(
      `UPDATE drafts SET status = 'open', published_by = NULL, two_persons = NULL WHERE tenant_id = $1 AND id = $2`,
      [context.tenant, pending.id],
    );
    return;
  }
  await sql.query(
    `UPDATE drafts SET status = 'published', version = $3, position = $4, published_at = $5
     WHERE tenant_id = $1 AND id = $2`,
    [context.tenant, pending.id, became.version, became.position, nowIso(context)],
  );
}

/** Drafts that became versions, by version. */
async function readPublished(sql: Sql, context: StoreContext): Promise<ReadonlyMap<number, VersionOrigin>> {
  const rows = await sql.query(
    `SELECT id, version, comment, drafted_by, published_by, two_persons FROM drafts
     WHERE tenant_id = $1 AND version > (SELECT coalesce(max(version), 0) FROM definition_versions WHERE tenant_id = $1)`,
    [context.tenant],
  );
  return new Map(
    rows.map((row) => [
      Number(row.version),
      {
        draftId: String(row.id),
        comment: String(row.comment),
        draftedBy: row.drafted_by as PersonRef,
        publishedBy: row.published_by as PersonRef,
        twoPersons: row.two_persons === true,
      },
    ]),
  );
}
