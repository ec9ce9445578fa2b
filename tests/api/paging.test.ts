import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { QueryRequest } from '../../core/ports/engine.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient } from './graphql-client.ts';
import { RING_DEFINITIONS, ringOf, transfer } from './sample-definitions.ts';

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;
let other: GraphqlClient;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', RING_DEFINITIONS);
  client = new GraphqlClient(
    service.address,
    await tenant.key(['ingest', 'query', 'alerts', 'admin', 'define']),
  );
  const second = await service.addTenant('other', RING_DEFINITIONS);
  other = new GraphqlClient(service.address, await second.key(['query', 'alerts', 'admin']));
  await ingest(rings(0, 25));
});
afterAll(() => service.end());

function rings(from: number, count: number): object[] {
  return Array.from({ length: count }, (_, n) => ringOf(`p${from + n}`, (from + n) * 3)).flat();
}

async function ingest(events: readonly object[]): Promise<void> {
  const { ingest: answer } = await client.data(
    'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events, wait: APPLIED }) { result { rejectedCount } userErrors { code } } }',
    { events },
  );
  expect(answer).toEqual({ result: { rejectedCount: 0 }, userErrors: [] });
}

/** Waits until the catalog shows so many alerts. */
async function alertsShown(count: number): Promise<void> {
  while ((await client.data('{ alerts(first: 1) { totalCount } }')).alerts.totalCount < count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const ALERTS = `query ($first: Int, $after: String) { alerts(first: $first, after: $after) {
  edges { cursor node { alertId position } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount position } }`;

async function codeOf(
  asker: GraphqlClient,
  query: string,
  variables: Record<string, unknown>,
): Promise<unknown> {
  return (await asker.post({ query, variables })).errors?.[0]?.extensions.code;
}

describe('pages of alerts', () => {
  it('show each alert of the first page’s time once, whatever is raised meanwhile', async () => {
    await alertsShown(25);
    const seen: { alertId: string; position: string }[] = [];
    let after: string | null = null;
    let rounds = 0;
    for (;;) {
      const { alerts } = await client.data(ALERTS, { first: 7, after });
      expect(alerts.totalCount).toBe(25);
      expect(alerts.pageInfo).toMatchObject({
        hasPreviousPage: after !== null,
        startCursor: alerts.edges[0].cursor,
        endCursor: alerts.edges.at(-1).cursor,
      });
      seen.push(...alerts.edges.map(({ node }: { node: (typeof seen)[number] }) => node));
      if (!alerts.pageInfo.hasNextPage) break;
      after = alerts.pageInfo.endCursor;
      rounds++;
      await ingest(rings(25 * rounds, 5));
      await alertsShown(25 + 5 * rounds);
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen.map(({ alertId }) => alertId)).size).toBe(25);
    const positions = seen.map(({ position }) => Number(position));
    expect(positions).toEqual([...positions].sort((a, b) => b - a));
    expect((await client.data(ALERTS, { first: 1 })).alerts.totalCount).toBe(25 + 5 * rounds);
  });

  it('begin where any alert’s cursor says, not only at a page’s end', async () => {
    const { alerts } = await client.data(ALERTS, { first: 5 });
    const middle = await client.data(ALERTS, { first: 2, after: alerts.edges[1].cursor });
    expect(middle.alerts.edges.map(({ node }: { node: unknown }) => node)).toEqual(
      alerts.edges.slice(2, 4).map(({ node }: { node: unknown }) => node),
    );
  });

  it('take no cursor that is altered, of another list, or another tenant’s', async () => {
    const { alerts } = await client.data(ALERTS, { first: 2 });
    const cursor: string = alerts.pageInfo.endCursor;
    const altered = `${cursor.startsWith('A') ? 'B' : 'A'}${cursor.slice(1)}`;
    expect(await codeOf(client, ALERTS, { first: 2, after: altered })).toBe('CURSOR_INVALID');
    expect(await codeOf(client, ALERTS, { first: 2, after: 'x'.repeat(10_000) })).toBe('CURSOR_INVALID');
    expect(await codeOf(client, ALERTS, { first: 2, after: '' })).toBe('CURSOR_INVALID');
    expect(await codeOf(other, ALERTS, { first: 2, after: cursor })).toBe('CURSOR_INVALID');
    const keys = 'query ($after: String) { apiKeys(after: $after) { nodes { id } } }';
    expect(await codeOf(client, keys, { after: cursor })).toBe('CURSOR_INVALID');
  });
});

describe('pages of a query’s answer', () => {
  const QUERY = `query ($first: Int, $after: String) { query(view: "flow", first: $first, after: $after,
    text: "MATCH (a:Account)-[t:TRANSFER]->(b:Account) RETURN t ORDER BY t.tx") {
    position rows { edges { cursor node } nodes totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } } }`;

  it('are all of one position, while further rows come in', async () => {
    const { query: first } = await client.data(QUERY, { first: 50 });
    const seen = first.rows.nodes.map(({ t }: { t: string }) => t);
    let page = first;
    let extra = 0;
    while (page.rows.pageInfo.hasNextPage) {
      await ingest([transfer(`a-new-${extra}`, 'x', `y${extra++}`, '1', 5000)]);
      page = (await client.data(QUERY, { first: 50, after: page.rows.pageInfo.endCursor })).query;
      expect([page.position, page.rows.totalCount]).toEqual([first.position, first.rows.totalCount]);
      seen.push(...page.rows.nodes.map(({ t }: { t: string }) => t));
    }
    expect(extra).toBeGreaterThan(0);
    expect(seen).toHaveLength(first.rows.totalCount);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.some((key: string) => key.startsWith('a-new'))).toBe(false);
    expect((await client.data(QUERY, { first: 1 })).query.rows.nodes).toEqual([{ t: 'a-new-0' }]);
  });

  it('and its graph are asked of the engine as far as they are read', async () => {
    const asked: QueryRequest[] = [];
    const { engine } = tenant;
    const query = engine.query.bind(engine);
    engine.query = (request, signal) => {
      asked.push(request);
      return query(request, signal);
    };
    const ask = async (fields: string, more: Readonly<Record<string, unknown>> = {}) =>
      (
        await client.data(
          `query ($first: Int, $after: String, $no: Boolean = false) { query(view: "flow", first: $first, after: $after,
            text: "MATCH (a:Account)-[t:TRANSFER]->(b:Account) RETURN t, a ORDER BY t.tx") { ...asked } }
          fragment asked on QueryAnswer { ${fields} partial @include(if: $no) }`,
          { first: 3, ...more },
        )
      ).query;
    const cases: readonly (readonly [fields: string, rowsMax: number, graph: boolean])[] = [
      ['position edgesVisited', 0, false],
      ['rows { nodes }', 3, false],
      ['rows { edges { node } pageInfo { hasPreviousPage } }', 3, false],
      ['rows { nodes pageInfo { hasNextPage } }', LIMITS.queryRowsMax, false],
      ['rows { edges { cursor } }', LIMITS.queryRowsMax, false],
      ['rows { totalCount }', LIMITS.queryRowsMax, false],
      ['rows { nodes } truncated', LIMITS.queryRowsMax, false],
      ['found: rows { nodes } ... { drawn: graph { vertices { key } } }', LIMITS.queryRowsMax, true],
      ['rows { nodes } graph @include(if: $no) { edges { key } }', 3, false],
      ['... @skip(if: $no) { graph { edges { key } } }', LIMITS.queryRowsMax, true],
    ];
    try {
      for (const [fields] of cases) await ask(fields);
      expect(asked.map(({ rowsMax, graph }, n) => [cases[n]?.[0], rowsMax, graph])).toEqual(cases);
      const whole = await ask('rows { nodes totalCount pageInfo { endCursor } } graph { vertices { key } }');
      expect(whole.rows.totalCount).toBeGreaterThan(3);
      expect(whole.graph.vertices.length).toBeGreaterThan(3);
      expect((await ask('rows { nodes }')).rows.nodes).toEqual(whole.rows.nodes);
      // A later page is of the first one's answer: it has the graph where that had.
      const after = whole.rows.pageInfo.endCursor;
      expect((await ask('graph { vertices { key } }', { after })).graph).toEqual(whole.graph);
      const bare = (await ask('rows { pageInfo { endCursor } }')).rows.pageInfo.endCursor;
      expect((await ask('rows { nodes }', { after: bare })).rows.nodes).toHaveLength(3);
      await expect(ask('graph { vertices { key } }', { after: bare })).rejects.toThrow('FIELD_INVALID');
    } finally {
      engine.query = query;
    }
  });

  it('are told to be gone once too many others were asked for', async () => {
    const { query } = await client.data(QUERY, { first: 2 });
    const after = query.rows.pageInfo.endCursor;
    expect(await codeOf(other, QUERY, { first: 2, after })).toBe('CURSOR_INVALID');
    for (let n = 0; n < 8; n++) await client.data(QUERY, { first: 2 });
    expect(await codeOf(client, QUERY, { first: 2, after })).toBe('CURSOR_EXPIRED');
  });
});

describe('pages of what the definitions define', () => {
  it('end with them: a cursor of an older version is refused', async () => {
    const QUERY =
      'query ($after: String) { rules(first: 1, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }';
    const { rules } = await client.data(QUERY);
    expect(rules).toMatchObject({ nodes: [{ name: 'ring' }], pageInfo: { hasNextPage: false } });
    expect((await client.data(QUERY, { after: rules.pageInfo.endCursor })).rules.nodes).toEqual([]);
    await tenant.engine.publish(
      `${RING_DEFINITIONS} CREATE RULE a_second ON large DO ALERT 'x' KEY (payer);`,
      {
        allowDrop: false,
      },
    );
    expect(await codeOf(client, QUERY, { after: rules.pageInfo.endCursor })).toBe('CURSOR_EXPIRED');
    expect((await client.data('{ rules { nodes { name } } }')).rules.nodes).toHaveLength(2);
  });
});
