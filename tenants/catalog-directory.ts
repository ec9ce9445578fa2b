import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { type Catalog, CatalogConflict, type SqlRow } from '../core/ports/catalog.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import type { Fanout } from '../core/ports/fanout.ts';
import { newTenantId, newUlid, type TenantId, ulidMs } from '../core/tenant-id.ts';
import { bindTenant } from './bind-tenant.ts';
import { ConsoleSessions } from './console-sessions.ts';
import { CredentialIndex } from './credential-index.ts';
import { CursorSeal } from './cursor-seal.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { checkName } from './fields.ts';
import type { Boot } from './idempotency-store.ts';
import { checkInstallation } from './installation-mark.ts';
import type { InstallationKeys } from './installation-keys.ts';
import { KnownTenant } from './known-tenant.ts';
import type { OperatorIdentity } from './operator-identity.ts';
import { type Actor, type Authenticated, OPERATOR, type Principal, type Revocation } from './principal.ts';
import { PublicationTurn } from './publication-turn.ts';
import type { ServiceLease } from './service-lease.ts';
import { audited, type StoreContext } from './store-context.ts';
import type { NewTenant, OpenedSession, Tenant, TenantDirectory } from './tenant-directory.ts';
import { changeSettings, DEFAULT_SETTINGS, settingsOf, type TenantSettings } from './tenant-settings.ts';
import type { TenantStores } from './tenant-stores.ts';
import { TenantMeter } from './usage-store.ts';
import { parseToken } from './token.ts';
import type { WebhookPort } from './webhook-port.ts';

export interface CatalogDirectoryOptions {
  readonly catalog: Catalog;
  readonly engines: EngineHost;
  readonly keys: InstallationKeys;
  /** Null where nobody is the operator: tenants and keys are then those that there are. */
  readonly operator: OperatorIdentity | null;
  /** Without it tenants have no webhooks. */
  readonly webhooks?: WebhookPort;
  /** Where other processes serve the same catalog; without it this one is alone. */
  readonly shared?: SharedDirectory;
  readonly nowMs?: () => number;
  /** Hears of what could not be written in the background; it is tried again. */
  readonly onError?: (error: unknown) => void;
}

/** How several processes that serve one catalog hear of each other's changes. */
export interface SharedDirectory {
  readonly fanout: Pick<Fanout, 'directoryChanged' | 'onDirectoryChanged'>;
  /** Of this process; it is released after the directory is closed. */
  readonly lease: ServiceLease;
  /** LIMITS.directoryPollMs unless a test says otherwise. */
  readonly pollMs?: number;
}

/** Milliseconds for which a token that is not known here may have been made in another process. */
const FRESH_MS = 60_000;

/**
 * The directory over the catalog. What a request needs of it is in memory; the catalog is asked by stores only. What other processes
 * change is followed within LIMITS.directoryPollMs and a reading; while the catalog is away, with what was known.
 */
export class CatalogTenantDirectory implements TenantDirectory {
  readonly #options: CatalogDirectoryOptions;
  readonly #nowMs: () => number;
  readonly #credentials = new CredentialIndex();
  readonly #sessions: ConsoleSessions;
  readonly #byId = new Map<TenantId, KnownTenant>();
  readonly #bySlug = new Map<string, KnownTenant>();
  readonly #boot: Boot;
  readonly #lastUsedMs = new Map<string, number>();
  #watch: DirectoryWatch | null = null;
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> | null = null;

  private constructor(options: CatalogDirectoryOptions) {
    const { catalog, operator, keys } = options;
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#sessions = new ConsoleSessions(catalog, this.#credentials, operator, keys, this.#nowMs);
    this.#boot = { id: options.shared?.lease.id ?? newUlid(this.#nowMs()), running: new Set() };
  }

