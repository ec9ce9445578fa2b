import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { present } from '../../core/assert.ts';
import type { TenantEngine } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { readConfig } from '../../main/config.ts';
import {
  EMBEDDED_PARTS,
  type EmbeddedParts,
  type EmbeddedService,
  openEmbedded,
} from '../../main/embedded.ts';
import type { Scope } from '../../tenants/scopes.ts';
import type { TenantSettings } from '../../tenants/tenant-settings.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';

/** The whole service in this process, on a folder of its own. */
export interface TestService extends EmbeddedService {
  readonly folder: string;
  /** A tenant with these definitions in force, as if two persons had seen to them. */
  addTenant(slug: string, definitions: string, settings?: Partial<TenantSettings>): Promise<TestTenant>;
  /** Closes the service; with `keep` its folder stays. */
  end(keep?: 'keep'): Promise<void>;
}

export interface TestTenant {
  readonly id: TenantId;
  readonly engine: TenantEngine;
  readonly stores: TenantStores;
  /** The secret of a new key with these scopes. */
  key(scopes: readonly Scope[]): Promise<string>;
}

/** Starts the service; `settings` as environment variables of `ringwatch serve` (refusals wait for nothing by default), `log` hears its lines. */
export async function startTestService(
  settings: Readonly<Record<string, string>> = {},
  folder: string | null = null,
  log: ((line: string) => void) | null = null,
  parts: EmbeddedParts = EMBEDDED_PARTS,
): Promise<TestService> {
  const parent = folder === null ? await mkdtemp(path.join(tmpdir(), 'ringwatch-http-')) : null;
  const data = folder ?? path.join(present(parent), 'data');
  const flags = { positionals: [], has: () => false, value: () => null, values: () => [] };
  const { config } = readConfig(flags, {
    RINGWATCH_DATA: data,
    RINGWATCH_PORT: '0',
    RINGWATCH_REFUSALS_PER_SECOND: '100000',
    ...settings,
  });
  const service = await openEmbedded(
    config,
    log === null ? pino({ level: 'silent' }) : pino({}, { write: log }),
    parts,
  );
  const operator = await service.tenants.authenticate(present(service.adminToken));
  return {
    ...service,
    folder: data,
    addTenant: async (slug, definitions, tenantSettings = {}) => {
      const { id } = await service.tenants.createTenant(operator.principal, {
        slug,
        name: slug,
        settings: tenantSettings,
      });
      const engine = service.engines.engine(id);
      await engine.publish(definitions, { allowDrop: false });
      const stores = await service.tenants.bind(operator, id);
      let keys = 0;
      return {
        id,
        engine,
        stores,
        key: async (scopes) => {
          keys++;
          return (await stores.keys.create({ name: `key ${keys}`, scopes, expiresAt: null })).token;
        },
      };
    },
    end: async (keep) => {
      await service.close();
      if (parent !== null && keep === undefined) await rm(parent, { recursive: true, force: true });
    },
  };
}
