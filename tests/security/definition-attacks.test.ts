import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { RING_DEFINITIONS } from '../api/sample-definitions.ts';
import { NDJSON, send } from '../http/http-client.ts';
import { type HostileService, MORE_BYTES_MAX, startHostile } from './hostile-service.ts';

let service: HostileService;

beforeAll(async () => {
  // Without the rule that would search it at each of its events.
  service = await startHostile([], GRAPH_DEFINITIONS);
  // A net in which each account pays every other: paths explode in it.
  const rows: string[] = [];
  for (let a = 0; a < DENSE; a++) {
    for (let b = 0; b < DENSE; b++) {
      if (a === b) continue;
      const at = new Date(Date.UTC(2026, 0, 1) + (a * DENSE + b) * 1000).toISOString();
      rows.push(
        JSON.stringify({ tx: `d${a}-${b}`, payer: `dense${a}`, payee: `dense${b}`, amount: '1', at }),
      );
    }
  }
  const { attacker, address } = service;
  const { json } = await send(address, '/v1/sources/transfers/events?wait=applied', {
    token: attacker.token,
    headers: NDJSON,
    body: `${rows.join('\n')}\n`,
  });
  expect(json.accepted).toBe(rows.length);
});
afterAll(() => service.end());

const DENSE = 40;

const GRAPH_DEFINITIONS = RING_DEFINITIONS.replace(/^CREATE RULE [\s\S]*?;$/m, '');

const SOURCE =
  'CREATE SOURCE t (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at AS at);\n';
const BYTES = LIMITS.definitionBytesMax - 1024;

/** A text of nearly as many bytes as it may have. */
function fill(
  head: string,
  piece: (n: number) => string,
  tail = '',
  count = Number.POSITIVE_INFINITY,
): string {
  let text = head;
  for (let n = 0; n < count; n++) {
    const next = piece(n);
    if (text.length + next.length + tail.length > BYTES) break;
    text += next;
  }
  return text + tail;
}

const rule = (condition: string): string =>
  `${SOURCE}CREATE RULE r ON t WHEN ${condition} DO ALERT 'x' KEY (tx);`;

