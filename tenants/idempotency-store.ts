import { RingwatchError } from '../core/errors.ts';
import { sha256Hex } from '../core/hash.ts';
import { LIMITS } from '../core/limits.ts';
import { canonicalJson } from './canonical-json.ts';
import { isAlive } from './service-lease.ts';
import { inTenant, nowIso, type StoreContext } from './store-context.ts';

/** Answers by the key that the caller chose, kept a day per principal. */
export interface IdempotencyStore {
  /**
   * Runs `work` unless it was run before under this key: then gives its stored answer again. `request` is what is
   * compared (canonical JSON of it, hashed). Throws IDEMPOTENCY_KEY_REUSED (another operation or request),
   * IDEMPOTENCY_IN_PROGRESS (retryable), IDEMPOTENCY_KEY_INVALID. What `work` throws is not kept; where it may have done its
   * work all the same (it throws what is retryable, or no coded error, or the process ended), `work` hears so the next time.
   */
  run<T>(
    key: string,
    operation: string,
    request: unknown,
    work: (mayBeDone: boolean) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly replayed: boolean }>;
}

/** This start of the service, and the keys whose requests are under way in it. */
export interface Boot {
  /** Of its ServiceLease, where it shares the catalog: then others see by it that what it began is under way. */
  readonly id: string;
  readonly running: Set<string>;
}

/** What is known of a key: nothing, so that the request may run; or the answer that it was given. */
type Known =
  | { readonly kind: 'fresh'; readonly mayBeDone: boolean }
  | { readonly kind: 'answered'; readonly sealed: Uint8Array };

/** Answers in the catalog. They are kept encrypted, since what one caller may see is not for whoever reads the disk. */
export class CatalogIdempotencyStore implements IdempotencyStore {
  readonly #context: StoreContext;
  readonly #boot: Boot;

  constructor(context: StoreContext, boot: Boot) {
    this.#context = context;
    this.#boot = boot;
  }

  async run<T>(
    key: string,
    operation: string,
    request: unknown,
    work: (mayBeDone: boolean) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly replayed: boolean }> {
    if (key.length < 1 || key.length > LIMITS.idempotencyKeyCharsMax || !/^[\x21-\x7e]+$/.test(key)) {
      const reason = `it is not 1 to ${LIMITS.idempotencyKeyCharsMax} printable ASCII characters`;
      throw new RingwatchError('IDEMPOTENCY_KEY_INVALID', { reason });
    }
    const known = await this.#claim(key, operation, sha256Hex(canonicalJson(request)));
    if (known.kind === 'answered') return { answer: this.#open(key, known.sealed) as T, replayed: true };
    const running = this.#place(key);
    this.#boot.running.add(running);
    try {
      return { answer: await this.#runOnce(key, () => work(known.mayBeDone)), replayed: false };
    } finally {
      this.#boot.running.delete(running);
    }
  }

  async #runOnce<T>(key: string, work: () => Promise<T>): Promise<T> {
    let answer: T;
    try {
      answer = await work();
    } catch (error) {
      if (error instanceof RingwatchError && !error.retryable) await this.#forget(key);
      throw error;
    }
    await this.#keep(key, answer);
    return answer;
  }

  async #claim(key: string, operation: string, requestHash: string): Promise<Known> {
    const { tenant } = this.#context;
    const principal = this.#principal();
    return await inTenant(this.#context, async (sql) => {
      const over = new Date(this.#context.nowMs() - LIMITS.idempotencyMs).toISOString();
      await sql.query('DELETE FROM idempotency_keys WHERE tenant_id = $1 AND created_at < $2', [
        tenant,
        over,
      ]);
      const claimed = await sql.query(
        `INSERT INTO idempotency_keys (tenant_id, principal_id, key, operation, request_hash, boot, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING key`,
        [tenant, principal, key, operation, requestHash, this.#boot.id, nowIso(this.#context)],
      );
      if (claimed.length > 0) return { kind: 'fresh', mayBeDone: false };
      const rows = await sql.query(
        `SELECT operation, request_hash, boot, answer, ${isAlive('idempotency_keys.boot')} AS alive FROM idempotency_keys
         WHERE tenant_id = $1 AND principal_id = $2 AND key = $3 FOR UPDATE`,
        [tenant, principal, key],
      );
      const row = rows[0];
      if (row === undefined) throw new RingwatchError('IDEMPOTENCY_IN_PROGRESS');
      if (row.operation !== operation || row.request_hash !== requestHash) {
        throw new RingwatchError('IDEMPOTENCY_KEY_REUSED');
      }
      if (row.answer !== null) return { kind: 'answered', sealed: row.answer as Uint8Array };
      // What a start began that is over is not under way any more, nor what this one ended without being able to say so.
      const isOwn = row.boot === this.#boot.id;
      const running = isOwn ? this.#boot.running.has(this.#place(key)) : row.alive === true;
      if (running) throw new RingwatchError('IDEMPOTENCY_IN_PROGRESS');
      await sql.query(
        'UPDATE idempotency_keys SET boot = $4 WHERE tenant_id = $1 AND principal_id = $2 AND key = $3',
        [tenant, principal, key, this.#boot.id],
      );
      return { kind: 'fresh', mayBeDone: true };
    });
  }

  /** Where another start has taken the request over, because this one did not seem alive, the key is that one's. */
  async #keep(key: string, answer: unknown): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(answer ?? null));
    if (bytes.byteLength > LIMITS.idempotencyAnswerBytesMax) return await this.#forget(key);
    const sealed = this.#context.keys.seal(this.#place(key), bytes);
    await inTenant(this.#context, (sql) =>
      sql.query(
        `UPDATE idempotency_keys SET answer = $4
         WHERE tenant_id = $1 AND principal_id = $2 AND key = $3 AND boot = $5 AND answer IS NULL`,
        [this.#context.tenant, this.#principal(), key, sealed, this.#boot.id],
      ),
    );
  }

  async #forget(key: string): Promise<void> {
    await inTenant(this.#context, (sql) =>
      sql.query(
        `DELETE FROM idempotency_keys
         WHERE tenant_id = $1 AND principal_id = $2 AND key = $3 AND boot = $4 AND answer IS NULL`,
        [this.#context.tenant, this.#principal(), key, this.#boot.id],
      ),
    );
  }

  #open(key: string, sealed: Uint8Array): unknown {
    return JSON.parse(new TextDecoder().decode(this.#context.keys.open(this.#place(key), sealed)));
  }

  #place(key: string): string {
    return `${this.#context.tenant} idempotency_keys ${this.#principal()} ${key}`;
  }

  #principal(): string {
    const { actor } = this.#context;
    return actor.kind === 'system' ? `system:${actor.id}` : actor.id;
  }
}
