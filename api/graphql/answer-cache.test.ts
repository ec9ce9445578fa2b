import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { QueryAnswer } from '../../core/ports/engine.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { AnswerCache } from './answer-cache.ts';

const ANSWER = { rows: [] } as unknown as QueryAnswer;

describe('answers with further pages', () => {
  it('are kept for so long after they were read last', () => {
    const clock = { ms: 0 };
    const cache = new AnswerCache(() => clock.ms);
    const tenant = newTenantId();
    const key = cache.keep(tenant, ANSWER);
    clock.ms += LIMITS.answerKeptMs;
    expect(cache.find(tenant, key)).toBe(ANSWER);
    clock.ms += LIMITS.answerKeptMs + 1;
    expect(cache.find(tenant, key)).toBeNull();
  });

  it('are so many of a tenant and so many in all: those read longest ago go', () => {
    const cache = new AnswerCache(() => 0);
    const [first, ...others] = Array.from(
      { length: 1 + LIMITS.answersKept / LIMITS.answersKeptPerTenant },
      newTenantId,
    ) as [ReturnType<typeof newTenantId>];
    const keys = Array.from({ length: LIMITS.answersKeptPerTenant }, () => cache.keep(first, ANSWER));
    expect(cache.find(first, keys[0] as string)).toBe(ANSWER);
    cache.keep(first, ANSWER);
    expect(keys.map((key) => cache.find(first, key) !== null)).toEqual([true, false, ...Array(6).fill(true)]);
    for (const tenant of others as readonly ReturnType<typeof newTenantId>[]) {
      for (let n = 0; n < LIMITS.answersKeptPerTenant; n++) cache.keep(tenant, ANSWER);
    }
    expect(keys.map((key) => cache.find(first, key))).toEqual(Array(keys.length).fill(null));
  });

  it('are their tenant’s only', () => {
    const cache = new AnswerCache();
    const tenant = newTenantId();
    const key = cache.keep(tenant, ANSWER);
    expect(cache.find(newTenantId(), key)).toBeNull();
    expect(cache.find(tenant, key)).toBe(ANSWER);
  });
});
