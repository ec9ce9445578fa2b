import { randomBytes } from 'node:crypto';
import { LIMITS } from '../../core/limits.ts';
import type { QueryAnswer } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';

/** Answers of queries that have further pages, so that all pages of one are of one position. Bounded in number and time. */
export class AnswerCache {
  /** The least recently used first. */
  readonly #answers = new Map<
    string,
    { readonly tenant: TenantId; readonly answer: QueryAnswer; atMs: number }
  >();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Keeps an answer; its key. */
  keep(tenant: TenantId, answer: QueryAnswer): string {
    const key = randomBytes(12).toString('base64url');
    this.#forget(tenant);
    this.#answers.set(key, { tenant, answer, atMs: this.#nowMs() });
    return key;
  }

  /** The answer, or null where it is kept no more or was another tenant's. */
  find(tenant: TenantId, key: string): QueryAnswer | null {
    const kept = this.#answers.get(key);
    if (kept === undefined || kept.tenant !== tenant) return null;
    this.#answers.delete(key);
    if (this.#nowMs() - kept.atMs > LIMITS.answerKeptMs) return null;
    kept.atMs = this.#nowMs();
    this.#answers.set(key, kept);
    return kept.answer;
  }

  #forget(tenant: TenantId): void {
    const oldestMs = this.#nowMs() - LIMITS.answerKeptMs;
    const own: string[] = [];
    for (const [key, kept] of this.#answers) {
      if (kept.atMs < oldestMs) this.#answers.delete(key);
      else if (kept.tenant === tenant) own.push(key);
    }
    for (const key of own.slice(0, Math.max(0, own.length + 1 - LIMITS.answersKeptPerTenant))) {
      this.#answers.delete(key);
    }
    for (const key of this.#answers.keys()) {
      if (this.#answers.size < LIMITS.answersKept) break;
      this.#answers.delete(key);
    }
  }
}
