import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { startTestService, type TestService, type TestTenant } from '../http/test-service.ts';
import { GraphqlClient } from './graphql-client.ts';

const DEFINITIONS = `CREATE TABLE users (id TEXT PRIMARY KEY, energy NUMERIC(12,2) NOT NULL CHECK (energy >= 0), points INTEGER CHECK (points >= 0));
CREATE TABLE vaults (bank TEXT, no INTEGER, gold BIGINT CHECK (gold >= 0), PRIMARY KEY (bank, no));
CREATE TABLE plain (id TEXT PRIMARY KEY, n INTEGER);
CREATE RULE pour ON plain DO TRANSFER n FROM 'ann' TO 'ben' OF users.points;`;

const TRANSFER = `mutation ($input: TransferInput!) { transfer(input: $input) {
  transfer { outcome code message duplicate position fromBalance toBalance } userErrors { code message field mend } } }`;

const BATCH = `mutation ($input: TransferBatchInput!) { transferBatch(input: $input) {
  transfers { outcome code message duplicate position fromBalance toBalance } userErrors { code field } } }`;

const LIST = `query ($table: String!, $column: String, $account: Row!, $first: Int, $after: String) {
  transfers(table: $table, column: $column, account: $account, first: $first, after: $after) {
    edges { cursor node { position outcome code from to amount balance idempotencyKey issuedAt } }
    nodes { idempotencyKey } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

const METRICS_TOKEN = 'a-token-for-prometheus';
let service: TestService;
let tenant: TestTenant;
let key: string;
let client: GraphqlClient;

beforeAll(async () => {
  service = await startTestService({ RINGWATCH_METRICS_TOKEN: METRICS_TOKEN });
  tenant = await service.addTenant('forest', DEFINITIONS);
  key = await tenant.key(['ingest', 'query']);
  client = new GraphqlClient(service.address, key);
  await upsert('users', [
    { id: 'ann', energy: '10.00', points: 5 },
    { id: 'ben', energy: '0' },
  ]);
  await upsert('vaults', [
    { bank: 'x', no: 1, gold: '9007199254740993' },
    { bank: 'x', no: 2, gold: 0 },
  ]);
});
afterAll(() => service.end());

async function upsert(table: string, rows: readonly object[]): Promise<{ rejected: { code: string }[] }> {
  const { upsertRows } = await client.data(
    `mutation ($table: String!, $rows: [Row!]!) { upsertRows(input: { table: $table, rows: $rows, wait: APPLIED }) {
      result { accepted rejected { code } } userErrors { code } } }`,
    { table, rows },
  );
  return upsertRows.result;
}

let keys = 0;
function energy(more: object = {}): Record<string, unknown> {
  const base = { table: 'users', column: 'energy', from: { id: 'ann' }, to: { id: 'ben' }, amount: '1.50' };
  return { ...base, idempotencyKey: `energy-${keys++}`, ...more };
}

async function send(input: object) {
  return (await client.data(TRANSFER, { input })).transfer;
}

async function lines(path: string, body: string, type = 'application/x-ndjson', secret = key) {
  const answer = await fetch(`${service.address}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': type },
    body,
  });
  const text = await answer.text();
  return {
    status: answer.status,
    lines: text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
}

