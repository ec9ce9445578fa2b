import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { EngineHost, QueryAnswer, QueryRequest, TenantEngine } from '../../core/ports/engine.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { compileQuery } from '../../engine/dag/query-runner.ts';
import { applyGraphChanges, GraphChangeWriter } from '../../engine/graph/graph-changes.ts';
import { GraphView } from '../../engine/graph/graph-view.ts';
import { Fold } from '../../engine/fold.ts';
import { columnsOf } from '../../engine/stream/pipeline.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { parseDefinitions } from '../../language/parse.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { CompilerHere } from '../../workers/host/definition-compiler.ts';
import { CONTROL } from '../../workers/queries/query-messages.ts';
import {
  type QueryPlace,
  QueryPool,
  startQueriesHere,
  startQueryThread,
} from '../../workers/queries/query-pool.ts';
import { bindQueryText } from '../../workers/queries/query-text.ts';
import { applyFrame, FrameFolding } from '../../workers/stream/apply-frame.ts';
import { random } from '../graph/sample-graph.ts';
import { HeldStorage } from './held-storage.ts';
import { accountFrame, PAYMENTS, type Payment, paymentFrame } from './host-case.ts';

const hosts: EngineHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

/** Engines whose queries are answered in places that the test sees. */
function start(startPlace: () => QueryPlace, placesMax?: number): EngineHost {
  const host = startEnginesHere(
    { folder: '', tickMs: 60_000 },
    new HeldStorage(),
    new CompilerHere(),
    new QueryPool(startPlace, placesMax),
  );
  hosts.push(host);
  return host;
}

async function addTenant(host: EngineHost, text = PAYMENTS): Promise<TenantEngine> {
  const tenant: TenantId = newTenantId();
  await host.create(tenant);
  await host.engine(tenant).publish(text, { allowDrop: false });
  return host.engine(tenant);
}

const SEED = Number(process.env.SEED ?? 20261130);

const TEXTS = [
  'MATCH (a:Account)-[t:PAID]->(b:Account) RETURN COUNT(*) AS n, SUM(t.amount) AS total',
  "MATCH p = TRAIL (a:Account WHERE a.id = 'A3')-[t:PAID]->{1,3}(b:Account) RETURN p, b.name AS name LIMIT 400",
  "MATCH p = SIMPLE (a:Account WHERE a.id = 'A1')-[t:PAID]->{2,4}(a) ASCENDING BY at RETURN p LIMIT 200",
  'MATCH (a:Account) WHERE a.name IS NOT NULL RETURN a.id AS id, a.name AS name ORDER BY id',
  "MATCH ACYCLIC (a:Account WHERE a.id = 'A2')-[t:PAID]-{1,3}(b:Account WHERE b.id = 'A7') RETURN COUNT(*) AS ways",
] as const;

function textQuery(text: string): QueryRequest {
  return { query: { kind: 'text', graph: 'flow', text }, parameters: {}, graph: true };
}

/** Frames of a log: payments, some of which are refused, far ahead in time, or late, and changes of accounts. */
function frames(
  pick: (n: number) => number,
  count: number,
): { readonly frame: Uint8Array; readonly records: number }[] {
  let seconds = 0;
  return Array.from({ length: count }, (_, number) => {
    if (pick(4) === 0) {
      const accounts = Array.from(
        { length: 1 + pick(3) },
        () => [`A${pick(12)}`, `name ${pick(5)}`] as const,
      );
      return { frame: accountFrame(accounts), records: accounts.length };
    }
    const payments = Array.from({ length: 1 + pick(12) }, (_, n): Payment => {
      // Now and then so far ahead that older edges expire.
      seconds += pick(300) === 0 ? 1_000_000 : pick(40);
      const payer = `A${pick(12)}`;
      const payee = pick(15) === 0 ? payer : `A${pick(12)}`;
      return { id: `${number}-${n}`, payer, payee, cents: 1 + pick(9000), seconds: seconds - pick(60) };
    });
    return { frame: paymentFrame(payments), records: payments.length };
  });
}

/** The same answers made plainly: a fold of the log's records up to a position, and the query on its own graph, at once. */
class Naive {
  readonly #fold = new Fold({ tenant: 't', compile: compileDefinitions, emit: () => undefined });
  readonly #frames: LogFrame[];
  #folding: FrameFolding | null = null;

