import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { present } from '../../core/assert.ts';
import { FrameReader } from '../../core/frame.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { folderStorage } from '../../main/run-engines.ts';
import { Random } from '../model/random.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';

jest.setTimeout(1_800_000);

/** Keys are remembered for the two hours; what was answered of those that come later is known as well. */
const DEFINITIONS = `CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount INTEGER, at TIMESTAMPTZ,
  WATERMARK FOR at) WITH (allowed_lateness = '2 hours', max_ahead = '36500 days');
CREATE DECISION payment ON payments OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 5000 MILLISECONDS;
CREATE VIEW hourly AS SELECT id, payer, SUM(amount) OVER w AS moved FROM payments
  WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW);
CREATE RULE much ON hourly WHEN moved > 500 DO DECIDE deny;
CREATE RULE large ON payments WHEN amount > 90 DO ALERT 'Large' KEY (payer), DECIDE review;
CREATE RULE own ON payments WHEN payer = payee DO REFUSE;
`;
const LIVES = 3;
const CONNECTIONS = 3;
const DECIDE = `mutation ($event: Row!, $deadlineMs: Int) {
  decide(input: { source: "payments", event: $event, deadlineMs: $deadlineMs }) {
    decision { outcome afterDeadline durable duplicate } userErrors { code } } }`;

/** What a caller was told of an event: an outcome, or the code for which there is none. */
interface Told {
  readonly answer: string;
  readonly afterDeadline: boolean;
  readonly durable: boolean;
  readonly duplicate: boolean;
}

/** The service lives, and did not answer the question. */
class Refused extends Error {}

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-decide-'));
const started: ServeProcess[] = [];

