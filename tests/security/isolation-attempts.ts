import type { GraphQLSchema } from 'graphql';
import { selectAll } from '../api/full-selection.ts';
import { movedTo } from './leaks.ts';
import { type Rivals, ringOf, SHARED_KEY } from './rival-tenants.ts';

/**
 * What may come of an attempt: an empty answer, one of the asker's own things, or a refusal with this code. Whichever it is, nothing of the
 * other tenant may stand in it.
 */
export type Outcome = 'nothing' | 'own' | Uppercase<string>;

/** One way to try an operation with what is another tenant's. */
export interface Attempt {
  /** One operation with one root field. */
  readonly text: string;
  readonly variables: (rivals: Rivals) => Readonly<Record<string, unknown>>;
  readonly outcomes: readonly Outcome[];
}

const TRANSFER_ITEM = { from: { id: 'x' }, to: { id: 'y' }, amount: '1', idempotencyKey: 'stolen' };

type Attempts = Readonly<Record<string, readonly Attempt[]>>;

/** Every field of Query, with all that it can be told to look for, and all fields of what it answers. */
export function queryAttempts(schema: GraphQLSchema): Attempts {
  const select = (type: string): string => selectAll(schema, type);
  const ask = (
    name: string,
    type: string,
    given: Readonly<Record<string, readonly [string, (rivals: Rivals) => unknown]>>,
    ...outcomes: Outcome[]
  ): Attempt => {
    const declared = Object.entries(given).map(([variable, [typeName]]) => `$${variable}: ${typeName}`);
    const passed = Object.keys(given).map((variable) => `${variable}: $${variable}`);
    const head = declared.length === 0 ? 'query' : `query (${declared.join(', ')})`;
    const args = passed.length === 0 ? '' : `(${passed.join(', ')})`;
    return {
      text: `${head} { ${name}${args} ${select(type)} }`,
      variables: (rivals) =>
        Object.fromEntries(Object.entries(given).map(([variable, [, make]]) => [variable, make(rivals)])),
      outcomes,
    };
  };
  const first = { first: ['Int', () => 3] } as const;
  const transfersOf = (
    tableOf: 'victim' | 'thief',
    accountOf: 'victim' | 'thief',
  ): Parameters<typeof ask>[2] => ({
    table: ['String!', (rivals) => `${rivals[tableOf].prefix}_accounts`],
    account: ['Row!', (rivals) => ({ id: `${rivals[accountOf].prefix}-first-a` })],
  });
  const named = (name: string, type: string, kind: string): readonly Attempt[] => [
    ask(name, type, { name: ['String!', ({ victim }) => `${victim.prefix}_${kind}`] }, 'nothing'),
    ask(name, type, { name: ['String!', ({ victim }) => `${victim.prefix}_${kind}x`] }, 'nothing'),
  ];
  const queries = (given: Parameters<typeof ask>[2], ...outcomes: Outcome[]): Attempt =>
    ask('query', 'QueryAnswer', given, ...outcomes);
  return {
    'Query.node': nodeAttempts(schema),
    'Query.nodes': [
      {
        text: 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
        variables: ({ victim }) => ({ ids: Object.values(victim.ids) }),
        outcomes: ['nothing'],
      },
    ],
    'Query.viewer': [ask('viewer', 'Viewer', {}, 'own')],
    'Query.health': [ask('health', 'Health', {}, 'own')],
    'Query.usage': [ask('usage', 'Usage', {}, 'own')],
    'Query.limits': [ask('limits', 'Limits', {}, 'own')],
    'Query.throughput': [ask('throughput', 'ThroughputSeries', {}, 'own')],
    'Query.latency': [ask('latency', 'LatencySeries', {}, 'own')],
    'Query.tenants': [ask('tenants', 'TenantConnection', {}, 'FORBIDDEN')],
    'Query.members': [ask('members', 'MemberConnection', first, 'own')],
    'Query.apiKeys': [ask('apiKeys', 'ApiKeyConnection', first, 'own')],
    'Query.drafts': [ask('drafts', 'DraftConnection', first, 'own')],
    'Query.definitions': [ask('definitions', 'Definitions', {}, 'own')],
    'Query.definitionVersions': [ask('definitionVersions', 'DefinitionVersionConnection', first, 'own')],
    'Query.sources': [ask('sources', 'SourceConnection', first, 'own')],
    'Query.tables': [ask('tables', 'TableConnection', first, 'own')],
    'Query.graphViews': [ask('graphViews', 'GraphViewConnection', first, 'own')],
    'Query.rules': [ask('rules', 'RuleConnection', first, 'own')],
    'Query.savedQueries': [ask('savedQueries', 'SavedQueryConnection', first, 'own')],
    'Query.source': named('source', 'Source', 'transfers'),
    'Query.table': named('table', 'Table', 'accounts'),
    'Query.graphView': named('graphView', 'GraphView', 'flow'),
    'Query.rule': named('rule', 'Rule', 'ring'),
    'Query.savedQuery': named('savedQuery', 'SavedQuery', 'sent_by'),
    'Query.query': [
      queries(
        {
          savedQuery: ['String', ({ victim }) => `${victim.prefix}_sent_by`],
          parameters: ['Row', ({ victim }) => ({ account: `${victim.prefix}-first-a` })],
        },
        'UNKNOWN_NAME',
      ),
      queries({ savedQuery: ['String', ({ victim }) => `${victim.prefix}_sent_b`] }, 'UNKNOWN_NAME'),
      queries(
        {
          view: ['String', ({ victim }) => `${victim.prefix}_flow`],
          text: ['String', () => 'MATCH (a)-[t]->(b) RETURN a, t, b'],
        },
        'UNKNOWN_NAME',
        'QUERY_INVALID',
      ),
      queries(
        {
          view: ['String', ({ thief }) => `${thief.prefix}_flow`],
          text: ['String', ({ victim }) => `MATCH (a:${victim.prefix}_account) RETURN a`],
        },
        'QUERY_INVALID',
        'UNKNOWN_NAME',
        'own',
      ),
      queries(
        {
          view: ['String', ({ thief }) => `${thief.prefix}_flow`],
          text: ['String', () => 'MATCH (a)-[t]->(b) WHERE a.id = $account RETURN a, t, b'],
          parameters: ['Row', ({ victim }) => ({ account: `${victim.prefix}-first-a` })],
        },
        'own',
      ),
      ...[
        ({ victim }: Rivals) => victim.token,
        ({ victim, thief }: Rivals) =>
          `${thief.tenant.id}.0.${Number(victim.token.split('.')[2]) + 1_000_000}`,
        ({ victim }: Rivals) => `${victim.tenant.id}.0.0`,
      ].map((token) =>
        queries(
          {
            view: ['String', ({ thief }) => `${thief.prefix}_flow`],
            text: ['String', () => 'MATCH (a) RETURN a'],
            atLeast: ['String', token],
          },
          'FIELD_INVALID',
        ),
      ),
    ],
    'Query.transfers': [
      ask('transfers', 'TransferConnection', transfersOf('victim', 'victim'), 'UNKNOWN_NAME'),
      ask('transfers', 'TransferConnection', transfersOf('thief', 'victim'), 'nothing'),
      ask('transfers', 'TransferConnection', transfersOf('thief', 'thief'), 'own'),
    ],
    'Query.decision': [
      ask(
        'decision',
        'Decision',
        { position: ['BigInt!', ({ victim }) => victim.decisionPosition] },
        'own',
        'nothing',
      ),
    ],
    'Query.alerts': [
      ask('alerts', 'AlertConnection', first, 'own'),
      ask(
        'alerts',
        'AlertConnection',
        { filter: ['AlertFilter', ({ victim }) => ({ rules: [`${victim.prefix}_ring`] })] },
        'nothing',
      ),
      ask(
        'alerts',
        'AlertConnection',
        { filter: ['AlertFilter', ({ victim }) => ({ key: `${victim.prefix}-first-c` })] },
        'nothing',
      ),
      ...memberForms().map((form) =>
        ask(
          'alerts',
          'AlertConnection',
          { filter: ['AlertFilter', (rivals) => ({ assigneeId: form(rivals) })] },
          'NOT_FOUND',
          'nothing',
        ),
      ),
    ],
    'Query.alert': [
      ask('alert', 'Alert', { alertId: ['String!', ({ victim }) => victim.alertId] }, 'nothing'),
    ],
    'Query.webhookEndpoints': [ask('webhookEndpoints', 'WebhookEndpointConnection', first, 'own')],
    'Query.deliveries': [
      ask('deliveries', 'DeliveryConnection', first, 'own'),
      ask(
        'deliveries',
        'DeliveryConnection',
        { filter: ['DeliveryFilter', ({ victim }) => ({ alertId: victim.alertId })] },
        'nothing',
      ),
      ...forms('WebhookEndpoint').map((form) =>
        ask(
          'deliveries',
          'DeliveryConnection',
          { filter: ['DeliveryFilter', (rivals) => ({ endpointId: form(rivals) })] },
          'NOT_FOUND',
          'nothing',
        ),
      ),
    ],
    'Query.audit': [
      ask('audit', 'AuditEntryConnection', first, 'own'),
      ask(
        'audit',
        'AuditEntryConnection',
        { filter: ['AuditFilter', ({ victim }) => ({ target: victim.alertId })] },
        'nothing',
      ),
    ],
    'Query.auditHead': [ask('auditHead', 'AuditHead', {}, 'own')],
    'Query.verifyAudit': [
      ask('verifyAudit', 'AuditVerification', {}, 'own'),
      ask(
        'verifyAudit',
        'AuditVerification',
        { head: ['AuditHeadInput', ({ victim }) => victim.auditHead] },
        'own',
      ),
    ],
  };
}