describe('transfer', () => {
  it('moves the amount and says what both hold after it; asked again it answers the same', async () => {
    const input = energy({ issuedAt: '2026-11-30T10:00:00.5Z' });
    const first = await send(input);
    expect(first).toEqual({
      transfer: {
        outcome: 'APPLIED',
        code: null,
        message: null,
        duplicate: false,
        position: expect.any(String),
        fromBalance: '8.50',
        toBalance: '1.50',
      },
      userErrors: [],
    });
    expect(await send(input)).toEqual({
      transfer: { ...first.transfer, duplicate: true },
      userErrors: [],
    });
  });

  it('is declined with a code, of which userErrors tells too, and with the balances as they stand', async () => {
    const { transfer, userErrors } = await send(energy({ amount: '1000' }));
    expect(transfer).toMatchObject({
      outcome: 'DECLINED',
      code: 'TRANSFER_INSUFFICIENT',
      fromBalance: '8.50',
    });
    expect(userErrors).toMatchObject([{ code: 'TRANSFER_INSUFFICIENT' }]);
  });

  it.each<[string, object]>([
    ['TRANSFER_AMOUNT_INVALID', { amount: '0.005' }],
    ['TRANSFER_AMOUNT_INVALID', { amount: '1.5001' }],
    ['TRANSFER_AMOUNT_INVALID', { amount: '0' }],
    ['TRANSFER_AMOUNT_INVALID', { amount: '-1' }],
    ['VALUE_OUT_OF_RANGE', { amount: '1'.repeat(400) }],
    ['TRANSFER_TO_ITSELF', { to: { id: 'ann' } }],
    ['TRANSFER_ROW_UNKNOWN', { to: { id: 'nobody' } }],
    ['IDEMPOTENCY_KEY_INVALID', { idempotencyKey: 'k'.repeat(10_000) }],
    ['IDEMPOTENCY_KEY_INVALID', { idempotencyKey: '' }],
    ['IDEMPOTENCY_KEY_INVALID', { idempotencyKey: 'with space' }],
    ['TRANSFER_AHEAD', { issuedAt: '2100-01-01T00:00:00Z' }],
    ['UNKNOWN_NAME', { table: 'nothing' }],
    ['TRANSFER_COLUMN_UNKNOWN', { table: 'plain', column: null }],
    ['TRANSFER_COLUMN_UNKNOWN', { column: 'id' }],
    ['FIELD_INVALID', { column: null }],
    ['FIELD_INVALID', { from: { name: 'ann' } }],
    ['FIELD_INVALID', { from: { id: 'ann', more: 1 } }],
    ['FIELD_INVALID', { from: { id: null } }],
    ['VALUE_INVALID', { from: { id: { deep: 1 } } }],
  ])('answers %s where something is wrong (case %#), and moves nothing', async (code, more) => {
    const before = (await client.data(LIST, { table: 'users', column: 'energy', account: { id: 'ann' } }))
      .transfers;
    expect((await send(energy(more))).userErrors.map((error: { code: string }) => error.code)).toEqual([
      code,
    ]);
    const after = (await client.data(LIST, { table: 'users', column: 'energy', account: { id: 'ann' } }))
      .transfers;
    const applied = ({ edges }: typeof after) =>
      edges.filter(({ node }: { node: { outcome: string } }) => node.outcome === 'APPLIED').length;
    expect(applied(after)).toBe(applied(before));
  });

  it.each<[string, string[] | null, object]>([
    ["'99999999999' does not fit NUMERIC(12,2)", ['input', 'amount'], { amount: '99999999999' }],
    ["'{…}' is no TEXT", ['input', 'from', 'id'], { from: { id: { deep: 1 } } }],
    ['the giving row holds less than the amount', null, { amount: '100000' }],
  ])('says in words what is wrong, and where: %s', async (message, field, more) => {
    const { transfer, userErrors } = await send(energy(more));
    expect(userErrors).toMatchObject([{ message, field }]);
    expect(transfer).toMatchObject({ message });
  });

  it('whose key was used for another is refused; a key of another column is another key', async () => {
    const input = energy({ amount: '0.10' });
    await send(input);
    expect((await send({ ...input, amount: '0.11' })).userErrors).toMatchObject([
      { code: 'IDEMPOTENCY_KEY_REUSED' },
    ]);
    const points = { ...input, column: 'points', amount: '1' };
    // Ben has no points at all.
    expect((await send(points)).userErrors).toMatchObject([{ code: 'TRANSFER_BALANCE_NULL' }]);
  });

  it('takes rows with keys of several columns, and amounts beyond 53 bits', async () => {
    const input = { table: 'vaults', from: { bank: 'x', no: 1 }, to: { no: 2, bank: 'x' } };
    const { transfer } = await send({ ...input, amount: '9007199254740993', idempotencyKey: 'v' });
    expect(transfer).toMatchObject({ outcome: 'APPLIED', fromBalance: '0', toBalance: '9007199254740993' });
    const { transfers } = await client.data(LIST, { table: 'vaults', account: { bank: 'x', no: 2 } });
    expect(transfers.edges[0].node).toMatchObject({
      from: { bank: 'x', no: 1 },
      to: { bank: 'x', no: 2 },
      amount: '9007199254740993',
      balance: '9007199254740993',
    });
  });

  it('needs the scope ingest, and reaches no other tenant', async () => {
    const reader = new GraphqlClient(service.address, await tenant.key(['query']));
    const refused = await reader.post({ query: TRANSFER, variables: { input: energy() } });
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const other = await service.addTenant('meadow', DEFINITIONS);
    const stranger = new GraphqlClient(service.address, await other.key(['ingest', 'query']));
    const { transfer } = await stranger.data(TRANSFER, { input: energy() });
    expect(transfer.userErrors).toMatchObject([{ code: 'TRANSFER_ROW_UNKNOWN' }]);
    const list = await stranger.data(LIST, { table: 'users', column: 'points', account: { id: 'ann' } });
    expect(list.transfers.edges).toEqual([]);
  });
});

