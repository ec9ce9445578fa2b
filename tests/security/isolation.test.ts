import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { getNamedType, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { WebSocket } from 'ws';
import { present } from '../../core/assert.ts';
import { OPERATIONS } from '../../tenants/operations.ts';
import { SCOPES, type Scope } from '../../tenants/scopes.ts';
import { selectAll } from '../api/full-selection.ts';
import { GraphqlClient, hear } from '../api/graphql-client.ts';
import { type Answer, CSV, JSON_TYPE, NDJSON, type Sending, send } from '../http/http-client.ts';
import { contractSchema } from '../tools/schema-types.ts';
import { type Attempt, mutationAttempts, queryAttempts } from './isolation-attempts.ts';
import { leaksIn, movedTo, secretsOf, textsIn } from './leaks.ts';
import { MARK, type Rival, type Rivals, ringOf, startRivals } from './rival-tenants.ts';

const schema = contractSchema();
const QUERIES = queryAttempts(schema);
const MUTATIONS = mutationAttempts(schema);

let rivals: Rivals;
let victim: Rival;
let thief: Rival;
let secrets: readonly string[];

beforeAll(async () => {
  rivals = await startRivals();
  ({ victim, thief } = rivals);
  secrets = secretsOf(victim);
});
afterAll(() => rivals.end());

/** Asks over HTTP with more headers than the asker has. */
async function post(
  asker: GraphqlClient,
  text: string,
  variables: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await send(rivals.service.address, '/graphql', {
    token: asker.token,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: text, variables }),
  });
}

/** What came of an attempt, and what of the victim's stood in the answer. */
async function tried(
  asker: GraphqlClient,
  { text, variables }: Attempt,
): Promise<{ readonly outcome: string; readonly leaks: readonly string[] }> {
  const given = variables(rivals);
  const answer = await post(asker, text, given);
  const whole = `${JSON.stringify(answer.headers)}${answer.text}`;
  return { outcome: outcomeOf(answer.text), leaks: leaksIn(whole, secrets, textsIn(given)) };
}

function outcomeOf(text: string): string {
  const { data, errors } = JSON.parse(text) as {
    readonly data?: Readonly<Record<string, unknown>> | null;
    readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
  };
  if (errors !== undefined) return String(errors[0]?.extensions.code);
  const [answer] = Object.values(data ?? {}) as [Readonly<Record<string, unknown>> | null];
  if (answer === null) return 'nothing';
  const { nodes, userErrors } = answer as {
    readonly nodes?: readonly unknown[];
    readonly userErrors?: readonly { readonly code: string }[];
  };
  if (userErrors !== undefined && userErrors.length > 0) return String(userErrors[0]?.code);
  const list = Array.isArray(answer) ? answer : nodes;
  return list?.every((one) => one === null) === true ? 'nothing' : 'own';
}

function fieldsOf(name: 'Query' | 'Mutation' | 'Subscription'): string[] {
  return Object.keys(present(schema.getRootType(name.toLowerCase() as never)).getFields()).map(
    (field) => `${name}.${field}`,
  );
}

/** All that the tenant has, but what was noted of who reads it. */
async function everythingOf({ tenant }: Rival): Promise<string> {
  const { stores, engine } = tenant;
  const all = { first: 200, after: null };
  const alerts = await stores.alerts.page({}, all);
  const { position, counters, effects } = await engine.describe();
  const keys = (await stores.keys.page(all)).rows.map(({ row: { lastUsedAt: _, ...row } }) => row);
  const lists = await Promise.all([
    stores.settings.get(),
    stores.settings.profile(),
    stores.members.page(all),
    stores.drafts.page(all),
    stores.definitions.page(all),
    stores.endpoints?.page(all),
    stores.deliveries?.page({}, all),
    ...alerts.rows.map(({ row }) => stores.alerts.comments(row.id, all)),
  ]);
  return JSON.stringify({ position, counters, effects, keys, alerts: alerts.rows, lists });
}