  constructor(log: readonly { readonly frame: Uint8Array; readonly records: number }[]) {
    this.#frames = log.map(({ frame, records }, offset) => ({
      offset,
      next: offset + 1,
      records,
      bytes: frame,
    }));
    this.#fold.apply({ kind: 'definitions', text: PAYMENTS, allowDrop: false, arrivalMicros: 0 });
  }

  /** Positions only rise. Null where no record ends at the position. */
  at(position: number, text: string): Pick<QueryAnswer, 'rows' | 'edgesVisited' | 'partial'> | null {
    while (this.#fold.position < position) {
      const next = this.#folding === null ? this.#frames.shift() : null;
      if (next === undefined) break;
      if (next !== null) this.#folding = new FrameFolding(this.#fold, next, null);
      // One record a step.
      if (this.#folding?.step(0) === true) this.#folding = null;
    }
    const graph = this.#fold.graph('flow');
    if (this.#fold.position !== position || graph === null) return null;
    const query = { kind: 'text', graph: 'flow', text } as const;
    const plan = bindQueryText(query, {}, parseDefinitions(PAYMENTS).statements);
    const { rows, edgesVisited, partial } = compileQuery(
      plan,
      graph,
      { count: () => undefined },
      500_000,
    ).run([]);
    return { rows, edgesVisited, partial };
  }
}

describe('queries beside the fold', () => {
  it(`are answered on the state of one position, while events are folded, seed ${SEED}`, async () => {
    const pick = random(SEED);
    const engine = await addTenant(start(startQueryThread));
    const log = frames(pick, 160);
    const answers: { readonly text: string; readonly answer: QueryAnswer }[] = [];
    let isBehind = 0;
    let folded = 1;
    const asked: Promise<void>[] = [];
    for (const [n, { frame, records }] of log.entries()) {
      const appended = await engine.append(frame.slice(), records);
      folded = (await appended.applied()).position;
      if (n % 4 > 0) continue;
      const text = TEXTS[pick(TEXTS.length)] as string;
      asked.push(
        engine.query(textQuery(text)).then((answer) => {
          answers.push({ text, answer });
          if (answer.position < folded) isBehind++;
        }),
      );
      if (asked.length > 8) await asked.shift();
      if (n % 80 === 0) await nextTurn();
    }
    await Promise.all(asked);
    expect(answers).toHaveLength(40);
    // Events were folded while queries were under way.
    expect(isBehind).toBeGreaterThan(3);
    const naive = new Naive(log);
    let rows = 0;
    for (const { text, answer } of answers) {
      const expected = naive.at(answer.position, text);
      const { edgesVisited, partial } = answer;
      expect({ text, position: answer.position, rows: answer.rows, edgesVisited, partial }).toEqual({
        text,
        position: answer.position,
        ...expected,
      });
      rows += answer.rows.length;
    }
    expect(rows).toBeGreaterThan(500);
  });

  it(`say in slices what they say at once, whatever is folded between two of them, seed ${SEED}`, () => {
    const pick = random(SEED + 1);
    const statements = parseDefinitions(PAYMENTS).statements;
    const fold = new Fold({ tenant: 't', compile: compileDefinitions, emit: () => undefined });
    fold.apply({ kind: 'definitions', text: PAYMENTS, allowDrop: false, arrivalMicros: 0 });
    const log = frames(pick, 700);
    const next = (): void => {
      const frame = log.shift()?.frame;
      if (frame !== undefined) applyFrame(fold, frame, null, () => undefined);
    };
    for (let n = 0; n < 30; n++) next();
    const graph = fold.graph('flow') as GraphView;
    const copy = new GraphView(graph.plan, (relation) => columnsOf(fold.program, relation));
    copy.restore([...graph.image()]);
    const batches: Uint8Array[] = [];
    const changes = new GraphChangeWriter(4096, () => batches.push(changes.take()));
    graph.follower = changes;
    let slices = 0;
    for (let run = 0; run < 20; run++) {
      const text = TEXTS[run % TEXTS.length] as string;
      const plan = bindQueryText({ kind: 'text', graph: 'flow', text }, {}, statements);
      const watch = {
        slice: 1 + pick(60),
        mayGoOn: () => {
          slices++;
          if (pick(20) === 0) next();
          return true;
        },
      };
      const expected = compileQuery(plan, graph, { count: () => undefined }).run([]);
      const answer = compileQuery(plan, copy, { count: () => undefined }, undefined, watch).run([]);
      expect({ text, ...answer }).toEqual({ text, ...expected });
      batches.push(changes.take());
      for (const batch of batches.splice(0)) applyGraphChanges(copy, batch);
    }
    expect(slices).toBeGreaterThan(1000);
    expect(log.length).toBeLessThan(600);
  });

  it('follow definitions, and graphs that these bring, drop and change', async () => {
    const engine = await addTenant(start(startQueriesHere));
    const pay = async (id: string, payee: string) => {
      const appended = await engine.append(paymentFrame([{ id, payer: 'A', payee }]), 1);
      await appended.applied();
    };
    const count = async (graph: string) => {
      const text = 'MATCH (a)-[t]->(b) RETURN COUNT(*) AS n';
      const { rows } = await engine.query({ query: { kind: 'text', graph, text }, parameters: {} });
      return rows[0]?.[0];
    };
    await pay('1', 'B');
    expect(await count('flow')).toBe('1');
    const second = PAYMENTS.replace('GRAPH flow', 'GRAPH other').replace(/CREATE RULE ring[\s\S]*$/, '');
    const both = `${PAYMENTS}${/CREATE PROPERTY GRAPH[\s\S]*?;\n/.exec(second)?.[0]}`;
    await engine.publish(both, { allowDrop: false });
    await pay('2', 'C');
    expect(await count('other')).toBe('1');
    expect(await count('flow')).toBe('2');
    // Another retention makes it another graph: it keeps its edges, and its copy is another one.
    await engine.publish(PAYMENTS.replace("retain = '30 days'", "retain = '20 days'"), { allowDrop: true });
    await pay('3', 'D');
    expect(await count('flow')).toBe('3');
    await expect(count('other')).rejects.toMatchObject({ code: 'QUERY_INVALID' });
    await expect(
      engine.query({ query: { kind: 'saved', name: 'payd' }, parameters: {} }),
    ).rejects.toMatchObject({
      code: 'UNKNOWN_NAME',
      hint: 'Did you mean paid?',
    });
  });

  it('are compiled once, beside the fold', async () => {
    const places: QueryPlace[] = [];
    const engine = await addTenant(
      start(() => {
        places.push(startQueryThread());
        return places.at(-1) as QueryPlace;
      }),
    );
    // As long as a query may be: what compiling it takes no event waits for.
    const tests = Array.from({ length: 700 }, (_, n) => `a.id <> 'account ${n}'`).join(' AND ');
    const long = textQuery(`MATCH (a:Account)-[t:PAID]->(b) WHERE ${tests} RETURN COUNT(*) AS n`);
    let isAnswered = false;
    const answer = engine.query(long).then((answered) => {
      isAnswered = true;
      return answered;
    });
    const appended = await engine.append(paymentFrame([{ id: '1', payer: 'A', payee: 'B' }]), 1);
    await appended.applied();
    expect(isAnswered).toBe(false);
    expect((await answer).rows).toHaveLength(1);
    expect((await engine.query(long)).rows).toEqual([['1']]);
    expect(places).toHaveLength(1);
  });
});

/** Engines with a graph in which paths explode, and a query that visits all that it may. */
async function explosive(
  placesMax?: number,
): Promise<{ readonly host: EngineHost; readonly engine: TenantEngine; readonly places: QueryPlace[] }> {
  const places: QueryPlace[] = [];
  const host = start(() => {
    places.push(startQueryThread());
    return places.at(-1) as QueryPlace;
  }, placesMax);
  const engine = await addTenant(host, PAYMENTS.replace(/CREATE RULE [\s\S]*?;\n/g, ''));
  await pour(engine);
  return { host, engine, places };
}

async function pour(engine: TenantEngine): Promise<void> {
  const payments: Payment[] = [];
  for (let a = 0; a < 30; a++)
    for (let b = 0; b < 30; b++)
      if (a !== b) payments.push({ id: `${a}-${b}`, payer: `A${a}`, payee: `A${b}`, seconds: a * 30 + b });
  await (await engine.append(paymentFrame(payments), payments.length)).applied();
}

const EXPLODING = textQuery(
  "MATCH p = TRAIL (a:Account WHERE a.id = 'A1')-[t:PAID]->{1,12}(b:Account WHERE b.id = 'A2') RETURN COUNT(*) AS n BUDGET 250000 EDGES",
);

describe('a query that is called off', () => {
  it('stops at its next slice, is told so with what it has done, and leaves the place to the next', async () => {
    const { engine, places } = await explosive();
    const cancel = new AbortController();
    const answered = engine.query(EXPLODING, cancel.signal);
    answered.catch(() => undefined);
    while ((places[0]?.control[CONTROL.slices] ?? 0) < 3) await pause(1);
    cancel.abort();
    const error = await answered.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'QUERY_CANCELLED', details: { edges: expect.any(Number) } });
    const { control } = places[0] as QueryPlace;
    const stoppedAt = [...control];
    await pause(300);
    expect([...control]).toEqual(stoppedAt);
    const { rows } = await engine.query(textQuery('MATCH (a)-[t]->(b) RETURN COUNT(*) AS n'));
    expect(rows).toEqual([['870']]);
    expect(places).toHaveLength(1);
    // The same query goes much further where it is not called off.
    const slices = control[CONTROL.slices] as number;
    const whole = await engine.query(EXPLODING);
    expect(whole.partial).toBe(true);
    expect((control[CONTROL.slices] as number) - slices).toBeGreaterThan(100);
  });

  it('before its turn has come is never begun', async () => {
    const { engine, places } = await explosive();
    const first = new AbortController();
    const running = engine.query(EXPLODING, first.signal);
    running.catch(() => undefined);
    while ((places[0]?.control[CONTROL.slices] ?? 0) < 3) await pause(1);
    const second = new AbortController();
    const waiting = engine.query(EXPLODING, second.signal);
    waiting.catch(() => undefined);
    second.abort();
    first.abort();
    await expect(running).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
    await expect(waiting).rejects.toMatchObject({ code: 'QUERY_CANCELLED', details: { edges: 0 } });
  });
});

