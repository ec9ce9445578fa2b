import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import pino from 'pino';
import { MemoryFanout } from '../../adapters/memory/memory-fanout.ts';
import { createGateway, type Gateway } from '../../api/gateway.ts';
import type { EngineHost, TenantEngine } from '../../core/ports/engine.ts';
import { encodeBody } from '../../workers/ingest/encode-body.ts';
import { encodeEvent } from '../../workers/ingest/encode-event.ts';
import { NDJSON, send } from '../http/http-client.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient } from './graphql-client.ts';
import { RING_DEFINITIONS, transfer } from './sample-definitions.ts';

let service: TestService;
let tenant: TestTenant;
let client: GraphqlClient;
let decider: string;

/** What a gateway of these tests lets a stream of decisions be silent for. */
const SILENCE_MS = 2000;

beforeAll(async () => {
  service = await startTestService();
  tenant = await service.addTenant('bank', RING_DEFINITIONS);
  client = new GraphqlClient(service.address, await tenant.key(['query', 'alerts', 'define', 'admin']));
  decider = await tenant.key(['decide']);
});
afterAll(() => service.end());

/** Status and code of the first error. */
async function refusal(query: string, variables: Record<string, unknown> = {}): Promise<[number, unknown]> {
  const { status, errors, data } = await client.post({ query, variables });
  expect(data).toBeUndefined();
  return [status, errors?.[0]?.extensions.code];
}

function repeat(count: number, write: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => write(n)).join(' ');
}