describe('every operation of the interface', () => {
  it('has an attempt to see another tenant’s through it', () => {
    expect(Object.keys(QUERIES).sort()).toEqual(fieldsOf('Query').sort());
    expect(Object.keys(MUTATIONS).sort()).toEqual(fieldsOf('Mutation').sort());
    expect(Object.keys(SUBSCRIPTIONS).sort()).toEqual(fieldsOf('Subscription').sort());
    expect(Object.keys(ROUTES).sort()).toEqual([...rivals.service.routes].sort());
    const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
    expect(Object.keys(victim.ids).sort()).toEqual(nodes.sort());
  });
});

describe('another tenant with every scope sees and changes nothing', () => {
  it.each(Object.keys({ ...QUERIES, ...MUTATIONS }))('by %s', async (operation) => {
    const before = await everythingOf(victim);
    for (const attempt of present({ ...QUERIES, ...MUTATIONS }[operation])) {
      const { outcome, leaks } = await tried(thief.all, attempt);
      expect(leaks).toEqual([]);
      expect(attempt.outcomes).toContain(outcome);
    }
    expect(await everythingOf(victim)).toBe(before);
  });

  it('nor by a header that names the other tenant, in every operation', async () => {
    for (const [operation, attempts] of Object.entries({ ...QUERIES, ...MUTATIONS })) {
      const [attempt] = attempts as [Attempt];
      for (const name of [victim.slug, victim.tenant.id, victim.slug.toUpperCase()]) {
        const given = attempt.variables(rivals);
        const { status, text } = await post(thief.all, attempt.text, given, { 'x-ringwatch-tenant': name });
        expect([operation, status, outcomeOf(text)]).toEqual([operation, 404, 'TENANT_UNKNOWN']);
        expect(leaksIn(text, secrets, [...textsIn(given), name])).toEqual([]);
      }
    }
  });

  it('nor does the operator see anything without naming a tenant', async () => {
    const operator = new GraphqlClient(rivals.service.address, rivals.operatorToken);
    const answered = new Set<string>();
    for (const [operation, attempts] of Object.entries({ ...QUERIES, ...MUTATIONS })) {
      if (['Query.tenants', 'Mutation.createTenant'].includes(operation)) continue;
      for (const attempt of attempts) {
        const { outcome, leaks } = await tried(operator, attempt);
        expect([operation, leaks]).toEqual([operation, []]);
        if (!/^(TENANT_MISSING|NOT_FOUND|nothing)$/.test(outcome)) answered.add(`${operation} ${outcome}`);
      }
    }
    expect([...answered].sort()).toEqual(['Query.health own', 'Query.viewer own']);
  });

  it('leaves the other’s audit log to its own people', async () => {
    const { audit } = await victim.all.data('{ audit(first: 200) { nodes { actor { id } } } }');
    const own = await victim.all.data('{ apiKeys(first: 200) { nodes { prefix } } }');
    const prefixes = own.apiKeys.nodes.map(({ prefix }: { prefix: string }) =>
      prefix.replace(/^rw_/, 'key_'),
    );
    const strangers = audit.nodes.filter(
      ({ actor }: { actor: { id: string } }) =>
        !['operator', ...prefixes].some((known) => actor.id.startsWith(known)) &&
        !actor.id.startsWith('mem_'),
    );
    expect(strangers).toEqual([]);
  });

  it('is seen to look, were it to see something: the tenant itself sees its own by the same attempts', async () => {
    const blind: string[] = [];
    for (const [operation, attempts] of Object.entries(QUERIES)) {
      let seen = 0;
      for (const attempt of attempts) seen += (await tried(victim.all, attempt)).leaks.length;
      if (seen === 0) blind.push(operation);
    }
    // What these answer holds nothing that a tenant has named, or nothing but what was sent.
    expect(blind.sort()).toEqual([
      'Query.latency',
      'Query.limits',
      'Query.nodes',
      'Query.tenants',
      'Query.throughput',
      'Query.usage',
      'Query.verifyAudit',
    ]);
  });
});

/** Fields with cursors: as `Type.field`, wherever they are. */
function pagedFields(contract: GraphQLSchema): string[] {
  return Object.values(contract.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields())
          .filter(({ args }) => args.some(({ name }) => name === 'after'))
          .map(({ name }) => `${type.name}.${name}`)
      : [],
  );
}

