import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GraphQLSchema } from 'graphql';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { contractSchema } from '../tools/schema-types.ts';
import { allFields, fieldsAsked, selectAll } from './full-selection.ts';
import { GraphqlClient, hear } from './graphql-client.ts';
import { RING_DEFINITIONS, ringOf, transfer } from './sample-definitions.ts';

let schema: GraphQLSchema;
let service: TestService;
let tenant: TestTenant;
/** Holds every scope. */
let all: GraphqlClient;
/** Another person who publishes. */
let publisher: GraphqlClient;
let operator: GraphqlClient;

beforeAll(async () => {
  schema = contractSchema();
  service = await startTestService();
  tenant = await service.addTenant('bank', RING_DEFINITIONS);
  const { address } = service;
  all = new GraphqlClient(
    address,
    await tenant.key(['ingest', 'decide', 'query', 'define', 'publish', 'alerts', 'admin', 'audit']),
  );
  publisher = new GraphqlClient(address, await tenant.key(['publish', 'query', 'define']));
  operator = new GraphqlClient(address, service.adminToken as string);
});
afterAll(() => service.end());

function selection(type: string, ...leaveOut: string[]): string {
  return selectAll(schema, type, leaveOut);
}

/** What a decision took in all, until it was durable, and from then until it was folded. */
const TIMED = /^decide;dur=[\d.]+, commit;dur=[\d.]+, fold;dur=[\d.]+$/;

describe('writes', () => {
  it('take events, table rows and deletions, and say what became of each', async () => {
    const ingest = `mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events, wait: APPLIED })
      ${selection('IngestPayload')} }`;
    const events = [...ringOf('r', 0), { tx: 'bad', amount: 'much' }, ringOf('r', 0)[0]];
    const answer = await all.ask(ingest, { events });
    expect(answer.data.ingest).toEqual({
      result: {
        accepted: 4,
        rejectedCount: 1,
        rejected: [{ index: 3, code: 'VALUE_INVALID', reason: expect.stringContaining('much') }],
        duplicates: 1,
        late: 0,
        refused: 0,
        unknownFields: {},
        offset: expect.stringMatching(/^\d+$/),
        position: expect.stringMatching(/^\d+$/),
        token: expect.stringMatching(/^ten_.*\.0\.\d+$/),
      },
      userErrors: [],
    });
    const { result } = answer.data.ingest;
    expect(answer.extensions.consistency).toEqual({ position: result.position, token: result.token });

    const upsert = `mutation ($rows: [Row!]!) { upsertRows(input: { table: "accounts", rows: $rows }) ${selection('UpsertRowsPayload')} }`;
    const rows = [{ id: 'r-a', name: 'Ann', opened: '9007199254740993' }, { id: 'gone' }];
    expect((await all.data(upsert, { rows })).upsertRows.result).toMatchObject({
      accepted: 2,
      duplicates: null,
    });
    const remove = `mutation { deleteRows(input: { table: "accounts", keys: [{ id: "gone" }], wait: APPLIED }) ${selection('DeleteRowsPayload')} }`;
    expect((await all.data(remove)).deleteRows.result).toMatchObject({ accepted: 1, rejected: [] });
    const unknown = await all.data(
      `mutation { ingest(input: { source: "transfer", events: [] }) ${selection('IngestPayload')} }`,
    );
    expect(unknown.ingest).toEqual({
      result: null,
      userErrors: [
        expect.objectContaining({
          code: 'UNKNOWN_NAME',
          field: ['input', 'source'],
          hint: 'Did you mean transfers?',
          retryable: false,
        }),
      ],
    });
  });

  it('decide on events: the outcome, why in words, and the ring', async () => {
    const [first, second, closing] = ringOf('d', 100) as [object, object, object];
    const decide = `mutation ($event: Row!) { decide(input: { source: "transfers", event: $event }) ${selection('DecidePayload', 'Alert.deliveries')} }`;
    await all.data(decide, { event: first });
    const answer = await all.ask(decide, { event: second });
    expect(answer.headers['server-timing']).toMatch(TIMED);
    const plain = answer.data.decide;
    expect(plain.userErrors).toEqual([]);
    expect(plain.decision).toMatchObject({
      name: 'payment',
      source: 'transfers',
      key: 'd2',
      outcome: 'approve',
      refused: false,
      afterDeadline: false,
      durable: true,
      duplicate: false,
      alerts: [],
      rings: [],
      deadlineMs: 2000,
      answeredInMs: expect.any(Number),
    });
    expect(plain.decision.reasons).toEqual([
      {
        rule: null,
        ruleVersion: null,
        outcome: 'approve',
        text: 'No rule names an outcome: approve is the default.',
      },
    ]);
    const { decision } = (await all.data(decide, { event: closing })).decide;
    expect(decision).toMatchObject({ outcome: 'review', position: expect.stringMatching(/^\d+$/) });
    expect(decision.reasons).toEqual([
      {
        rule: 'ring',
        ruleVersion: 1,
        outcome: 'review',
        text:
          'Cash-out loop for payer d-c, payee d-a (rule ring, version 1): 3 hops from d-a over d-b and d-c back to d-a, ' +
          '2,970.75 in all, within 2 minutes. It asks for review.',
      },
    ]);
    expect(decision.rings).toHaveLength(1);
    const [ring] = decision.rings;
    expect(ring).toMatchObject({
      name: 'p',
      closed: true,
      hops: 3,
      amount: '2970.75',
      start: '2026-01-01T01:40:00.000Z',
      end: '2026-01-01T01:42:00.000Z',
      values: { moved: '2970.75' },
    });
    expect(
      ring.edges.map(({ key, from, to, amount, closing: closes, hop }: Record<string, unknown>) => [
        key,
        from,
        to,
        amount,
        closes,
        hop,
      ]),
    ).toEqual([
      ['d1', 'd-a', 'd-b', '1000.50', false, 0],
      ['d2', 'd-b', 'd-c', '990.25', false, 1],
      ['d3', 'd-c', 'd-a', '980.00', true, 2],
    ]);
    expect(ring.vertices.map(({ key }: { key: string }) => key)).toEqual(['d-a', 'd-b', 'd-c', 'd-a']);
    expect(ring.svg).toMatch(/^<\?xml[\s\S]*<svg [\s\S]*990\.25[\s\S]*<\/svg>\s*$/);

    const repeated = await all.ask(decide, { event: closing });
    expect(repeated.headers['server-timing']).toMatch(/^decide;dur=[\d.]+$/);
    const again = repeated.data.decide.decision;
    expect(again).toMatchObject({ outcome: 'review', duplicate: true, position: decision.position });
    const read = await all.data(
      `query ($position: BigInt!) { decision(position: $position) ${selection('Decision', 'Alert.deliveries')} }`,
      {
        position: decision.position,
      },
    );
    expect(read.decision).toMatchObject({
      id: decision.id,
      outcome: 'review',
      key: 'd3',
      reasons: decision.reasons,
    });
    expect((await all.data('{ decision(position: "999999") { outcome } }')).decision).toBeNull();
    const rejected = await all.data(decide, {
      event: { tx: 'x', amount: 'much', at: '2026-01-01T00:00:00Z' },
    });
    expect(rejected.decide).toMatchObject({
      decision: null,
      userErrors: [{ code: 'EVENT_REJECTED', field: ['input', 'event'] }],
    });
  });
});