/** Every kind of thing by its id, as it is and as if it were the asker's. */
function nodeAttempts(schema: GraphQLSchema): readonly Attempt[] {
  const node = schema.getType('Node');
  const types = node === undefined ? [] : schema.getPossibleTypes(node as never);
  return types.flatMap(({ name }) =>
    forms(name).map(
      (form): Attempt => ({
        text: `query ($id: ID!) { node(id: $id) { __typename ... on ${name} ${selectAll(schema, name)} } }`,
        variables: (rivals) => ({ id: form(rivals) }),
        // Versions, positions and sequences are numbers, of which the asker has some as well.
        outcomes: ['nothing', 'own'],
      }),
    ),
  );
}

/** The id of the other tenant's thing, and the same as if it were of the asker's. */
export function forms(type: string): readonly ((rivals: Rivals) => string)[] {
  return [
    ({ victim }) => victim.ids[type] as string,
    ({ victim, thief }) => movedTo(victim.ids[type] as string, thief.tenant.id),
  ];
}

function memberForms() {
  return forms('Member');
}

/** Every field of Mutation, aimed at what is the other tenant's. What takes things away comes last. */
export function mutationAttempts(schema: GraphQLSchema): Attempts {
  const attempt = (
    name: string,
    input: (rivals: Rivals) => Readonly<Record<string, unknown>>,
    ...outcomes: Outcome[]
  ): Attempt => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    return {
      text: `mutation ($input: ${type}Input!) { ${name}(input: $input) ${selectAll(schema, `${type}Payload`)} }`,
      variables: (rivals) => ({ input: input(rivals) }),
      outcomes,
    };
  };
  /** With the id of a thing of the victim's in each of its forms. */
  const aimed = (
    name: string,
    type: string,
    more: Readonly<Record<string, unknown>> = {},
    field = 'id',
  ): readonly Attempt[] =>
    forms(type).map((form) => attempt(name, (rivals) => ({ [field]: form(rivals), ...more }), 'NOT_FOUND'));
  const rule = ({ victim }: Rivals): { rule: string } => ({ rule: `${victim.prefix}_ring` });
  const source = ({ victim }: Rivals): string => `${victim.prefix}_transfers`;
  const table = ({ victim }: Rivals): string => `${victim.prefix}_accounts`;
  return {
    'Mutation.createTenant': [
      attempt('createTenant', ({ victim }) => ({ slug: victim.slug, name: 'mine' }), 'FORBIDDEN'),
    ],
    'Mutation.updateTenant': [attempt('updateTenant', () => ({ twoPersonRule: true }), 'own')],
    'Mutation.createMember': [
      attempt(
        'createMember',
        ({ victim }) => ({ name: 'Eve', email: `ann@${victim.prefix}.example`, scopes: ['QUERY'] }),
        'own',
      ),
    ],
    'Mutation.updateMember': aimed('updateMember', 'Member', { name: 'Taken' }),
    'Mutation.createApiKey': memberForms().map((form) =>
      attempt(
        'createApiKey',
        (rivals) => ({ name: 'mine', scopes: ['QUERY'], memberId: form(rivals) }),
        'NOT_FOUND',
      ),
    ),
    'Mutation.draftDefinitions': [
      attempt(
        'draftDefinitions',
        (rivals) => ({ text: `CREATE RULE mine ON ${source(rivals)} DO ALERT 'Mine' KEY (payer);` }),
        'DEFINITIONS_INVALID',
      ),
      attempt(
        'draftDefinitions',
        (rivals) => ({
          text: `CREATE VIEW mine AS SELECT tx FROM ${source(rivals).slice(0, -1)};`,
          dryRun: true,
        }),
        'DEFINITIONS_INVALID',
        'own',
      ),
    ],
    'Mutation.enableRule': [attempt('enableRule', rule, 'NOT_FOUND', 'UNKNOWN_NAME')],
    'Mutation.rollBackRule': [
      attempt(
        'rollBackRule',
        (rivals) => ({ ...rule(rivals), toDefinitionVersion: 2 }),
        'NOT_FOUND',
        'UNKNOWN_NAME',
      ),
    ],
    'Mutation.rollBackDefinitions': [attempt('rollBackDefinitions', () => ({ toVersion: 1 }), 'own')],
    'Mutation.disableRule': [attempt('disableRule', rule, 'NOT_FOUND', 'UNKNOWN_NAME')],
    'Mutation.publishDefinitions': aimed('publishDefinitions', 'Draft', {}, 'draftId'),
    'Mutation.ingest': [
      attempt('ingest', (rivals) => ({ source: source(rivals), events: ringOf('x', 0) }), 'UNKNOWN_NAME'),
      attempt('ingest', (rivals) => ({ source: source(rivals).slice(0, -1), events: [] }), 'UNKNOWN_NAME'),
      // The very request that the other tenant has made under this key.
      attempt(
        'ingest',
        (rivals) => {
          const { prefix } = rivals.victim;
          const events = [...ringOf(`${prefix}-first`, 0), ...ringOf(`${prefix}-second`, 10)];
          return { source: source(rivals), events, wait: 'APPLIED', idempotencyKey: SHARED_KEY };
        },
        'UNKNOWN_NAME',
        'IDEMPOTENCY_KEY_REUSED',
      ),
    ],
    'Mutation.upsertRows': [
      attempt('upsertRows', (rivals) => ({ table: table(rivals), rows: [{ id: 'x' }] }), 'UNKNOWN_NAME'),
    ],
    'Mutation.deleteRows': [
      attempt(
        'deleteRows',
        (rivals) => ({ table: table(rivals), keys: [{ id: `${rivals.victim.prefix}-first-a` }] }),
        'UNKNOWN_NAME',
      ),
    ],
    'Mutation.transfer': [
      attempt('transfer', (rivals) => ({ table: table(rivals), ...TRANSFER_ITEM }), 'UNKNOWN_NAME'),
    ],
    'Mutation.transferBatch': [
      attempt(
        'transferBatch',
        (rivals) => ({ table: table(rivals), transfers: [TRANSFER_ITEM] }),
        'UNKNOWN_NAME',
      ),
    ],
    'Mutation.decide': [
      attempt('decide', (rivals) => ({ source: source(rivals), event: ringOf('x', 0)[0] }), 'UNKNOWN_NAME'),
      attempt('decide', (rivals) => ({ source: source(rivals).slice(0, -1), event: {} }), 'UNKNOWN_NAME'),
    ],
    'Mutation.acknowledgeAlert': aimed('acknowledgeAlert', 'Alert'),
    'Mutation.reopenAlert': aimed('reopenAlert', 'Alert'),
    'Mutation.assignAlert': [
      ...aimed('assignAlert', 'Alert'),
      ...memberForms().map((form) =>
        attempt(
          'assignAlert',
          (rivals) => ({ id: rivals.thief.ids.Alert, memberId: form(rivals) }),
          'NOT_FOUND',
        ),
      ),
    ],
    'Mutation.commentAlert': aimed('commentAlert', 'Alert', { text: 'mine' }),
    'Mutation.createWebhookEndpoint': [
      attempt(
        'createWebhookEndpoint',
        ({ victim }) => ({ name: `${victim.prefix}-desk`, url: 'https://b.example/' }),
        'own',
      ),
    ],
    'Mutation.updateWebhookEndpoint': aimed('updateWebhookEndpoint', 'WebhookEndpoint', {
      url: 'https://b.example/',
    }),
    'Mutation.rotateWebhookSecret': aimed('rotateWebhookSecret', 'WebhookEndpoint'),
    'Mutation.enableWebhookEndpoint': aimed('enableWebhookEndpoint', 'WebhookEndpoint'),
    'Mutation.disableWebhookEndpoint': aimed('disableWebhookEndpoint', 'WebhookEndpoint'),
    'Mutation.testWebhookEndpoint': aimed('testWebhookEndpoint', 'WebhookEndpoint'),
    'Mutation.replayDelivery': aimed('replayDelivery', 'Delivery'),
    'Mutation.replayDeliveries': aimed('replayDeliveries', 'WebhookEndpoint', {}, 'endpointId'),
    'Mutation.withdrawDraft': aimed('withdrawDraft', 'Draft'),
    'Mutation.revokeApiKey': aimed('revokeApiKey', 'ApiKey'),
    'Mutation.disableMember': aimed('disableMember', 'Member'),
    'Mutation.deleteWebhookEndpoint': aimed('deleteWebhookEndpoint', 'WebhookEndpoint'),
  };
}