describe('a cursor of the other tenant', () => {
  /** How to ask for a page of a list that is no field of Query, by the one thing that it is of. */
  const PARENTS: Readonly<Record<string, string>> = { Alert: 'Alert', WebhookEndpoint: 'WebhookEndpoint' };

  function document(place: string): string {
    const [parent = '', field = ''] = place.split('.');
    const type = schema.getType(parent) as GraphQLObjectType;
    const connection = getNamedType(present(type.getFields()[field]).type).name;
    const args = ARGUMENTS[place] ?? '';
    const list = `${field}(first: 1, after: $after ${args}) `;
    const rows = place === 'Query.query' ? `{ rows ${CONNECTION} }` : CONNECTION;
    if (parent === 'Query') return `query ($after: String ${VARIABLES[place] ?? ''}) { ${list} ${rows} }`;
    expect(PARENTS).toHaveProperty(parent);
    return `query ($id: ID!, $after: String) { node(id: $id) { ... on ${parent} { ${list} ${selectAll(schema, connection, [`${parent}.${field}`])} } } }`;
  }
  const CONNECTION = '{ edges { cursor } pageInfo { hasNextPage endCursor } }';
  const VARIABLES: Readonly<Record<string, string>> = {
    'Query.query': ', $view: String, $text: String',
    'Query.transfers': ', $table: String!, $account: Row!',
  };
  const ARGUMENTS: Readonly<Record<string, string>> = {
    'Query.query': ', view: $view, text: $text',
    'Query.transfers': ', table: $table, account: $account',
  };

  function variables(of: Rival, place: string, after: string | null): Record<string, unknown> {
    const id = of.ids[PARENTS[place.split('.')[0] as string] ?? ''];
    const query = { view: `${of.prefix}_flow`, text: 'MATCH (a)-[t]->(b) RETURN a, t, b' };
    const transfers = { table: `${of.prefix}_accounts`, account: { id: `${of.prefix}-first-a` } };
    return {
      after,
      ...(id === undefined ? {} : { id }),
      ...(place === 'Query.query' ? query : {}),
      ...(place === 'Query.transfers' ? transfers : {}),
    };
  }

  async function cursorOf(asker: Rival, place: string): Promise<string> {
    const { text } = await post(asker.all, document(place), variables(asker, place, null));
    return present(/"(?:cursor|endCursor)":"([^"]+)"/.exec(text)?.[1], `${place}: ${text.slice(0, 300)}`);
  }

  const places = pagedFields(schema).filter((place) => place !== 'Query.tenants');

  it('is tried in every list that has them', () => {
    expect(places.length).toBeGreaterThanOrEqual(15);
    expect(places).toEqual(
      expect.arrayContaining([
        'Alert.comments',
        'Alert.deliveries',
        'WebhookEndpoint.deliveries',
        'Query.query',
      ]),
    );
  });

  it.each(places)(
    'opens nothing in %s, as it is or altered, nor does the own one of another list',
    async (place) => {
      const theirs = await cursorOf(victim, place);
      const own = await cursorOf(thief, place);
      const elsewhere = await cursorOf(thief, place === 'Query.audit' ? 'Query.alerts' : 'Query.audit');
      const [body = '', mark = ''] = theirs.split('.');
      const [ownBody = '', ownMark = ''] = own.split('.');
      const first = Buffer.from(ownBody, 'base64url').toString('utf8').replace(/\d/g, '0');
      const forged = Buffer.from(first, 'utf8').toString('base64url');
      const altered = [theirs, `${forged === ownBody ? `${forged}MA` : forged}.${ownMark}`];
      // A place that both lists have is marked for each of them apart.
      if (ownMark !== mark) altered.push(`${ownBody}.${mark}`);
      if (ownBody !== body) altered.push(`${body}.${ownMark}`);
      for (const after of [...altered, elsewhere, `${ownBody}.`, '.', 'W10', `${own}x`]) {
        const { text } = await post(thief.all, document(place), variables(thief, place, after));
        expect([after, outcomeOf(text)]).toEqual([after, 'CURSOR_INVALID']);
        expect(leaksIn(text, secrets, [after])).toEqual([]);
      }
      const { text } = await post(thief.all, document(place), variables(thief, place, own));
      expect(outcomeOf(text)).not.toBe('CURSOR_INVALID');
    },
  );
});

