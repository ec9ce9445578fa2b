import { expect } from '@jest/globals';
import { present } from '../../core/assert.ts';
import { SCOPES } from '../../tenants/scopes.ts';
import { GraphqlClient } from '../api/graphql-client.ts';
import { send } from '../http/http-client.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { TestReceiver } from '../webhooks/test-receiver.ts';

/** Stands in every text that the first tenant has given, or that a receiver of theirs has answered. */
export const MARK = 'zq7leak';

/** Definitions in which every name begins with `prefix`; three transfers close a ring, told to the endpoint `${prefix}-desk`. */
function definitions(prefix: string): string {
  return `
CREATE SOURCE ${prefix}_transfers (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at - INTERVAL '5 seconds') WITH (allowed_lateness = '10 minutes', max_ahead = '36500 days');
CREATE TABLE ${prefix}_accounts (id TEXT PRIMARY KEY, name TEXT, ${prefix}_points INTEGER CHECK (${prefix}_points >= 0));
CREATE PROPERTY GRAPH ${prefix}_flow
  VERTEX TABLES (${prefix}_accounts KEY (id) LABEL ${prefix}_account)
  EDGE TABLES (${prefix}_transfers KEY (tx) SOURCE KEY (payer) REFERENCES ${prefix}_accounts (id)
    DESTINATION KEY (payee) REFERENCES ${prefix}_accounts (id) LABEL ${prefix}_transfer)
  WITH (event_time = 'at', retain = '40 days');
CREATE DECISION ${prefix}_payment ON ${prefix}_transfers OUTCOMES (${prefix}_review, ${prefix}_approve)
  DEFAULT ${prefix}_approve FALLBACK ${prefix}_review DEADLINE 20000 MILLISECONDS;
CREATE RULE ${prefix}_ring ON ${prefix}_transfers
THEN USE ${prefix}_flow
  MATCH p = SIMPLE (a:${prefix}_account WHERE a.id = $payee)-[t:${prefix}_transfer]->{1,5}(b:${prefix}_account WHERE b.id = $payer)
    -[last:${prefix}_transfer WHERE last.tx = $tx]->(a) ASCENDING BY at WITHIN INTERVAL '14 days'
  RETURN p
DO ALERT '${prefix} loop' SEVERITY HIGH KEY (payer, payee), DECIDE ${prefix}_review, WEBHOOK '${prefix}-desk';
CREATE QUERY ${prefix}_sent_by (account TEXT) AS
  USE ${prefix}_flow MATCH (a:${prefix}_account)-[t:${prefix}_transfer]->(b:${prefix}_account)
  WHERE a.id = $account RETURN a, t, b, t.amount AS amount;
`;
}

/** One of the two tenants: its people's keys, and ids of one thing of each kind, as the interface gives them. */
export interface Rival {
  readonly prefix: string;
  readonly tenant: TestTenant;
  readonly slug: string;
  /** Holds every scope. */
  readonly all: GraphqlClient;
  /** Of another person, who publishes. */
  readonly publisher: GraphqlClient;
  /** The cookie and the CSRF token of a session of the console. */
  readonly session: { readonly cookie: string; readonly csrf: string };
  /** Node ids by their type. */
  readonly ids: Readonly<Record<string, string>>;
  readonly alertId: string;
  /** Of the decision that a ring has led to. */
  readonly decisionPosition: string;
  /** Of the newest write. */
  readonly token: string;
  readonly auditHead: Readonly<Record<string, unknown>>;
}

export interface Rivals {
  readonly service: TestService;
  readonly receiver: TestReceiver;
  /** Whose data must not be seen. */
  readonly victim: Rival;
  /** Who tries to see it, with every scope in its own tenant. */
  readonly thief: Rival;
  readonly operatorToken: string;
  end(): Promise<void>;
}

/** The service with two tenants, each with something of every kind, made through the public interface. */
export async function startRivals(): Promise<Rivals> {
  const service = await startTestService({ RINGWATCH_WEBHOOK_ALLOW: '127.0.0.1' });
  const receiver = await TestReceiver.listen((_, response) => {
    response.writeHead(200, { 'x-answer': `${MARK}-header` }).end(`${MARK}-body`);
  });
  const victim = await furnish(service, MARK, receiver);
  const quiet = await TestReceiver.listen();
  const thief = await furnish(service, 'mine', quiet);
  return {
    service,
    receiver,
    victim,
    thief,
    operatorToken: present(service.adminToken),
    end: async () => {
      await service.end();
      await receiver.close();
      await quiet.close();
    },
  };
}

