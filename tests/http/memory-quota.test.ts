import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestService, type TestService, type TestTenant } from './test-service.ts';

const RULES = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, at TIMESTAMPTZ, WATERMARK FOR at AS at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER);
`;
const QUOTA = 3_000_000;
const LOW_QUOTA = 1000;

function body(first: number, count: number): string {
  const rows = Array.from({ length: count }, (_, n) => {
    const at = new Date(Date.UTC(2026, 0, 1) + 1000 * (first + n)).toISOString();
    return `t${first + n},a${(first + n) % 50},a${(3 * (first + n) + 1) % 50},${at}`;
  });
  return `id,payer,payee,at\n${rows.join('\n')}\n`;
}

/** The figure of a series of /metrics. */
function figure(text: string, series: string): number | null {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

describe('a quota of memory', () => {
  let service: TestService;
  let bank: TestTenant;
  let other: TestTenant;
  let key: string;

  beforeAll(async () => {
    service = await startTestService({ RINGWATCH_METRICS_VIEWS: 'on' });
    bank = await service.addTenant('bank', RULES);
    other = await service.addTenant('other', RULES);
    key = await bank.key(['ingest', 'query']);
  });

  afterAll(() => service.end());

  const graphql = async (token: string, query: string, tenant: string | null = null) => {
    const response = await fetch(`${service.address}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(tenant === null ? {} : { 'x-ringwatch-tenant': tenant }),
      },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { readonly data: Readonly<Record<string, unknown>> };
  };
  const send = (token: string, path: string, text: string): Promise<Response> =>
    fetch(`${service.address}${path}?wait=applied`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
      body: text,
    });
  const setQuota = (bytes: string): Promise<unknown> =>
    graphql(
      service.adminToken ?? '',
      `mutation { updateTenant(input: {limits: {memoryBytes: ${bytes}}}) { userErrors { code } } }`,
      'bank',
    );
  const engineOf = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { data } = await graphql(key, '{ health { engine { memoryBytes memoryLimit memoryShort } } }');
    return (data.health as { engine: Record<string, unknown> }).engine;
  };
  const ready = async (): Promise<unknown> =>
    ((await (await fetch(`${service.address}/readyz`)).json()) as { parts: readonly object[] }).parts.find(
      (part) => (part as { name: string }).name === 'memory',
    );

  it('is the operator’s to set, is told everywhere while it is reached, and ends with it', async () => {
    const own = await graphql(
      await bank.key(['admin']),
      'mutation { updateTenant(input: {limits: {memoryBytes: "1"}}) { userErrors { code } } }',
    );
    expect(JSON.stringify(own)).toContain('"FORBIDDEN"');
    await setQuota(`"${QUOTA}"`);
    let refused: Response | null = null;
    let first = 0;
    for (; refused === null && first < 400_000; first += 2000) {
      const response = await send(key, '/v1/sources/transfers/events', body(first, 2000));
      if (response.status !== 200) refused = response;
    }
    expect(refused?.status).toBe(503);
    expect(refused?.headers.get('retry-after')).toBe('5');
    const error = (await refused?.json()) as { error: object };
    expect(error.error).toMatchObject({ code: 'ENGINE_MEMORY', retryable: true, details: { limit: QUOTA } });

    // A compaction may end the shortage at once; one that no compaction ends is looked at.
    await setQuota(`"${LOW_QUOTA}"`);
    while ((await engineOf()).memoryShort !== true) await setTimeout(20);
    expect(await engineOf()).toMatchObject({ memoryLimit: String(LOW_QUOTA), memoryShort: true });
    // Health is told again for a second.
    while (((await ready()) as { state: string }).state === 'OK') await setTimeout(50);
    expect(await ready()).toMatchObject({
      state: 'DEGRADED',
      message: expect.stringContaining('1 take no rows in'),
    });
    const metrics = await (await fetch(`${service.address}/metrics`)).text();
    expect(figure(metrics, 'ringwatch_tenants_short_of_memory{limit="tenant"}')).toBe(1);
    expect(figure(metrics, 'ringwatch_tenants_short_of_memory{limit="engine"}')).toBe(0);
    const series = `ringwatch_view_memory_bytes{tenant="${bank.id}",view="flow",part="segment"}`;
    expect(figure(metrics, series)).toBeGreaterThan(0);
    expect(figure(metrics, 'ringwatch_memory_bytes{part="segment"}')).toBeGreaterThan(0);

    const otherKey = await other.key(['ingest']);
    expect((await send(otherKey, '/v1/sources/transfers/events', body(0, 10))).status).toBe(200);
    const asked = await graphql(key, '{ graphView(name: "flow") { memory { edges bytes } } }');
    expect(asked.data).toMatchObject({ graphView: { memory: { edges: expect.any(String) } } });

    await setQuota('null');
    while ((await engineOf()).memoryShort === true) await setTimeout(20);
    while (((await ready()) as { state: string }).state !== 'OK') await setTimeout(50);
    expect((await send(key, '/v1/sources/transfers/events', body(first, 10))).status).toBe(200);
  });

  it('holds after a restart of the service', async () => {
    await setQuota(`"${LOW_QUOTA}"`);
    await service.end('keep');
    service = await startTestService({}, service.folder);
    await service.tenantsOpen;
    while ((await engineOf()).memoryShort !== true) await setTimeout(20);
    expect((await send(key, '/v1/sources/transfers/events', body(900_000, 10))).status).toBe(503);
    // The tenant's names are in no figure unless they are wanted.
    const metrics = await (await fetch(`${service.address}/metrics`)).text();
    expect(metrics).not.toContain(bank.id);
  });
});
