import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { LIMITS } from '../../core/limits.ts';
import { type Answer, type Sending, send } from '../http/http-client.ts';
import { codeOf, type HostileService, MORE_BYTES_MAX, startHostile } from './hostile-service.ts';

let service: HostileService;

beforeAll(async () => {
  service = await startHostile(['--introspection', 'off']);
});
afterAll(() => service.end());

async function post(body: unknown, sending: Sending = {}): Promise<Answer> {
  return await send(service.address, '/graphql', {
    token: service.attacker.token,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...sending,
    headers: { 'content-type': 'application/json', ...sending.headers },
  });
}

async function ask(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return codeOf(await post({ query, variables }));
}

async function get(query: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return await send(service.address, `/graphql?query=${encodeURIComponent(query)}`, {
    method: 'GET',
    token: service.attacker.token,
    headers,
  });
}

function repeat(count: number, write: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => write(n)).join(' ');
}

/** Attacks that GraphQL Armor guards against (github.com/Escape-Technologies/graphql-armor), in several sizes each. */
const ARMOR: readonly (readonly [name: string, query: string, code: string])[] = [
  ['51 aliases', `{ viewer { ${repeat(51, (n) => `a${n}: name`)} } }`, '400 GRAPHQL_TOO_MANY'],
  ['10,000 aliases', `{ viewer { ${repeat(10_000, (n) => `a${n}: name`)} } }`, '400 GRAPHQL_TOO_LARGE'],
  [
    'aliases by fragments that double',
    `{ viewer { ...f0 } } ${repeat(30, (n) => `fragment f${n} on Viewer { ...f${n + 1} ...f${n + 1} }`)} fragment f30 on Viewer { a: name }`,
    '400 GRAPHQL_TOO_MANY',
  ],
  ['31 directives', `{ viewer { name ${repeat(31, () => '@include(if: true)')} } }`, '400 GRAPHQL_TOO_MANY'],
  ['1,500 directives that there are not', `{ viewer { name ${'@a'.repeat(1500)} } }`, '400 GRAPHQL_TOO_MANY'],
  ['directives on an operation', `query ${'@a '.repeat(100)} { viewer { name } }`, '400 GRAPHQL_TOO_MANY'],
  ['17 levels', `{ viewer ${'{ tenant '.repeat(17)}{ id }${' }'.repeat(17)} }`, '400 GRAPHQL_TOO_DEEP'],
  [
    'levels by inline fragments',
    `{ viewer { ${'... { '.repeat(60)} name ${'} '.repeat(60)} } }`,
    '400 GRAPHQL_TOO_DEEP',
  ],
  ['100,000 brackets', `{ viewer { name(a: ${'['.repeat(100_000)}) } }`, '400 GRAPHQL_TOO_DEEP'],
  [
    '100,000 brackets of an object',
    `{ viewer(a: ${'{a:'.repeat(100_000)}) { name } }`,
    '400 GRAPHQL_TOO_DEEP',
  ],
  ['4,001 tokens', `{ ${repeat(4001, () => 'a')} }`, '400 GRAPHQL_TOO_LARGE'],
  ['a million commas', `{ viewer { name${','.repeat(1_000_000)} } }`, '200'],
  ['a million-character name', `{ ${'a'.repeat(1_000_000)} }`, '200 GRAPHQL_INVALID'],
  ['a million-character string', `{ node(id: "${'a'.repeat(1_000_000)}") { id } }`, '200'],
  ['a string that never ends', `{ node(id: "${'a'.repeat(1_000_000)}`, '200 GRAPHQL_SYNTAX'],
  ['a block string that never ends', `{ node(id: """${'\\"""'.repeat(100_000)}`, '200 GRAPHQL_SYNTAX'],
  [
    'cost by `first`',
    '{ alerts(first: 200) { nodes { comments(first: 200) { nodes { id } } } } }',
    '400 GRAPHQL_COST',
  ],
  [
    'cost by nesting lists',
    '{ webhookEndpoints(first: 200) { nodes { deliveries(first: 200) { nodes { id attempts { number } } } } } }',
    '400 GRAPHQL_COST',
  ],
  [
    'cost by pictures',
    '{ alerts(first: 200) { nodes { rings { svg vertices { key } edges { key } } } } }',
    '400 GRAPHQL_COST',
  ],
  ['31 fields of Query', `{ ${repeat(31, (n) => `a${n}: viewer { name }`)} }`, '400 GRAPHQL_TOO_MANY'],
  [
    '31 mutations',
    `mutation { ${repeat(31, (n) => `a${n}: enableRule(input: { rule: "x" }) { userErrors { code } }`)} }`,
    '400 GRAPHQL_TOO_MANY',
  ],
  ['a fragment in itself', '{ viewer { ...a } } fragment a on Viewer { ...a }', '200 GRAPHQL_INVALID'],
  [
    'a circle of three fragments',
    '{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...c } fragment c on Viewer { ...a }',
    '200 GRAPHQL_INVALID',
  ],
  [
    'a circle through fields',
    '{ viewer { tenant { ...a } } } fragment a on Tenant { id settings { twoPersonRule } ...b } fragment b on Tenant { name ...a }',
    '200 GRAPHQL_INVALID',
  ],
  [
    '1,000 fragments that nobody uses',
    `{ viewer { name } } ${repeat(400, (n) => `fragment f${n} on Viewer { name }`)}`,
    '200 GRAPHQL_INVALID',
  ],
  [
    '1,000 variables',
    `query (${repeat(900, (n) => `$a${n}: Int`)}) { viewer { name } }`,
    '200 GRAPHQL_INVALID',
  ],
  ['fields that overlap', `{ viewer { ${repeat(500, () => 'name')} } }`, '400 GRAPHQL_TOO_MANY'],
  [
    'fragments that overlap pair by pair',
    `{ viewer { ${repeat(200, (n) => `...f${n}`)} } } ${repeat(200, (n) => `fragment f${n} on Viewer { tenant { name } }`)}`,
    '400 GRAPHQL_TOO_MANY',
  ],
  ['introspection', getIntrospectionQuery(), '400 GRAPHQL_INTROSPECTION'],
  [
    'introspection in a fragment',
    '{ ...a } fragment a on Query { __schema { types { name } } }',
    '400 GRAPHQL_INTROSPECTION',
  ],
  [
    'introspection by an alias',
    '{ a: __type(name: "Alert") { fields { name } } }',
    '400 GRAPHQL_INTROSPECTION',
  ],
  ['nothing at all', '', '400 GRAPHQL_REQUEST'],
  ['a byte order mark and nothing', '\ufeff', '200 GRAPHQL_SYNTAX'],
  ['zeros', '\0\0\0', '200 GRAPHQL_SYNTAX'],
  ['half of a pair', '{ node(id: "\ud800") { id } }', '200 GRAPHQL_SYNTAX'],
];

