import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { FanoutMessage } from '../../core/ports/fanout.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { MemoryFanout } from './memory-fanout.ts';

const TENANT = newTenantId();

function decision(position: number): FanoutMessage {
  const effect = {
    kind: 'decision',
    id: String(position),
    decision: 'd',
    position,
    source: 's',
    key: 'k',
    time: null,
    outcome: 'approve',
    rules: [],
    alerts: [],
  } as const;
  return { topic: 'decisionMade', effect };
}

describe('many subscribers of one process', () => {
  it('are told a few in a turn of the event loop, each of every message in order', async () => {
    const fanout = new MemoryFanout();
    const told = Array.from({ length: 100 }, (): number[] => []);
    const hearing = told.map(async (heard) => {
      for await (const { effect } of fanout.subscribe(TENANT, 'decisionMade')) heard.push(effect.position);
    });
    await nextTurn();
    fanout.publish(TENANT, decision(1));
    expect(told.flat()).toEqual([]);
    let before = 0;
    let turns = 0;
    for (; before < 100 && turns < 100; turns++) {
      await nextTurn();
      const now = told.flat().length;
      expect(now - before).toBeLessThanOrEqual(16);
      before = now;
    }
    expect(turns).toBeGreaterThanOrEqual(Math.ceil(100 / 16));
    // Several at once reach each by one waking.
    for (let position = 2; position <= 5; position++) fanout.publish(TENANT, decision(position));
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(told).toEqual(told.map(() => [1, 2, 3, 4, 5]));
    await fanout.close();
    await Promise.all(hearing);
  });
});
