import { describe, expect, it } from '@jest/globals';
import type { TenantId } from '../../core/tenant-id.ts';
import { MemoryBudget } from './memory-budget.ts';

const [A, B, C] = ['ten_a', 'ten_b', 'ten_c'] as unknown as readonly [TenantId, TenantId, TenantId];

describe('the budget of memory', () => {
  it('refuses a tenant alone at its quota, until it holds a twentieth less', () => {
    const budget = new MemoryBudget(null);
    budget.setQuota(A, 1000);
    budget.measured(B, 1e9);
    const seen = [700, 750, 999, 1000, 951, 950, 949, 999].map((bytes) => {
      budget.measured(A, bytes);
      const { pressed, short, limit } = budget.verdict(A);
      expect(limit).toBe(1000);
      return [pressed, short];
    });
    expect(seen).toEqual([
      [false, null],
      [true, null],
      [true, null],
      [true, 'tenant'],
      [true, 'tenant'],
      [true, 'tenant'],
      [true, null],
      [true, null],
    ]);
    expect(budget.verdict(B)).toEqual({ pressed: false, short: null, spent: false, limit: null });
  });

  it('goes on deciding until a tenth more is held', () => {
    const budget = new MemoryBudget(null);
    budget.setQuota(A, 1000);
    budget.measured(A, 1099);
    expect(budget.verdict(A)).toMatchObject({ short: 'tenant', spent: false });
    budget.measured(A, 1100);
    expect(budget.verdict(A)).toMatchObject({ short: 'tenant', spent: true });
  });

  it('refuses those that hold their share or more where all together hold too much', () => {
    const budget = new MemoryBudget(900);
    budget.measured(A, 100);
    budget.measured(B, 500);
    budget.measured(C, 299);
    expect([A, B, C].map((tenant) => budget.verdict(tenant).short)).toEqual([null, null, null]);
    budget.measured(B, 501);
    expect([A, B, C].map((tenant) => budget.verdict(tenant).short)).toEqual([null, 'engine', null]);
    expect(budget.verdict(B)).toMatchObject({ limit: 501, pressed: true });
    expect(budget.verdict(C)).toMatchObject({ pressed: false, spent: false });
    // Of two that hold as much as each other both are, whatever the small one leaves them.
    budget.measured(C, 501);
    expect([A, B, C].map((tenant) => budget.verdict(tenant).short)).toEqual([null, 'engine', 'engine']);
    expect(budget.verdict(C).limit).toBe(400);
    budget.measured(B, 600);
    expect(budget.verdict(B).spent).toBe(true);
    expect(budget.verdict(A)).toMatchObject({ short: null, spent: false });
    budget.measured(C, 299);
    budget.measured(B, 450);
    expect([A, B, C].map((tenant) => budget.verdict(tenant).short)).toEqual([null, null, null]);
  });

  it('lets go of a quota that is taken away, and of a tenant that holds nothing any more', () => {
    const budget = new MemoryBudget(900);
    budget.setQuota(A, 10);
    budget.measured(A, 10);
    budget.measured(B, 1000);
    expect([budget.verdict(A).short, budget.verdict(B).short]).toEqual(['tenant', 'engine']);
    budget.setQuota(A, null);
    expect(budget.verdict(A)).toMatchObject({ short: null, limit: 900 });
    budget.measured(B, 0);
    expect(budget.verdict(B)).toMatchObject({ pressed: false, short: null });
    expect(budget.bytes).toBe(10);
  });

  it('refuses nobody for being one of many: what small ones leave is shared out', () => {
    const budget = new MemoryBudget(1000);
    for (let n = 0; n < 97; n++) budget.measured(`ten_small${n}` as unknown as TenantId, 1);
    budget.measured(A, 20);
    budget.measured(B, 900);
    expect([A, B].map((tenant) => budget.verdict(tenant).short)).toEqual([null, 'engine']);
    expect(budget.verdict(B).limit).toBe(883);
  });

  it('says whether others may be concerned: not while there is room for all', () => {
    const budget = new MemoryBudget(1000);
    budget.setQuota(A, 100);
    expect([400, 700, 760, 700].map((bytes) => budget.measured(A, bytes))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect([budget.measured(B, 10), budget.remove(B), budget.bytes]).toEqual([false, false, 700]);
  });

  it('has nobody refused without a limit, whatever is held', () => {
    const budget = new MemoryBudget(null);
    budget.measured(A, 1e15);
    expect(budget.verdict(A)).toEqual({ pressed: false, short: null, spent: false, limit: null });
  });
});
