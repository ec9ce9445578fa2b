import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { newTenantId } from '../../core/tenant-id.ts';
import { CONTROL, type FromQueries, type ToQueries } from './query-messages.ts';
import { type QueryPlace, QueryPool } from './query-pool.ts';

const REQUEST = { query: { kind: 'saved', name: 'q' }, parameters: {} } as const;
const NO_SIGNAL = new AbortController().signal;

/** A place that says what a test has it say. */
class ScriptedPlace implements QueryPlace {
  readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL.words));
  readonly messages: ToQueries[] = [];
  isEnded = false;
  say: (message: FromQueries) => void = () => undefined;
  fail: (reason: string) => void = () => undefined;
  readonly #answers: boolean;

  constructor(answers = true) {
    this.#answers = answers;
  }

  post(message: ToQueries): void {
    this.messages.push(message);
    if (message.kind !== 'run' || !this.#answers) return;
    setImmediate(() =>
      this.say({ kind: 'answer', id: message.id, bytes: new Uint8Array([message.position]) }),
    );
  }

  connect(onMessage: (message: FromQueries) => void, onEnd: (reason: string) => void): void {
    this.say = onMessage;
    this.fail = onEnd;
  }

  end(): void {
    this.isEnded = true;
  }
}

function quiet(): { readonly took: () => void; readonly lost: () => void } {
  return { took: () => undefined, lost: () => undefined };
}

describe('places that answer queries', () => {
  it('are one for each tenant while there are enough, and shared then, the emptiest first', () => {
    const places: ScriptedPlace[] = [];
    const pool = new QueryPool(() => {
      const place = new ScriptedPlace();
      places.push(place);
      return place;
    }, 2);
    const tenants = Array.from({ length: 5 }, () => newTenantId());
    const seats = tenants.map((tenant) => {
      const seat = pool.sit(tenant, quiet());
      seat.post({ kind: 'definitions', tenant, text: '' }, []);
      return seat;
    });
    expect(places.map(({ messages }) => messages.length)).toEqual([3, 2]);
    // A place ends with its last tenant; until then the copies of those that leave go.
    seats[1]?.leave();
    expect(places[1]?.messages.at(-1)).toEqual({ kind: 'drop', tenant: tenants[1], graph: null });
    seats[3]?.leave();
    expect(places.map(({ isEnded }) => isEnded)).toEqual([false, true]);
    pool.sit(newTenantId(), quiet());
    expect(places).toHaveLength(3);
  });

  it('answer the tenants that share one in turns, a query each', async () => {
    const place = new ScriptedPlace();
    const pool = new QueryPool(() => place, 1);
    const order: string[] = [];
    /** A tenant asks for its next turn when it has had one. */
    const ask = async (name: string, queries: number): Promise<void> => {
      const tenant = newTenantId();
      const seat = pool.sit(tenant, quiet());
      for (let n = 0; n < queries; n++) {
        await seat.turn(async () => {
          await seat.ask({ kind: 'run', tenant, request: REQUEST, position: n }, NO_SIGNAL);
          order.push(name);
        });
      }
    };
    await Promise.all([ask('hostile', 200), ask('a', 5), ask('b', 3)]);
    // Between two queries of a neighbour there is at most one of each other tenant.
    const places = order.flatMap((name, n) => (name === 'a' ? [n] : []));
    expect(places).toHaveLength(5);
    for (const [n, at] of places.entries()) expect(at).toBeLessThan(3 * (n + 1));
    expect(order.lastIndexOf('b')).toBeLessThan(9);
    expect(order).toHaveLength(208);
  });

  it('are told at once that a query is called off', async () => {
    const place = new ScriptedPlace(false);
    const tenant = newTenantId();
    const seat = new QueryPool(() => place).sit(tenant, quiet());
    const cancel = new AbortController();
    const asked = seat.ask({ kind: 'run', tenant, request: REQUEST, position: 0 }, cancel.signal);
    const run = place.messages.find(({ kind }) => kind === 'run') as Extract<ToQueries, { kind: 'run' }>;
    expect(Atomics.load(place.control, CONTROL.cancelled)).toBe(0);
    cancel.abort();
    expect(Atomics.load(place.control, CONTROL.cancelled)).toBe(run.id);
    const failure = {
      code: 'QUERY_CANCELLED',
      details: { edges: 7 },
      position: null,
      hint: null,
      cause: null,
    } as const;
    place.say({ kind: 'failure', id: run.id, failure });
    expect(await asked).toMatchObject({ kind: 'failure', failure });
    expect(place.isEnded).toBe(false);
  });

  it('are ended where a query that is called off comes to no slice, and others are answered by a new one', async () => {
    const places: ScriptedPlace[] = [];
    const pool = new QueryPool(() => {
      const place = new ScriptedPlace(places.length > 0);
      places.push(place);
      return place;
    }, 1);
    const [one, other] = [newTenantId(), newTenantId()];
    let lost = 0;
    const sitter = { took: () => undefined, lost: () => void lost++ };
    const seat = pool.sit(one, sitter);
    pool.sit(other, sitter);
    const cancel = new AbortController();
    const asked = seat.ask({ kind: 'run', tenant: one, request: REQUEST, position: 0 }, cancel.signal);
    Atomics.store((places[0] as ScriptedPlace).control, CONTROL.visited, 4711);
    cancel.abort();
    await expect(asked).rejects.toMatchObject({ code: 'QUERY_CANCELLED', details: { edges: 4711 } });
    expect([places[0]?.isEnded, lost]).toEqual([true, 2]);
    const again = pool.sit(other, sitter);
    const ran = await again.ask({ kind: 'run', tenant: other, request: REQUEST, position: 9 }, NO_SIGNAL);
    expect(ran).toMatchObject({ kind: 'answer', bytes: new Uint8Array([9]) });
    await pause(0);
    expect(places).toHaveLength(2);
    expect(LIMITS.queryCancelMs).toBeLessThan(5_000);
  });

  it('leave nobody waiting where they end by themselves', async () => {
    const place = new ScriptedPlace(false);
    const tenant = newTenantId();
    let isLost = false;
    const seat = new QueryPool(() => place).sit(tenant, {
      took: () => undefined,
      lost: () => {
        isLost = true;
      },
    });
    const asked = seat.ask({ kind: 'run', tenant, request: REQUEST, position: 0 }, NO_SIGNAL);
    place.fail('it ran out of memory');
    await expect(asked).rejects.toMatchObject({
      code: 'QUERY_FAILED',
      details: { reason: 'it ran out of memory' },
    });
    expect(isLost).toBe(true);
    const late = seat.ask({ kind: 'run', tenant, request: REQUEST, position: 0 }, NO_SIGNAL);
    await expect(late).rejects.toMatchObject({ code: 'QUERY_FAILED' });
  });
});
