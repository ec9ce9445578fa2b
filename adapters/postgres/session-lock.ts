import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { type PostgresServer, serverName } from './postgres-server.ts';

export interface SessionLockOptions {
  /** `alone`: no other process may have it; `shared`: others may, that want to share it. */
  readonly mode: 'alone' | 'shared';
  /** Milliseconds that it is waited for: LIMITS.catalogInUseMs unless a test says otherwise. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** Any number will do, as long as nothing else takes it: migrations have another. */
const LOCK = 7_390_115;

/** Milliseconds between two tries. */
const AGAIN_MS = 250;

/**
 * Settings of the session: the server notices within seconds that this process or its machine is gone, and frees the lock; it does not
 * end a session for being idle.
 */
const SESSION =
  '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c idle_session_timeout=0';

/**
 * Keeps a database to this process, or to those that share it, by an advisory lock of a session of its own. A session that is lost is
 * made anew; where another process has the lock by then, this one has lost it for good.
 */
export class SessionLock {
  readonly #config: pg.ClientConfig;
  readonly #mode: SessionLockOptions['mode'];
  #client: pg.Client | null = null;
  #closed = false;
  #isTaken = false;

  private constructor(config: pg.ClientConfig, mode: SessionLockOptions['mode']) {
    this.#config = { ...config, options: SESSION };
    this.#mode = mode;
  }

  /** Throws CATALOG_IN_USE, the reason of `signal`, and what `pg` throws where the server cannot be reached. */
  static async take(
    server: PostgresServer,
    config: pg.ClientConfig,
    { mode, waitMs = LIMITS.catalogInUseMs, signal }: SessionLockOptions,
  ): Promise<SessionLock> {
    const lock = new SessionLock(config, mode);
    for (const endMs = performance.now() + waitMs; !(await lock.#tryTake()); ) {
      if (performance.now() > endMs)
        throw new RingwatchError('CATALOG_IN_USE', { server: serverName(server) });
      await sleep(AGAIN_MS, undefined, signal === undefined ? {} : { signal });
    }
    return lock;
  }

  /** Whether another process has the lock, which this one had. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => undefined);
  }

  /** Makes a session that has the lock; false: another has it. */
  async #tryTake(): Promise<boolean> {
    const client = new pg.Client(this.#config);
    let hasLock = false;
    client.on('error', () => undefined);
    client.on('end', () => {
      if (hasLock) void this.#takeAgain();
    });
    try {
      await client.connect();
      const ask = this.#mode === 'alone' ? 'pg_try_advisory_lock' : 'pg_try_advisory_lock_shared';
      const { rows } = await client.query<{ taken: boolean }>(`SELECT ${ask}(${LOCK}) AS taken`);
      hasLock = rows[0]?.taken === true;
    } finally {
      if (!hasLock) await client.end().catch(() => undefined);
    }
    if (!hasLock) return false;
    this.#client = client;
    // What closes meanwhile has not seen this one.
    if (this.#closed) await client.end().catch(() => undefined);
    return true;
  }

  async #takeAgain(): Promise<void> {
    this.#client = null;
    while (!this.#closed) {
      try {
        this.#isTaken = !(await this.#tryTake());
        return;
      } catch {
        await sleep(AGAIN_MS, undefined, { ref: false });
      }
    }
  }
}
