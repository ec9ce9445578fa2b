import { describe, expect, it } from '@jest/globals';
import type { TenantContext } from '../request-context.ts';
import { SenderNotes } from './sender-notes.ts';

describe('notes of who sends transfers', () => {
  const made: string[] = [];
  let isAway = false;
  const context = (tenant: string, credentialId: string): TenantContext => {
    const recordChange = async (action: string, target: string): Promise<void> => {
      if (isAway) throw new Error('away');
      made.push(`${tenant} ${credentialId} ${action} ${target}`);
    };
    return { tenant: { id: tenant, audit: { recordChange } }, principal: { credentialId } } as never;
  };

  it('are made once an hour for each credential and column, and again where one could not be made', async () => {
    let nowMs = 0;
    const notes = new SenderNotes(() => nowMs);
    const send = async (tenant: string, credential: string, relation: string): Promise<string[]> => {
      notes.note(context(tenant, credential), relation);
      await new Promise((resolve) => setImmediate(resolve));
      return made.splice(0);
    };
    expect(await send('a', 'k', 'users.energy')).toEqual(['a k transfer.send users.energy']);
    expect(await send('a', 'k', 'users.energy')).toEqual([]);
    expect(await send('a', 'k', 'users.points')).toHaveLength(1);
    expect(await send('a', 'l', 'users.energy')).toHaveLength(1);
    expect(await send('b', 'k', 'users.energy')).toHaveLength(1);
    isAway = true;
    expect(await send('b', 'l', 'users.energy')).toEqual([]);
    isAway = false;
    expect(await send('b', 'l', 'users.energy')).toHaveLength(1);
    nowMs = 3_600_000;
    expect(await send('a', 'k', 'users.energy')).toHaveLength(1);
  });
});