/** Each subscription, asked for in every way to hear of the other tenant's. */
const SUBSCRIPTIONS: Readonly<
  Record<string, (of: Rivals) => readonly { text: string; variables: Record<string, unknown> }[]>
> = {
  'Subscription.alertRaised': ({ victim: { prefix } }) => {
    const text = `subscription ($rules: [String!], $after: BigInt) { alertRaised(rules: $rules, afterPosition: $after) ${selectAll(schema, 'Alert')} }`;
    return [{}, { rules: [`${prefix}_ring`] }, { after: '0' }, { rules: [`${prefix}_ring`], after: '0' }].map(
      (variables) => ({ text, variables }),
    );
  },
  'Subscription.decisionMade': ({ victim: { prefix } }) => {
    const text = `subscription ($source: String, $outcomes: [String!]) { decisionMade(source: $source, outcomes: $outcomes) ${selectAll(schema, 'Decision')} }`;
    return [{}, { source: `${prefix}_transfers` }, { outcomes: [`${prefix}_review`] }].map((variables) => ({
      text,
      variables,
    }));
  },
};

describe('a subscription of another tenant', () => {
  it.each(Object.keys(SUBSCRIPTIONS))(
    '%s hears its own and nothing else, while the other’s is heard by its own people',
    async (name) => {
      const client = thief.all.socket();
      const heard = present(SUBSCRIPTIONS[name])(rivals).map(({ text, variables }) => ({
        variables,
        stream: hear(client, text, variables),
      }));
      const control = victim.all.socket();
      const own = hear(control, present(present(SUBSCRIPTIONS[name])(rivals)[0]).text);
      const action = name === 'Subscription.alertRaised' ? 'alerts.subscribe' : 'decisions.subscribe';
      const begun = async (of: Rival): Promise<number> =>
        (await of.tenant.stores.audit.page({ actions: [action] }, { first: 200, after: null })).rows.length;
      const before = await begun(victim);
      while ((await begun(thief)) < heard.length || before === 0) {
        if (before === 0 && (await begun(victim)) > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await ring(victim, `${MARK}-live-${name.length}`);
      await ring(thief, `mine-live-${name.length}`);
      const [message] = await own.first(1);
      expect(leaksIn(JSON.stringify(message), secrets, [])).toContain(MARK);
      await heard[0]?.stream.first(1);
      // Whatever else was on its way has come by then: the socket keeps the order of the messages.
      await ring(thief, `mine-last-${name.length}`);
      await heard[0]?.stream.first(2);
      for (const { variables, stream } of heard) {
        expect(leaksIn(JSON.stringify(stream.messages), secrets, textsIn(variables))).toEqual([]);
        stream.end();
      }
      own.end();
      await client.dispose();
      await control.dispose();
    },
  );

  it('opens no socket in the other’s name', async () => {
    const url = `${rivals.service.address.replace('http', 'ws')}/graphql`;
    const opened = async (payload: object): Promise<readonly [number, string]> => {
      const socket = new WebSocket(url, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init', payload }));
      const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
      return [code, String(reason)];
    };
    const upgraded = async (headers: Record<string, string>): Promise<string> => {
      const socket = new WebSocket(url, 'graphql-transport-ws', { headers });
      const [, response] = (await once(socket, 'unexpected-response')) as [object, IncomingMessage];
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      return `${response.statusCode} ${body}`;
    };
    const authorization = `Bearer ${thief.all.token}`;
    for (const tenant of [victim.slug, victim.tenant.id]) {
      expect(await opened({ authorization, tenant })).toEqual([4403, 'TENANT_UNKNOWN']);
      expect(await upgraded({ authorization, 'x-ringwatch-tenant': tenant })).toBe(
        '404 {"error":{"code":"TENANT_UNKNOWN"}}',
      );
    }
  });
});

async function ring(of: Rival, name: string): Promise<void> {
  minute += 10;
  await of.all.data(
    `mutation ($source: String!, $events: [Row!]!) { ingest(input: { source: $source, events: $events, wait: APPLIED }) { result { accepted } } }`,
    { source: `${of.prefix}_transfers`, events: ringOf(name, minute) },
  );
}
let minute = 1000;

type RouteAttempt = readonly [path: string, sending: Sending, status: number, code?: string];

/** Each route of the gateway, aimed at what is the other tenant's. */
const ROUTES: Readonly<Record<string, (of: Rivals) => readonly RouteAttempt[]>> = {
  // What they answer is tried operation by operation above.
  'GET /graphql': ({ thief: { all }, victim: { ids, slug } }) => {
    const query = encodeURIComponent('query ($id: ID!) { node(id: $id) { id } }');
    const path = `/graphql?query=${query}&variables=${encodeURIComponent(JSON.stringify({ id: ids.Alert }))}`;
    return [
      [path, { method: 'GET', token: all.token }, 200],
      [
        path,
        { method: 'GET', token: all.token, headers: { 'x-ringwatch-tenant': slug } },
        404,
        'TENANT_UNKNOWN',
      ],
    ];
  },
  'POST /graphql': ({ thief: { all }, victim: { tenant } }) => [
    [
      '/graphql',
      {
        token: all.token,
        headers: { 'content-type': 'application/json', 'x-ringwatch-tenant': tenant.id },
        body: '{"query":"{viewer{name}}"}',
      },
      404,
      'TENANT_UNKNOWN',
    ],
  ],
  'POST /v1/sources/:source/events': (of) =>
    rowAttempts(of, 'sources', 'transfers', 'events', { headers: CSV, body: 'tx\nx\n' }),
  'POST /v1/tables/:table/rows': (of) =>
    rowAttempts(of, 'tables', 'accounts', 'rows', { headers: CSV, body: 'id\nx\n' }),
  'POST /v1/tables/:table/transfers': (of) =>
    rowAttempts(of, 'tables', 'accounts', 'transfers', { headers: CSV, body: 'from,to,amount\na,b,1\n' }),
  'POST /v1/sources/:source/decide': (of) => [
    ...rowAttempts(of, 'sources', 'transfers', 'decide', { headers: JSON_TYPE, body: '{"tx":"x"}' }),
    ...rowAttempts(of, 'sources', 'transfers', 'decide', { headers: NDJSON, body: '{"tx":"x"}\n' }),
  ],
  'POST /v1/session': ({ thief: { all }, victim: { session, slug } }) => [
    ['/v1/session', { token: all.token, headers: { 'x-ringwatch-tenant': slug } }, 200],
    ['/v1/session', { headers: { cookie: session.cookie } }, 401, 'UNAUTHENTICATED'],
  ],
  'GET /v1/session': ({ thief: { session } }) => [
    ['/v1/session', { method: 'GET', headers: { cookie: session.cookie } }, 200],
  ],
  'DELETE /v1/session': ({ thief, victim: other }) => [
    // Each with the CSRF token of the other.
    [
      '/v1/session',
      { method: 'DELETE', headers: { cookie: other.session.cookie, 'x-ringwatch-csrf': thief.session.csrf } },
      403,
      'CROSS_SITE',
    ],
    [
      '/v1/session',
      { method: 'DELETE', headers: { cookie: thief.session.cookie, 'x-ringwatch-csrf': other.session.csrf } },
      403,
      'CROSS_SITE',
    ],
  ],
  'GET /healthz': () => [['/healthz', { method: 'GET' }, 200]],
  'GET /readyz': () => [['/readyz', { method: 'GET' }, 200]],
  'GET /metrics': () => [['/metrics', { method: 'GET' }, 200]],
  'GET /': () => [['/', { method: 'GET' }, 302]],
  'GET /console': () => [['/console', { method: 'GET' }, 302]],
  'GET /console/*': ({ victim: { tenant } }) => [
    [`/console/${tenant.id}.svg`, { method: 'GET' }, 404, 'ROUTE_UNKNOWN'],
    [`/console/..%2f..%2f${tenant.id}/ringwatch.json`, { method: 'GET' }, 404, 'ROUTE_UNKNOWN'],
    [
      `/console/%2e%2e/%2e%2e/tenants/${tenant.id}/log/0000000000000000.log`,
      { method: 'GET' },
      404,
      'ROUTE_UNKNOWN',
    ],
  ],
};

function rowAttempts(
  { thief: { all, prefix, session }, victim: other }: Rivals,
  kind: string,
  name: string,
  what: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): RouteAttempt[] {
  const at = (relation: string): string => `/v1/${kind}/${relation}/${what}`;
  return [
    [at(`${other.prefix}_${name}`), { token: all.token, headers, body }, 404, 'UNKNOWN_NAME'],
    [at(`${other.prefix}_${name.slice(0, -1)}`), { token: all.token, headers, body }, 404, 'UNKNOWN_NAME'],
    [
      at(`${prefix}_${name}`),
      { token: all.token, headers: { ...headers, 'x-ringwatch-tenant': other.tenant.id }, body },
      404,
      'TENANT_UNKNOWN',
    ],
    // The token says who asks, whatever cookie comes along.
    [
      at(`${other.prefix}_${name}`),
      { token: all.token, headers: { ...headers, cookie: other.session.cookie }, body },
      404,
      'UNKNOWN_NAME',
    ],
    [
      at(`${prefix}_${name}`),
      { headers: { ...headers, cookie: session.cookie, 'x-ringwatch-csrf': other.session.csrf }, body },
      403,
      'CROSS_SITE',
    ],
    [
      at(`${prefix}_${name}/../../${other.prefix}_${name}`),
      { token: all.token, headers, body },
      404,
      'ROUTE_UNKNOWN',
    ],
  ];
}

describe('every route', () => {
  it.each(Object.keys(ROUTES))('%s gives nothing of the other tenant', async (route) => {
    const before = await everythingOf(victim);
    for (const [path, sending, status, code] of present(ROUTES[route])(rivals)) {
      const answer = await send(rivals.service.address, path, sending);
      const { errors } = answer.json as {
        errors?: readonly { readonly extensions: { readonly code: string } }[];
      };
      expect([path, answer.status, answer.json.error?.code ?? errors?.[0]?.extensions.code]).toEqual([
        path,
        status,
        code,
      ]);
      const sent = [path, ...textsIn(sending.headers)];
      expect(leaksIn(`${JSON.stringify(answer.headers)}${answer.text}`, secrets, sent)).toEqual([]);
    }
    expect(await everythingOf(victim)).toBe(before);
  });

  it('tells a token’s own tenant, whatever cookie and tenant are sent along', async () => {
    const { text } = await post(
      thief.all,
      '{ viewer { name tenant { slug } } }',
      {},
      { cookie: victim.session.cookie },
    );
    expect(JSON.parse(text).data.viewer.tenant.slug).toBe(thief.slug);
    expect(victim.token.startsWith(victim.tenant.id)).toBe(true);
    expect(thief.token.startsWith(thief.tenant.id)).toBe(true);
  });
});

describe('a key of the tenant itself', () => {
  it('with every scope but that of an operation is refused, whatever it asks for', async () => {
    const keys = new Map<Scope, GraphqlClient>();
    for (const scope of SCOPES) {
      const others = SCOPES.filter((one) => one !== scope);
      keys.set(scope, new GraphqlClient(rivals.service.address, await victim.tenant.key(others)));
    }
    for (const [operation, attempts] of Object.entries({ ...QUERIES, ...MUTATIONS })) {
      const scope = OPERATIONS[operation];
      const key = keys.get(scope as Scope);
      if (key === undefined) continue;
      const { outcome, leaks } = await tried(key, attempts[0] as Attempt);
      expect([operation, outcome, leaks]).toEqual([operation, 'FORBIDDEN', []]);
    }
  });

  it('finds by their ids only things that it may list', async () => {
    const may: Readonly<Record<string, readonly string[]>> = {
      ingest: ['Tenant'],
      decide: ['Tenant'],
      query: ['DefinitionVersion', 'GraphView', 'Rule', 'SavedQuery', 'Source', 'Table', 'Tenant'],
      define: ['Draft', 'Tenant'],
      publish: ['Tenant'],
      alerts: ['Alert', 'Decision', 'Tenant'],
      admin: ['ApiKey', 'Delivery', 'Member', 'Tenant', 'WebhookEndpoint'],
      audit: ['AuditEntry', 'Tenant'],
    };
    for (const scope of SCOPES) {
      const asker = new GraphqlClient(rivals.service.address, await victim.tenant.key([scope]));
      const { nodes } = await asker.data('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', {
        ids: Object.values(victim.ids),
      });
      const seen = nodes.flatMap((node: { __typename: string } | null) =>
        node === null ? [] : [node.__typename],
      );
      expect([scope, seen.sort()]).toEqual([scope, may[scope]]);
    }
  });
});

describe('a key that decides', () => {
  it('reads of the alerts that its decision has raised neither comments nor deliveries', async () => {
    const decides = new GraphqlClient(rivals.service.address, await victim.tenant.key(['decide']));
    const { id, raised } = await decidedAgain(victim.all);
    await victim.all.data(
      'mutation ($id: ID!) { commentAlert(input: { id: $id, text: "for us" }) { userErrors { code } } }',
      { id },
    );
    for (const inner of ['comments { nodes { text } }', 'deliveries { nodes { body } }']) {
      const { text } = await post(decides, raised.replace('INNER', inner), {});
      expect(text).toContain('FORBIDDEN');
      expect(text).not.toContain('for us');
      expect((await post(victim.all, raised.replace('INNER', inner), {})).text).not.toContain('FORBIDDEN');
    }
  });

  /** A decision that raises an alert, which may be asked for again. */
  async function decidedAgain(asker: GraphqlClient): Promise<{ id: string; raised: string }> {
    minute += 10;
    const document = (event: Readonly<Record<string, string>>, inner: string): string =>
      `mutation { decide(input: { source: "${victim.prefix}_transfers", event: { ${Object.entries(event)
        .map(([name, value]) => `${name}: "${value}"`)
        .join(', ')} } }) { decision { alerts { id ${inner} } } userErrors { code } } }`;
    const events = ringOf(`${MARK}-again`, minute);
    let alerts: { id: string }[] = [];
    for (const event of events) ({ alerts } = (await asker.data(document(event, ''))).decide.decision);
    const id = present(alerts[0]).id;
    while ((await asker.data('query ($id: ID!) { node(id: $id) { id } }', { id })).node === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { id, raised: document(present(events[2]), 'INNER') };
  }
});

describe('the tenant itself', () => {
  it('gets what others were refused, by the same requests', async () => {
    const refused: string[] = [];
    for (const [operation, attempts] of Object.entries(MUTATIONS)) {
      const attempt = attempts[0] as Attempt;
      if (attempt.outcomes.includes('FORBIDDEN') || attempt.outcomes.includes('DEFINITIONS_INVALID'))
        continue;
      const asker = operation === 'Mutation.publishDefinitions' ? victim.publisher : victim.all;
      const { outcome } = await tried(asker, attempt);
      if (outcome !== 'own') refused.push(`${operation} ${outcome}`);
    }
    // What has become of the tenant's own things by then is all that stands against any of them.
    expect(refused.sort()).toEqual([
      'Mutation.createMember EMAIL_TAKEN',
      'Mutation.createWebhookEndpoint ENDPOINT_NAME_TAKEN',
      'Mutation.decide EVENT_TOO_LATE',
      'Mutation.enableRule RULE_STATE',
      'Mutation.transfer TRANSFER_ROW_UNKNOWN',
      'Mutation.withdrawDraft DRAFT_CLOSED',
    ]);
  });

  it('is not found again where an id says that it is of another', async () => {
    const moved = Object.values(victim.ids).map((id) => movedTo(id, 'ten_00000000000000000000000000'));
    const { nodes } = await victim.all.data('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: moved,
    });
    expect(nodes.every((node: unknown) => node === null)).toBe(true);
  });
});
