import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Fold } from '../../engine/fold.ts';
import { UNSHARED_TURNS } from '../stream/turns.ts';
import { MemoryBudget } from './memory-budget.ts';
import { FoldMemory } from './tenant-memory.ts';

/** A fold whose one graph has segments that nobody reads, and that nothing else makes smaller. */
function coldFold(): Fold {
  const segment = { name: 'a', bytes: new Uint8Array(10), idleMs: 1000, rest: (): void => undefined };
  const fold: unknown = {
    memory: () => [{ part: 'segments', bytes: 1000 }],
    relieve: () => false,
    program: { graphs: [{ name: 'g' }] },
    graph: () => ({ coldSegments: () => [segment] }),
  };
  return fold as Fold;
}

describe('the memory of a fold', () => {
  it('is not let go while a segment is written to disk, and nothing is written after', async () => {
    const budget = new MemoryBudget(null);
    const tenant = 'ten_a' as unknown as TenantId;
    budget.setQuota(tenant, 1000);
    const memory = new FoldMemory({
      tenant,
      budget,
      turns: UNSHARED_TURNS,
      letGo: () => undefined,
      othersJudged: () => undefined,
      tell: () => undefined,
      failed: (error) => {
        throw error;
      },
      coldAfterMs: 0,
    });
    await memory.written;
    const writes: (() => void)[] = [];
    const cold = {
      write: () => new Promise<void>((resolve) => writes.push(resolve)),
      read: () => undefined,
    };
    memory.follow(coldFold(), cold);
    memory.judge();
    while (writes.length === 0) await nextTurn();
    memory.follow(null);
    let isWritten = false;
    const written = memory.written.then(() => {
      isWritten = true;
    });
    for (let n = 0; n < 10; n++) await nextTurn();
    expect(isWritten).toBe(false);
    writes[0]?.();
    await written;
    for (let n = 0; n < 10; n++) await nextTurn();
    expect(writes).toHaveLength(1);
  });
});
