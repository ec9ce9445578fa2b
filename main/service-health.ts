import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { ServicePart } from '../api/graphql/graphql-context.ts';
import { RingwatchError } from '../core/errors.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { EngineHost } from '../core/ports/engine.ts';

/** Bytes free on the data folder's disk below which the service is degraded, and below which it is down. */
const DISK_LOW_BYTES = 512 * 1024 * 1024;
const DISK_FULL_BYTES = 16 * 1024 * 1024;

/** Milliseconds that what was found is told again, so that asking costs nothing. */
const KEPT_MS = 1000;

/** Milliseconds after which a catalog that does not answer counts as slow. */
const CATALOG_MS = 2000;

export interface ServiceHealthOptions {
  readonly engines: EngineHost;
  readonly catalog: Catalog;
  /** The data folder. */
  readonly folder: string;
  /** What alerts wait for, in words; null where none do. */
  readonly backlog: () => string | null;
}

/** Looks at each part of the service that its requests need. */
export class ServiceHealth {
  readonly #options: ServiceHealthOptions;
  #found: { readonly parts: Promise<readonly ServicePart[]>; readonly atMs: number } | null = null;

  constructor(options: ServiceHealthOptions) {
    this.#options = options;
  }

  /** The parts as they are now, or were a moment ago. */
  parts(): Promise<readonly ServicePart[]> {
    const nowMs = performance.now();
    if (this.#found === null || nowMs - this.#found.atMs > KEPT_MS) {
      const parts = Promise.all([this.#engine(), this.#catalog(), this.#disk(), this.#memory()]);
      this.#found = { parts, atMs: nowMs };
    }
    return this.#found.parts;
  }

  /** Why the process should end; null while there is no reason. */
  failure(): string | null {
    return this.#options.engines.describe().failure;
  }

  async #engine(): Promise<ServicePart> {
    const { failure, tenants } = this.#options.engines.describe();
    if (failure !== null) return { name: 'engine', state: 'DOWN', message: failure };
    const counted = (phase: string): number => tenants.filter((tenant) => tenant.phase === phase).length;
    const stopped = counted('stopped');
    const opening = counted('opening');
    if (stopped + opening === 0) return { name: 'engine', state: 'OK', message: null };
    const message = `of ${tenants.length} tenants ${stopped} stopped, ${opening} being opened`;
    return { name: 'engine', state: 'DEGRADED', message };
  }

  async #memory(): Promise<ServicePart> {
    const { tenants } = this.#options.engines.describe();
    const short = tenants.filter(({ memory }) => (memory?.short ?? null) !== null);
    if (short.length === 0) return { name: 'memory', state: 'OK', message: null };
    const ofAll = short.filter(({ memory }) => memory?.short === 'engine').length;
    const message =
      `of ${tenants.length} tenants ${short.length} take no rows in: ${short.length - ofAll} hold as much memory as their ` +
      `quota, ${ofAll} more than their share while all together hold as much as they may`;
    return { name: 'memory', state: 'DEGRADED', message };
  }

  async #catalog(): Promise<ServicePart> {
    const { catalog } = this.#options;
    const asked = catalog.asPlatform((sql) => sql.query('SELECT 1'));
    let timer: NodeJS.Timeout | undefined;
    const slow = new Promise<'slow'>((resolve) => {
      timer = setTimeout(resolve, CATALOG_MS, 'slow');
    });
    try {
      const answer = await Promise.race([asked, slow]);
      if (answer !== 'slow') return this.#backlog();
      asked.catch(() => undefined);
      return { name: 'catalog', state: 'DEGRADED', message: `no answer within ${CATALOG_MS} ms` };
    } catch (error) {
      const coded = error instanceof RingwatchError ? error.code : 'a fault';
      return { name: 'catalog', state: 'DOWN', message: coded };
    } finally {
      clearTimeout(timer);
    }
  }

  /** A catalog that answers may take nothing more in. */
  #backlog(): ServicePart {
    const message = this.#options.backlog();
    return { name: 'catalog', state: message === null ? 'OK' : 'DEGRADED', message };
  }

  async #disk(): Promise<ServicePart> {
    const { folder } = this.#options;
    // Logs and catalog may lie on disks of their own.
    const folders = [folder, path.join(folder, 'catalog'), path.join(folder, 'tenants')].filter(existsSync);
    const disks = await Promise.all(folders.map((each) => statfs(each)));
    const free = Math.min(...disks.map(({ bavail, bsize }) => bavail * bsize));
    const state = free < DISK_FULL_BYTES ? 'DOWN' : free < DISK_LOW_BYTES ? 'DEGRADED' : 'OK';
    const message = state === 'OK' ? null : `${Math.floor(free / 1024 / 1024)} MiB are free`;
    return { name: 'disk', state, message };
  }
}
