import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { contractSchema } from '../tools/schema-types.ts';
import { GraphqlClient } from './graphql-client.ts';
import { RING_DEFINITIONS, ringOf } from './sample-definitions.ts';

const DEFINITIONS = `${RING_DEFINITIONS}CREATE TABLE wallets (id TEXT PRIMARY KEY, energy INTEGER CHECK (energy >= 0));`;

/** What each mutation leaves in the audit log; null with the reason: nothing. */
const CHANGES: Readonly<Record<string, readonly string[] | { readonly none: string }>> = {
  createTenant: ['tenant.create'],
  updateTenant: ['tenant.rename', 'settings.update', 'twoPersonRule.off'],
  createMember: ['member.create'],
  updateMember: ['member.update'],
  disableMember: ['member.disable'],
  createApiKey: ['key.create'],
  revokeApiKey: ['key.revoke'],
  draftDefinitions: ['definitions.draft'],
  withdrawDraft: ['definitions.withdraw'],
  publishDefinitions: ['definitions.publish'],
  enableRule: ['definitions.draft'],
  disableRule: ['definitions.draft'],
  rollBackRule: ['definitions.draft'],
  rollBackDefinitions: ['definitions.draft'],
  ingest: { none: 'the log has every event' },
  decide: { none: 'the log has every event' },
  // That someone sends them is noted once an hour, beside the request: see the test of senders.
  transfer: { none: 'the log has every transfer' },
  transferBatch: { none: 'the log has every transfer' },
  upsertRows: ['rows.change'],
  deleteRows: ['rows.change'],
  acknowledgeAlert: ['alert.acknowledge'],
  reopenAlert: ['alert.reopen'],
  assignAlert: ['alert.assign'],
  commentAlert: ['alert.comment'],
  createWebhookEndpoint: ['endpoint.create'],
  updateWebhookEndpoint: ['endpoint.update'],
  rotateWebhookSecret: ['endpoint.rotateSecret'],
  disableWebhookEndpoint: ['endpoint.disable'],
  enableWebhookEndpoint: ['endpoint.enable'],
  testWebhookEndpoint: ['endpoint.test'],
  replayDelivery: ['delivery.replay'],
  replayDeliveries: ['delivery.replayRange'],
  deleteWebhookEndpoint: ['endpoint.remove'],
};

/** What each query that shows personal data leaves; null: it shows none. */
const READS: Readonly<Record<string, string | null>> = {
  members: 'member.list',
  alerts: 'alert.list',
  alert: 'alert.read',
  decision: 'decision.read',
  query: 'graph.query',
  transfers: 'transfer.list',
  deliveries: 'delivery.list',
  audit: 'audit.list',
  node: 'alert.read',
  nodes: 'alert.read',
  ...Object.fromEntries(
    [
      [
        'viewer',
        'health',
        'tenants',
        'apiKeys',
        'drafts',
        'definitions',
        'definitionVersions',
        'sources',
        'source',
      ],
      [
        'tables',
        'table',
        'graphViews',
        'graphView',
        'rules',
        'rule',
        'savedQueries',
        'savedQuery',
        'webhookEndpoints',
      ],
      ['auditHead', 'verifyAudit', 'usage', 'limits', 'throughput', 'latency'],
    ]
      .flat()
      .map((name) => [name, null]),
  ),
};

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;
let publisher: GraphqlClient;
let operator: GraphqlClient;

beforeAll(async () => {
  service = await startTestService({ RINGWATCH_WEBHOOK_ALLOW: '127.0.0.1' });
  tenant = await service.addTenant('bank', DEFINITIONS);
  const scopes = ['ingest', 'decide', 'query', 'define', 'alerts', 'admin', 'audit'] as const;
  client = new GraphqlClient(service.address, await tenant.key(scopes));
  publisher = new GraphqlClient(service.address, await tenant.key(['publish']));
  operator = new GraphqlClient(service.address, service.adminToken as string);
});
afterAll(() => service.end());