afterAll(async () => {
  for (const service of started) await service.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<ServeProcess> {
  const service = await startServe(path.join(folder, 'data'));
  started.push(service);
  return service;
}

/** Beyond the allowed lateness. */
const LATE_SECONDS = 10_800;

/** An event by its number: the same fields whenever it is sent. Some move too much, some to oneself, some come too late. */
function eventOf(n: number): Readonly<Record<string, unknown>> {
  const random = new Random(n * 7919 + 1);
  const payer = `p${random.below(8)}`;
  // Not the first ones: what comes before any watermark is not late.
  const late = n > 20 && random.below(12) === 0 ? LATE_SECONDS : random.below(300);
  const at = Date.UTC(2026, 0, 1) + (n * 5 - late) * 1000;
  const amount = random.below(100);
  return { id: `e${n}`, payer, payee: `p${random.below(8)}`, amount, at: new Date(at).toISOString() };
}

async function ask(
  service: ServeProcess,
  token: string,
  n: number,
  deadlineMs: number | null,
): Promise<Told> {
  const response = await fetch(`${service.address}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: DECIDE, variables: { event: eventOf(n), deadlineMs } }),
  });
  const { data, errors } = (await response.json()) as {
    data?: {
      decide: {
        decision: (Omit<Told, 'answer'> & { outcome: string }) | null;
        userErrors: { code: string }[];
      };
    };
    errors?: unknown;
  };
  if (data === undefined) throw new Refused(JSON.stringify(errors));
  const { decision, userErrors } = data.decide;
  if (decision !== null) return { ...decision, answer: decision.outcome };
  const answer = present(userErrors[0]).code;
  return { answer, afterDeadline: false, durable: true, duplicate: false };
}

/** Asks for new events over several connections until the service is gone, and now and then for one asked before. */
class Asking {
  /** What was told at the first asking that was answered, where it has to be told again. */
  readonly told = new Map<number, string>();
  /** Answered at the deadline before the log was known to have it. */
  loose = 0;
  fallbacks = 0;
  repeated = 0;
  readonly differences: string[] = [];
  readonly refusals: string[] = [];
  #next = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get asked(): number {
    return this.#next;
  }

  async run(service: ServeProcess, token: string): Promise<void> {
    const connection = async (): Promise<void> => {
      for (;;) {
        const isRepeat = this.told.size > 0 && this.#random.below(4) === 0;
        try {
          if (isRepeat)
            await this.again(
              service,
              token,
              present([...this.told.keys()][this.#random.below(this.told.size)]),
            );
          else await this.#first(service, token, this.#next++);
        } catch (error) {
          if (!(error instanceof Refused)) return;
          // A busy machine refuses now and then what may be asked again.
          this.refusals.push(error.message);
        }
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  }

  /** The same as it was told. */
  async again(service: ServeProcess, token: string, n: number): Promise<void> {
    const { answer } = await ask(service, token, n, null);
    this.repeated++;
    const before = this.told.get(n);
    if (answer !== before) this.differences.push(`e${n}: told ${before}, then ${answer}`);
  }

  async #first(service: ServeProcess, token: string, n: number): Promise<void> {
    const deadlines = [null, 1, 2, 5, 1000];
    const deadlineMs = deadlines[this.#random.below(5)] as number | null;
    const { answer, afterDeadline, durable } = await ask(service, token, n, deadlineMs);
    if (afterDeadline) this.fallbacks++;
    if (durable) this.told.set(n, answer);
    else this.loose++;
  }
}

/** What the log says of each event, by key: folded from its beginning by a fold of its own. */
async function answersOfLog(data: string): Promise<Map<string, string>> {
  const { readdirSync } = await import('node:fs');
  const tenants = path.join(data, 'tenants');
  const tenant = present(readdirSync(tenants).find((name) => name.startsWith('ten_'))) as TenantId;
  const storage = await folderStorage(tenants).open(tenant, false);
  const answers = new Map<string, string>();
  const fold = new Fold({
    tenant,
    compile: compileDefinitions,
    emit: (effect) => {
      if (effect.kind === 'decision') answers.set(effect.key, effect.outcome);
      if (effect.kind === 'deadline') answers.set(effect.key, effect.answered);
    },
  });
  expect(storage.log.start).toBe(0);
  for await (const { bytes } of storage.log.read(0)) {
    const reader = new FrameReader(bytes, (relation) => fold.storedTypes(relation));
    for (let record = reader.next(); record !== null; record = reader.next()) {
      const { late } = fold.counters;
      fold.apply(record);
      if (record.kind === 'event' && fold.counters.late > late)
        if (fold.answeredBefore === null) answers.set(String(record.row[0]), 'EVENT_TOO_LATE');
    }
  }
  await storage.close();
  return answers;
}

describe('a decision asked for over HTTP', () => {
  it('is told as it was told before, whatever is killed, and as the log says when it is folded again', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
    console.log(`decide seed ${seed}`);
    const random = new Random(seed);
    const asking = new Asking(random);
    let service = await start();
    const { key } = await provision(service, 'bank', DEFINITIONS);
    const token = await key(['DECIDE']);
    for (let life = 0; life < LIVES; life++) {
      const enough = asking.told.size + 40 + random.below(60);
      const running = asking.run(service, token);
      while (asking.told.size < enough) {
        expect(asking.refusals.slice(100)).toEqual([]);
        await setTimeout(random.below(20));
      }
      await service.stop(life === LIVES - 1 ? 'SIGTERM' : 'SIGKILL');
      await running;
      service = await start();
    }
    await Promise.all([...asking.told.keys()].map((n) => asking.again(service, token, n)));
    expect(asking.differences).toEqual([]);
    await service.stop();

    const fromLog = await answersOfLog(path.join(folder, 'data'));
    const told = [...asking.told].map(([n, answer]) => [`e${n}`, answer]);
    expect(told.map(([event]) => [event, fromLog.get(String(event))])).toEqual(told);
    // All that may be told was told, so that the comparison is worth something.
    const kinds = new Set(asking.told.values());
    expect([...kinds].sort()).toEqual(['EVENT_TOO_LATE', 'approve', 'deny', 'refused', 'review']);
    expect(asking.fallbacks).toBeGreaterThan(0);
    expect(asking.repeated).toBeGreaterThan(asking.told.size);
    console.log(
      `${asking.told.size} events told, ${asking.repeated} times again; ${asking.fallbacks} after their deadline, ${asking.loose} of them loosely`,
    );
  });
});