describe('a neighbour of queries that explode', () => {
  it('has its events folded and decided while one runs', async () => {
    const { host, engine, places } = await explosive();
    const neighbour = await addTenant(host);
    const running = engine.query(EXPLODING);
    while ((places[0]?.control[CONTROL.slices] ?? 0) < 3) await pause(1);
    // All of it comes between two slices of the query, as far as events can tell.
    for (let n = 0; n < 20; n++) {
      const asked = paymentFrame([{ id: `n${n}`, payer: 'A', payee: 'B' }]);
      expect(await neighbour.decide(asked, null)).toMatchObject({ position: 2 + n, outcome: 'approve' });
    }
    const own = await engine.append(paymentFrame([{ id: 'own', payer: 'A', payee: 'B' }]), 1);
    await own.applied();
    const answer = await running;
    // The query's own tenant goes on as well: its answer is of before.
    expect(answer.position).toBe(871);
    expect((await engine.describe()).position).toBe(872);
  });

  it('has its queries answered in turns, also where all share one thread', async () => {
    const { host, engine, places } = await explosive(1);
    const neighbour = await addTenant(host);
    const order: string[] = [];
    const cancel = new AbortController();
    setMaxListeners(0, cancel.signal);
    const hostile = Array.from({ length: 20 }, () =>
      engine.query(EXPLODING, cancel.signal).then(
        () => order.push('hostile'),
        () => undefined,
      ),
    );
    for (let n = 0; n < 3; n++) {
      await neighbour.query(textQuery('MATCH (a)-[t]->(b) RETURN COUNT(*) AS n'));
      order.push('neighbour');
    }
    cancel.abort();
    await Promise.all(hostile);
    expect(places).toHaveLength(1);
    // One query of the other at most before each of its own.
    expect(order.slice(0, order.lastIndexOf('neighbour') + 1).length).toBeLessThanOrEqual(6);
  });

  it('is spared the end of a thread', async () => {
    const broken = new URL('data:text/javascript,process.exit(3)');
    let isBroken = true;
    const host = start(() => (isBroken ? startQueryThread(broken) : startQueryThread()));
    const engine = await addTenant(host);
    const query = textQuery('MATCH (a)-[t]->(b) RETURN COUNT(*) AS n');
    await expect(engine.query(query)).rejects.toMatchObject({ code: 'QUERY_FAILED' });
    isBroken = false;
    expect((await engine.query(query)).rows).toEqual([['0']]);
    const asked = paymentFrame([{ id: '1', payer: 'A', payee: 'B' }]);
    expect(await engine.decide(asked, null)).toMatchObject({ position: 2 });
  });
});