describe('queries', () => {
  const QUERY = `query ($view: String, $text: String, $saved: String, $parameters: Row, $types: Row, $first: Int, $after: String, $atLeast: String) {
    query(view: $view, text: $text, savedQuery: $saved, parameters: $parameters, parameterTypes: $types, first: $first, after: $after,
      atLeast: $atLeast) `;

  it('answer texts and saved queries as rows and as a graph, from a state that includes a write', async () => {
    const written = await all.data(
      'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events }) { result { token } } }',
      { events: ringOf('q', 200) },
    );
    const atLeast = written.ingest.result.token;
    const text =
      'MATCH (a:Account)-[t:TRANSFER]->(b:Account) WHERE a.id = $from RETURN a, t, b, t.amount AS amount';
    const answer = await all.ask(`${QUERY} ${selection('QueryAnswer')} }`, {
      view: 'flow',
      text,
      parameters: { from: 'q-a' },
      atLeast,
    });
    expect(answer.errors).toBeUndefined();
    expect(answer.data.query).toMatchObject({
      columns: [
        { name: 'a', type: 'VERTEX' },
        { name: 't', type: 'EDGE' },
        { name: 'b', type: 'VERTEX' },
        { name: 'amount', type: 'NUMERIC(18,2)' },
      ],
      rows: { nodes: [{ a: 'q-a', t: 'q1', b: 'q-b', amount: '1000.50' }], totalCount: 1 },
      graph: {
        vertices: [
          { key: 'q-a', label: 'Account' },
          { key: 'q-b', label: 'Account' },
        ],
        edges: [
          {
            key: 'q1',
            label: 'TRANSFER',
            from: 'q-a',
            to: 'q-b',
            amount: '1000.50',
            time: '2026-01-01T03:20:00.000Z',
          },
        ],
      },
      partial: false,
      truncated: false,
    });
    expect(answer.extensions.consistency?.position).toBe(answer.data.query.position);
    const saved = await all.data(`${QUERY} { rows { nodes } } }`, {
      saved: 'sent_by',
      parameters: { account: 'q-b' },
    });
    expect(saved.query.rows.nodes).toEqual([{ a: 'q-b', t: 'q2', b: 'q-c', amount: '990.25' }]);
  });

  it('say what is wrong, with its code', async () => {
    const codeOf = async (variables: Record<string, unknown>): Promise<unknown> =>
      (await all.ask(`${QUERY} { position } }`, variables)).errors?.[0]?.extensions.code;
    expect(await codeOf({ saved: 'sent_bye' })).toBe('UNKNOWN_NAME');
    expect(await codeOf({ view: 'flow', text: 'MATCH (a RETURN a' })).toBe('QUERY_INVALID');
    expect(await codeOf({ view: 'flow' })).toBe('FIELD_INVALID');
    expect(await codeOf({ saved: 'sent_by', text: 'MATCH (a) RETURN a' })).toBe('FIELD_INVALID');
    expect(await codeOf({ saved: 'sent_by' })).toBe('PARAMETER_INVALID');
    expect(await codeOf({ saved: 'sent_by', atLeast: 'nonsense' })).toBe('FIELD_INVALID');
    expect(await codeOf({ saved: 'sent_by', atLeast: `${tenant.id}.0.99999999` })).toBe('FIELD_INVALID');
    expect(await codeOf({ saved: 'sent_by', first: 0 })).toBe('FIELD_INVALID');
  });

  it('tell of sources, tables, graph views, rules and saved queries, in lists and by name', async () => {
    const lists = await all.data(`{
      sources { edges { cursor node ${selection('Source')} } nodes { name } pageInfo ${selection('PageInfo')} }
      tables { edges { cursor node ${selection('Table')} } nodes { name } pageInfo { hasNextPage } }
      graphViews { edges { cursor node ${selection('GraphView')} } nodes { name } pageInfo { hasNextPage } }
      rules { edges { cursor node ${selection('Rule')} } nodes { name } pageInfo { hasNextPage } }
      savedQueries { edges { cursor node ${selection('SavedQuery')} } nodes { name } pageInfo { hasNextPage } }
    }`);
    expect(lists.sources.edges[0].node).toMatchObject({
      name: 'transfers',
      eventTime: 'at',
      watermark: expect.stringMatching(/^2026-01-01T/),
      decision: {
        name: 'payment',
        outcomes: ['review', 'approve'],
        default: 'approve',
        fallback: 'review',
        deadlineMs: 2000,
      },
    });
    expect(lists.sources.edges[0].node.columns[0]).toEqual({
      name: 'tx',
      type: 'TEXT',
      nullable: false,
      key: true,
      generated: false,
    });
    expect(lists.tables.edges[0].node).toMatchObject({ name: 'accounts', rows: '1' });
    expect(lists.graphViews.edges[0].node).toMatchObject({
      name: 'flow',
      retainMs: String(40 * 86_400_000),
      edgeTables: [{ name: 'transfers', labels: ['TRANSFER'], source: 'accounts', destination: 'accounts' }],
    });
    expect(Number(lists.graphViews.edges[0].node.edges)).toBeGreaterThan(5);
    expect(lists.rules.edges[0].node).toMatchObject({
      name: 'ring',
      version: 1,
      enabled: true,
      relation: 'transfers',
      graphView: 'flow',
      alertTitle: 'Cash-out loop',
      severity: 'HIGH',
      outcome: 'review',
      refuses: false,
      webhooks: [],
      text: expect.stringMatching(/^CREATE RULE ring/),
    });
    expect(lists.savedQueries.edges[0].node).toMatchObject({
      name: 'sent_by',
      graphView: 'flow',
      parameters: [
        { name: 'account', type: 'TEXT', optional: false },
        { name: 'n', type: 'INTEGER', optional: true },
      ],
      text: expect.stringMatching(/^CREATE QUERY sent_by/),
    });
    const single =
      await all.data(`{ source(name: "transfers") { name } table(name: "accounts") { name } graphView(name: "flow") { name }
      rule(name: "ring") { name } savedQuery(name: "sent_by") { name } none: rule(name: "nothing") { name } }`);
    expect(single).toEqual({
      source: { name: 'transfers' },
      table: { name: 'accounts' },
      graphView: { name: 'flow' },
      rule: { name: 'ring' },
      savedQuery: { name: 'sent_by' },
      none: null,
    });
  });
});

