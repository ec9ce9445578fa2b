import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { provision, startServe } from '../tests/tools/serve-process.ts';
import { median, printTable, short, spread } from './figures.ts';
import { HttpPool } from './http-pool.ts';

const EVENTS = 256_000;
const ROUNDS = 3;
const BODY_ROWS = 1_000;
/** Bodies under way at once, whoever's they are. */
const BODIES = 8;
const ACCOUNTS = 2_000;
const START_SECONDS = Date.UTC(2026, 0, 1) / 1000;

const DEFINITIONS = `
CREATE SOURCE transfers (id TEXT PRIMARY KEY, src TEXT, dst TEXT, amount NUMERIC(18,2), t BIGINT,
    at TIMESTAMPTZ AS to_timestamp(t), WATERMARK FOR at) WITH (allowed_lateness = '4 hours');
CREATE TABLE accounts (id TEXT PRIMARY KEY);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (id) SOURCE KEY (src) REFERENCES accounts (id)
    DESTINATION KEY (dst) REFERENCES accounts (id) LABEL SENT) WITH (event_time = 'at', retain = '1 day');
CREATE RULE ring ON transfers THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[t:SENT]->{1,3}(b:Account WHERE b.id = $src)-[last:SENT WHERE last.id = $id]->(a)
    ASCENDING BY at WITHIN INTERVAL '1 hour'
  RETURN p DO ALERT 'Ring' KEY (src, dst);
`;

/** One round of so many tenants. */
interface Round {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakBytes: number;
}

/** What 64 tenants and one came to. */
export interface TenantsFigures {
  readonly one: readonly Round[];
  readonly many: readonly Round[];
  /** Events a second of 64 tenants over those of one; and CPU an event likewise. */
  readonly ratio: number;
  readonly cpuRatio: number;
}

/**
 * 64 tenants against 1 with the same events in all, over HTTP: bodies of 1,000 rows, 8 under way at once, durable; timed
 * from the first byte until all is folded. Rounds take turns, so that what else the machine does falls on both.
 */
export async function benchTenants(): Promise<TenantsFigures> {
  const one: Round[] = [];
  const many: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await measure(1));
    many.push(await measure(64));
  }
  const rate = (rounds: readonly Round[]): number =>
    median(rounds.map(({ eventsPerSecond }) => eventsPerSecond));
  const cpu = (rounds: readonly Round[]): number =>
    median(rounds.map(({ cpuMicrosPerEvent }) => cpuMicrosPerEvent));
  const row = (name: string, rounds: readonly Round[]): string[] => [
    name,
    short(rate(rounds)),
    `${short(100 * spread(rounds.map(({ eventsPerSecond }) => eventsPerSecond)))} %`,
    short(cpu(rounds)),
    short(Math.max(...rounds.map(({ peakBytes }) => peakBytes)) / 2 ** 20),
  ];
  printTable([['tenants', 'events/s', 'noise', 'CPU us/event', 'peak MB'], row('1', one), row('64', many)]);
  return { one, many, ratio: rate(many) / rate(one), cpuRatio: cpu(many) / cpu(one) };
}

async function measure(tenants: number): Promise<Round> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-tenants-'));
  const service = await startServe(path.join(folder, 'data'));
  const pools: HttpPool[] = [];
  try {
    for (let n = 0; n < tenants; n++) {
      const tenant = await provision(service, `tenant-${n}`, DEFINITIONS);
      pools.push(new HttpPool(service.address, await tenant.key(['INGEST'])));
    }
    const each = Math.floor(EVENTS / tenants / BODY_ROWS);
    const bodies = Array.from({ length: each }, (_, n) => bodyOf(n * BODY_ROWS));
    const cpuBefore = service.cpuSeconds();
    const began = performance.now();
    let next = 0;
    const send = async (): Promise<void> => {
      while (next < each * tenants) {
        const n = next++;
        const body = bodies[Math.floor(n / tenants)] as Buffer;
        await post(pools[n % tenants] as HttpPool, body, '');
      }
    };
    await Promise.all(Array.from({ length: BODIES }, send));
    // A repeated row is folded behind all that came before it.
    const last = bodyOf(0, 1);
    await Promise.all(pools.map((pool) => post(pool, last, '?wait=applied')));
    const events = each * BODY_ROWS * tenants;
    return {
      eventsPerSecond: events / ((performance.now() - began) / 1000),
      cpuMicrosPerEvent: ((service.cpuSeconds() - cpuBefore) * 1e6) / events,
      peakBytes: service.memory().peak,
    };
  } finally {
    for (const pool of pools) pool.close();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function post(pool: HttpPool, body: Buffer, query: string): Promise<void> {
  const reply = await pool.post(`/v1/sources/transfers/events${query}`, 'text/csv', body);
  if (reply.status !== 200) throw new Error(reply.body);
}

/** The same rows for the same place in the load, whoever sends them. */
function bodyOf(first: number, count = BODY_ROWS): Buffer {
  let seed = first + 1;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (seed >> 8) % below;
  };
  const lines = ['id,src,dst,amount,t'];
  for (let n = first; n < first + count; n++) {
    const amount = (draw(1e6) / 100).toFixed(2);
    lines.push(`t${n},A${draw(ACCOUNTS)},A${draw(ACCOUNTS)},${amount},${START_SECONDS + n}`);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}