/** Actions of the tenant's audit log after a number of entries, and how many there are. */
async function actionsAfter(count: number): Promise<{ readonly actions: string[]; readonly count: number }> {
  const head = await tenant.stores.audit.head();
  const actions: string[] = [];
  for (let n = count + 1; n <= head.sequence; n++)
    actions.push((await tenant.stores.audit.get(n))?.action ?? 'missing');
  // Reading the entries is written down, too.
  return { actions, count: (await tenant.stores.audit.head()).sequence };
}

/** Runs a mutation of the tenant with an input; its payload. Its entries have to be the ones of the table. */
async function change(
  name: string,
  input: string,
  select: string,
  as: GraphqlClient = client,
): Promise<Readonly<Record<string, unknown>>> {
  const { count } = await actionsAfter((await tenant.stores.audit.head()).sequence);
  const data = await as.data(
    `mutation { ${name}(input: { ${input} }) { ${select} userErrors { code message } } }`,
  );
  expect([name, data[name].userErrors]).toEqual([name, []]);
  const expected = CHANGES[name];
  const { actions } = await actionsAfter(count);
  const changes = actions.filter((action) => !/\.(list|read|comments|query|send)$/.test(action));
  expect([name, changes]).toEqual([name, Array.isArray(expected) ? expected : []]);
  ran.add(name);
  return data[name];
}
const ran = new Set<string>();

