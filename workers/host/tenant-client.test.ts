import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { Transferred } from '../../core/ports/engine.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { TenantClient } from './tenant-client.ts';
import type { TenantLink } from './tenant-link.ts';

describe('transfers through the client of a tenant', () => {
  /** Lets the frames through the gate one by one, each folded in `foldMs`; how many are in flight beside the first then. */
  async function inFlightAfter(foldMs: number): Promise<number> {
    const answers: (() => void)[] = [];
    const told: Transferred = { offset: 0, position: 1, outcomes: [], commitMs: 0, foldMs };
    const link = {
      call: () => new Promise((resolve) => answers.push(() => resolve(told))),
    } as unknown as TenantLink;
    const client = new TenantClient(newTenantId(), link);
    const send = () => client.transfer(new Uint8Array(100), 1);
    const learnt = send();
    await new Promise((resolve) => setImmediate(resolve));
    answers.shift()?.();
    await learnt;
    const sent = [send(), send(), send()];
    await new Promise((resolve) => setImmediate(resolve));
    const { frames } = client.gate;
    while (answers.length > 0) {
      answers.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(sent);
    expect(client.gate.frames).toBe(0);
    return frames;
  }

  it('are let in as fast as they are folded: the gate learns what folding them takes', async () => {
    expect(await inFlightAfter(0)).toBe(3);
    expect(await inFlightAfter(100 * LIMITS.foldInFlightMs)).toBe(1);
  });
});
