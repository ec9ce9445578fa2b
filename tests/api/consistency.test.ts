import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTenantId } from '../../core/tenant-id.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient } from './graphql-client.ts';
import { RING_DEFINITIONS, ringOf } from './sample-definitions.ts';

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', RING_DEFINITIONS);
  client = new GraphqlClient(service.address, await tenant.key(['ingest', 'query']));
});
afterAll(() => service.end());

const QUERY =
  'query ($key: String!) { query(savedQuery: "sent_by", parameters: { account: $key }) { rows { nodes } } }';
const POSITION = '{ query(savedQuery: "sent_by", parameters: { account: "a" }) { position } }';

describe('the level of a read', () => {
  it('is of a header or of the extensions, and so new is what is read', async () => {
    const ingest =
      'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events }) { result { token } } }';
    for (let n = 0; n < 20; n++) {
      const written = await client.data(ingest, { events: ringOf(`level-${n}`, 200) });
      const { token } = written.ingest.result;
      const variables = { key: `level-${n}-a` };
      const asked = [
        client.post({ query: QUERY, variables }, { 'x-ringwatch-consistency': 'LINEARIZABLE' }),
        client.post({ query: QUERY, variables }, { 'x-ringwatch-consistency': `SESSION ${token}` }),
        client.post({ query: QUERY, variables, extensions: { consistency: { level: 'SESSION', token } } }),
        client.post({ query: QUERY, variables, extensions: { consistency: { level: 'BOUNDED', ms: 0 } } }),
      ];
      for (const { status, data } of await Promise.all(asked)) {
        expect(status).toBe(200);
        expect(data.query.rows.nodes).toHaveLength(1);
      }
    }
    const eventual = await client.post(
      { query: QUERY, variables: { key: 'level-0-a' } },
      { 'x-ringwatch-consistency': 'EVENTUAL' },
    );
    expect(eventual.data.query.rows.nodes).toHaveLength(1);
  });

  it.each([
    ['STRONG', /the level is none of/],
    ['SESSION', /the token of a write/],
    ['SESSION ten_1.0.1', /no token of a write/],
    ['BOUNDED -1', /whole milliseconds/],
    ['BOUNDED 1 2', /more than a level/],
    ['EVENTUAL 5', /takes no value/],
  ])('is refused where it is %s', async (level, reason) => {
    const { errors } = await client.post({ query: POSITION }, { 'x-ringwatch-consistency': level });
    expect(errors?.[0]?.extensions.code).toBe('FIELD_INVALID');
    expect(errors?.[0]?.message).toMatch(reason);
  });

  it('is refused where its token is of a write that is not here', async () => {
    for (const token of [`${tenant.id}.0.99999999`, `${tenant.id}.0.0`, `${newTenantId()}.0.1`]) {
      const extensions = { consistency: { level: 'SESSION', token } };
      const { errors } = await client.post({ query: POSITION, extensions });
      expect(errors?.[0]?.extensions.code).toBe('FIELD_INVALID');
      expect(errors?.[0]?.message).toMatch(/of no write here/);
    }
  });

  it('is refused where the extension is none', async () => {
    for (const consistency of [
      [],
      'EVENTUAL',
      { level: 'EVENTUAL', more: 1 },
      { level: 'BOUNDED', ms: 1.5 },
    ]) {
      const { errors } = await client.post({ query: POSITION, extensions: { consistency } });
      expect(errors?.[0]?.extensions.code).toBe('FIELD_INVALID');
    }
  });
});