describe('a document of GraphQL Armor’s kind', () => {
  it.each(ARMOR)('%s is answered with its code, and nothing of it runs', async (_, query, code) => {
    expect(await ask(query)).toBe(code);
  });

  it('guesses nothing of the contract that it is not told', async () => {
    for (const query of [
      '{ viewe { name } }',
      '{ viewer { nam } }',
      '{ alert { id } }',
      '{ alerts(frst: 1) { position } }',
    ]) {
      const { text } = await post({ query });
      expect(text).toContain('GRAPHQL_INVALID');
      expect(text).not.toMatch(/did you mean/i);
    }
    const mutation = await post({ query: 'mutation { enableRul(input: {}) { rule } }' });
    expect(mutation.text).not.toMatch(/did you mean/i);
    const input = await post({
      query: 'mutation ($i: EnableRuleInput!) { enableRule(input: $i) { draft { id } } }',
      variables: { i: { rul: 'x' } },
    });
    expect(codeOf(input)).toBe('200 GRAPHQL_VARIABLES');
    expect(input.text).not.toMatch(/did you mean/i);
  });

  it('leaves the service healthy, and its memory bounded, however often they come', async () => {
    const more = await service.growth(async () => {
      for (let round = 0; round < 5; round++) await Promise.all(ARMOR.map(([, query]) => ask(query)));
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectHealthy();
  });
});

/** What dolevf/graphql-cop looks for, check by check; what it finds is named beside it. */
describe('GraphQL Cop finds nothing in', () => {
  it('field_suggestions', async () => {
    expect((await post({ query: 'query cop { __schema { directive } }' })).text).not.toMatch(/did you mean/i);
  });

  it('introspection', async () => {
    const answer = await post({ query: 'query cop { __schema { types { name fields { name } } } }' });
    expect(codeOf(answer)).toBe('400 GRAPHQL_INTROSPECTION');
  });

  it('detect_graphiql', async () => {
    for (const path of [
      '/graphql',
      '/',
      '/graphiql',
      '/playground',
      '/console',
      '/altair',
      '/graphql/console',
    ]) {
      const { text, headers } = await send(service.address, path, {
        method: 'GET',
        token: service.attacker.token,
        headers: { accept: 'text/html' },
      });
      // An answer quotes the path that was asked for.
      expect(text.replaceAll(path, '')).not.toMatch(/graphiql|playground|altair|apollo/i);
      expect(headers['content-type'] ?? '').not.toContain('html');
    }
  });

  // It counts queries by GET as a risk of forgery. They change nothing, are let in by a token alone or a cookie that is sent from this very site
  // only (SameSite=Strict), and their answers are for nobody else to read.
  it('get_method_support, but for queries that cannot be forged', async () => {
    const answer = await get('query cop { __typename }');
    expect(codeOf(answer)).toBe('200');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin');
    const { status } = await send(service.address, '/graphql?query=%7B__typename%7D', { method: 'GET' });
    expect(status).toBe(401);
    const opened = await send(service.address, '/v1/session', { token: service.attacker.token });
    expect(opened.headers['set-cookie']?.[0]).toContain('SameSite=Strict');
  });

  it('get_based_mutation', async () => {
    for (const query of ['mutation cop { __typename }', 'query a { __typename } mutation b { __typename }']) {
      const answer = await get(query);
      expect(codeOf(answer)).toMatch(/^(405|400) GRAPHQL_OPERATION$/);
      expect(answer.text).not.toContain('"data"');
    }
  });

  it('alias_overloading', async () => {
    expect(await ask(`query cop { ${repeat(101, (n) => `alias${n}:__typename`)} }`)).toBe(
      '400 GRAPHQL_TOO_MANY',
    );
  });

  it('batch_query', async () => {
    expect(codeOf(await post(Array(10).fill({ query: 'query cop { __typename }' })))).toBe(
      '400 GRAPHQL_BATCH',
    );
    expect(codeOf(await post([]))).toBe('400 GRAPHQL_BATCH');
  });

  it('trace_mode', async () => {
    const { text } = await post(
      { query: 'query cop { __typename }' },
      { headers: { 'x-apollo-tracing': '1', 'apollo-federation-include-trace': 'ftv1' } },
    );
    expect(JSON.parse(text)).not.toHaveProperty('extensions.tracing');
    expect(text).not.toMatch(/tracing|ftv1/);
  });

  it('directive_overloading', async () => {
    const { text } = await post({ query: `query cop { __typename ${'@aa'.repeat(10)} }` });
    expect((JSON.parse(text).errors as unknown[]).length).toBeLessThanOrEqual(20);
    expect(await ask(`query cop { __typename ${'@aa'.repeat(500)} }`)).toBe('400 GRAPHQL_TOO_MANY');
  });

  it('circular_query_introspection', async () => {
    const circle = `query cop { __schema { types { ${'fields { type { '.repeat(4)} name ${'} } '.repeat(4)} } } }`;
    expect(await ask(circle)).toBe('400 GRAPHQL_INTROSPECTION');
  });

  it('post_based_csrf', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/graphql',
      '',
    ]) {
      const headers = { 'content-type': type };
      for (const body of ['query=query+cop+%7B__typename%7D', '{"query":"{__typename}"}']) {
        expect(codeOf(await post(body, { headers }))).toMatch(
          /^(415 MEDIA_TYPE_UNKNOWN|400 (REQUEST_INVALID|GRAPHQL_REQUEST))$/,
        );
      }
    }
  });

  it('unhandled_error_detection', async () => {
    const { text } = await post({ query: 'qwerty cop { abc }' });
    expect(codeOf({ status: 200, text })).toBe('200 GRAPHQL_SYNTAX');
    expect(text).not.toMatch(/exception|stacktrace|node_modules|\bat \w+ \(/);
  });

  it('field_duplication', async () => {
    expect(await ask(`query cop { ${repeat(500, () => '__typename')} }`)).toBe('400 GRAPHQL_TOO_MANY');
  });
});

