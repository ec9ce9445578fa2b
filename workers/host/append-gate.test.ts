import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { AppendGate } from './append-gate.ts';

/** Whether a promise is settled once all that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  await nextTurn();
  return settled;
}

describe('the gate of a tenant', () => {
  it('lets in as many frames as may be in flight, and the next as one is folded, in order', async () => {
    const gate = new AppendGate();
    for (let n = 0; n < LIMITS.framesInFlightMax; n++) await gate.enter(100);
    const entered: number[] = [];
    const waiting = [0, 1, 2].map((n) => gate.enter(100).then(() => entered.push(n)));
    expect(await isSettled(waiting[0] as Promise<unknown>)).toBe(false);
    gate.leave(100, 0);
    await waiting[0];
    expect(entered).toEqual([0]);
    gate.leave(100, 0);
    gate.leave(100, null);
    await Promise.all(waiting);
    expect(entered).toEqual([0, 1, 2]);
    expect(gate.frames).toBe(LIMITS.framesInFlightMax);
  });

  it('bounds bytes, but lets one frame in whatever its size', async () => {
    const gate = new AppendGate();
    await gate.enter(LIMITS.frameBytesMax);
    const next = gate.enter(1);
    expect(await isSettled(next)).toBe(false);
    gate.leave(LIMITS.frameBytesMax, 1);
    await next;
    expect(gate.bytes).toBe(1);
  });

  it('lets in less where folding takes long, and more where commits do', async () => {
    const gate = new AppendGate();
    await gate.enter(1000);
    for (let n = 0; n < 50; n++) {
      // A second for each kilobyte.
      const next = gate.enter(1000);
      gate.leave(1000, 1000);
      await next;
    }
    expect(await isSettled(gate.enter(1000))).toBe(false);
    const slowDisk = new AppendGate();
    for (let n = 0; n < 50; n++) slowDisk.committed(1000);
    await slowDisk.enter(1000);
    slowDisk.leave(1000, 500);
    await slowDisk.enter(1000);
    expect(await isSettled(slowDisk.enter(1000))).toBe(true);
  });

  it('refuses what is too much to wait', async () => {
    const gate = new AppendGate();
    for (let n = 0; n < LIMITS.framesInFlightMax; n++) await gate.enter(10);
    const waiting = Array.from({ length: LIMITS.framesWaitingMax }, () => gate.enter(10));
    await expect(gate.enter(10)).rejects.toMatchObject({ code: 'ENGINE_BUSY', retryable: true });
    const closed = new RingwatchError('ENGINE_CLOSED');
    gate.refuseAll(closed);
    for (const each of waiting) await expect(each).rejects.toBe(closed);
    const bytes = new AppendGate();
    await bytes.enter(LIMITS.bytesInFlightMax);
    const large = bytes.enter(LIMITS.bytesWaitingMax);
    await expect(bytes.enter(1)).rejects.toMatchObject({ code: 'ENGINE_BUSY' });
    bytes.leave(LIMITS.bytesInFlightMax, 0);
    await large;
  });
});

describe('the gate of a tenant whose memory is short', () => {
  const shortage = new RingwatchError('ENGINE_MEMORY', { held: 2, limit: 1 });

  it('refuses frames that add, those that wait among them, and lets others pass', async () => {
    const gate = new AppendGate();
    for (let n = 0; n < LIMITS.framesInFlightMax; n++) await gate.enter(100);
    const adding = gate.enter(100, () => true);
    const deleting = gate.enter(100, () => false);
    gate.shorten(shortage);
    await expect(adding).rejects.toBe(shortage);
    await expect(gate.enter(100, () => true)).rejects.toBe(shortage);
    expect(await isSettled(deleting)).toBe(false);
    gate.leave(100, 0);
    await deleting;
    gate.shorten(null);
    const later = gate.enter(100, () => true);
    gate.leave(100, 0);
    await later;
    expect(gate.frames).toBe(LIMITS.framesInFlightMax);
  });

  it('does not look into a frame while there is room', async () => {
    const gate = new AppendGate();
    await gate.enter(100, () => {
      throw new Error('looked');
    });
    expect(gate.frames).toBe(1);
  });
});
