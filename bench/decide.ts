import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { present } from '../core/assert.ts';
import { provision, type ServeProcess, startServe } from '../tests/tools/serve-process.ts';
import { type DecisionLine, DecisionStream } from './decision-stream.ts';
import { printTable, quantile, short } from './figures.ts';
import { HttpPool } from './http-pool.ts';
import { arriveSteadily } from './open-loop.ts';
import { PAYMENT_DEFINITIONS, payment, paymentsCsv } from './payments.ts';

const PRELOADED = 50_000;
const PRELOAD_ROWS = 5_000;
const BULK_ROWS = 1_000;
/** Bodies that a sender in bulk has under way. */
const BULK_BODIES = 2;
const WARM_SECONDS = 6;
const SECONDS = 15;

const DECIDE = `mutation($input: DecideInput!) { decide(input: $input) {
  decision { outcome position afterDeadline answeredInMs } userErrors { code message } } }`;

interface DecideAnswer {
  readonly data?: {
    readonly decide: {
      readonly decision: { readonly afterDeadline: boolean } | null;
      readonly userErrors: readonly { readonly code: string }[];
    };
  };
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

/** How a decision is asked for: a mutation, a request of its own, a line of a request that goes on. */
type Way = 'GraphQL' | 'JSON' | 'stream';

/** Streams at once. */
const STREAMS = 4;

/** What became of one decision, in milliseconds. */
interface Answer {
  /** The first error's code; null where it was decided. */
  readonly error: string | null;
  readonly afterDeadline: boolean;
  /** From the gateway's reading of the request to the engine's answer. */
  readonly decideMs: number;
  /** The part of it until the event was durable, and from then until it was folded; NaN after the deadline. */
  readonly commitMs: number;
  readonly foldMs: number;
}

/** Figures of one stretch at a steady rate. */
export interface DecideFigures {
  readonly way: Way;
  readonly rate: number;
  readonly beside: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly commitP50Ms: number;
  readonly commitP99Ms: number;
  readonly foldP50Ms: number;
  readonly foldP99Ms: number;
  /** The whole without what waited for the disk, decision by decision. */
  readonly withoutSyncP99Ms: number;
  readonly lateP99Ms: number;
  readonly fallbacks: number;
  /** Decisions that were refused, by code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly cpuMicrosPerDecision: number;
  readonly bulkPerSecond: number;
}

/**
 * `decide` at steady rates, each decision timed from when it was due: alone at 500 and at 2,000 a second, in each way that it can
 * be asked for, and at 500 beside what another tenant, and the same, sends in bulk as fast as it is taken.
 */
export async function benchDecide(): Promise<readonly DecideFigures[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-decide-'));
  const service = await startServe(path.join(folder, 'data'));
  try {
    const asked = await loadedTenant(service, 'asked');
    const other = await loadedTenant(service, 'other');
    const bench = new DecideBench(service, asked);
    const found: DecideFigures[] = [];
    for (const way of ['GraphQL', 'JSON', 'stream'] as const) {
      await bench.stretch(way, 500, WARM_SECONDS, 'warming up', null);
      await bench.stretch(way, 2_000, WARM_SECONDS, 'warming up', null);
      for (const rate of [500, 2_000]) found.push(await bench.stretch(way, rate, SECONDS, 'nothing', null));
    }
    for (const way of ['GraphQL', 'stream'] as const) {
      found.push(await bench.stretch(way, 500, SECONDS, 'bulk of another tenant', new Bulk(other)));
      found.push(await bench.stretch(way, 500, SECONDS, 'bulk of the same tenant', new Bulk(asked)));
    }
    bench.close();
    print(found);
    asked.pool.close();
    other.pool.close();
    return found;
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tenant's connections, and the number of its next payment. */
interface Loaded {
  readonly pool: HttpPool;
  readonly streams: readonly DecisionStream[];
  next: number;
}

async function loadedTenant(service: ServeProcess, slug: string): Promise<Loaded> {
  const tenant = await provision(service, slug, PAYMENT_DEFINITIONS);
  const key = await tenant.key(['INGEST', 'DECIDE']);
  const pool = new HttpPool(service.address, key);
  for (let n = 0; n < PRELOADED; n += PRELOAD_ROWS) await sendBulk(pool, n, PRELOAD_ROWS, '?wait=applied');
  const streams = Array.from({ length: STREAMS }, () => new DecisionStream(service.address, 'payments', key));
  return { pool, streams, next: PRELOADED };
}

async function sendBulk(pool: HttpPool, first: number, count: number, query = ''): Promise<void> {
  const { status, body } = await pool.post(
    `/v1/sources/payments/events${query}`,
    'text/csv',
    paymentsCsv(first, count),
  );
  if (status !== 200) throw new Error(body);
}

class DecideBench {
  readonly #service: ServeProcess;
  readonly #tenant: Loaded;

  constructor(service: ServeProcess, tenant: Loaded) {
    this.#service = service;
    this.#tenant = tenant;
  }

  close(): void {
    for (const stream of this.#tenant.streams) stream.close();
  }

  async stretch(
    way: Way,
    rate: number,
    seconds: number,
    beside: string,
    bulk: Bulk | null,
  ): Promise<DecideFigures> {
    const cpuBefore = this.#service.cpuSeconds();
    const running = bulk?.run() ?? null;
    // What ends the decisions ends it as well, and is what is told.
    running?.catch(() => undefined);
    const { latenciesMs, lateMs, answers } = await arriveSteadily(rate, seconds, () => this.#decide(way));
    bulk?.stop();
    await running;
    const cpu = this.#service.cpuSeconds() - cpuBefore;
    const commits = answers.map(({ commitMs }) => commitMs).filter(Number.isFinite);
    const folds = answers.map(({ foldMs }) => foldMs).filter(Number.isFinite);
    const rest = latenciesMs.map((ms, n) => ms - commitOf(answers[n]));
    return {
      way,
      rate,
      beside,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
      p999Ms: quantile(latenciesMs, 0.999),
      maxMs: quantile(latenciesMs, 1),
      commitP50Ms: quantile(commits, 0.5),
      commitP99Ms: quantile(commits, 0.99),
      foldP50Ms: quantile(folds, 0.5),
      foldP99Ms: quantile(folds, 0.99),
      withoutSyncP99Ms: quantile(rest, 0.99),
      lateP99Ms: quantile(lateMs, 0.99),
      fallbacks: answers.filter(({ afterDeadline }) => afterDeadline).length,
      errors: countsOf(answers.flatMap(({ error }) => error ?? [])),
      connections: this.#tenant.pool.size,
      cpuMicrosPerDecision: (cpu * 1e6) / answers.length,
      bulkPerSecond: (bulk?.rows ?? 0) / seconds,
    };
  }

  async #decide(way: Way): Promise<Answer> {
    const number = this.#tenant.next++;
    const event = payment(number);
    if (way === 'GraphQL') return this.#mutate(event);
    const line = way === 'JSON' ? await this.#post(event) : await this.#send(number, event);
    return {
      error: line.error?.code ?? null,
      afterDeadline: line.afterDeadline ?? false,
      decideMs: line.answeredInMs ?? Number.NaN,
      commitMs: line.commitMs ?? Number.NaN,
      foldMs: line.foldMs ?? Number.NaN,
    };
  }

  async #post(event: object): Promise<DecisionLine> {
    const path = '/v1/sources/payments/decide';
    const { body } = await this.#tenant.pool.post(path, 'application/json', JSON.stringify(event));
    return JSON.parse(body) as DecisionLine;
  }

  #send(number: number, event: object): Promise<DecisionLine> {
    const { streams } = this.#tenant;
    return present(streams[number % streams.length], 'a stream').decide(event);
  }

  async #mutate(event: object): Promise<Answer> {
    const input = { source: 'payments', event };
    const { body, head } = await this.#tenant.pool.post(
      '/graphql',
      'application/json',
      JSON.stringify({ query: DECIDE, variables: { input } }),
    );
    const { data, errors } = JSON.parse(body) as DecideAnswer;
    const error = errors?.[0]?.extensions.code ?? data?.decide.userErrors[0]?.code ?? null;
    const timing = /\r\nserver-timing: (.*)/i.exec(head)?.[1] ?? '';
    const part = (name: string): number =>
      Number(new RegExp(`${name};dur=([\\d.]+)`).exec(timing)?.[1] ?? Number.NaN);
    return {
      error,
      afterDeadline: data?.decide.decision?.afterDeadline ?? false,
      decideMs: part('decide'),
      commitMs: part('commit'),
      foldMs: part('fold'),
    };
  }
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** 0 where the engine did not decide before the deadline. */
function commitOf(answer: Answer | undefined): number {
  return answer === undefined || Number.isNaN(answer.commitMs) ? 0 : answer.commitMs;
}

/** Sends rows in bulk until it is stopped; tells how many. */
class Bulk {
  readonly #tenant: Loaded;
  #stopped = false;
  rows = 0;