describe('alerts', () => {
  it('are listed, acknowledged, assigned, commented on and reopened', async () => {
    const page = await all.data(
      `{ alerts(first: 2, filter: { rules: ["ring"], severities: [HIGH], state: OPEN }) ${selection('AlertConnection', 'Alert.deliveries')} }`,
    );
    expect(page.alerts.totalCount).toBeGreaterThanOrEqual(3);
    const [alert] = page.alerts.nodes;
    expect(alert).toMatchObject({
      rule: 'ring',
      title: 'Cash-out loop',
      severity: 'HIGH',
      key: [
        { name: 'payer', value: 'q-c' },
        { name: 'payee', value: 'q-a' },
      ],
      state: 'OPEN',
      partial: false,
      values: { tx: 'q3', payer: 'q-c', payee: 'q-a', amount: '980.00', at: '2026-01-01T03:22:00.000Z' },
      acknowledgedBy: null,
      assignee: null,
    });
    expect(JSON.parse(alert.line)).toMatchObject({ id: alert.alertId, rule: 'ring' });
    expect(alert.trace.length).toBeGreaterThan(0);

    const byId = await all.data('query ($id: String!) { alert(alertId: $id) { id } }', { id: alert.alertId });
    expect(byId.alert.id).toBe(alert.id);
    const { acknowledgeAlert } = await all.data(
      `mutation ($id: ID!) { acknowledgeAlert(input: { id: $id }) { alert { state acknowledgedBy acknowledgedAt } userErrors { code } } }`,
      { id: alert.id },
    );
    expect(acknowledgeAlert).toEqual({
      alert: { state: 'ACKNOWLEDGED', acknowledgedBy: 'key 1', acknowledgedAt: expect.stringMatching(/^20/) },
      userErrors: [],
    });
    const { member } = (
      await all.data(
        'mutation { createMember(input: { name: "Ann", email: "ann@bank.example", scopes: [ALERTS, QUERY] }) { member { id } } }',
      )
    ).createMember;
    const { assignAlert } = await all.data(
      `mutation ($id: ID!, $member: ID) {
        assignAlert(input: { id: $id, memberId: $member }) {
          alert { assignee ${selection('Assignee')} } userErrors { code }
        }
      }`,
      { id: alert.id, member: member.id },
    );
    expect(assignAlert).toEqual({
      alert: { assignee: { memberId: member.id, name: 'Ann' } },
      userErrors: [],
    });
    const mine = await all.data(
      'query ($member: ID) { alerts(filter: { assigneeId: $member }) { totalCount } }',
      { member: member.id },
    );
    expect(mine.alerts.totalCount).toBe(1);
    const { commentAlert } = await all.data(
      `mutation ($id: ID!) {
        commentAlert(input: { id: $id, text: "Called the bank." }) {
          comment ${selection('Comment')}
          alert { comments { edges { cursor node { text } } nodes { text author } pageInfo { endCursor } } }
          userErrors { code }
        }
      }`,
      { id: alert.id },
    );
    expect(commentAlert.comment).toMatchObject({ text: 'Called the bank.', author: 'key 1' });
    expect(commentAlert.alert.comments.nodes).toEqual([{ text: 'Called the bank.', author: 'key 1' }]);
    const { reopenAlert } = await all.data(
      'mutation ($id: ID!) { reopenAlert(input: { id: $id }) { alert { state } userErrors { code } } }',
      { id: alert.id },
    );
    expect(reopenAlert.alert.state).toBe('OPEN');
    const wrong = await all.data(
      'mutation ($id: ID!) { acknowledgeAlert(input: { id: $id }) { alert { id } userErrors { code field } } }',
      {
        id: member.id,
      },
    );
    expect(wrong.acknowledgeAlert).toEqual({ alert: null, userErrors: [{ code: 'NOT_FOUND', field: null }] });
  });

  it('and decisions are heard as they come, and made up for after a break', async () => {
    const client = all.socket();
    const alerts = hear(
      client,
      `subscription { alertRaised(rules: ["ring"], severities: [HIGH]) { alertId rule position rings { amount hops } reasons { text } } }`,
    );
    const decisions = hear(
      client,
      'subscription { decisionMade(source: "transfers", outcomes: ["review"]) { key outcome alerts { alertId } reasons { text } } }',
    );
    GraphqlClient.asked.push('subscription { alertRaised { id } }', 'subscription { decisionMade { id } }');
    // Both are heard once they have been written down.
    await expectEventually(async () => {
      const { audit } = await all.data(
        '{ audit(filter: { actions: ["alerts.subscribe", "decisions.subscribe"] }) { nodes { action } } }',
      );
      expect(audit.nodes).toHaveLength(2);
    });
    const before = (await all.data('{ alerts(first: 1) { position } }')).alerts.position;
    await all.data(
      'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events, wait: APPLIED }) { result { accepted } } }',
      {
        events: [...ringOf('s', 300), transfer('s4', 's-a', 's-x', '5.00', 304)],
      },
    );
    const [raised] = await alerts.first(1);
    expect(raised.alertRaised).toMatchObject({ rule: 'ring', rings: [{ amount: '2970.75', hops: 3 }] });
    const [made] = await decisions.first(1);
    expect(made.decisionMade).toMatchObject({
      key: 's3',
      outcome: 'review',
      alerts: [{ alertId: raised.alertRaised.alertId }],
    });
    const later = hear(
      client,
      'subscription ($position: BigInt) { alertRaised(afterPosition: $position) { alertId } }',
      { position: before },
    );
    expect(await later.first(1)).toEqual([{ alertRaised: { alertId: raised.alertRaised.alertId } }]);
    alerts.end();
    decisions.end();
    later.end();
    expect(await Promise.all([alerts.ended, decisions.ended, later.ended])).toEqual([null, null, null]);
    await client.dispose();
  });
});