/** Texts by what they are, and whether anything is wrong with them. */
const TEXTS: readonly (readonly [string, () => string, string])[] = [
  ['larger than it may be', () => `--${'x'.repeat(LIMITS.definitionBytesMax)}`, 'TEXT_TOO_LARGE'],
  [
    '10,000 statements',
    () => fill('', (n) => `CREATE VIEW v${n} AS SELECT a FROM nothing${n};\n`),
    'UNKNOWN_NAME|INVALID_DEFINITION',
  ],
  [
    'names that are nearly right',
    () =>
      fill(
        '',
        (n) =>
          `CREATE SOURCE ${'a'.repeat(50)}${n} (id TEXT);\nCREATE VIEW v${n} AS SELECT id FROM ${'a'.repeat(51)}${n};\n`,
      ),
    'UNKNOWN_NAME|INVALID_DEFINITION',
  ],
  [
    '100,000 parentheses',
    () => rule(`${'('.repeat(100_000)}amount${')'.repeat(100_000)} > 0`),
    'NESTING_TOO_DEEP',
  ],
  ['100,000 times NOT', () => rule(`${'NOT '.repeat(100_000)}amount > 0`), 'NESTING_TOO_DEEP'],
  ['100,000 signs', () => rule(`${'- '.repeat(100_000)}amount > 0`), 'NESTING_TOO_DEEP'],
  [
    'a sum without end',
    () => fill(`${SOURCE}CREATE RULE r ON t WHEN amount > 0`, (n) => ` + ${n}`, " DO ALERT 'x' KEY (tx);"),
    'NESTING_TOO_DEEP',
  ],
  [
    'a list without end',
    () => fill(`${SOURCE}CREATE RULE r ON t WHEN amount IN (0`, (n) => `, ${n}`, ") DO ALERT 'x' KEY (tx);"),
    'valid',
  ],
  [
    'conditions without end',
    () =>
      fill(
        `${SOURCE}CREATE RULE r ON t WHEN amount > 0`,
        (n) => ` OR amount > ${n}`,
        " DO ALERT 'x' KEY (tx);",
      ),
    'valid',
  ],
  [
    'cases without end',
    () =>
      fill(
        `${SOURCE}CREATE RULE r ON t WHEN CASE`,
        (n) => ` WHEN amount > ${n} THEN ${n}`,
        " END > 3 DO ALERT 'x' KEY (tx);",
      ),
    'valid',
  ],
  [
    'a pattern of wildcards',
    () => fill(`${SOURCE}CREATE RULE r ON t WHEN tx LIKE '`, () => '%a', "%b' DO ALERT 'x' KEY (tx);"),
    'valid',
  ],
  [
    'columns without end',
    () => fill('CREATE SOURCE w (id TEXT PRIMARY KEY', (n) => `, c${n} TEXT`, ');'),
    'INVALID_DEFINITION',
  ],
  [
    'views on views',
    () =>
      fill(
        `${SOURCE}CREATE VIEW v0 AS SELECT tx FROM t;\n`,
        (n) => `CREATE VIEW v${n + 1} AS SELECT tx FROM v${n};\n`,
        '',
        990,
      ),
    'valid',
  ],
  [
    'views in a circle',
    () => fill('', (n) => `CREATE VIEW v${n} AS SELECT tx FROM v${(n + 1) % 900};\n`, '', 900),
    'RECURSIVE_DEFINITION',
  ],
  [
    'selects within selects',
    () =>
      `${SOURCE}CREATE VIEW v AS ${'SELECT tx FROM ('.repeat(2000)}SELECT tx FROM t${') x'.repeat(2000)};`,
    '[A-Z_]+',
  ],
  [
    'calls within calls',
    () =>
      `${SOURCE}CREATE VIEW v AS SELECT tx, ${'coalesce('.repeat(10_000)}amount${')'.repeat(10_000)} AS z FROM t;`,
    'NESTING_TOO_DEEP',
  ],
  [
    'a text that does not end',
    () => `${SOURCE}CREATE RULE r ON t WHEN tx = '${'a'.repeat(400_000)}`,
    'SYNTAX',
  ],
  ['comments in comments', () => '/*'.repeat(200_000), 'SYNTAX'],
  ['quotes', () => "'".repeat(400_001), 'SYNTAX'],
  [
    'dollars',
    () => `${SOURCE}CREATE VIEW v AS SELECT ${'$a$'.repeat(50_000)} AS z FROM t;`,
    'SYNTAX|[A-Z_]+',
  ],
  ['zeros', () => '\0'.repeat(100_000), 'SYNTAX'],
  [
    'a name of 400,000 characters',
    () => `CREATE SOURCE ${'a'.repeat(400_000)} (id TEXT);`,
    'INVALID_DEFINITION',
  ],
  [
    'another statement within a view',
    () => `${SOURCE}CREATE VIEW v AS SELECT 1 AS a; DROP TABLE tenants; SELECT 1;`,
    'SYNTAX|[A-Z_]+',
  ],
  [
    'what only the database has',
    () => `${SOURCE}CREATE VIEW v AS SELECT tx, pg_sleep(100) AS z, pg_read_file('/etc/passwd') AS f FROM t;`,
    'UNKNOWN_NAME|[A-Z_]+',
  ],
];

const DRAFT = `mutation ($text: String!) { draftDefinitions(input: { text: $text, dryRun: true, allowDrop: true }) {
  check { valid errors { code message } } userErrors { code } } }`;

describe('a definition text', () => {
  it.each(TEXTS)(
    'of %s is checked or refused with a code, and takes little memory',
    async (_, text, code) => {
      let answer = await service.attacker.ask('{ viewer { name } }');
      const given = text();
      const more = await service.growth(async () => {
        answer = await service.attacker.ask(DRAFT, { text: given });
      });
      const { check, userErrors } = answer.data?.draftDefinitions ?? {};
      const said =
        check?.valid === true
          ? 'valid'
          : (check?.errors[0]?.code ?? userErrors?.[0]?.code ?? answer.errors?.[0]?.extensions.code);
      expect(said).toMatch(new RegExp(`^(${code})$`));
      expect(JSON.stringify(answer).length).toBeLessThan(4 * 1024 * 1024);
      expect(more).toBeLessThan(MORE_BYTES_MAX * 2);
      await service.expectAlive();
    },
  );

  it('after the other leaves the service healthy', () => service.expectHealthy());
});