  /** Reads tenants and credentials from the catalog. Throws SECRET_KEY_DIFFERS. */
  static async open(options: CatalogDirectoryOptions): Promise<CatalogTenantDirectory> {
    const directory = new CatalogTenantDirectory(options);
    await checkInstallation(options.catalog, options.keys);
    // What changes while the rest is read is seen by the first look.
    if (options.shared !== undefined) await directory.#openWatch(options.shared);
    const rows = await options.catalog.asPlatform((sql) => sql.query(`${TENANTS} ORDER BY id`));
    for (const row of rows) directory.#add(row);
    await directory.#credentials.load(options.catalog, directory.#nowMs());
    for (const known of directory.#byId.values()) await directory.#meter(known).load();
    directory.#timer = setInterval(() => void directory.#tick(), LIMITS.usageFlushMs);
    directory.#timer.unref();
    directory.#watch?.start();
    return directory;
  }

  async authenticate(token: string): Promise<Authenticated> {
    await this.#meet(token);
    const { principal, tenant } = this.#sessions.find(token);
    return { principal, tenant };
  }

  async openSession(token: string): Promise<OpenedSession> {
    await this.#meet(token);
    return await this.#sessions.open(token);
  }

  async resumeSession(token: string): Promise<OpenedSession> {
    await this.#meet(token);
    return this.#sessions.resume(token);
  }

  async closeSession(token: string): Promise<void> {
    await this.#meet(token);
    await this.#sessions.close(token);
  }

  checkCsrf(token: string, csrf: string): boolean {
    return this.#sessions.checkCsrf(token, csrf);
  }

  async createTenant(by: Principal, input: NewTenant): Promise<Tenant> {
    checkOperator(by, 'creating a tenant');
    const { engines, catalog } = this.#options;
    const slug = checkSlug(input.slug);
    const name = checkName('name', input.name);
    const settings = changeSettings(DEFAULT_SETTINGS, input.settings ?? {});
    if (this.#bySlug.has(slug)) throw new RingwatchError('SLUG_TAKEN', { slug });
    if (this.#byId.size >= LIMITS.tenantsMax) {
      throw new RingwatchError('QUOTA_EXCEEDED', { what: 'tenants', limit: LIMITS.tenantsMax });
    }
    const id = newTenantId(this.#nowMs());
    // A folder without a tenant is never looked at; a tenant without its folder could not be served.
    await engines.create(id);
    const createdAt = new Date(this.#nowMs()).toISOString();
    const insert = `INSERT INTO tenants (id, slug, name, settings, created_at) VALUES ($1, $2, $3, $4::jsonb, $5)
      RETURNING id, slug, name, settings, created_at`;
    const parameters = [id, slug, name, JSON.stringify(settings), createdAt];
    const row = await slugTaken(slug, () =>
      catalog.asPlatform(async (sql) => (await sql.query(insert, parameters))[0] as SqlRow),
    );
    const known = this.#add(row);
    this.#options.shared?.fanout.directoryChanged();
    await audited(this.#context(known, by), async (_, note) =>
      note({ kind: 'change', action: 'tenant.create', target: id, details: { slug, name, settings } }),
    );
    return known.tenant;
  }

  async listTenants(by: Principal): Promise<readonly Tenant[]> {
    checkOperator(by, 'listing the tenants');
    const tenants = [...this.#byId.values()].map(({ tenant }) => tenant);
    return tenants.sort((a, b) => (a.slug < b.slug ? -1 : 1));
  }

  async findTenant(by: Authenticated, idOrSlug: string): Promise<Tenant | null> {
    return (await this.#find(by, idOrSlug))?.tenant ?? null;
  }

  async bind(by: Authenticated, wanted: string | null): Promise<TenantStores> {
    const name = wanted ?? by.tenant;
    if (name === null) throw new RingwatchError('TENANT_MISSING');
    const known = await this.#find(by, name);
    if (known === null) throw new RingwatchError('TENANT_UNKNOWN', { tenant: name.slice(0, 64) });
    return this.#stores(known, by.principal);
  }

  bindSystem(tenant: TenantId, actor: string): TenantStores {
    const known = this.#byId.get(tenant);
    if (known === undefined) throw new RingwatchError('TENANT_UNKNOWN', { tenant });
    return this.#stores(known, { kind: 'system', id: actor });
  }

  async tenantIds(): Promise<readonly TenantId[]> {
    return [...this.#byId.keys()];
  }

  onRevoked(listener: (revocation: Revocation) => void): () => void {
    return this.#credentials.onRevoked(listener);
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#watch?.close();
    await this.#flushing;
    await this.#flush();
  }

  async #openWatch({ fanout, pollMs }: SharedDirectory): Promise<void> {
    const watch = await DirectoryWatch.open({
      catalog: this.#options.catalog,
      ...(pollMs === undefined ? {} : { pollMs }),
      refresh: (tenant) => this.#refresh(tenant),
      onError: (error) => this.#options.onError?.(error),
    });
    this.#watch = watch;
    this.#credentials.onChange(() => fanout.directoryChanged());
    fanout.onDirectoryChanged(() => watch.prompt());
  }

  /** Follows what other processes have changed of the tenant. */
  async #refresh(id: TenantId): Promise<void> {
    const { catalog } = this.#options;
    const read = async (): Promise<SqlRow> => {
      const rows = await catalog.asPlatform((sql) => sql.query(`${TENANTS} WHERE id = $1`, [id]));
      return rows[0] as SqlRow;
    };
    const known = this.#byId.get(id);
    if (known === undefined) await this.#meter(this.#add(await read())).load();
    else {
      await known.refresh(async () => {
        const row = await read();
        return { name: String(row.name), settings: settingsOf(row.settings) };
      });
    }
    await this.#credentials.refresh(catalog, id, this.#nowMs());
  }

  /** A key or session that another process has just made is not here yet: then it is looked for before it is refused. */
  async #meet(text: string): Promise<void> {
    if (this.#watch === null) return;
    const token = parseToken(text);
    if (token === null || token.kind === 'rwo' || this.#credentials.knows(token)) return;
    if (Math.abs(this.#nowMs() - ulidMs(token.ulid)) < FRESH_MS) await this.#watch.look();
  }

  /** The tenant that the asker means, which another process may just have made. */
  async #find(by: Authenticated, idOrSlug: string): Promise<KnownTenant | null> {
    const known = this.#visible(by, idOrSlug);
    if (known !== null || this.#watch === null || by.principal.kind !== OPERATOR) return known;
    await this.#watch.look();
    return this.#visible(by, idOrSlug);
  }

  #add(row: SqlRow): KnownTenant {
    const id = row.id as TenantId;
    // Another part of this process may have found it meanwhile.
    const present = this.#byId.get(id);
    if (present !== undefined) return present;
    const tenant = { id, slug: String(row.slug), name: String(row.name), createdAt: String(row.created_at) };
    const { engines } = this.#options;
    const { shared } = this.#options;
    const applied = ({ limits }: TenantSettings): void => engines.limitMemory(id, limits.memoryBytes);
    const turn = shared === undefined ? null : new PublicationTurn(shared.lease);
    const known = new KnownTenant(tenant, settingsOf(row.settings), engines.engine(id), applied, turn);
    known.onChange(() => shared?.fanout.directoryChanged());
    this.#byId.set(id, known);
    this.#bySlug.set(tenant.slug, known);
    return known;
  }

  /** The tenant that the asker means, if it is one that they may know of. */
  #visible(by: Authenticated, idOrSlug: string): KnownTenant | null {
    const known = this.#byId.get(idOrSlug as TenantId) ?? this.#bySlug.get(idOrSlug) ?? null;
    if (known === null || by.principal.kind === OPERATOR) return known;
    return known.tenant.id === by.tenant ? known : null;
  }

  #stores(known: KnownTenant, actor: Actor): TenantStores {
    const context = this.#context(known, actor);
    const webhooks = this.#options.webhooks ?? null;
    return bindTenant(context, known, this.#credentials, this.#meter(known), this.#boot, webhooks);
  }

  #context(known: KnownTenant, actor: Actor): StoreContext {
    const { catalog, keys } = this.#options;
    const tenant = known.tenant.id;
    return { tenant, actor, catalog, keys, cursors: new CursorSeal(keys, tenant), nowMs: this.#nowMs };
  }

  #meter(known: KnownTenant): TenantMeter {
    const { catalog } = this.#options;
    const lease = this.#options.shared?.lease;
    const gateways = lease === undefined ? null : (): number => lease.gateways;
    return known.meter(
      () => new TenantMeter(known.tenant.id, catalog, known.engine, known, this.#nowMs, gateways),
    );
  }

  async #tick(): Promise<void> {
    if (this.#flushing !== null) return;
    this.#credentials.sweep(this.#nowMs());
    this.#flushing = this.#flush().catch((error: unknown) => this.#options.onError?.(error));
    await this.#flushing;
    this.#flushing = null;
  }

  async #flush(): Promise<void> {
    const standings = this.#options.engines.describe().tenants;
    const running = new Set(standings.flatMap(({ tenant, phase }) => (phase === 'running' ? [tenant] : [])));
    for (const known of this.#byId.values()) await this.#meter(known).flush(running.has(known.tenant.id));
    await this.#flushLastUse();
  }

  /** Writes when keys were last used, each at most once a minute. */
  async #flushLastUse(): Promise<void> {
    const byTenant = new Map<TenantId, { id: string; at: string }[]>();
    for (const [id, { tenant, atMs }] of this.#credentials.takeUsed()) {
      if (atMs - (this.#lastUsedMs.get(id) ?? 0) < 60_000) continue;
      this.#lastUsedMs.set(id, atMs);
      const uses = byTenant.get(tenant) ?? [];
      uses.push({ id, at: new Date(atMs).toISOString() });
      byTenant.set(tenant, uses);
    }
    for (const [tenant, uses] of byTenant) {
      await this.#options.catalog.asTenant(tenant, (sql) =>
        sql.query(
          `UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at) FROM json_to_recordset($2::json) AS used (id TEXT, at TIMESTAMPTZ)
           WHERE api_keys.tenant_id = $1 AND api_keys.id = used.id`,
          [tenant, JSON.stringify(uses)],
        ),
      );
    }
  }
}

const TENANTS = 'SELECT id, slug, name, settings, created_at FROM tenants';

function checkOperator(by: Principal, operation: string): void {
  if (by.kind !== OPERATOR) throw new RingwatchError('FORBIDDEN', { operation, scope: OPERATOR });
}

/** Throws SLUG_INVALID. */
function checkSlug(slug: string): string {
  if (/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/.test(slug)) return slug;
  const reason =
    'it is not 3 to 40 lower case letters, digits and hyphens, a letter first and no hyphen last';
  throw new RingwatchError('SLUG_INVALID', { slug: slug.slice(0, 64), reason });
}

async function slugTaken<T>(slug: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CatalogConflict && error.constraint === 'tenants_slug_key') {
      throw new RingwatchError('SLUG_TAKEN', { slug });
    }
    throw error;
  }
}