describe('the audit log', () => {
  it('lists what each mutation and query of the contract leaves in it', () => {
    const schema = contractSchema();
    expect(Object.keys(CHANGES).sort()).toEqual(
      Object.keys(schema.getMutationType()?.getFields() ?? {}).sort(),
    );
    expect(Object.keys(READS).sort()).toEqual(Object.keys(schema.getQueryType()?.getFields() ?? {}).sort());
  });

  it('has an entry of every change', async () => {
    const other = await operator.data(
      'mutation { createTenant(input: { slug: "other", name: "Other" }) { tenant { tenantId } userErrors { code } } }',
    );
    const { tenantId } = other.createTenant.tenant;
    const [first] = await service.tenants
      .bindSystem(tenantId, 'test')
      .audit.page({}, { first: 10, after: null })
      .then(({ rows }) => rows.map(({ row }) => row.action));
    expect(first).toBe('tenant.create');
    ran.add('createTenant');

    const { member } = (await change(
      'createMember',
      'name: "Ann", email: "a@b.example", scopes: [ALERTS]',
      'member { id }',
    )) as {
      member: { id: string };
    };
    await change('updateMember', `id: "${member.id}", name: "Anne"`, 'member { name }');
    const { apiKey } = (await change('createApiKey', 'name: "k", scopes: [QUERY]', 'apiKey { id }')) as {
      apiKey: { id: string };
    };
    await change('revokeApiKey', `id: "${apiKey.id}"`, 'apiKey { state }');

    const text = JSON.stringify(`${DEFINITIONS}\nCREATE TABLE more (id TEXT PRIMARY KEY);`);
    const drafted = async (name: string, input: string): Promise<string> =>
      ((await change(name, input, 'draft { id }')) as { draft: { id: string } }).draft.id;
    await change(
      'withdrawDraft',
      `id: "${await drafted('draftDefinitions', `text: ${text}`)}"`,
      'draft { state }',
    );
    const publish = (id: string) => change('publishDefinitions', `draftId: "${id}"`, 'position', publisher);
    await publish(await drafted('draftDefinitions', `text: ${text}`));
    await publish(await drafted('disableRule', 'rule: "ring"'));
    await publish(await drafted('enableRule', 'rule: "ring"'));
    await drafted('rollBackDefinitions', 'toVersion: 1');
    const changed = JSON.stringify(JSON.parse(text).replace("'Cash-out loop'", "'Loop'"));
    await publish(await drafted('draftDefinitions', `text: ${changed}`));
    await drafted('rollBackRule', 'rule: "ring", toDefinitionVersion: 1');

    await change(
      'upsertRows',
      'table: "wallets", rows: [{ id: "a", energy: 9 }, { id: "b", energy: 0 }]',
      'result { accepted }',
    );
    const item = 'from: { id: "a" }, to: { id: "b" }, amount: "1", idempotencyKey';
    await change('transfer', `table: "wallets", ${item}: "one"`, 'transfer { outcome }');
    await change(
      'transferBatch',
      `table: "wallets", transfers: [{ ${item}: "two" }]`,
      'transfers { outcome }',
    );
    await change('deleteRows', 'table: "accounts", keys: [{ id: "a" }]', 'result { accepted }');
    const { endpoint } = (await change(
      'createWebhookEndpoint',
      'name: "desk", url: "http://127.0.0.1:9/", rules: []',
      'endpoint { id } secret',
    )) as { endpoint: { id: string } };
    const ofEndpoint = `id: "${endpoint.id}"`;
    await change('updateWebhookEndpoint', `${ofEndpoint}, description: "a desk"`, 'endpoint { description }');
    await change('rotateWebhookSecret', ofEndpoint, 'secret');
    await change('disableWebhookEndpoint', ofEndpoint, 'endpoint { state }');

    const [one, two, three] = ringOf('audited', 100).map((event) =>
      JSON.stringify(event).replace(/"(\w+)":/g, '$1:'),
    );
    await change(
      'ingest',
      `source: "transfers", events: [${one}, ${two}], wait: APPLIED`,
      'result { accepted }',
    );
    await change('decide', `source: "transfers", event: ${three}`, 'decision { outcome }');
    let alert: { readonly id: string; readonly alertId: string; readonly position: string } | undefined;
    while (alert === undefined)
      alert = (await client.data('{ alerts(first: 1) { nodes { id alertId position } } }')).alerts.nodes[0];
    await change('acknowledgeAlert', `id: "${alert.id}"`, 'alert { state }');
    await change('reopenAlert', `id: "${alert.id}"`, 'alert { state }');
    await change('assignAlert', `id: "${alert.id}", memberId: "${member.id}"`, 'alert { state }');
    await change('commentAlert', `id: "${alert.id}", text: "why"`, 'comment { text }');

    const { deliveries } = await client.data('{ deliveries(first: 1) { nodes { id } } }');
    await change('replayDelivery', `id: "${deliveries.nodes[0].id}"`, 'delivery { state }');
    await change('replayDeliveries', `endpointId: "${endpoint.id}"`, 'count');
    await change('testWebhookEndpoint', ofEndpoint, 'delivery { type }');
    await change('enableWebhookEndpoint', ofEndpoint, 'endpoint { state }');
    await change('deleteWebhookEndpoint', ofEndpoint, 'deletedId');

    const reads: Readonly<Record<string, string>> = {
      members: 'members { nodes { name } }',
      alerts: 'alerts { nodes { id } }',
      alert: `alert(alertId: "${alert.alertId}") { title }`,
      decision: `decision(position: "${alert.position}") { outcome }`,
      query: 'query(savedQuery: "sent_by", parameters: { account: "x" }) { position }',
      deliveries: 'deliveries { nodes { body } }',
      transfers: 'transfers(table: "wallets", account: { id: "a" }) { nodes { amount } }',
      audit: 'audit(first: 1) { nodes { action } }',
      node: `node(id: "${alert.id}") { id }`,
      nodes: `nodes(ids: ["${alert.id}"]) { id }`,
    };
    for (const [name, action] of Object.entries(READS)) {
      if (action === null) continue;
      const { count } = await actionsAfter((await tenant.stores.audit.head()).sequence);
      await client.data(`{ ${reads[name]} }`);
      expect([name, (await actionsAfter(count)).actions]).toEqual([name, expect.arrayContaining([action])]);
    }

    await change('disableMember', `id: "${member.id}"`, 'member { disabledAt }');
    await change('updateTenant', 'name: "Bank 2", twoPersonRule: false', 'tenant { name }');
    expect([...ran].sort()).toEqual(Object.keys(CHANGES).sort());
    expect(await tenant.stores.audit.verify()).toMatchObject({ kind: 'intact' });
  });
});
