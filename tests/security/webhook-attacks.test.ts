import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { type HostileService, startHostile } from './hostile-service.ts';

let service: HostileService;
/** Stands for what must not be reached: it counts who connects. */
let trap: Server;
let port: number;
let hits = 0;

beforeAll(async () => {
  trap = createServer((socket) => {
    hits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  ({ port } = trap.address() as AddressInfo);
  // http is allowed, so that it is the address alone that is refused.
  service = await startHostile(['--webhook-http', 'on']);
});
afterAll(async () => {
  await service.end();
  trap.close();
});

/** Spellings of addresses that are none of the public. PORT is where the trap listens. */
const SPELLINGS = [
  'http://127.0.0.1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.0.0.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://017700000001:PORT/',
  'http://0x7f.0.0x0.01:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.255.255.254:PORT/',
  'http://0:PORT/',
  'http://0.0.0.0:PORT/',
  'http://[::]:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[::ffff:0:127.0.0.1]:PORT/',
  'http://[64:ff9b::127.0.0.1]:PORT/',
  'http://[64:ff9b:1::7f00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://[2001:0:7f00:1::1]:PORT/',
  'http://[fe80::1]:PORT/',
  'http://[fd00::1]:PORT/',
  'http://[fec0::1]:PORT/',
  'http://[ff02::1]:PORT/',
  'http://10.0.0.1/',
  'http://172.31.255.255/',
  'http://192.168.0.1/',
  'http://100.127.255.255/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://198.18.0.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://user:secret@public.example:PORT/',
  'http://public.example@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT#@public.example/',
  'http://127.0.0.1:PORT\\@public.example/',
  'http://127.0.0.1:PORT?@public.example/',
  'http:127.0.0.1:PORT/',
  'http:///127.0.0.1:PORT/',
  'http:\\\\127.0.0.1:PORT/',
  'HTTP://127.0.0.1:PORT/',
  'ftp://127.0.0.1:PORT/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
  'dict://127.0.0.1:PORT/',
  'ldap://127.0.0.1:PORT/',
  'unix:///var/run/docker.sock',
  'javascript:alert(1)',
  'data:text/plain,x',
  'blob:http://127.0.0.1:PORT/',
  '//127.0.0.1:PORT/',
  'http://',
  'http://[',
  'http://127.0.0.1:99999/',
];

const CREATE = `mutation ($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { endpoint { id url } userErrors { code message } } }`;

async function create(url: string): Promise<{ readonly id: string | null; readonly code: string | null }> {
  made++;
  const { createWebhookEndpoint } = await service.attacker.data(CREATE, { input: { name: `e${made}`, url } });
  const { endpoint, userErrors } = createWebhookEndpoint;
  return { id: endpoint?.id ?? null, code: userErrors[0]?.code ?? null };
}
let made = 0;

describe('an endpoint', () => {
  it('is tried in more than twenty spellings', () => {
    expect(new Set(SPELLINGS).size).toBe(SPELLINGS.length);
    expect(SPELLINGS.length).toBeGreaterThan(20);
  });

  it.each(SPELLINGS)('at %s is refused, new and changed', async (spelling) => {
    const url = spelling.replace('PORT', String(port));
    expect(await create(url)).toEqual({ id: null, code: 'ADDRESS_REFUSED' });
    const { id } = await create('https://public.example/');
    const { updateWebhookEndpoint } = await service.attacker.data(
      'mutation ($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input) { userErrors { code } } }',
      { input: { id, url } },
    );
    expect(updateWebhookEndpoint.userErrors).toEqual([{ code: 'ADDRESS_REFUSED' }]);
    await service.attacker.data(
      'mutation ($id: ID!) { deleteWebhookEndpoint(input: { id: $id }) { deletedId } }',
      { id },
    );
  });

  it.each([
    'http://127。0。0。1:PORT/',
    'http://①②⑦.0.0.1:PORT/',
    'http://127.0.0.1:PORT/\r\nX: y',
    'http://127.0.0.1\0.public.example/',
  ])('with characters that no URL has is refused: %j', async (spelling) => {
    expect(await create(spelling.replace('PORT', String(port)))).toEqual({ id: null, code: 'FIELD_INVALID' });
  });

  it.each(['localhost', 'LOCALHOST', 'localhost.', 'ip6-localhost', hostname()])(
    'by a name that leads to this machine (%s) gets nothing: the attempt says why',
    async (name) => {
      const before = hits;
      const { id, code } = await create(`http://${name}:${port}/`);
      if (id === null) {
        expect(code).toBe('ADDRESS_REFUSED');
        return;
      }
      const { testWebhookEndpoint } = await service.attacker.data(
        'mutation ($id: ID!) { testWebhookEndpoint(input: { id: $id }) { delivery { id } userErrors { code } } }',
        { id },
      );
      const attempt = async (): Promise<{ error: string; errorMessage: string } | undefined> =>
        (
          await service.attacker.data(
            'query ($id: ID!) { node(id: $id) { ... on Delivery { attempts { error errorMessage status } } } }',
            { id: testWebhookEndpoint.delivery.id },
          )
        ).node.attempts[0];
      let tried = await attempt();
      while (tried === undefined) {
        await setTimeout(50);
        tried = await attempt();
      }
      // A name that there is not on this machine leads nowhere either.
      expect(['ADDRESS_REFUSED', 'SEND_FAILED']).toContain(tried.error);
      expect(hits).toBe(before);
      await service.attacker.data(
        'mutation ($id: ID!) { deleteWebhookEndpoint(input: { id: $id }) { deletedId } }',
        { id },
      );
    },
  );

  it('has led nobody to what it must not reach, and the service goes on', async () => {
    expect(hits).toBe(0);
    await service.expectHealthy();
  });
});
