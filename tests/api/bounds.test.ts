import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { EMBEDDED_PARTS } from '../../main/embedded.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { HeldStorage } from '../host/held-storage.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient } from './graphql-client.ts';
import { RING_DEFINITIONS, transfer } from './sample-definitions.ts';

/** Credentials that are there before the first is made: one less than may be, so that a test sees the last place taken. */
const CREDENTIALS_BEFORE = LIMITS.credentialsMax - 2;
const FILLED_AT_ONCE = 10_000;
const FILLER = `ten_${'0'.repeat(26)}` as TenantId;

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;
let operator: GraphqlClient;

beforeAll(async () => {
  const storage = new HeldStorage();
  service = await startTestService({}, null, null, {
    ...EMBEDDED_PARTS,
    startEngines: () => startEnginesHere({ folder: '' }, storage),
    openCatalog: async (...asked) => {
      const catalog = await EMBEDDED_PARTS.openCatalog(...asked);
      // All but two tenants: the one that asks, and the last one.
      await catalog.asPlatform((sql) =>
        sql.query(
          `INSERT INTO tenants (id, slug, name, settings, created_at)
           SELECT 'ten_' || lpad(n::text, 26, '0'), 'filler-' || n, 'filler', '{}', now()
           FROM generate_series(0, ${LIMITS.tenantsMax - 3}) AS n`,
        ),
      );
      for (let from = 0; from < CREDENTIALS_BEFORE; from += FILLED_AT_ONCE) {
        const to = Math.min(from + FILLED_AT_ONCE, CREDENTIALS_BEFORE) - 1;
        await catalog.asTenant(FILLER, (sql) =>
          sql.query(
            `INSERT INTO api_keys (tenant_id, id, name, secret_hash, scopes, creators, created_at)
             SELECT '${FILLER}', 'key_' || lpad(n::text, 26, '0'), 'filler', decode(repeat('00', 32), 'hex'), '{query}', '{}', now()
             FROM generate_series(${from}, ${to}) AS n`,
          ),
        );
      }
      return catalog;
    },
  });
  tenant = await service.addTenant('bank', RING_DEFINITIONS);
  client = new GraphqlClient(service.address, await tenant.key(['ingest', 'query', 'define', 'admin']));
  operator = new GraphqlClient(service.address, service.adminToken as string);
});
afterAll(() => service.end());

/** What a mutation says against its input: `CODE field`, or nothing. */
async function problems(mutation: string, input: object, by = client): Promise<readonly string[]> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
  const data = await by.data(
    `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code field } } }`,
    { input },
  );
  const errors: { code: string; field: string[] | null }[] = data[mutation].userErrors;
  return errors.map(({ code, field }) => [code, ...(field ?? [])].join(' '));
}

describe('an installation', () => {
  it('has as many tenants as may be, and is told so of one more', async () => {
    const last = { slug: 'last-one', name: 'Last' };
    expect(await problems('createTenant', last, operator)).toEqual([]);
    const over = { slug: 'one-more', name: 'More' };
    expect(await problems('createTenant', over, operator)).toEqual(['QUOTA_EXCEEDED']);
    // A slug that is taken is said to be, whether there is room or not.
    expect(await problems('createTenant', last, operator)).toEqual(['SLUG_TAKEN']);
  });

  it('has as many credentials as may be, of keys and of sessions, and room again when one is revoked', async () => {
    const key = { name: 'one', scopes: ['QUERY'] };
    const made = await client.data(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } userErrors { code } } }',
      { input: key },
    );
    expect(made.createApiKey.userErrors).toEqual([]);
    expect(await problems('createApiKey', key)).toEqual(['QUOTA_EXCEEDED']);
    await expect(service.tenants.openSession(client.token)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await problems('revokeApiKey', { id: made.createApiKey.apiKey.id })).toEqual([]);
    expect(await problems('createApiKey', key)).toEqual([]);
    expect(await problems('createApiKey', key)).toEqual(['QUOTA_EXCEEDED']);
  });
});

describe('a webhook endpoint', () => {
  const endpoint = (name: string, url = `https://hooks.example.org/${name}`) => ({ name, url });

  it('has a name and a URL of so many characters', async () => {
    const { endpointNameCharsMax, urlCharsMax } = LIMITS;
    const name = 'n'.repeat(endpointNameCharsMax);
    const url = 'https://hooks.example.org/'.padEnd(urlCharsMax, 'x');
    expect(await problems('createWebhookEndpoint', endpoint(`${name}n`, url))).toEqual([
      'FIELD_INVALID input name',
    ]);
    expect(await problems('createWebhookEndpoint', endpoint(name, `${url}x`))).toEqual([
      'FIELD_INVALID input url',
    ]);
    expect(await problems('createWebhookEndpoint', endpoint(name, url))).toEqual([]);
  });

  it('is one of as many as a tenant may have', async () => {
    const endpoints = present(tenant.stores.endpoints);
    const there = (await endpoints.page({ first: LIMITS.endpointsMax, after: null })).rows.length;
    for (let n = there; n < LIMITS.endpointsMax; n++)
      expect(await problems('createWebhookEndpoint', endpoint(`e${n}`))).toEqual([]);
    expect(await problems('createWebhookEndpoint', endpoint('over'))).toEqual(['QUOTA_EXCEEDED']);
    const [last] = (await endpoints.page({ first: 1, after: null })).rows;
    await endpoints.remove(present(last).row.id);
    expect(await problems('createWebhookEndpoint', endpoint('instead'))).toEqual([]);
  });
});

