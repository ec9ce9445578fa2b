import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../core/limits.ts';
import type { Catalog } from '../core/ports/catalog.ts';
import type { TenantId } from '../core/tenant-id.ts';

export interface DirectoryWatchOptions {
  readonly catalog: Catalog;
  /** Milliseconds between two looks, unless one is asked for before: LIMITS.directoryPollMs unless a test says otherwise. */
  readonly pollMs?: number;
  /** Brings what is remembered of the tenant up to the catalog; it may be one that is not known yet. */
  readonly refresh: (tenant: TenantId) => Promise<void>;
  /** Hears once why the catalog cannot be looked at; it is tried again. Must not throw. */
  readonly onError: (error: unknown) => void;
}

/** Milliseconds between two looks that are asked for: whoever shows forged tokens has the catalog asked no more often. */
const LOOK_MS_MIN = 20;

/** Milliseconds that whoever asks for a look waits for it at most. */
const LOOK_WAIT_MS = 1000;

/**
 * Follows what other processes change of tenants and credentials. The catalog counts the changes of each tenant
 * (`directory_versions`); it is looked at every LIMITS.directoryPollMs, and at once where somebody knows of a change. Each look is one
 * small statement while nothing has changed.
 */
export class DirectoryWatch {
  readonly #options: DirectoryWatchOptions;
  readonly #seen = new Map<TenantId, number>();
  /** Of `#seen`. */
  #sum = 0;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  /** The look after the one that is under way. */
  #next: Promise<void> | null = null;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #isAway = false;
  #closed = false;

  private constructor(options: DirectoryWatchOptions) {
    this.#options = options;
  }

  /** Notes what there is by now: what is read after this is followed from `start` on. */
  static async open(options: DirectoryWatchOptions): Promise<DirectoryWatch> {
    const watch = new DirectoryWatch(options);
    for (const [tenant, version] of await readVersions(options.catalog)) watch.#note(tenant, version);
    return watch;
  }

  start(): void {
    this.#arm();
  }

  /** Resolves when what was in the catalog at the call is followed, or cannot be in time. Never rejects. */
  async look(): Promise<void> {
    if (this.#isAway) return;
    const stop = new AbortController();
    const late = sleep(LOOK_WAIT_MS, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.#lookAfter(), late]);
    stop.abort();
  }

  /** Looks soon: somebody says that there is something to see. */
  prompt(): void {
    void this.#lookAfter();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    await this.#next;
  }

  /** A look that begins after the call. */
  #lookAfter(): Promise<void> {
    if (this.#looking === null) return this.#begin();
    this.#next ??= this.#looking.then(async () => {
      const waitMs = this.#lookedMs + LOOK_MS_MIN - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
      this.#next = null;
      await this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#lookedMs = performance.now();
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = null;
      this.#arm();
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { catalog, refresh, onError } = this.#options;
    try {
      const text = 'SELECT coalesce(sum(version), 0)::bigint AS sum FROM directory_versions';
      const rows = await catalog.asPlatform((sql) => sql.query(text));
      if (Number(rows[0]?.sum) !== this.#sum) {
        const failures: unknown[] = [];
        for (const [tenant, version] of await readVersions(catalog)) {
          if (this.#seen.get(tenant) === version) continue;
          // One that fails comes again at the next look, and keeps nothing from the others.
          try {
            await refresh(tenant);
            this.#note(tenant, version);
          } catch (error) {
            failures.push(error);
          }
        }
        if (failures.length > 0) throw failures[0];
      }
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) onError(error);
      this.#isAway = true;
    }
  }

  #note(tenant: TenantId, version: number): void {
    this.#sum += version - (this.#seen.get(tenant) ?? 0);
    this.#seen.set(tenant, version);
  }

  #arm(): void {
    if (this.#closed || this.#timer !== null) return;
    const { pollMs = LIMITS.directoryPollMs } = this.#options;
    this.#timer = setTimeout(() => void this.#lookAfter(), pollMs);
    this.#timer.unref();
  }
}

async function readVersions(catalog: Catalog): Promise<readonly (readonly [TenantId, number])[]> {
  const text = 'SELECT tenant_id, version FROM directory_versions ORDER BY tenant_id';
  const rows = await catalog.asPlatform((sql) => sql.query(text));
  return rows.map((row) => [row.tenant_id as TenantId, Number(row.version)]);
}
