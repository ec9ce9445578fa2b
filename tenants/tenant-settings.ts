import { RingwatchError } from '../core/errors.ts';
import type { SqlRow } from '../core/ports/catalog.ts';
import type { AuditNote } from './audit-chain.ts';
import { canonicalJson } from './canonical-json.ts';
import { checkName, invalid } from './fields.ts';
import { audited, inTenant, type StoreContext } from './store-context.ts';

/** What a tenant may set; every change is audited. */
export interface TenantSettings {
  /** Whether a definition is published by another person than who drafted it. Default true. */
  readonly twoPersonRule: boolean;
  readonly limits: TenantLimits;
}

/** Rates and quotas of one tenant; null: none but those of the installation (core/limits.ts). */
export interface TenantLimits {
  /** API requests a second, on average; twice as many at once. */
  readonly requestsPerSecond: number | null;
  /** Events and rows taken a second, on average; twice as many at once. */
  readonly recordsPerSecond: number | null;
  /** Events and rows a calendar month (UTC). */
  readonly recordsPerMonth: number | null;
  /** Bytes of request bodies a calendar month (UTC). */
  readonly bytesPerMonth: number | null;
  /** Subscriptions open at once. */
  readonly subscriptions: number | null;
  readonly members: number | null;
  readonly keys: number | null;
  readonly endpoints: number | null;
  /** Bytes of the tenant's state in memory. */
  readonly memoryBytes: number | null;
}

/** Reads and changes the settings. */
export interface SettingsStore {
  get(): Promise<TenantSettings>;
  /**
   * Replaces what is given, all or nothing. Throws FIELD_INVALID, and FORBIDDEN for `limits`, which are the operator's to say.
   * Turning the two-person rule off or on is audited by name.
   */
  update(change: SettingsChange): Promise<TenantSettings>;
  /** The tenant's slug and name. */
  profile(): Promise<{ readonly slug: string; readonly name: string; readonly createdAt: string }>;
}

export interface SettingsChange {
  /** What the tenant is called. */
  readonly name?: string;
  readonly twoPersonRule?: boolean;
  readonly limits?: Partial<TenantLimits>;
}

/** The settings as they are now, from memory. */
export interface SettingsReader {
  current(): TenantSettings;
}

/** Of a tenant that has set nothing. */
export const DEFAULT_SETTINGS: TenantSettings = {
  twoPersonRule: true,
  limits: {
    requestsPerSecond: null,
    recordsPerSecond: null,
    recordsPerMonth: null,
    bytesPerMonth: null,
    subscriptions: null,
    members: null,
    keys: null,
    endpoints: null,
    memoryBytes: null,
  },
};

/** The settings with a change applied. Throws FIELD_INVALID for a name or value that is none. */
export function changeSettings(settings: TenantSettings, change: SettingsChange): TenantSettings {
  const limits = { ...settings.limits };
  for (const [name, value] of Object.entries(change.limits ?? {})) {
    if (!Object.hasOwn(DEFAULT_SETTINGS.limits, name))
      throw invalid(`limits.${name}`, 'there is no such limit');
    if (value !== null && !(Number.isSafeInteger(value) && value >= 0)) {
      throw invalid(`limits.${name}`, 'it is no whole number from 0');
    }
    limits[name as keyof TenantLimits] = value as never;
  }
  const twoPersonRule = change.twoPersonRule ?? settings.twoPersonRule;
  if (typeof twoPersonRule !== 'boolean') throw invalid('twoPersonRule', 'it is neither true nor false');
  return { twoPersonRule, limits };
}

/** Settings as they are stored, with the defaults for what was not there when they were. */
export function settingsOf(stored: unknown): TenantSettings {
  const { twoPersonRule, limits } = stored as Partial<TenantSettings>;
  return {
    twoPersonRule: twoPersonRule ?? DEFAULT_SETTINGS.twoPersonRule,
    limits: { ...DEFAULT_SETTINGS.limits, ...limits },
  };
}

/** What of a change goes into the audit log. */
function notesOf(
  oldName: string,
  newName: string,
  before: TenantSettings,
  after: TenantSettings,
): readonly AuditNote[] {
  const notes: AuditNote[] = [];
  const kind = 'change';
  if (oldName !== newName) {
    notes.push({ kind, action: 'tenant.rename', target: null, details: { from: oldName, to: newName } });
  }
  if (canonicalJson(before) !== canonicalJson(after)) {
    notes.push({ kind, action: 'settings.update', target: null, details: { from: before, to: after } });
  }
  if (before.twoPersonRule !== after.twoPersonRule) {
    const action = after.twoPersonRule ? 'twoPersonRule.on' : 'twoPersonRule.off';
    notes.push({ kind, action, target: null });
  }
  return notes;
}

/** Settings in the catalog. `changed` is told what is in force after each change. */
export class CatalogSettingsStore implements SettingsStore {
  readonly #context: StoreContext;
  readonly #changed: (name: string, settings: TenantSettings) => void;

  constructor(context: StoreContext, changed: (name: string, settings: TenantSettings) => void) {
    this.#context = context;
    this.#changed = changed;
  }

  async get(): Promise<TenantSettings> {
    return settingsOf((await this.#row()).settings);
  }

  async profile(): Promise<{ readonly slug: string; readonly name: string; readonly createdAt: string }> {
    const { slug, name, created_at } = await this.#row();
    return { slug: String(slug), name: String(name), createdAt: String(created_at) };
  }

  async update(change: SettingsChange): Promise<TenantSettings> {
    const context = this.#context;
    this.#checkMayLimit(change);
    const renamed = change.name === undefined ? null : checkName('name', change.name);
    const { name, settings } = await audited(context, async (sql, note) => {
      const select = 'SELECT name, settings FROM tenants WHERE id = $1 FOR UPDATE';
      const old = (await sql.query(select, [context.tenant]))[0] as SqlRow;
      const oldName = String(old.name);
      const newName = renamed ?? oldName;
      const before = settingsOf(old.settings);
      const after = changeSettings(before, change);
      await sql.query('UPDATE tenants SET name = $2, settings = $3::jsonb WHERE id = $1', [
        context.tenant,
        newName,
        JSON.stringify(after),
      ]);
      for (const each of notesOf(oldName, newName, before, after)) note(each);
      return { name: newName, settings: after };
    });
    this.#changed(name, settings);
    return settings;
  }

  /** How much a tenant may use is not its own to say. Throws FORBIDDEN. */
  #checkMayLimit(change: SettingsChange): void {
    if (change.limits === undefined || this.#context.actor.kind === 'operator') return;
    throw new RingwatchError('FORBIDDEN', { operation: 'changing limits', scope: 'operator' });
  }

  async #row(): Promise<SqlRow> {
    const select = 'SELECT slug, name, settings, created_at FROM tenants WHERE id = $1';
    const rows = await inTenant(this.#context, (sql) => sql.query(select, [this.#context.tenant]));
    return rows[0] as SqlRow;
  }
}