describe('a mutation', () => {
  it('takes so many events, rows and keys, and keeps nothing of one with more', async () => {
    const events = (count: number) =>
      Array.from({ length: count }, (_, n) => transfer(`${count} ${n}`, 'a', 'b', '1.00', n));
    const { accepted } = (await tenant.engine.describe()).counters;
    const over = LIMITS.graphqlRowsMax + 1;
    expect(await problems('ingest', { source: 'transfers', events: events(over) })).toEqual([
      'FIELD_INVALID input events',
    ]);
    const rows = Array.from({ length: over }, (_, n) => ({ id: `a${n}` }));
    expect(await problems('upsertRows', { table: 'accounts', rows })).toEqual(['FIELD_INVALID input rows']);
    expect(await problems('deleteRows', { table: 'accounts', keys: rows })).toEqual([
      'FIELD_INVALID input keys',
    ]);
    expect((await tenant.engine.describe()).counters.accepted).toBe(accepted);
    const most = { source: 'transfers', events: events(LIMITS.graphqlRowsMax), wait: 'APPLIED' };
    expect(await problems('ingest', most)).toEqual([]);
    expect((await tenant.engine.describe()).counters.accepted).toBe(accepted + LIMITS.graphqlRowsMax);
  });
});

describe('a page of a query', () => {
  it('has so many rows at most', async () => {
    const ask = (first: number) =>
      client.ask(
        'query ($first: Int) { query(savedQuery: "sent_by", parameters: { account: "a" }, first: $first) { rows { nodes } } }',
        { first },
      );
    expect((await ask(LIMITS.queryPageRowsMax)).data.query.rows.nodes).toHaveLength(20);
    const { errors } = await ask(LIMITS.queryPageRowsMax + 1);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FIELD_INVALID' });
  });
});

describe('a definition text', () => {
  /** The errors that a dry run finds, and whether the text could be published. */
  async function check(
    text: string,
  ): Promise<{ valid: boolean; errors: { code: string; message: string }[] }> {
    const data = await client.data(
      `mutation ($text: String!) { draftDefinitions(input: { text: $text, dryRun: true, allowDrop: true })
        { check { valid errors { code message } } userErrors { code } } }`,
      { text },
    );
    return data.draftDefinitions.check;
  }
  const many = (count: number, write: (n: number) => string, between = ' ') =>
    Array.from({ length: count }, (_, n) => write(n)).join(between);
  /** A saved query on the graph of the tenant's definitions. */
  const query = (body: string, returned = 'a') =>
    `${RING_DEFINITIONS} CREATE QUERY q AS USE flow MATCH (a:Account WHERE a.id = 'x') ${body} RETURN ${returned};`;
  const widest = many(LIMITS.relationColumnsMax, (n) => `c${n} TEXT`, ', ');
  const key = 'CREATE TABLE k (id TEXT PRIMARY KEY, more TEXT);';

  it.each<[string, string, string, string]>([
    [
      'statements',
      `at most ${LIMITS.statementsMax} statements`,
      many(LIMITS.statementsMax, (n) => `CREATE SOURCE s${n} (a TEXT);`),
      many(LIMITS.statementsMax + 1, (n) => `CREATE SOURCE s${n} (a TEXT);`),
    ],
    [
      'columns of a source',
      `at most ${LIMITS.relationColumnsMax} columns`,
      `CREATE SOURCE s (${widest});`,
      `CREATE SOURCE s (${widest}, more TEXT);`,
    ],
    [
      'columns of a view',
      `at most ${LIMITS.relationColumnsMax} columns`,
      `CREATE SOURCE s (${widest}); CREATE VIEW v AS SELECT * FROM s;`,
      `CREATE SOURCE s (${widest}); CREATE VIEW v AS SELECT *, c0 AS more FROM s;`,
    ],
    [
      'columns of a join',
      `at most ${LIMITS.relationColumnsMax} columns`,
      `${key} CREATE SOURCE s (${many(LIMITS.relationColumnsMax - 2, (n) => `c${n} TEXT`, ', ')});
       CREATE VIEW v AS SELECT s.c0, k.more FROM s JOIN k FOR SYSTEM_TIME AS OF PROCTIME() ON s.c0 = k.id;`,
      `${key} CREATE SOURCE s (${many(LIMITS.relationColumnsMax - 1, (n) => `c${n} TEXT`, ', ')});
       CREATE VIEW v AS SELECT s.c0, k.more FROM s JOIN k FOR SYSTEM_TIME AS OF PROCTIME() ON s.c0 = k.id;`,
    ],
    [
      'variables of a query',
      `at most ${LIMITS.jobVariablesMax} variables`,
      // The vertex is one of them.
      query(
        '',
        many(LIMITS.jobVariablesMax - 1, (n) => `a.id AS x${n}`, ', '),
      ),
      query(
        '',
        many(LIMITS.jobVariablesMax, (n) => `a.id AS x${n}`, ', '),
      ),
    ],
    [
      'clauses of a query',
      `at most ${LIMITS.jobClausesMax} clauses`,
      // MATCH and RETURN are two of them.
      query(many(LIMITS.jobClausesMax - 2, (n) => `LET x${n} = 1`)),
      query(many(LIMITS.jobClausesMax - 1, (n) => `LET x${n} = 1`)),
    ],
  ])('has so many %s', async (_, said, most, over) => {
    expect(await check(most)).toMatchObject({ valid: true, errors: [] });
    const { valid, errors } = await check(over);
    expect(valid).toBe(false);
    expect(errors).toEqual([{ code: 'INVALID_DEFINITION', message: expect.stringContaining(said) }]);
  });
});
