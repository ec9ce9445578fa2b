import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { RefusalPaces, type Turn } from './refusal-pace.ts';

/** Slow enough that nobody's turn comes while a test looks at who waits. */
const PER_SECOND = 1;

let paces: RefusalPaces;
const connections: PassThrough[] = [];

beforeEach(() => {
  paces = new RefusalPaces(PER_SECOND);
});
afterEach(() => {
  for (const connection of connections.splice(0)) connection.destroy();
});

function connect(): PassThrough {
  const connection = new PassThrough();
  connections.push(connection);
  return connection;
}

/** Refuses a name until the next one waits. */
async function exhaust(who: string, perSecond = PER_SECOND): Promise<void> {
  for (let n = 0; n <= perSecond * LIMITS.refusalsBurstSeconds; n++) await paces.refuse(who, connect());
}

/** Has as many wait as may; what comes of each. */
function crowd(who: string): Promise<Turn | null>[] {
  return Array.from({ length: LIMITS.refusalsWaitingOfOneMax }, () => paces.turn(who, connect()));
}

const CROWDED = { code: 'RATE_LIMITED', retryable: true };

describe('those of a name that is refused over and over', () => {
  it('are let go in the order in which they came', async () => {
    paces = new RefusalPaces(20);
    await exhaust('a', 20);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const turn = await paces.turn('a', connect());
        order.push(n);
        if (turn !== null) paces.settle('a', turn, true);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(paces.waiting).toBe(0);
  });

  it('do not wait any more once they have gone, and those behind them come earlier', async () => {
    await exhaust('a');
    const gone = crowd('a');
    const leaving = connections.slice(-gone.length);
    expect(paces.waiting).toBe(gone.length);
    for (const connection of leaving) connection.destroy();
    const results = await Promise.all(gone);
    expect(results.filter((turn) => turn === null).length).toBe(gone.length);
    expect(paces.waiting).toBe(0);
    expect(await paces.turn('a', connect())).toMatchObject({ bucket: expect.anything() });
    const destroyed = connect().destroy();
    expect([await paces.turn('a', destroyed), await paces.turn('a', destroyed)]).toContain(null);
    expect(leaving.map((connection) => connection.listenerCount('close'))).toEqual(leaving.map(() => 0));
  });

  it('that are not refused let the next one go at once', async () => {
    await exhaust('a');
    const first = await paces.turn('a', connect());
    if (first === null) throw new Error('the first one has not gone');
    const next = [paces.turn('a', connect()), paces.turn('a', connect())];
    expect(paces.waiting).toBe(2);
    paces.settle('a', first, false);
    expect(paces.waiting).toBe(1);
    expect((await next[0])?.hasWaited).toBe(true);
  });

  it('are told so at once where too many wait already, while another name does not wait', async () => {
    await exhaust('a');
    const waiting = crowd('a');
    await expect(paces.turn('a', connect())).rejects.toMatchObject(CROWDED);
    await expect(paces.turn('a', connect())).rejects.toMatchObject({
      details: { retryAfterMs: expect.any(Number) },
    });
    // A refusal is told at once then: nobody of the others has been let go for it.
    await paces.refuse('a', connect());
    expect(paces.waiting).toBe(LIMITS.refusalsWaitingOfOneMax);
    expect(await paces.turn('b', connect())).toEqual({ hasWaited: false, bucket: null });
    for (const connection of connections) connection.destroy();
    await Promise.all(waiting);
  });

  it('wait in a bounded number, however many names there are', async () => {
    const names = Array.from(
      { length: LIMITS.refusalsWaitingMax / LIMITS.refusalsWaitingOfOneMax },
      (_, n) => `${n}`,
    );
    for (const name of [...names, 'late']) await exhaust(name);
    const waiting = names.flatMap(crowd);
    expect(paces.waiting).toBe(LIMITS.refusalsWaitingMax);
    await expect(paces.turn('late', connect())).rejects.toMatchObject(CROWDED);
    for (const connection of connections) connection.destroy();
    await Promise.all(waiting);
    expect(paces.waiting).toBe(0);
  });
});

describe('names', () => {
  it('are kept in a bounded number', async () => {
    const connection = connect();
    for (let n = 0; n < LIMITS.refusalNamesMax + 50; n++) await paces.refuse(`${n}`, connection);
    expect(paces.names).toBe(LIMITS.refusalNamesMax);
  });

  it('are forgotten at the next refusal once they are refused no more', async () => {
    for (let n = 0; n < 100; n++) await paces.refuse(`${n}`, connect());
    await setTimeout(LIMITS.refusalsBurstSeconds * 1000 + 10);
    await paces.refuse('next', connect());
    expect(paces.names).toBe(1);
  });
});
