import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { GraphqlClient } from '../api/graphql-client.ts';
import { RING_DEFINITIONS } from '../api/sample-definitions.ts';
import { CSV, send } from './http-client.ts';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const CALLERS = 20;
const QUERY = `query ($text: String!) { query(view: "flow", text: $text) { edgesVisited partial } }`;
/** Visits all that it may. */
const EXPLODING = `MATCH p = (a:Account)-[t:TRANSFER]->{1,20}(b:Account WHERE b.name = 'x') ASCENDING BY at
  RETURN COUNT(*) AS n BUDGET 250000 EDGES`;

let service: TestService;
let tenant: TestTenant;
let token: string;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', RING_DEFINITIONS.replace(/^CREATE RULE [\s\S]*?;$/m, ''));
  token = await tenant.key(['ingest', 'query']);
  let body = 'tx,payer,payee,amount,at\n';
  for (let n = 0; n < 900; n++) {
    const at = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
    body += `t${n},a${n % 30},a${(n * 7 + (n >> 5)) % 30},1,${at}\n`;
  }
  const answer = await send(service.address, '/v1/sources/transfers/events?wait=applied', {
    token,
    headers: CSV,
    body,
  });
  expect(answer.json.accepted).toBe(900);
});
afterAll(() => service.end());

async function edgesUsed(): Promise<number> {
  return (await tenant.stores.usage.current()).find(({ metric }) => metric === 'edges')?.used ?? 0;
}

/** Asks, and goes away as soon as the request is sent. */
async function askAndLeave(): Promise<void> {
  const outgoing = request(`${service.address}/graphql`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  outgoing.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    outgoing.end(JSON.stringify({ query: QUERY, variables: { text: EXPLODING } }), () => resolve());
  });
  setTimeout(() => outgoing.destroy(), 20);
}

describe('a query whose caller is gone', () => {
  it('is called off, and what it did is counted', async () => {
    const client = new GraphqlClient(service.address, token);
    const used = await edgesUsed();
    const { query: whole } = await client.data(QUERY, { text: EXPLODING });
    expect(whole).toEqual({ edgesVisited: '250000', partial: true });
    expect(await edgesUsed()).toBe(used + 250_000);
    await Promise.all(Array.from({ length: CALLERS }, askAndLeave));
    // It comes after all of them.
    const { query: last } = await client.data(QUERY, { text: 'MATCH (a:Account) RETURN COUNT(*) AS n' });
    expect(last.partial).toBe(false);
    const more = (await edgesUsed()) - used - 250_000;
    // Nobody waited for all of the twenty to end.
    expect(more).toBeLessThan((CALLERS / 2) * 250_000);
  });
});