  constructor(tenant: Loaded) {
    this.#tenant = tenant;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: BULK_BODIES }, () => this.#sendAll()));
  }

  async #sendAll(): Promise<void> {
    while (!this.#stopped) {
      const first = this.#tenant.next;
      this.#tenant.next += BULK_ROWS;
      await sendBulk(this.#tenant.pool, first, BULK_ROWS);
      this.rows += BULK_ROWS;
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}

function print(found: readonly DecideFigures[]): void {
  printTable([
    [
      'decide, beside it',
      'by',
      'rate/s',
      'p50 ms',
      'p99 ms',
      'p99.9 ms',
      'max ms',
      'commit p50',
      'commit p99',
      'fold p50',
      'fold p99',
      'p99 less commit',
      'sent late p99',
      'FALLBACK',
      'refused',
      'CPU us each',
      'bulk rows/s',
    ],
    ...found.map((each) => [
      each.beside,
      each.way,
      short(each.rate),
      short(each.p50Ms),
      short(each.p99Ms),
      short(each.p999Ms),
      short(each.maxMs),
      short(each.commitP50Ms),
      short(each.commitP99Ms),
      short(each.foldP50Ms),
      short(each.foldP99Ms),
      short(each.withoutSyncP99Ms),
      short(each.lateP99Ms),
      String(each.fallbacks),
      Object.entries(each.errors)
        .map(([code, count]) => `${count} ${code}`)
        .join(' ') || '0',
      short(each.cpuMicrosPerDecision),
      each.bulkPerSecond === 0 ? '-' : short(each.bulkPerSecond),
    ]),
  ]);
}
