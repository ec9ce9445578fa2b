import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient } from './graphql-client.ts';
import { RING_DEFINITIONS, transfer } from './sample-definitions.ts';

const DEFINITIONS = `${RING_DEFINITIONS} CREATE SOURCE clicks (page TEXT);`;

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', DEFINITIONS);
  client = new GraphqlClient(
    service.address,
    await tenant.key(['ingest', 'decide', 'query', 'define', 'alerts', 'admin']),
  );
});
afterAll(() => service.end());

const CREATE = `mutation ($name: String!, $key: String) { createApiKey(input: { name: $name, scopes: [QUERY], idempotencyKey: $key }) {
  apiKey { id name } secret userErrors { code message } } }`;

describe('a mutation with an idempotency key', () => {
  it('is done once, and answered as before; a secret is told once', async () => {
    const first = (await client.data(CREATE, { name: 'a', key: 'one' })).createApiKey;
    const again = (await client.data(CREATE, { name: 'a', key: 'one' })).createApiKey;
    expect(first).toMatchObject({ secret: expect.stringMatching(/^rw_/), userErrors: [] });
    expect(again).toEqual({ apiKey: first.apiKey, secret: null, userErrors: [] });
    const { apiKeys } = await client.data('{ apiKeys { nodes { name } } }');
    expect(apiKeys.nodes.filter(({ name }: { name: string }) => name === 'a')).toHaveLength(1);
  });

  it('is refused with another input, or another mutation', async () => {
    await client.data(CREATE, { name: 'b', key: 'two' });
    const { createApiKey } = await client.data(CREATE, { name: 'c', key: 'two' });
    expect(createApiKey).toMatchObject({ apiKey: null, userErrors: [{ code: 'IDEMPOTENCY_KEY_REUSED' }] });
    const { createMember } = await client.data(
      'mutation { createMember(input: { name: "b", email: "b@c.example", scopes: [QUERY], idempotencyKey: "two" }) { userErrors { code } } }',
    );
    expect(createMember.userErrors).toEqual([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  });

  it('is done once when it is asked several times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => client.post({ query: CREATE, variables: { name: 'd', key: 'three' } })),
    );
    const done = answers.filter(({ errors }) => errors === undefined);
    const busy = answers.filter(({ errors }) => errors !== undefined);
    expect(new Set(done.map(({ data }) => data.createApiKey.apiKey.id)).size).toBe(1);
    expect(done.filter(({ data }) => data.createApiKey.secret !== null)).toHaveLength(1);
    for (const { errors, status } of busy) {
      expect([status, errors?.[0]?.extensions]).toEqual([
        409,
        expect.objectContaining({ code: 'IDEMPOTENCY_IN_PROGRESS', retryable: true }),
      ]);
    }
    const { apiKeys } = await client.data('{ apiKeys { nodes { name } } }');
    expect(apiKeys.nodes.filter(({ name }: { name: string }) => name === 'd')).toHaveLength(1);
  });

  it('that failed may be asked again', async () => {
    const WITHDRAW = `mutation ($id: ID!) { withdrawDraft(input: { id: $id, idempotencyKey: "four" }) { draft { state } userErrors { code } } }`;
    const { draftDefinitions } = await client.data(
      'mutation ($text: String!) { draftDefinitions(input: { text: $text, idempotencyKey: "five" }) { draft { id } } }',
      { text: DEFINITIONS },
    );
    const nothing = await client.data(WITHDRAW, { id: 'nonsense' });
    expect(nothing.withdrawDraft.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
    const { withdrawDraft } = await client.data(WITHDRAW, { id: draftDefinitions.draft.id });
    expect(withdrawDraft).toEqual({ draft: { state: 'WITHDRAWN' }, userErrors: [] });
  });

  it('is another one for another caller', async () => {
    const second = new GraphqlClient(service.address, await tenant.key(['query', 'admin']));
    const first = (await client.data(CREATE, { name: 'e', key: 'six' })).createApiKey;
    const other = (await second.data(CREATE, { name: 'e', key: 'six' })).createApiKey;
    expect(other.apiKey.id).not.toBe(first.apiKey.id);
  });

  it('sends events once where they have no key of their own', async () => {
    const INGEST = `mutation ($key: String) { ingest(input: { source: "clicks", events: [{ page: "a" }, { page: "b" }], wait: APPLIED, idempotencyKey: $key }) {
      result { accepted position token } userErrors { code } } }`;
    const first = (await client.data(INGEST, { key: 'seven' })).ingest;
    const again = await client.ask(INGEST, { key: 'seven' });
    expect(first.result.accepted).toBe(2);
    expect(again.data.ingest).toEqual(first);
    expect(again.extensions.consistency).toEqual({
      position: first.result.position,
      token: first.result.token,
    });
    const { health } = await client.data('{ health { engine { accepted } } }');
    expect(health.engine.accepted).toBe('2');
  });

  it('decides once, also by the event’s own key alone', async () => {
    const DECIDE = `mutation ($event: Row!, $key: String) { decide(input: { source: "transfers", event: $event, idempotencyKey: $key }) {
      decision { outcome position duplicate reasons { text } } userErrors { code } } }`;
    const event = transfer('t1', 'a', 'b', '1.00', 0);
    const first = (await client.data(DECIDE, { event, key: 'eight' })).decide;
    expect(first.decision).toMatchObject({ outcome: 'approve', duplicate: false });
    expect((await client.data(DECIDE, { event, key: 'eight' })).decide).toEqual(first);
    const { decision } = (await client.data(DECIDE, { event })).decide;
    expect(decision).toEqual({ ...first.decision, duplicate: true });
  });

  it('creates a tenant once, told apart by its slug', async () => {
    const operator = new GraphqlClient(service.address, service.adminToken as string);
    const CREATE_TENANT = `mutation ($name: String!, $key: String) { createTenant(input: { slug: "new-bank", name: $name, idempotencyKey: $key }) {
      tenant { id } userErrors { code } } }`;
    const first = (await operator.data(CREATE_TENANT, { name: 'New', key: 'nine' })).createTenant;
    expect((await operator.data(CREATE_TENANT, { name: 'New', key: 'nine' })).createTenant).toEqual(first);
    expect((await operator.data(CREATE_TENANT, { name: 'New' })).createTenant.userErrors).toEqual([
      { code: 'SLUG_TAKEN' },
    ]);
    expect(
      (await operator.data(CREATE_TENANT, { name: 'Newer', key: 'nine' })).createTenant.userErrors,
    ).toEqual([{ code: 'SLUG_TAKEN' }]);
  });

  it.each(['', 'x'.repeat(256)])('is refused where the key is none: %#', async (key) => {
    const { createApiKey } = await client.data(CREATE, { name: 'f', key });
    expect(createApiKey.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_INVALID' }]);
  });
});