const QUERY = `query ($text: String!, $parameters: Row) { query(view: "flow", text: $text, parameters: $parameters, first: 10) {
  partial truncated edgesVisited rows { totalCount } } }`;

describe('a query', () => {
  it.each([
    ['paths that explode', 'MATCH p = (a:Account)-[t:TRANSFER]->{1,20}(b:Account) RETURN p'],
    ['simple paths that explode', 'MATCH p = SIMPLE (a:Account)-[t:TRANSFER]->{1,64}(b:Account) RETURN p'],
    ['rings that explode', 'MATCH p = SIMPLE (a:Account)-[t:TRANSFER]->{2,12}(a) RETURN p'],
    [
      'everything with everything',
      'MATCH (a:Account), (b:Account), (c:Account), (d:Account), (e:Account) RETURN a, b, c, d, e',
    ],
    [
      'everything sorted',
      'MATCH (a:Account)-[t:TRANSFER]->(b)-[u:TRANSFER]->(c) RETURN a, t, u ORDER BY a.id, t.tx DESC, u.amount',
    ],
    ['counts of paths', 'MATCH p = (a:Account)-[t:TRANSFER]->{1,30}(b:Account) RETURN COUNT(*) AS n'],
    [
      'with a budget beyond all',
      'MATCH p = (a:Account)-[t:TRANSFER]->{1,20}(b:Account) RETURN p BUDGET 999999999 EDGES',
    ],
  ])('of %s ends at its budget, as partial or cut', async (_, text) => {
    let answer = await service.attacker.ask('{ viewer { name } }');
    const more = await service.growth(async () => {
      answer = await service.attacker.ask(QUERY, { text });
    });
    const { query } = answer.data ?? {};
    if (query === undefined || query === null) {
      expect(answer.errors?.[0]?.extensions.code).toMatch(/^(QUERY_INVALID|GRAPHQL_TIMEOUT)$/);
    } else {
      expect(Number(query.edgesVisited)).toBeLessThanOrEqual(LIMITS.queryEdgesMax);
      expect(query.rows.totalCount).toBeLessThanOrEqual(LIMITS.queryRowsMax);
    }
    expect(more).toBeLessThan(MORE_BYTES_MAX * 2);
    await service.expectHealthy();
  });

  it.each([
    [
      'a text as long as may be and a byte',
      `MATCH (a:Account) RETURN a -- ${'x'.repeat(LIMITS.queryTextBytesMax - 28)}`,
    ],
    ['a text of a megabyte', `MATCH (a:Account) WHERE a.id = '${'x'.repeat(1_000_000)}' RETURN a`],
    ['clauses without end', `${'MATCH (a:Account) '.repeat(20_000)} RETURN a`],
    ['two statements', 'MATCH (a:Account) RETURN a; CREATE SOURCE x (id TEXT)'],
    ['a statement of definitions', 'RETURN 1; DROP SOURCE transfers'],
    ['a graph’s name that ends the text', 'USE "flow" MATCH (a:Account) RETURN a;--'],
    ['nothing', ''],
    ['zeros', '\0'],
    ['brackets', '('.repeat(100_000)],
  ])('of %s is refused with a code', async (_, text) => {
    const { data, errors } = await service.attacker.ask(QUERY, { text });
    if (data?.query === undefined || data.query === null)
      expect(errors?.[0]?.extensions.code).toMatch(/^(QUERY_INVALID|FIELD_INVALID|UNKNOWN_NAME)$/);
    await service.expectAlive();
  });

  it('of which too many wait is refused, and another tenant is answered meanwhile', async () => {
    const text = 'MATCH p = (a:Account)-[t:TRANSFER]->{1,20}(b:Account) RETURN p BUDGET 250000 EDGES';
    const codes = new Set<string>();
    const many = Promise.all(
      Array.from({ length: LIMITS.queriesWaitingMax + 20 }, async () => {
        const { errors } = await service.attacker.ask(QUERY, { text });
        codes.add(errors?.[0]?.extensions.code ?? 'answered');
      }),
    );
    await service.expectAnswered();
    await many;
    expect([...codes]).toContain('QUERY_BUSY');
    expect(['QUERY_BUSY', 'GRAPHQL_TIMEOUT', 'answered']).toEqual(expect.arrayContaining([...codes]));
    await service.expectHealthy();
  });
});