describe('a document that is an attack is refused before anything of it runs', () => {
  it('for its tokens', async () => {
    expect(await refusal(`{ ${repeat(5000, (n) => `a${n}`)} }`)).toEqual([400, 'GRAPHQL_TOO_LARGE']);
    expect(await refusal(`{ viewer { name(a: ${'['.repeat(5000)}) } }`)).toEqual([400, 'GRAPHQL_TOO_DEEP']);
  });

  it('for its depth, also by fragments', async () => {
    const deep = (levels: number): string => `${'{ tenant '.repeat(levels)}{ id }${' }'.repeat(levels)}`;
    expect(await refusal(`{ viewer ${deep(20)} }`)).toEqual([400, 'GRAPHQL_TOO_DEEP']);
    const chain = repeat(20, (n) => `fragment f${n} on Tenant { settings { ...f${n + 1} } }`);
    expect(await refusal(`{ viewer { tenant { ...f0 } } } ${chain} fragment f20 on Tenant { id }`)).toEqual([
      400,
      'GRAPHQL_TOO_DEEP',
    ]);
  });

  it('for its aliases', async () => {
    expect(await refusal(`{ viewer { ${repeat(60, (n) => `a${n}: name`)} } }`)).toEqual([
      400,
      'GRAPHQL_TOO_MANY',
    ]);
    const twice = repeat(12, (n) => `fragment f${n} on Viewer { ...f${n + 1} ...f${n + 1} }`);
    expect(await refusal(`{ viewer { ...f0 } } ${twice} fragment f12 on Viewer { a: name }`)).toEqual([
      400,
      'GRAPHQL_TOO_MANY',
    ]);
  });

  it('for repeating a field, in one place or by fragments that double', async () => {
    expect(await refusal(`{ viewer { ${repeat(50, () => 'name')} } }`)).toEqual([400, 'GRAPHQL_TOO_MANY']);
    const doubling = repeat(60, (n) => `fragment f${n} on Viewer { ...f${n + 1} ...f${n + 1} }`);
    expect(await refusal(`{ viewer { ...f0 } } ${doubling} fragment f60 on Viewer { name }`)).toEqual([
      400,
      'GRAPHQL_TOO_MANY',
    ]);
  });

  it('for its directives, known or not', async () => {
    expect(await refusal(`{ viewer { name ${repeat(40, () => '@include(if: true)')} } }`)).toEqual([
      400,
      'GRAPHQL_TOO_MANY',
    ]);
    expect(await refusal(`{ viewer { name ${repeat(40, (n) => `@a${n}`)} } }`)).toEqual([
      400,
      'GRAPHQL_TOO_MANY',
    ]);
  });

  it('for its root fields', async () => {
    expect(await refusal(`{ ${repeat(31, (n) => `a${n}: viewer { name }`)} }`)).toEqual([
      400,
      'GRAPHQL_TOO_MANY',
    ]);
  });

  it('for circles of fragments', async () => {
    const circle = 'fragment a on Viewer { ...b } fragment b on Viewer { ...a }';
    expect(await refusal(`{ viewer { ...a } } ${circle}`)).toEqual([400, 'GRAPHQL_INVALID']);
    expect(await refusal('{ viewer { ...a } } fragment a on Viewer { ...a }')).toEqual([
      400,
      'GRAPHQL_INVALID',
    ]);
  });

  it('for what it costs, by literal and by variable, lists within lists multiplied', async () => {
    const nested =
      'nodes { rings { edges { key } vertices { key } svg } comments(first: 200) { nodes { id } } }';
    expect(await refusal(`{ alerts(first: 200) { ${nested} } }`)).toEqual([400, 'GRAPHQL_COST']);
    expect(await refusal(`query ($n: Int) { alerts(first: $n) { ${nested} } }`, { n: 200 })).toEqual([
      400,
      'GRAPHQL_COST',
    ]);
    expect(await refusal(`query ($n: Int = 200) { alerts(first: $n) { ${nested} } }`)).toEqual([
      400,
      'GRAPHQL_COST',
    ]);
    const few = await client.post({
      query: `query ($n: Int) { alerts(first: $n) { ${nested} } }`,
      variables: { n: 1 },
    });
    expect(few.errors).toBeUndefined();
    expect(few.extensions.cost).toEqual({ requested: expect.any(Number), limit: 25_000 });
    const more = await client.post({
      query: `query ($n: Int) { alerts(first: $n) { ${nested} } }`,
      variables: { n: 2 },
    });
    expect(more.extensions.cost.requested).toBeGreaterThan(few.extensions.cost.requested * 1.5);
  });

  it('for introspection that goes in circles, while the usual one is answered', async () => {
    const circle = `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`;
    expect(await refusal(circle)).toEqual([400, 'GRAPHQL_INVALID']);
    const answer = await client.post({ query: getIntrospectionQuery() });
    expect(answer.data.__schema.types.length).toBeGreaterThan(100);
  });

  it('for coming with others', async () => {
    const { status, errors } = await client.post([
      { query: '{ viewer { name } }' },
      { query: '{ viewer { name } }' },
    ]);
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_BATCH']);
  });

  it('and keeps its status for whoever takes only application/json', async () => {
    const query = `{ viewer { ${repeat(60, (n) => `a${n}: name`)} } }`;
    const { status, headers, errors } = await client.post({ query }, { accept: 'application/json' });
    expect([status, headers['content-type'], errors?.[0]?.extensions.code]).toEqual([
      400,
      'application/json; charset=utf-8',
      'GRAPHQL_TOO_MANY',
    ]);
  });
});

