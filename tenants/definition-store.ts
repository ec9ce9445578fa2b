import type { Sql, SqlRow } from '../core/ports/catalog.ts';
import type { Definitions, PastDefinitions } from '../core/ports/engine.ts';
import { sha256Hex } from '../core/hash.ts';
import type { Page, PageRequest } from './page.ts';
import type { PersonRef } from './principal.ts';
import { closePage, openPage } from './read-page.ts';
import { inTenant, type StoreContext } from './store-context.ts';

/** A published text: what is in force from its position on, until the next. */
export interface DefinitionVersion {
  /** From 1, without gaps. */
  readonly version: number;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly textHash: string;
  /** The position in the tenant's log from which it holds. */
  readonly position: number;
  readonly comment: string;
  /** Null, as are the persons, where the text came into the log without a draft (`ringwatch run`). */
  readonly draftId: string | null;
  readonly draftedBy: PersonRef | null;
  readonly publishedBy: PersonRef | null;
  readonly publishedAt: string;
  /** Whether drafter and publisher had to be two, and were. */
  readonly twoPersons: boolean;
}

/** The versions, a projection of the log's definitions records. */
export interface DefinitionStore {
  /** What is in force, or null. */
  current(): Promise<DefinitionVersion | null>;
  get(version: number): Promise<DefinitionVersion | null>;
  page(request: PageRequest): Promise<Page<DefinitionVersion>>;
}

const COLUMNS = `version, text, text_hash, comment, position, draft_id, drafted_by, published_by, published_at,
  two_persons`;

/** Versions in the catalog, where publishing puts them. */
export class CatalogDefinitionStore implements DefinitionStore {
  readonly #context: StoreContext;
  readonly #catchUp: () => Promise<void>;

  /** `catchUp` brings the projection up to the log, where a publication was interrupted. */
  constructor(context: StoreContext, catchUp: () => Promise<void>) {
    this.#context = context;
    this.#catchUp = catchUp;
  }

  async current(): Promise<DefinitionVersion | null> {
    await this.#catchUp();
    return await inTenant(this.#context, (sql) => readCurrent(sql, this.#context));
  }

  async get(version: number): Promise<DefinitionVersion | null> {
    await this.#catchUp();
    return await inTenant(this.#context, (sql) => readVersion(sql, this.#context, version));
  }

  async page(request: PageRequest): Promise<Page<DefinitionVersion>> {
    await this.#catchUp();
    const { cursors, tenant } = this.#context;
    const after = openPage(cursors, 'definitions', request);
    const text = `SELECT ${COLUMNS} FROM definition_versions WHERE tenant_id = $1 AND ($2::integer IS NULL OR version < $2)
      ORDER BY version DESC LIMIT $3`;
    const rows = await inTenant(this.#context, (sql) =>
      sql.query(text, [tenant, (after?.[0] as number | undefined) ?? null, request.first + 1]),
    );
    return closePage(cursors, 'definitions', request, rows.map(versionOf), (version) => [version.version]);
  }
}

/** The newest version, or null. */
export async function readCurrent(sql: Sql, context: StoreContext): Promise<DefinitionVersion | null> {
  const text = `SELECT ${COLUMNS} FROM definition_versions WHERE tenant_id = $1 ORDER BY version DESC LIMIT 1`;
  const row = (await sql.query(text, [context.tenant]))[0];
  return row === undefined ? null : versionOf(row);
}

/** The version, or null. */
export async function readVersion(
  sql: Sql,
  context: StoreContext,
  version: number,
): Promise<DefinitionVersion | null> {
  if (!Number.isInteger(version) || version < 1 || version > 2 ** 31 - 1) return null;
  const text = `SELECT ${COLUMNS} FROM definition_versions WHERE tenant_id = $1 AND version = $2`;
  const row = (await sql.query(text, [context.tenant, version]))[0];
  return row === undefined ? null : versionOf(row);
}

/** Who made a version what it is; null where only the log knows of it. */
export interface VersionOrigin {
  readonly draftId: string;
  readonly comment: string;
  readonly draftedBy: PersonRef;
  readonly publishedBy: PersonRef;
  readonly twoPersons: boolean;
}

/** Puts a version into the projection, unless it is there. */
export async function insertVersion(
  sql: Sql,
  context: StoreContext,
  version: Pick<PastDefinitions | Definitions, 'version' | 'text' | 'position'>,
  publishedAt: string,
  origin: VersionOrigin | null,
): Promise<void> {
  await sql.query(
    `INSERT INTO definition_versions (tenant_id, version, text, text_hash, comment, position, draft_id, drafted_by,
       published_by, published_at, two_persons)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11) ON CONFLICT (tenant_id, version) DO NOTHING`,
    [
      context.tenant,
      version.version,
      version.text,
      sha256Hex(version.text),
      origin?.comment ?? '',
      version.position,
      origin?.draftId ?? null,
      JSON.stringify(origin?.draftedBy ?? null),
      JSON.stringify(origin?.publishedBy ?? null),
      publishedAt,
      origin?.twoPersons ?? false,
    ],
  );
}

function versionOf(row: SqlRow): DefinitionVersion {
  return {
    version: Number(row.version),
    text: String(row.text),
    textHash: String(row.text_hash),
    comment: String(row.comment),
    position: Number(row.position),
    draftId: row.draft_id as string | null,
    draftedBy: row.drafted_by as PersonRef | null,
    publishedBy: row.published_by as PersonRef | null,
    publishedAt: String(row.published_at),
    twoPersons: row.two_persons === true,
  };
}
