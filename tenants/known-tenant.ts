import type { TenantEngine } from '../core/ports/engine.ts';
import type { AuditDesk } from './audit-desk.ts';
import { canonicalJson } from './canonical-json.ts';
import { PublicationLane } from './publication.ts';
import type { PublicationTurn } from './publication-turn.ts';
import type { Tenant } from './tenant-directory.ts';
import type { SettingsReader, TenantSettings } from './tenant-settings.ts';
import type { TenantMeter } from './usage-store.ts';

/** What is kept in memory of a tenant, for all its requests: settings, rates, audit notes, who publishes at the moment. */
export class KnownTenant implements SettingsReader {
  readonly engine: TenantEngine;
  readonly lane: PublicationLane;
  #tenant: Tenant;
  #settings: TenantSettings;
  #meter: TenantMeter | null = null;
  #desk: AuditDesk | null = null;
  /** How often it was changed here. */
  #changes = 0;
  #onChange: () => void = () => undefined;

  readonly #applied: (settings: TenantSettings) => void;

  /** `applied`: is told the settings, now and when they change. `turn`: where other processes publish, too. */
  constructor(
    tenant: Tenant,
    settings: TenantSettings,
    engine: TenantEngine,
    applied: (settings: TenantSettings) => void,
    turn: PublicationTurn | null,
  ) {
    this.#tenant = tenant;
    this.#settings = settings;
    this.#applied = applied;
    this.engine = engine;
    applied(settings);
    this.lane = new PublicationLane(engine, turn);
  }

  get tenant(): Tenant {
    return this.#tenant;
  }

  current(): TenantSettings {
    return this.#settings;
  }

  change(name: string, settings: TenantSettings): void {
    this.#changes++;
    this.#set(name, settings);
    this.#onChange();
  }

  /** Calls back after each `change`. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /**
   * Follows what another process has changed, as `read` finds it in the catalog. Where it is changed here meanwhile, that stays:
   * the catalog counts that change, too, and is read again because of it.
   */
  async refresh(
    read: () => Promise<{ readonly name: string; readonly settings: TenantSettings }>,
  ): Promise<void> {
    const changes = this.#changes;
    const { name, settings } = await read();
    const isSame = name === this.#tenant.name && canonicalJson(settings) === canonicalJson(this.#settings);
    if (!isSame && changes === this.#changes) this.#set(name, settings);
  }

  /** The meter, made by `make` at the first call. */
  meter(make: () => TenantMeter): TenantMeter {
    this.#meter ??= make();
    return this.#meter;
  }

  /** Where what was done is noted, made by `make` at the first call. */
  desk(make: () => AuditDesk): AuditDesk {
    this.#desk ??= make();
    return this.#desk;
  }

  #set(name: string, settings: TenantSettings): void {
    this.#tenant = { ...this.#tenant, name };
    this.#settings = settings;
    this.#applied(settings);
  }
}