describe('transferBatch', () => {
  it('carries out each for itself, in order', async () => {
    await upsert('users', [
      { id: 'cat', energy: '5' },
      { id: 'dan', energy: '0' },
    ]);
    const item = (from: string, to: string, amount: string, n: number) => ({
      from: { id: from },
      to: { id: to },
      amount,
      idempotencyKey: `batch-${n}`,
    });
    const transfers = [
      item('dan', 'cat', '1', 0),
      item('cat', 'dan', '3', 1),
      item('dan', 'cat', '0.001', 2),
      item('dan', 'cat', '1', 3),
      item('cat', 'dan', '3', 1),
    ];
    const input = { table: 'users', column: 'energy', transfers };
    const { transferBatch } = await client.data(BATCH, { input });
    const told = transferBatch.transfers.map(
      (one: { code: string | null; duplicate: boolean; fromBalance: string; toBalance: string }) =>
        [one.code, one.duplicate, one.fromBalance, one.toBalance] as const,
    );
    expect(told).toEqual([
      ['TRANSFER_INSUFFICIENT', false, '0.00', '5.00'],
      [null, false, '2.00', '3.00'],
      ['TRANSFER_AMOUNT_INVALID', false, null, null],
      [null, false, '2.00', '3.00'],
      [null, true, '2.00', '3.00'],
    ]);
    const many = Array.from({ length: LIMITS.graphqlTransfersMax + 1 }, (_, n) => item('cat', 'dan', '1', n));
    const refused = await client.data(BATCH, {
      input: { table: 'users', column: 'energy', transfers: many },
    });
    expect(refused.transferBatch).toEqual({
      transfers: null,
      userErrors: [{ code: 'FIELD_INVALID', field: ['input', 'transfers'] }],
    });
  });
});

describe('POST /v1/tables/{table}/transfers', () => {
  it('answers a line for each line, in order, also for those that are none', async () => {
    await upsert('users', [
      { id: 'eve', energy: '100' },
      { id: 'fay', energy: '0' },
    ]);
    const rows = Array.from({ length: 3000 }, (_, n) =>
      JSON.stringify({ from: 'eve', to: 'fay', amount: '0.02', idempotencyKey: `line-${n}` }),
    );
    rows[7] = 'no json';
    rows[2500] = rows[2] as string;
    const answer = await lines('/v1/tables/users/transfers?column=energy', `${rows.join('\n')}\n`);
    expect(answer.status).toBe(200);
    expect(answer.lines.map(({ index }) => index)).toEqual(rows.map((_, n) => n));
    expect(answer.lines[7]).toMatchObject({ outcome: 'declined', code: 'JSON_INVALID' });
    expect(answer.lines[2500]).toMatchObject({ outcome: 'applied', duplicate: true });
    expect(answer.lines.at(-1)).toMatchObject({ fromBalance: '40.04', toBalance: '59.96' });
  });

  it('takes CSV, and refuses what it cannot know', async () => {
    const csv = 'from,to,amount,idempotencyKey\nfay,eve,1.25,csv-1\nfay,eve,1.255,csv-2\n';
    const { lines: answers } = await lines('/v1/tables/users/transfers?column=energy', csv, 'text/csv');
    expect(answers.map(({ code }) => code)).toEqual([null, 'TRANSFER_AMOUNT_INVALID']);
    expect((await lines('/v1/tables/plain/transfers', csv, 'text/csv')).lines[0].error.code).toBe(
      'TRANSFER_COLUMN_UNKNOWN',
    );
    expect((await lines('/v1/tables/users/transfers?columns=energy', csv, 'text/csv')).status).toBe(400);
    const reader = await tenant.key(['query']);
    expect((await lines('/v1/tables/users/transfers', csv, 'text/csv', reader)).status).toBe(403);
  });
});