describe('a body that is meant to confuse', () => {
  it.each<[string, string, string]>([
    [
      'the query twice',
      '{"query":"{viewer{name}}","query":"mutation{enableRule(input:{rule:\\"x\\"}){userErrors{code}}}"}',
      '200 NOT_FOUND',
    ],
    ['a prototype', '{"query":"{viewer{name}}","__proto__":{"query":"x"}}', '400 REQUEST_INVALID'],
    [
      'a constructor',
      '{"query":"{viewer{name}}","constructor":{"prototype":{"x":1}}}',
      '400 REQUEST_INVALID',
    ],
    [
      'a prototype among the variables',
      '{"query":"{viewer{name}}","variables":{"__proto__":{"x":1}}}',
      '400 REQUEST_INVALID',
    ],
    [
      'deep JSON',
      `{"query":"{viewer{name}}","variables":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
      '4..|200',
    ],
    [
      'deep objects',
      `{"query":"{viewer{name}}","variables":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`,
      '4..|200',
    ],
    ['a huge number', `{"query":"{viewer{name}}","variables":{"a":1${'0'.repeat(1_000_000)}}}`, '200'],
    ['a query that is a number', '{"query":1}', '400 GRAPHQL_REQUEST'],
    ['a query that is a list', '{"query":["{viewer{name}}"]}', '400 GRAPHQL_REQUEST'],
    [
      'an operation name of a million characters',
      `{"query":"{viewer{name}}","operationName":"${'a'.repeat(1_000_000)}"}`,
      '400 GRAPHQL_OPERATION',
    ],
    [
      'a persisted query',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"a"}}}',
      '400 GRAPHQL_REQUEST',
    ],
    ['nothing but spaces', ' '.repeat(1_000_000), '400 REQUEST_INVALID'],
    ['bytes that are no text', '{"query":"\u0000\u0001"}', '400 REQUEST_INVALID'],
    ['more bytes than it may', `{"query":"${'a'.repeat(LIMITS.graphqlBodyBytesMax)}"}`, '413 BODY_TOO_LARGE'],
  ])('by %s is answered with a code', async (_, body, code) => {
    expect(codeOf(await post(body))).toMatch(new RegExp(`^(${code})`));
  });

  it('by a million variables that nobody asks for is taken or refused, and costs nothing for long', async () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`v${n}`, n]));
    expect(codeOf(await post({ query: '{ viewer { name } }', variables: many }))).toBe('200');
    await service.expectHealthy();
  });

  it.each([5_000, 100_000])(
    'or by a row that is nested %d deep, or poisoned, reaches no state',
    async (depth) => {
      const query =
        'mutation ($events: [Row!]!) { ingest(input: { source: "transfers", events: $events, wait: APPLIED }) ' +
        '{ result { accepted rejectedCount } userErrors { code } } }';
      const nested = `${'{"tx":'.repeat(depth)}1${'}'.repeat(depth)}`;
      for (const events of [
        `[${nested}]`,
        '[{"tx":{"toString":1}}]',
        '[{"hasOwnProperty":1,"tx":"own"}]',
        '[{}]',
        '[{"tx":["a"]}]',
      ]) {
        const answer = await post(`{"query":${JSON.stringify(query)},"variables":{"events":${events}}}`);
        expect(codeOf(answer)).toMatch(/^(200|400 [A-Z_]+)/);
      }
      const mutation =
        'mutation ($event: Row!) { decide(input: { source: "transfers", event: $event }) { userErrors { code } } }';
      const decided = await post(`{"query":${JSON.stringify(mutation)},"variables":{"event":${nested}}}`);
      expect(codeOf(decided)).toMatch(/^(200|400) [A-Z_]+/);
      const saved = 'query ($p: Row) { query(savedQuery: "sent_by", parameters: $p) { position } }';
      const asked = await post(`{"query":${JSON.stringify(saved)},"variables":{"p":{"account":${nested}}}}`);
      expect(codeOf(asked)).toMatch(/^(200|400) [A-Z_]+/);
      await service.expectHealthy();
    },
  );
});

describe('many requests at once', () => {
  it('of what costs most is answered or refused with a code, and memory stays bounded', async () => {
    const costly =
      '{ alerts(first: 60) { nodes { rings { svg } trace { task } comments(first: 2) { nodes { text } } } } audit(first: 100) { nodes { details } } }';
    const codes = new Set<string>();
    const more = await service.growth(async () => {
      await Promise.all(Array.from({ length: 200 }, async () => codes.add(await ask(costly))));
    });
    for (const code of codes) expect(code).toMatch(/^(200|4\d\d [A-Z_]+|(200|503) CATALOG_BUSY)$/);
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectHealthy();
  });

  it('of distinct documents does not make the memory grow without end', async () => {
    const filler = 'x'.repeat(20_000);
    const batch = async (from: number): Promise<void> => {
      for (let n = from; n < from + 400; n += 20) {
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => ask(`{ viewer { name } } # ${n + i} ${filler}`)),
        );
      }
    };
    await batch(0);
    const more = await service.growth(() => batch(1000));
    expect(more).toBeLessThan(MORE_BYTES_MAX);
    await service.expectHealthy();
  });
});
