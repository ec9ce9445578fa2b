import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Random } from '../model/random.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';
import { type Answer, CSV, send } from './http-client.ts';

const DEFINITIONS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, amount BIGINT);
CREATE RULE big ON payments WHEN amount % 10 = 0 DO ALERT 'Big' KEY (payer);
`;
const EVENTS = '/v1/sources/payments/events';
const LIVES = 5;
const CONNECTIONS = 3;

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-kill-'));
const started: ServeProcess[] = [];

async function start(): Promise<ServeProcess> {
  const service = await startServe(path.join(folder, 'data'));
  started.push(service);
  return service;
}

afterAll(async () => {
  for (const service of started) await service.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Rows `from` to `to` of a stream that has no end. */
function bodyOf(rows: readonly number[]): string {
  return `id,payer,amount\n${rows.map((n) => `e${n},p${n % 50},${n}\n`).join('')}`;
}

/** Sends batch after batch over several connections until the service is gone; notes what was acknowledged, and what was not. */
class Load {
  readonly acknowledged: number[] = [];
  /** Batches whose answer never came: they may be in or not, and are sent again. */
  readonly open: number[][] = [];
  readonly refusals: Answer[] = [];
  #next = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  async send(service: ServeProcess, token: string): Promise<void> {
    let gone = false;
    const connection = async (): Promise<void> => {
      while (!gone) {
        const batch = this.open.shift() ?? this.#batch();
        try {
          const answer = await send(service.address, EVENTS, { token, headers: CSV, body: bodyOf(batch) });
          if (answer.status === 200) this.acknowledged.push(...batch);
          else {
            this.open.push(batch);
            this.refusals.push(answer);
            gone = true;
          }
        } catch {
          this.open.push(batch);
          gone = true;
        }
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  }

  #batch(): number[] {
    const from = this.#next;
    this.#next += 1 + this.#random.below(2000);
    return Array.from({ length: this.#next - from }, (_, n) => from + n);
  }
}

/** How many of the rows the service knows: it is sent them again, and says which keys it had. */
async function known(service: ServeProcess, token: string, rows: readonly number[]): Promise<number> {
  const { status, json } = await send(service.address, `${EVENTS}?wait=applied`, {
    token,
    headers: CSV,
    body: bodyOf(rows),
  });
  expect([status, json.rows, json.accepted]).toEqual([200, rows.length, rows.length]);
  return json.duplicates as number;
}

describe('under a load over HTTP', () => {
  it('a process killed again and again keeps every acknowledged row, and raises each alert once', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
    console.log(`kill seed ${seed}`);
    const random = new Random(seed);
    const load = new Load(random);
    let service = await start();
    const { key } = await provision(service, 'bank', DEFINITIONS);
    const token = await key(['INGEST', 'ALERTS', 'QUERY']);
    for (let life = 0; life < LIVES; life++) {
      const before = load.acknowledged.length;
      const sending = load.send(service, token);
      const enough = before + 1 + random.below(20_000);
      while (load.acknowledged.length < enough) await setTimeout(random.below(10));
      // The last of these signals asks for a clean stop: then all is answered, or refused with a code.
      const signal = life === LIVES - 1 ? 'SIGTERM' : 'SIGKILL';
      const end = await service.stop(signal);
      await sending;
      if (signal === 'SIGTERM') {
        expect(end).toEqual({ code: 0, signal: null });
        for (const { json } of load.refusals) expect(json.error?.code).toBe('SERVICE_STOPPING');
      } else expect(end).toEqual({ code: null, signal: 'SIGKILL' });
      service = await start();
    }
    const rows = load.acknowledged;
    expect(new Set(rows).size).toBe(rows.length);
    expect(await known(service, token, rows)).toBe(rows.length);
    // It would be seen if one were missing.
    expect(await known(service, token, [...rows.slice(0, 10), -1])).toBe(10);

    const left = load.open.flat();
    await known(service, token, left);
    const wanted = [...rows, ...left].filter((n) => n % 10 === 0);
    await alertsOf(service, token, wanted.length);
    await usageOfTheLog(service, token);
    await service.stop();
  });
});

/** Whatever was killed when, usage says what the log does. */
async function usageOfTheLog(service: ServeProcess, token: string): Promise<void> {
  const data = (await service.graphql(
    token,
    '{ usage { figures { metric used } } health { engine { accepted duplicates alerts } } }',
  )) as {
    usage: { figures: readonly { metric: string; used: string }[] };
    health: { engine: { accepted: string; duplicates: string; alerts: string } };
  };
  const used = Object.fromEntries(data.usage.figures.map(({ metric, used: some }) => [metric, some]));
  const { accepted, duplicates, alerts } = data.health.engine;
  const records = String(Number(accepted) + Number(duplicates));
  expect(used).toMatchObject({ RECORDS: records, DUPLICATES: duplicates, ALERTS: alerts });
}

/** Waits until so many alerts are in the catalog; more would never go. */
async function alertsOf(service: ServeProcess, token: string, count: number): Promise<void> {
  const text = '{ alerts(first: 1) { totalCount } health { engine { alerts lag } } }';
  for (;;) {
    const data = (await service.graphql(token, text)) as {
      alerts: { totalCount: number };
      health: { engine: { alerts: string; lag: string } };
    };
    expect(data.alerts.totalCount).toBeLessThanOrEqual(count);
    expect(Number(data.health.engine.alerts)).toBe(count);
    if (data.alerts.totalCount === count) return;
    await setTimeout(50);
  }
}