/** Tries until it holds; the test's own timeout ends it. */
async function expectEventually(check: () => Promise<void>): Promise<void> {
  const started = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > started + 60_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('definitions', () => {
  const WITH_REVIEW = `${RING_DEFINITIONS}
CREATE RULE big ON large DO ALERT 'Large transfer' KEY (payer);
`;

  it('are checked with a diff and a plan, or errors with their places', async () => {
    const draft = `mutation ($text: String!, $dryRun: Boolean) { draftDefinitions(input: { text: $text, dryRun: $dryRun, comment: "more" }) `;
    const check = await all.data(
      `${draft} ${selection('DraftDefinitionsPayload', 'Draft.basedOn', 'Draft.published')} }`,
      { text: WITH_REVIEW, dryRun: true },
    );
    expect(check.draftDefinitions).toMatchObject({
      draft: null,
      userErrors: [],
      check: { valid: true, errors: [] },
    });
    expect(
      check.draftDefinitions.check.diff.statements.filter(
        ({ change }: { change: string }) => change !== 'UNCHANGED',
      ),
    ).toEqual([{ kind: 'RULE', name: 'big', change: 'ADDED' }]);
    expect(check.draftDefinitions.check.plan).toContain('large');
    const wrong = await all.data(
      `${draft} { draft { id } check { valid errors ${selection('DefinitionError')} } userErrors ${selection('UserError')} } }`,
      {
        text: RING_DEFINITIONS.replace('payer TEXT', 'payer TEXTS'),
      },
    );
    expect(wrong.draftDefinitions.draft).toBeNull();
    expect(wrong.draftDefinitions.userErrors).toMatchObject([
      { code: 'DEFINITIONS_INVALID', field: ['input', 'text'] },
    ]);
    expect(wrong.draftDefinitions.check.errors[0]).toMatchObject({
      line: 2,
      column: expect.any(Number),
      offset: expect.any(Number),
    });
  });

  it('are drafted by one and published by another', async () => {
    const { draftDefinitions } = await all.data(
      'mutation ($text: String!) { draftDefinitions(input: { text: $text, comment: "more" }) { draft { id publishable } userErrors { code } } }',
      { text: WITH_REVIEW },
    );
    expect(draftDefinitions).toMatchObject({ draft: { publishable: false }, userErrors: [] });
    const publish = `mutation ($id: ID!) { publishDefinitions(input: { draftId: $id }) ${selection('PublishDefinitionsPayload', 'Draft.check')} }`;
    const { id } = draftDefinitions.draft;
    expect((await all.data(publish, { id })).publishDefinitions).toMatchObject({
      version: null,
      draft: null,
      userErrors: [{ code: 'SECOND_PERSON_NEEDED' }],
    });
    const seen = await publisher.data(`{ drafts(first: 1) ${selection('DraftConnection')} }`);
    expect(seen.drafts.nodes[0]).toMatchObject({
      id,
      publishable: true,
      author: 'key 1',
      comment: 'more',
      state: 'OPEN',
      purpose: 'TEXT',
    });
    const published = (await publisher.data(publish, { id })).publishDefinitions;
    expect(published).toMatchObject({
      version: { number: 2, draftedBy: 'key 1', publishedBy: 'key 2', twoPersons: true },
      draft: { state: 'PUBLISHED' },
      userErrors: [],
    });
    const inForce = await all.data(
      `{ definitions ${selection('Definitions')} definitionVersions(first: 2) ${selection('DefinitionVersionConnection')} }`,
    );
    expect(inForce.definitions).toMatchObject({ text: WITH_REVIEW, version: { number: 2 } });
    expect(inForce.definitions.plan).toContain('big');
    expect(inForce.definitionVersions.nodes.map(({ number }: { number: number }) => number)).toEqual([2, 1]);
    expect(inForce.definitionVersions.nodes[0].diff.text).toBe('added rule big\n');
    expect(published.draft.published.number).toBe(2);
  });

  it('switch rules off and on, roll back a rule and a whole text, each by two', async () => {
    const publish = async (
      field: string,
      payload: { draft: { id: string } | null; userErrors: unknown[] },
    ): Promise<void> => {
      expect([field, payload.userErrors]).toEqual([field, []]);
      const { publishDefinitions } = await publisher.data(
        'mutation ($id: ID!) { publishDefinitions(input: { draftId: $id }) { version { number } userErrors { code message } } }',
        { id: payload.draft?.id },
      );
      expect([field, publishDefinitions.userErrors]).toEqual([field, []]);
    };
    const enabled = async (): Promise<boolean> =>
      (await all.data('{ rule(name: "big") { enabled } }')).rule.enabled;
    const payload = '{ draft { id purpose rule state } userErrors { code message } }';
    const { disableRule } = await all.data(
      `mutation { disableRule(input: { rule: "big", comment: "noise" }) ${payload} }`,
    );
    expect(disableRule.draft).toMatchObject({ purpose: 'DISABLE_RULE', rule: 'big', state: 'OPEN' });
    await publish('disableRule', disableRule);
    expect(await enabled()).toBe(false);
    const { enableRule } = await all.data(`mutation { enableRule(input: { rule: "big" }) ${payload} }`);
    await publish('enableRule', enableRule);
    expect(await enabled()).toBe(true);
    const { rollBackRule } = await all.data(
      `mutation { rollBackRule(input: { rule: "ring", toDefinitionVersion: 1 }) ${payload} }`,
    );
    await publish('rollBackRule', rollBackRule);
    const { rollBackDefinitions } = await all.data(
      `mutation { rollBackDefinitions(input: { toVersion: 1 }) ${payload} }`,
    );
    await publish('rollBackDefinitions', rollBackDefinitions);
    expect((await all.data('{ definitions { text } }')).definitions.text).toBe(RING_DEFINITIONS);
    const { draftDefinitions } = await all.data(
      'mutation ($text: String!) { draftDefinitions(input: { text: $text }) { draft { id } } }',
      { text: WITH_REVIEW },
    );
    const { withdrawDraft } = await all.data(
      'mutation ($id: ID!) { withdrawDraft(input: { id: $id }) { draft { state } userErrors { code } } }',
      { id: draftDefinitions.draft.id },
    );
    expect(withdrawDraft).toEqual({ draft: { state: 'WITHDRAWN' }, userErrors: [] });
  });
});

describe('access', () => {
  it('creates, changes and shuts out members, and creates and revokes keys', async () => {
    const { createMember } = await all.data(
      `mutation { createMember(input: { name: "Bob", email: "bob@bank.example", scopes: [QUERY] }) ${selection('CreateMemberPayload')} }`,
    );
    expect(createMember.member).toMatchObject({ name: 'Bob', scopes: ['QUERY'], disabledAt: null });
    const { id } = createMember.member;
    const taken = await all.data(
      'mutation { createMember(input: { name: "B", email: "bob@bank.example", scopes: [QUERY] }) { member { id } userErrors { code field } } }',
    );
    expect(taken.createMember).toMatchObject({ member: null, userErrors: [{ code: 'EMAIL_TAKEN' }] });
    const updated = await all.data(
      'mutation ($id: ID!) { updateMember(input: { id: $id, name: "Robert", scopes: [QUERY, ALERTS] }) { member { name scopes } userErrors { code } } }',
      { id },
    );
    expect(updated.updateMember.member).toEqual({ name: 'Robert', scopes: ['QUERY', 'ALERTS'] });
    const { createApiKey } = await all.data(
      `mutation ($id: ID) {
        createApiKey(
          input: { name: "Bob's script", scopes: [QUERY], memberId: $id, expiresAt: "2100-01-01T00:00:00Z" }
        ) ${selection('CreateApiKeyPayload')}
      }`,
      { id },
    );
    expect(createApiKey.apiKey).toMatchObject({
      state: 'ACTIVE',
      member: { name: 'Robert' },
      revokedAt: null,
    });
    expect(createApiKey.secret).toMatch(/^rw_/);
    const bob = new GraphqlClient(service.address, createApiKey.secret);
    expect((await bob.data(`{ viewer ${selection('Viewer', 'Viewer.tenant')} }`)).viewer).toMatchObject({
      kind: 'MEMBER',
      name: 'Robert',
      scopes: ['QUERY'],
    });
    const { revokeApiKey } = await all.data(
      'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { state revokedAt } userErrors { code } } }',
      { id: createApiKey.apiKey.id },
    );
    expect(revokeApiKey.apiKey).toMatchObject({ state: 'REVOKED' });
    const refused = await bob.ask('{ viewer { name } }');
    expect([refused.status, refused.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    const disabled = await all.data(
      'mutation ($id: ID!) { disableMember(input: { id: $id }) { member { disabledAt } userErrors { code } } }',
      { id },
    );
    expect(disabled.disableMember.member.disabledAt).toMatch(/^20/);
    const lists = await all.data(
      `{ members ${selection('MemberConnection')} apiKeys ${selection('ApiKeyConnection')} }`,
    );
    expect(lists.members.nodes.map(({ name }: { name: string }) => name)).toEqual(['Ann']);
    expect(lists.apiKeys.nodes).toHaveLength(3);
  });

  it('lets the operator make tenants, and a tenant change its settings', async () => {
    const { createTenant } = await operator.data(
      `mutation { createTenant(input: { slug: "second-bank", name: "Second" }) { tenant { id tenantId slug name createdAt } userErrors { code } } }`,
    );
    expect(createTenant).toMatchObject({ tenant: { slug: 'second-bank' }, userErrors: [] });
    const { tenants } = await operator.data(
      '{ tenants(first: 1) { edges { cursor node { slug } } nodes { slug } pageInfo { hasNextPage endCursor } } }',
    );
    expect(tenants).toMatchObject({ nodes: [{ slug: 'bank' }], pageInfo: { hasNextPage: true } });
    const next = await operator.data('query ($after: String) { tenants(after: $after) { nodes { slug } } }', {
      after: tenants.pageInfo.endCursor,
    });
    expect(next.tenants.nodes).toEqual([{ slug: 'second-bank' }]);
    const inTenant = new GraphqlClient(service.address, operator.token, {
      'x-ringwatch-tenant': 'second-bank',
    });
    const { updateTenant } = await inTenant.data(
      `mutation { updateTenant(input: { name: "Second Bank", twoPersonRule: false }) ${selection('UpdateTenantPayload')} }`,
    );
    expect(updateTenant).toMatchObject({
      tenant: { name: 'Second Bank', settings: { twoPersonRule: false } },
      userErrors: [],
    });
    const limited = await inTenant.data(
      'mutation { updateTenant(input: { limits: { recordsPerMonth: "5000000000", keys: 7 } }) { userErrors { code } } }',
    );
    expect(limited.updateTenant.userErrors).toEqual([]);
    const { limits } = await inTenant.data('{ limits { quotas { name value } } }');
    expect(limits.quotas).toEqual(
      expect.arrayContaining([
        { name: 'recordsPerMonth', value: '5000000000' },
        { name: 'keys', value: '7' },
        { name: 'members', value: null },
      ]),
    );
    const own = await all.ask(
      'mutation { updateTenant(input: { name: "Mine", limits: { keys: 9999 } }) { userErrors { code } } }',
    );
    expect(own.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await all.data('{ viewer { tenant { name } } }')).viewer.tenant.name).not.toBe('Mine');
    const unnamed = await operator.ask('{ sources { nodes { name } } }');
    expect(unnamed.errors?.[0]?.extensions.code).toBe('TENANT_MISSING');
  });
});

describe('the rest', () => {
  it('fetches anything by its id, and nothing of what the caller may not see', async () => {
    const {
      alerts,
      sources,
      tables,
      graphViews,
      rules,
      savedQueries,
      members,
      apiKeys,
      drafts,
      definitionVersions,
      audit,
      viewer,
    } = await all.data(`{
      alerts(first: 1) { nodes { id } } sources { nodes { id } } tables { nodes { id } } graphViews { nodes { id } } rules { nodes { id } }
      savedQueries { nodes { id } } members(first: 1) { nodes { id } } apiKeys(first: 1) { nodes { id } } drafts(first: 1) { nodes { id } }
      definitionVersions(first: 1) { nodes { id } } audit(first: 1) { nodes { id } } viewer { tenant { id } }
    }`);
    const ids = [
      alerts,
      sources,
      tables,
      graphViews,
      rules,
      savedQueries,
      members,
      apiKeys,
      drafts,
      definitionVersions,
      audit,
    ].map(({ nodes }) => nodes[0].id);
    ids.push(viewer.tenant.id);
    const { nodes } = await all.data('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
    expect(nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(nodes.map(({ __typename }: { __typename: string }) => __typename)).toEqual([
      'Alert',
      'Source',
      'Table',
      'GraphView',
      'Rule',
      'SavedQuery',
      'Member',
      'ApiKey',
      'Draft',
      'DefinitionVersion',
      'AuditEntry',
      'Tenant',
    ]);
    const single = await all.data(
      'query ($id: ID!) { node(id: $id) { id ... on Rule { name } } none: node(id: "bm9uZQ") { id } }',
      { id: ids[4] },
    );
    expect(single).toEqual({ node: { id: ids[4], name: 'ring' }, none: null });
    const hidden = await publisher.data('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', { ids });
    expect(hidden.nodes.map((node: { __typename: string } | null) => node?.__typename ?? null)).toEqual([
      null,
      'Source',
      'Table',
      'GraphView',
      'Rule',
      'SavedQuery',
      null,
      null,
      'Draft',
      'DefinitionVersion',
      null,
      'Tenant',
    ]);
  });

  it('shows the audit log, verifies it, and signs its head', async () => {
    const { audit, auditHead, verifyAudit } = await all.data(
      `{ audit(first: 3) ${selection('AuditEntryConnection')} auditHead ${selection('AuditHead')} verifyAudit ${selection('AuditVerification')} }`,
    );
    expect(audit.nodes[0]).toMatchObject({
      sequence: expect.any(String),
      actor: { kind: 'KEY', name: expect.any(String) },
    });
    expect(verifyAudit).toMatchObject({ valid: true, brokenAt: null });
    const kept = await all.data(
      'query ($head: AuditHeadInput) { verifyAudit(head: $head) { valid reason } }',
      { head: auditHead },
    );
    expect(kept.verifyAudit).toEqual({ valid: true, reason: null });
    const forged = await all.data('query ($head: AuditHeadInput) { verifyAudit(head: $head) { valid } }', {
      head: {
        ...auditHead,
        hash: auditHead.hash.replace(/^./, (digit: string) => (digit === '0' ? '1' : '0')),
      },
    });
    expect(forged.verifyAudit.valid).toBe(false);
  });

  it('counts what the engine holds only for who asks how much that is', async () => {
    const { engine } = tenant;
    const describeEngine = engine.describe.bind(engine);
    let counts = 0;
    engine.describe = () => {
      counts++;
      return describeEngine();
    };
    try {
      const write = await all.ask(
        'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events }) { result { token } } }',
        { events: ringOf('counted', 900) },
      );
      const { token } = write.data.ingest.result;
      await all.data(
        `query ($token: String) { query(savedQuery: "sent_by", parameters: { account: "counted-a" }, atLeast: $token) { position }
          health { engine { position offset lag accepted } } usage { figures { used } }
          throughput(seconds: 5) { points { lag } } sources(first: 1) { nodes { watermark behindMs } } }`,
        { token },
      );
      expect(counts).toBe(0);
      const { health } = await all.data(
        '{ health { engine { stateBytes } } graphViews(first: 1) { nodes { edges vertices } } }',
      );
      expect(Number(health.engine.stateBytes)).toBeGreaterThan(0);
      // Once for a request, however many sizes it asks for.
      expect(counts).toBe(1);
    } finally {
      engine.describe = describeEngine;
    }
  });

  it('tells usage, limits, health and the figures of the last seconds', async () => {
    const answer = await all.data(
      `{ usage ${selection('Usage')} limits ${selection('Limits')} health ${selection('Health')} }`,
    );
    const used = Object.fromEntries(
      answer.usage.figures.map(({ metric, used: count }: { metric: string; used: string }) => [
        metric,
        Number(count),
      ]),
    );
    expect(used.RECORDS).toBeGreaterThan(10);
    expect(used.DECISIONS).toBeGreaterThanOrEqual(4);
    expect(used.ALERTS).toBe(Number(answer.health.engine.alerts));
    expect(used.RECORDS).toBe(Number(answer.health.engine.accepted) + used.DUPLICATES);
    expect(used.REJECTED).toBeGreaterThan(0);
    expect(used.QUERIES).toBeGreaterThan(0);
    expect(used.BYTES).toBeGreaterThan(100);
    expect(answer.limits.service).toContainEqual({ name: 'graphqlDepthMax', value: '16' });
    expect(answer.limits.quotas).toContainEqual({ name: 'requestsPerSecond', value: null });
    expect(answer.health).toMatchObject({
      state: 'OK',
      engine: { lag: '0', definitionsVersion: expect.any(Number) },
    });
    expect(Number(answer.health.engine.accepted)).toBeGreaterThan(10);
    await expectEventually(async () => {
      // Later than whatever came before: one that is too late is not decided, and not timed.
      const decided = await all.data(
        `mutation {
          decide(
            input: {
              source: "transfers"
              event: { tx: "again", payer: "x", payee: "y", amount: "1", at: "2026-06-01T00:00:00Z" }
            }
          ) { userErrors { code } }
        }`,
      );
      expect(decided.decide.userErrors).toEqual([]);
      const { throughput, latency } = await all.data(
        `{ throughput ${selection('ThroughputSeries')} latency(seconds: 3600) ${selection('LatencySeries')} }`,
      );
      expect(throughput.points.length).toBeGreaterThan(0);
      expect(
        latency.points.some(({ decideP99Ms }: { decideP99Ms: number | null }) => decideP99Ms !== null),
      ).toBe(true);
    });
    expect((await all.ask('{ throughput(seconds: 0) { stepSeconds } }')).errors?.[0]?.extensions.code).toBe(
      'FIELD_INVALID',
    );
    expect(
      (await all.ask('{ usage(from: "yesterday") { figures { used } } }')).errors?.[0]?.extensions.code,
    ).toBe('FIELD_INVALID');
  });

  it('has been asked for every field of the contract', () => {
    const asked = fieldsAsked(schema, GraphqlClient.asked);
    // Webhooks and transfers have tests of their own (webhooks.test.ts, transfers.test.ts).
    const missing = allFields(schema).filter(
      (field) => !asked.has(field) && !/[Ww]ebhook|[Dd]eliver|[Tt]ransfer/.test(field),
    );
    expect(missing).toEqual([]);
  });
});