describe('senders of transfers', () => {
  it('are noted in the audit log, and what they sent is counted', async () => {
    const sender = new GraphqlClient(service.address, await tenant.key(['ingest']));
    const sent = await sender.data(TRANSFER, { input: energy({ amount: '0.01' }) });
    expect(sent.transfer.transfer).toMatchObject({ outcome: 'APPLIED', fromBalance: null, toBalance: null });
    const noted = async () => {
      const { rows } = await tenant.stores.audit.page(
        { actions: ['transfer.send'] },
        { first: 100, after: null },
      );
      return new Map(rows.map(({ row }) => [row.actor.personId, row.target]));
    };
    const { viewer } = await sender.data('{ viewer { personId } }');
    while (!(await noted()).has(viewer.personId)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await noted()).get(viewer.personId)).toBe('users.energy');
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const figures = await (await fetch(`${service.address}/metrics`, { headers })).text();
    for (const outcome of [
      'outcome="applied",code="none"',
      'outcome="repeated",code="none"',
      'outcome="declined",code="TRANSFER_INSUFFICIENT"',
    ])
      expect(figures).toContain(`\nringwatch_transfer_outcomes_total{${outcome}} `);
    for (const way of ['graphql', 'rest'])
      expect(figures).toContain(`\nringwatch_transfer_seconds_count{way="${way}"} `);
  });
});

describe('rows of a table with a CHECK', () => {
  it('are refused where they are negative, before they are appended', async () => {
    const { rejected } = await upsert('users', [
      { id: 'neg', energy: '-0.01' },
      { id: 'zero', energy: 0 },
    ]);
    expect(rejected).toEqual([{ code: 'CHECK_VIOLATED' }]);
  });
});

describe('transfers', () => {
  it('tell of an amount that a rule had as NULL as such', async () => {
    await upsert('plain', [{ id: 'none', n: null }]);
    const list = await client.data(LIST, {
      table: 'users',
      column: 'points',
      account: { id: 'ann' },
      first: 1,
    });
    expect(list.transfers.edges[0].node).toMatchObject({ code: 'TRANSFER_AMOUNT_INVALID', amount: null });
  });

  it('lists those of an account, the newest first, page by page', async () => {
    await upsert('users', [
      { id: 'gus', energy: '10' },
      { id: 'hal', energy: '0' },
    ]);
    for (let n = 0; n < 5; n++) {
      const turn = { from: { id: n === 3 ? 'hal' : 'gus' }, to: { id: n === 3 ? 'gus' : 'hal' } };
      await send(energy({ ...turn, amount: '2', idempotencyKey: `page-${n}` }));
    }
    const all = { table: 'users', column: 'energy', account: { id: 'gus' } };
    const first = (await client.data(LIST, { ...all, first: 2 })).transfers;
    expect(first.nodes.map((node: { idempotencyKey: string }) => node.idempotencyKey)).toEqual([
      'page-4',
      'page-3',
    ]);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const after = first.pageInfo.endCursor;
    const rest = (await client.data(LIST, { ...all, first: 5, after })).transfers;
    const balances = [...first.edges, ...rest.edges].map(({ node }) => node.balance);
    expect(balances).toEqual(['4.00', '6.00', '4.00', '6.00', '8.00']);
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const other = await client.ask(LIST, { ...all, account: { id: 'ann' }, after });
    expect(other.errors?.[0]?.extensions?.code).toBe('CURSOR_INVALID');
  });
});