describe('a request that is none', () => {
  it.each([
    ['no JSON', '{', 'REQUEST_INVALID'],
    ['a text', '"x"', 'GRAPHQL_REQUEST'],
    ['no query', '{}', 'GRAPHQL_REQUEST'],
    ['variables that are a list', '{"query":"{viewer{name}}","variables":[]}', 'GRAPHQL_REQUEST'],
    [
      'an operation that is not there',
      '{"query":"query a {viewer{name}}","operationName":"b"}',
      'GRAPHQL_OPERATION',
    ],
    [
      'several operations and no name',
      '{"query":"query a {viewer{name}} query b {viewer{name}}"}',
      'GRAPHQL_OPERATION',
    ],
    ['no operation', '{"query":"fragment a on Viewer {name}"}', 'GRAPHQL_INVALID'],
    ['an empty document', '{"query":"#"}', 'GRAPHQL_SYNTAX'],
    ['a subscription', '{"query":"subscription {alertRaised {id}}"}', 'GRAPHQL_OPERATION'],
    ['a poisoned body', '{"query":"{viewer{name}}","__proto__":{"x":1}}', 'REQUEST_INVALID'],
    [
      'nested lists without end',
      `{"query":"{viewer{name}}","variables":{"a":${'['.repeat(100_000)}}`,
      'REQUEST_INVALID',
    ],
  ])('%s', async (_, body, code) => {
    const { status, errors } = await client.post(body);
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, code]);
  });

  it('larger than a request may be', async () => {
    const { status, errors } = await client.post({ query: `{ viewer { name } } # ${'x'.repeat(3_000_000)}` });
    expect([status, errors?.[0]?.extensions.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('of a type that browsers send across sites', async () => {
    const { status, errors } = await client.post('query={viewer{name}}', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([status, errors?.[0]?.extensions.code]).toEqual([415, 'MEDIA_TYPE_UNKNOWN']);
  });

  it('a mutation by GET, while queries are answered', async () => {
    const ask = (query: string) =>
      send(service.address, `/graphql?query=${encodeURIComponent(query)}`, {
        method: 'GET',
        token: client.token,
      });
    const mutation = await ask('mutation { disableRule(input: { rule: "ring" }) { draft { id } } }');
    expect([mutation.status, mutation.headers.allow]).toEqual([405, 'POST']);
    expect((await tenant.stores.drafts.page({ first: 1, after: null })).rows).toEqual([]);
    expect(JSON.parse((await ask('{ viewer { name } }')).text).data).toEqual({ viewer: { name: 'key 1' } });
  });

  it('without credentials, or with rights for something else', async () => {
    const anonymous = await send(service.address, '/graphql', {
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{viewer{name}}"}',
    });
    expect([anonymous.status, JSON.parse(anonymous.text).errors[0].extensions.code]).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    expect(
      await refusal(
        'mutation { ingest(input: { source: "transfers", events: [] }) { result { accepted } } }',
      ),
    ).toEqual([403, 'FORBIDDEN']);
    expect(await refusal('{ viewer { name } audit { nodes { id } } }')).toEqual([403, 'FORBIDDEN']);
    expect(await refusal('{ ...a } fragment a on Query { audit { nodes { id } } }')).toEqual([
      403,
      'FORBIDDEN',
    ]);
    expect(await refusal('{ tenants { nodes { id } } }')).toEqual([403, 'FORBIDDEN']);
  });

  it('with variables that do not fit', async () => {
    expect(await refusal('query ($id: ID!) { node(id: $id) { id } }')).toEqual([400, 'GRAPHQL_VARIABLES']);
    expect(await refusal('query ($p: BigInt!) { decision(position: $p) { id } }', { p: 'many' })).toEqual([
      400,
      'GRAPHQL_VARIABLES',
    ]);
    expect(await refusal('{ decision(position: 99999999999999999999) { id } }')).toEqual([
      400,
      'GRAPHQL_INVALID',
    ]);
    const rows = await client.post({
      query: '{ nodes(ids: ["a"]) { id } alerts(first: 100000) { nodes { id } } }',
    });
    expect(rows.errors?.[0]?.extensions.code).toBe('GRAPHQL_COST');
    const empty = await client.post({ query: '{ alerts(first: 0) { nodes { id } } }' });
    expect(empty.errors?.[0]?.extensions.code).toBe('FIELD_INVALID');
    const ids = await client.post({
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array(101).fill('a') },
    });
    expect(ids.errors?.[0]?.extensions.code).toBe('FIELD_INVALID');
  });
});

describe('by configuration', () => {
  let gateway: Gateway;
  let strict: GraphqlClient;

  beforeAll(async () => {
    gateway = await createGateway({
      tenants: service.tenants,
      engines: hanging(service.engines),
      fanout: new MemoryFanout(),
      encodeBody,
      encodeEvent,
      drawRing: () => '<svg/>',
      version: 'test',
      health: async () => [],
      alive: () => true,
      log: pino({ level: process.env.TEST_LOG ?? 'silent' }),
      tracer: null,
      config: {
        refusalsPerSecond: 100_000,
        bodyBytesMax: 1024,
        metricsAccess: { kind: 'off' },
        decisionSilenceMs: SILENCE_MS,
        metricsNameViews: false,
        graphql: { introspection: false, timeoutMs: 300, costMax: 50 },
        consoleFolder: null,
        secureCookies: false,
      },
    });
    strict = new GraphqlClient(await gateway.listen('127.0.0.1', 0), client.token);
  });
  afterAll(() => gateway.close());

  it('the contract is not told, nor guessed at', async () => {
    const schema = await strict.post({ query: '{ __schema { types { name } } }' });
    expect([schema.status, schema.errors?.[0]?.extensions.code]).toEqual([400, 'GRAPHQL_INTROSPECTION']);
    const type = await strict.post({
      query: '{ ...a } fragment a on Query { __type(name: "Alert") { name } }',
    });
    expect(type.errors?.[0]?.extensions.code).toBe('GRAPHQL_INTROSPECTION');
    const guess = await strict.post({ query: '{ viewer { nam } }' });
    expect(guess.errors?.[0]?.message).toBe('Cannot query field "nam" on type "Viewer".');
    expect((await strict.post({ query: '{ __typename viewer { __typename } }' })).data).toEqual({
      __typename: 'Query',
      viewer: { __typename: 'Viewer' },
    });
  });

  it('less may be asked for', async () => {
    const { errors } = await strict.post({ query: '{ alerts(first: 60) { nodes { id } } }' });
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'GRAPHQL_COST' },
      message: expect.stringContaining('50'),
    });
  });

  it('what takes too long is ended, with a code', async () => {
    const { status, errors, data } = await strict.post({
      query: '{ viewer { name } health { engine { lag } } }',
    });
    expect([status, errors?.[0]?.extensions.code, data]).toEqual([408, 'GRAPHQL_TIMEOUT', undefined]);
  });

  it('a stream of decisions stays open for as long as it sends an empty line, and is ended when it falls silent', async () => {
    const event = Buffer.from(JSON.stringify(transfer('t1', 'a', 'b', '1.00', 0)));
    async function* body(): AsyncGenerator<Uint8Array> {
      const empty = Buffer.from('\n');
      for (let ms = 0; ms < 2 * SILENCE_MS; ms += SILENCE_MS / 8) {
        yield empty;
        await setTimeout(SILENCE_MS / 8);
      }
      yield Buffer.concat([event, empty]);
      // Never ended: the service has to.
      await new Promise(() => undefined);
    }
    const { status, text } = await send(strict.address, '/v1/sources/transfers/decide', {
      token: decider,
      headers: NDJSON,
      body: body(),
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(200);
    expect(lines).toEqual([
      expect.objectContaining({ index: 0, outcome: 'approve' }),
      expect.objectContaining({ error: expect.objectContaining({ code: 'BODY_TOO_SLOW' }) }),
    ]);
  });
});

/** Engines that never say how they stand. */
function hanging(engines: EngineHost): EngineHost {
  const never = (): Promise<never> => new Promise(() => undefined);
  return new Proxy(engines, {
    get: (host, name) => {
      if (name !== 'engine') return Reflect.get(host, name).bind(host);
      return (id: TestTenant['id']): TenantEngine =>
        new Proxy(host.engine(id), {
          get: (engine, method) => {
            if (method === 'progress') return never;
            const value = Reflect.get(engine, method);
            return typeof value === 'function' ? value.bind(engine) : value;
          },
        });
    },
  });
}
