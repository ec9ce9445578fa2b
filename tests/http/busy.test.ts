import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'node:http';
import { LIMITS } from '../../core/limits.ts';
import { EMBEDDED_PARTS } from '../../main/embedded.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { GraphqlClient } from '../api/graphql-client.ts';
import { type HeldLog, HeldStorage } from '../host/held-storage.ts';
import { type Answer, answerOf } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const DEFINITIONS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT);
CREATE SOURCE notes (text TEXT);
CREATE DECISION payment ON payments OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review;
`;
const DECIDE = '/v1/sources/payments/decide';

let storage: HeldStorage;
let service: TestService;
/** Its log is written when the test says so. */
let tenant: TestTenant;
let log: HeldLog;
let token: string;
let neighbour: string;
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

beforeAll(async () => {
  storage = new HeldStorage();
  service = await startTestService({}, null, null, {
    ...EMBEDDED_PARTS,
    startEngines: () => startEnginesHere({ folder: '' }, storage),
  });
  tenant = await service.addTenant('bank', DEFINITIONS);
  log = storage.logOf(tenant.id);
  token = await tenant.key(['ingest', 'decide']);
  const other = await service.addTenant('lender', DEFINITIONS);
  neighbour = await other.key(['decide']);
});
afterAll(async () => {
  agent.destroy();
  log.release();
  await service.end();
});

function decide(id: string, key = token, deadlineMs: number | null = null): Promise<Answer> {
  const query = deadlineMs === null ? '' : `?deadlineMs=${deadlineMs}`;
  const outgoing = request(`${service.address}${DECIDE}${query}`, {
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  });
  outgoing.end(JSON.stringify({ id, payer: 'p' }));
  return answerOf(outgoing);
}

/** What one event in a request of its own comes to: the code of a refusal, or how many were accepted. */
async function ingest(source: string, event: object): Promise<string> {
  const { data, errors } = await new GraphqlClient(service.address, token).ask(
    `mutation ($source: String!, $event: Row!)
      { ingest(input: { source: $source, events: [$event] }) { result { accepted } userErrors { code } } }`,
    { source, event },
  );
  if (errors !== undefined) return String(errors[0]?.extensions.code);
  return data.ingest.userErrors[0]?.code ?? `accepted ${data.ingest.result.accepted}`;
}

/** Resolves with all answers; `held` says how many of them there have to be before the log is released. */
async function whileHeld<T>(
  held: number,
  ask: () => readonly Promise<T>[],
): Promise<{ early: T[]; all: T[] }> {
  log.hold();
  const early: T[] = [];
  let settle: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const asked = ask();
  for (const one of asked) {
    one.then(
      (answer) => {
        early.push(answer);
        if (early.length === held) settle();
      },
      () => settle(),
    );
  }
  await enough;
  const before = [...early];
  log.release();
  return { early: before, all: await Promise.all(asked) };
}

describe('a tenant whose log does not get on', () => {
  it('has as many decisions waited for as may be, and is told so of more; its neighbour decides', async () => {
    const more = 15;
    let theirs: Answer | null = null;
    const { early, all } = await whileHeld(more, () => {
      const asked = Array.from({ length: LIMITS.decisionsInFlightMax + more }, (_, n) => decide(`d${n}`));
      void decide('theirs', neighbour).then((answer) => {
        theirs = answer;
      });
      return asked;
    });
    for (const { status, json, headers } of early) {
      expect([status, json.error?.code, json.error?.retryable]).toEqual([503, 'ENGINE_BUSY', true]);
      expect(headers['retry-after']).toBe('1');
    }
    expect(all.filter(({ status }) => status === 200)).toHaveLength(LIMITS.decisionsInFlightMax);
    expect(all.filter(({ status }) => status === 503)).toHaveLength(more);
    expect(theirs).toMatchObject({ status: 200, json: { outcome: 'approve' } });
    const again = await decide('later');
    expect([again.status, again.json]).toEqual([200, expect.objectContaining({ outcome: 'approve' })]);
  });

  it('has as many frames waiting as may be, and is told so of more', async () => {
    const more = 7;
    const inAll = LIMITS.framesInFlightMax + LIMITS.framesWaitingMax;
    const { early, all } = await whileHeld(more, () =>
      Array.from({ length: inAll + more }, (_, n) => ingest('payments', { id: `f${n}`, payer: 'p' })),
    );
    expect(early).toEqual(Array(more).fill('ENGINE_BUSY'));
    expect(all.filter((code) => code === 'accepted 1')).toHaveLength(inAll);
    expect(await ingest('payments', { id: 'f0', payer: 'p' })).toBe('accepted 1');
  });

  it('has as many bytes waiting as may be, and says so at once to who has nothing kept', async () => {
    const text = 'x'.repeat(LIMITS.textCharsMax);
    const waiting = Math.floor(LIMITS.bytesWaitingMax / text.length);
    const inFlightMax = Math.ceil(LIMITS.bytesInFlightMax / text.length);
    const more = 3;
    const { early, all } = await whileHeld(more, () =>
      Array.from({ length: waiting + inFlightMax + more }, () => ingest('notes', { text })),
    );
    expect(new Set(early)).toEqual(new Set(['ENGINE_BUSY']));
    const accepted = all.filter((code) => code === 'accepted 1').length;
    expect(all.filter((code) => code === 'ENGINE_BUSY')).toHaveLength(all.length - accepted);
    // One frame is in flight at least, whatever the others are taken to cost.
    expect(accepted).toBeGreaterThan(waiting);
    expect(accepted).toBeLessThanOrEqual(waiting + inFlightMax);
    expect(await ingest('notes', { text })).toBe('accepted 1');
  });

  it('answers whoever asks for a decision that is on its way at the own deadline', async () => {
    const { early, all } = await whileHeld(1, () => [
      decide('same'),
      decide('same', token, 60_000),
      decide('same', token, 50),
    ]);
    const fallback = { outcome: 'review', afterDeadline: true, position: null };
    expect(early).toMatchObject([{ status: 200, json: { ...fallback, deadlineMs: 50, durable: false } }]);
    for (const { json } of all) expect(json).toMatchObject(fallback);
    expect(all.map(({ json }) => (json as { durable?: boolean }).durable)).toEqual([true, true, false]);
    expect((await decide('same')).json).toMatchObject({ outcome: 'review', afterDeadline: true });
  });
});
