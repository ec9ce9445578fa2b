import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FrameWriter } from '../core/frame.ts';
import type { TenantEngine } from '../core/ports/engine.ts';
import { newTenantId } from '../core/tenant-id.ts';
import { numeric, type SqlType, TEXT, TIMESTAMPTZ } from '../core/types.ts';
import { startEngines } from '../main/engines.ts';
import { printTable, quantile, short } from './figures.ts';

/**
 * What a decision takes: `node bin/run.mjs bench/decide.ts [seconds]`. Decisions at a steady 500 a second, each timed from
 * when it was due (so that a stall counts for all that it delays) to its answer: the engine idle otherwise, while another
 * tenant sends in bulk as fast as it may, and while the same tenant does. Beside it what the disk takes at that rate: a
 * page written and synced, without anything of ours.
 */
const RATE = 500;
const PRELOADED = 50_000;
const ACCOUNTS = 5_000;
const BULK_ROWS = 500;

const DEFINITIONS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at)
  WITH (allowed_lateness = '1 hour');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE VIEW velocity AS SELECT id, payer, payee, amount, at, COUNT(*) OVER w AS n_1h, SUM(amount) OVER w AS sum_1h
  FROM payments WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (velocity KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAID) WITH (event_time = 'at', retain = '14 days');
CREATE DECISION payment ON payments OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 200 MILLISECONDS;
CREATE RULE fast ON velocity WHEN n_1h >= 20 DO ALERT 'Fast' KEY (payer) SUPPRESS INTERVAL '1 day', DECIDE review;
CREATE RULE ring ON velocity THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:PAID]->{1,4}(b:Account WHERE b.id = $payer)-[last:PAID WHERE last.id = $id]->(a)
    ASCENDING BY at WITHIN INTERVAL '1 day'
  RETURN p, SUM(t.amount) AS moved BUDGET 50000 EDGES DO ALERT 'Ring' SEVERITY HIGH KEY (payer, payee), DECIDE deny;
`;

const COLUMNS: readonly SqlType[] = [TEXT, TEXT, TEXT, numeric(18, 2), TIMESTAMPTZ];
const START_MICROS = 1_790_000_000_000_000;
/** Event time between two payments. */
const STEP_MICROS = 2_000_000;

let seed = 7;
function draw(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return (seed >> 8) % below;
}

function frame(first: number, count: number): Uint8Array {
  const writer = new FrameWriter();
  for (let n = first; n < first + count; n++) {
    const at = START_MICROS + n * STEP_MICROS;
    writer.event(
      'payments',
      [`p${n}`, `A${draw(ACCOUNTS)}`, `A${draw(ACCOUNTS)}`, draw(1e6), at],
      COLUMNS,
      at,
    );
  }
  return writer.finish();
}

/** Sends rows in bulk until it is stopped; tells how many. */
class Bulk {
  readonly #engine: TenantEngine;
  readonly #take: (count: number) => number;
  #stopped = false;
  rows = 0;

  /** `take` gives the number of the first of so many payments. */
  constructor(engine: TenantEngine, take: (count: number) => number) {
    this.#engine = engine;
    this.#take = take;
  }

  async run(): Promise<void> {
    while (!this.#stopped) await this.#send();
  }

  async #send(): Promise<void> {
    const appended = Array.from({ length: 4 }, () => {
      return this.#engine.append(frame(this.#take(BULK_ROWS), BULK_ROWS), BULK_ROWS);
    });
    await Promise.all(appended);
    this.rows += 4 * BULK_ROWS;
  }

  stop(): void {
    this.#stopped = true;
  }
}

interface Outcome {
  readonly latenciesMs: readonly number[];
  readonly fallbacks: number;
}

/** Calls `decide` at the rate, each call timed from when it was due. */
async function atRate(seconds: number, decide: (n: number) => Promise<boolean>): Promise<Outcome> {
  const latenciesMs: number[] = [];
  let fallbacks = 0;
  const startedMs = performance.now();
  const open: Promise<void>[] = [];
  for (let n = 0; n < seconds * RATE; n++) {
    const dueMs = startedMs + (n * 1000) / RATE;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    const done = decide(n).then((isFallback) => {
      latenciesMs.push(performance.now() - dueMs);
      if (isFallback) fallbacks++;
    });
    open.push(done);
  }
  await Promise.all(open);
  return { latenciesMs, fallbacks };
}

/** What the disk takes at that rate for a page that is written and synced. */
async function diskSync(folder: string, seconds: number): Promise<Outcome> {
  const file = await open(path.join(folder, 'page'), 'w');
  const page = Buffer.alloc(4096, 1);
  let last: Promise<unknown> = Promise.resolve();
  const outcome = await atRate(seconds, async (n) => {
    last = last.then(async () => {
      await file.write(page, 0, page.length, (n % 1000) * page.length);
      await file.datasync();
    });
    await last;
    return false;
  });
  await file.close();
  return outcome;
}

async function main(): Promise<void> {
  const seconds = Number(process.argv[2] ?? 20);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-decide-'));
  const host = startEngines({ folder });
  host.onEffects(async () => undefined);
  const rows: string[][] = [
    ['500 decisions/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'FALLBACK', 'bulk rows/s'],
  ];
  const add = (name: string, { latenciesMs, fallbacks }: Outcome, bulk: number): void => {
    const figures = [0.5, 0.99, 0.999, 1].map((q) => short(quantile(latenciesMs, q)));
    rows.push([name, ...figures, String(fallbacks), bulk === 0 ? '-' : short(bulk)]);
  };
  try {
    const [asked, other] = [newTenantId(), newTenantId()].map((tenant) => host.engine(tenant));
    if (asked === undefined || other === undefined) return;
    const counter = (): ((count: number) => number) => {
      let next = PRELOADED;
      return (count) => {
        next += count;
        return next - count;
      };
    };
    const take = counter();
    for (const engine of [asked, other]) {
      await host.create(engine.tenant);
      await engine.publish(DEFINITIONS, { allowDrop: false });
      for (let n = 0; n < PRELOADED; n += BULK_ROWS) {
        const appended = await engine.append(frame(n, BULK_ROWS), BULK_ROWS);
        if (n + BULK_ROWS >= PRELOADED) await appended.applied();
      }
    }
    const decide = async (): Promise<boolean> => (await asked.decide(frame(take(1), 1), 200)).afterDeadline;
    await atRate(3, decide);
    add('disk: a page written and synced', await diskSync(folder, Math.min(seconds, 10)), 0);
    add('engine idle', await atRate(seconds, decide), 0);
    const beside = new Bulk(other, counter());
    const running = beside.run();
    add('bulk of another tenant', await atRate(seconds, decide), 0);
    beside.stop();
    await running;
    const head = rows.at(-1);
    if (head !== undefined) head[6] = short(beside.rows / seconds);
    const same = new Bulk(asked, take);
    const runningSame = same.run();
    add('bulk of the same tenant', await atRate(seconds, decide), 0);
    same.stop();
    await runningSame;
    const last = rows.at(-1);
    if (last !== undefined) last[6] = short(same.rows / seconds);
    const { rss, heapUsed } = process.memoryUsage();
    printTable(rows);
    console.error(
      `memory: ${short(rss / 2 ** 20)} MiB resident, ${short(heapUsed / 2 ** 20)} MiB heap of the gateway`,
    );
    console.error(
      `state: ${short((await asked.describe()).stateBytes / 2 ** 20)} MiB of the tenant that is asked`,
    );
  } finally {
    await host.close();
    rmSync(folder, { recursive: true });
  }
}

await main();