/** Three transfers of which the last closes a ring. */
export function ringOf(name: string, minute: number): readonly Readonly<Record<string, string>>[] {
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => `${name}-${letter}`) as [string, string, string];
  const at = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute + n)).toISOString();
  return [
    { tx: `${name}-1`, payer: a, payee: b, amount: '1000.50', at: at(0) },
    { tx: `${name}-2`, payer: b, payee: c, amount: '990.25', at: at(1) },
    { tx: `${name}-3`, payer: c, payee: a, amount: '980.00', at: at(2) },
  ];
}

const INGEST = `mutation ($source: String!, $events: [Row!]!, $key: String) {
  ingest(input: { source: $source, events: $events, wait: APPLIED, idempotencyKey: $key }) {
    result { token position rejectedCount } userErrors { code message } } }`;

async function furnish(service: TestService, prefix: string, receiver: TestReceiver): Promise<Rival> {
  const slug = `${prefix}-bank`;
  const tenant = await service.addTenant(slug, '');
  const all = new GraphqlClient(service.address, await tenant.key(SCOPES));
  const publisher = new GraphqlClient(service.address, await tenant.key(SCOPES));
  await all.data(`mutation { updateTenant(input: { name: "${prefix} name" }) { userErrors { code } } }`);
  await publish(all, publisher, definitions(prefix), prefix);
  const { member, key } = await people(all, prefix);
  const { endpoint } = await endpointOf(all, prefix, receiver);

  const source = `${prefix}_transfers`;
  const events = [...ringOf(`${prefix}-first`, 0), ...ringOf(`${prefix}-second`, 10)];
  const wrong = { tx: `${prefix}-wrong`, amount: `${prefix}-amount`, [`${prefix}_field`]: '1' };
  const { ingest } = await all.data(INGEST, { source, events: [...events, wrong], key: SHARED_KEY });
  await all.data(
    `mutation ($rows: [Row!]!) { upsertRows(input: { table: "${prefix}_accounts", rows: $rows }) { result { accepted } } }`,
    {
      rows: ['a', 'b'].map((letter) => ({
        id: `${prefix}-first-${letter}`,
        name: `${prefix} holder`,
        [`${prefix}_points`]: 10,
      })),
    },
  );
  await transfers(all, prefix);
  const decision = await decide(all, source, ringOf(`${prefix}-decided`, 20));
  const alerts = await allAlerts(all, 3);
  await handleAlerts(all, prefix, alerts, member);
  const deliveries = await delivered(all, 3);
  const drafts = await openDraft(all, prefix);
  const listed = await all.data(`{
    sources { nodes { id } } tables { nodes { id } } graphViews { nodes { id } } rules { nodes { id } } savedQueries { nodes { id } }
    definitionVersions { nodes { id } } audit(first: 1) { nodes { id } } viewer { tenant { id } } auditHead {
      tenantId sequence hash at statement signature publicKey } }`);
  const first = (list: string): string => listed[list].nodes[0].id;
  const session = await openSession(service.address, all.token);
  return {
    prefix,
    tenant,
    slug,
    all,
    publisher,
    session,
    ids: {
      Alert: alerts[0]?.id as string,
      ApiKey: key,
      AuditEntry: first('audit'),
      Decision: decision.id,
      DefinitionVersion: first('definitionVersions'),
      Delivery: deliveries,
      Draft: drafts,
      GraphView: first('graphViews'),
      Member: member,
      Rule: first('rules'),
      SavedQuery: first('savedQueries'),
      Source: first('sources'),
      Table: first('tables'),
      Tenant: listed.viewer.tenant.id,
      WebhookEndpoint: endpoint,
    },
    alertId: alerts[0]?.alertId as string,
    decisionPosition: decision.position,
    token: ingest.result.token,
    auditHead: listed.auditHead,
  };
}

/** Two transfers, of which one has the key that both tenants use. */
async function transfers(all: GraphqlClient, prefix: string): Promise<void> {
  const [from, to] = ['a', 'b'].map((letter) => ({ id: `${prefix}-first-${letter}` }));
  const items = [SHARED_KEY, `${prefix}-transfer`].map((key) => ({
    from,
    to,
    amount: '1',
    idempotencyKey: key,
  }));
  const { transferBatch } = await all.data(
    `mutation ($items: [TransferItemInput!]!) { transferBatch(input: { table: "${prefix}_accounts", transfers: $items }) {
      transfers { outcome duplicate } userErrors { code } } }`,
    { items },
  );
  const applied = { outcome: 'APPLIED', duplicate: false };
  expect(transferBatch).toEqual({ transfers: [applied, applied], userErrors: [] });
}

/** The idempotency key that both tenants have used. */
export const SHARED_KEY = 'the-very-same-key';

async function publish(
  all: GraphqlClient,
  publisher: GraphqlClient,
  text: string,
  prefix: string,
): Promise<void> {
  const { draftDefinitions } = await all.data(
    `mutation ($text: String!) { draftDefinitions(input: { text: $text, comment: "${prefix} comment" }) {
      draft { id } check { errors { message line } } userErrors { code message } } }`,
    { text },
  );
  const id = present(draftDefinitions.draft?.id, JSON.stringify(draftDefinitions));
  const { publishDefinitions } = await publisher.data(
    'mutation ($id: ID!) { publishDefinitions(input: { draftId: $id }) { version { number } userErrors { code message } } }',
    { id },
  );
  present(publishDefinitions.version, JSON.stringify(publishDefinitions));
}

async function people(all: GraphqlClient, prefix: string): Promise<{ member: string; key: string }> {
  const { createMember } = await all.data(
    `mutation { createMember(input: { name: "${prefix} Ann", email: "ann@${prefix}.example", scopes: [ALERTS, QUERY] }) { member { id } } }`,
  );
  const { createApiKey } = await all.data(
    `mutation ($id: ID) { createApiKey(input: { name: "${prefix} key", scopes: [QUERY], memberId: $id }) { apiKey { id } } }`,
    { id: createMember.member.id },
  );
  return { member: createMember.member.id, key: createApiKey.apiKey.id };
}

async function endpointOf(
  all: GraphqlClient,
  prefix: string,
  receiver: TestReceiver,
): Promise<{ endpoint: string }> {
  const { createWebhookEndpoint } = await all.data(
    `mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
      endpoint { id } userErrors { code message } } }`,
    {
      input: {
        name: `${prefix}-desk`,
        url: `${receiver.url}/${prefix}-path?token=${prefix}-secret`,
        description: `${prefix} description`,
        rules: [`${prefix}_ring`],
      },
    },
  );
  return { endpoint: present(createWebhookEndpoint.endpoint, JSON.stringify(createWebhookEndpoint)).id };
}

async function decide(
  all: GraphqlClient,
  source: string,
  events: readonly object[],
): Promise<{ id: string; position: string }> {
  let decision = { id: '', position: '' };
  for (const event of events) {
    ({ decision } = (
      await all.data(
        `mutation ($source: String!, $event: Row!) { decide(input: { source: $source, event: $event }) {
          decision { id position } userErrors { code message } } }`,
        { source, event },
      )
    ).decide);
  }
  return decision;
}

/** The alerts, once all of them are in the catalog. */
async function allAlerts(all: GraphqlClient, count: number): Promise<{ id: string; alertId: string }[]> {
  for (;;) {
    const { alerts } = await all.data('{ alerts { nodes { id alertId } } }');
    if (alerts.nodes.length >= count) return alerts.nodes;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function handleAlerts(
  all: GraphqlClient,
  prefix: string,
  alerts: readonly { readonly id: string }[],
  memberId: string,
): Promise<void> {
  const id = alerts[0]?.id;
  await all.data(
    `mutation ($id: ID!, $memberId: ID) {
      one: commentAlert(input: { id: $id, text: "${prefix} comment one" }) { userErrors { code } }
      two: commentAlert(input: { id: $id, text: "${prefix} comment two" }) { userErrors { code } }
      assignAlert(input: { id: $id, memberId: $memberId }) { userErrors { code } }
      acknowledgeAlert(input: { id: $id }) { userErrors { code } } }`,
    { id, memberId },
  );
}

/** The id of a delivery, once `count` have been taken. */
async function delivered(all: GraphqlClient, count: number): Promise<string> {
  for (;;) {
    const { deliveries } = await all.data('{ deliveries(filter: { state: DELIVERED }) { nodes { id } } }');
    if (deliveries.nodes.length >= count) return deliveries.nodes[0].id;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Leaves two drafts open: a text, and a rule that is to be switched off. */
async function openDraft(all: GraphqlClient, prefix: string): Promise<string> {
  const { draftDefinitions } = await all.data(
    `mutation ($text: String!) {
      disableRule(input: { rule: "${prefix}_ring", comment: "${prefix} noise" }) { userErrors { code } }
      draftDefinitions(input: { text: $text, comment: "${prefix} next" }) { draft { id } userErrors { code message } } }`,
    { text: `${definitions(prefix)}\nCREATE TABLE ${prefix}_more (id TEXT PRIMARY KEY);` },
  );
  return present(draftDefinitions.draft, JSON.stringify(draftDefinitions)).id;
}

async function openSession(address: string, token: string): Promise<Rival['session']> {
  const { headers, text } = await send(address, '/v1/session', { token });
  const cookie = String(headers['set-cookie']?.[0]).split(';')[0] as string;
  return { cookie, csrf: (JSON.parse(text) as { csrf: string }).csrf };
}
