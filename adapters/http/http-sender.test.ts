import { afterEach, describe, expect, it } from '@jest/globals';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpSender, type Resolve } from './http-sender.ts';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A receiver on loopback; its port. */
async function receiver(handle: http.RequestListener): Promise<number> {
  const server = http.createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function sender(networks: readonly string[] = [], resolve?: Resolve): HttpSender {
  const made =
    resolve === undefined
      ? new HttpSender({ networks, hosts: [], plainHttp: true })
      : new HttpSender({ networks, hosts: [], plainHttp: true }, resolve);
  closers.push(() => made.close());
  return made;
}

const message = (url: string, timeoutMs = 5000) => ({
  url,
  headers: { 'x-test': '1' },
  body: 'hé',
  timeoutMs,
});

const refusal = { code: 'ADDRESS_REFUSED' };

describe('a sender of messages', () => {
  it('posts the body with its headers and gives the answer', async () => {
    const seen: string[] = [];
    const port = await receiver((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push(
          `${request.method} ${request.headers['x-test']} ${body} ${request.headers['content-length']}`,
        );
        response.writeHead(202, { 'x-a': ['1', '2'] }).end('taken');
      });
    });
    const answer = await sender(['127.0.0.1']).send(message(`http://127.0.0.1:${port}/hook`));
    expect(answer).toMatchObject({ status: 202, body: 'taken' });
    expect(answer.headers['x-a']).toBe('1, 2');
    expect(seen).toEqual(['POST 1 hé 3']);
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://0/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::1]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://user:secret@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'javascript:alert(1)',
    '//example.com',
    'http://',
    '',
  ])('refuses %s', async (url) => {
    await expect(sender().send(message(url))).rejects.toMatchObject(refusal);
  });

  it.each(['127.0.0.1', '::1', '10.2.3.4', '169.254.169.254', '::ffff:10.0.0.1', 'fe80::1%eth0'])(
    'refuses a name that resolves to %s, also beside a public address',
    async (address) => {
      const resolve: Resolve = async () => [
        { address: '93.184.216.34', family: 4 },
        { address, family: address.includes(':') ? 6 : 4 },
      ];
      await expect(sender([], resolve).send(message('http://rebound.example/'))).rejects.toMatchObject(
        refusal,
      );
    },
  );

  it('refuses names of the machine itself', async () => {
    await expect(sender().send(message('http://localhost:1/'))).rejects.toMatchObject(refusal);
  });

  it('connects to the address that was checked, though the name has changed since', async () => {
    let asked = 0;
    let hits = 0;
    const port = await receiver((_, response) => {
      hits++;
      response.end();
    });
    // The first answer may be sent to; whoever resolved again would get a closed one, on which the receiver listens.
    const resolve: Resolve = async () => [{ address: asked++ === 0 ? '127.0.0.2' : '127.0.0.1', family: 4 }];
    const sending = sender(['127.0.0.2'], resolve).send(message(`http://rebound.example:${port}/`));
    await expect(sending).rejects.toMatchObject({ code: 'SEND_FAILED' });
    expect({ asked, hits }).toEqual({ asked: 1, hits: 0 });
  });

  it('resolves and checks again for every attempt', async () => {
    const port = await receiver((_, response) => response.end('ok'));
    let asked = 0;
    const resolve: Resolve = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }];
    const one = sender(['127.0.0.1'], resolve);
    expect((await one.send(message(`http://name.example:${port}/`))).status).toBe(200);
    await expect(one.send(message(`http://name.example:${port}/`))).rejects.toMatchObject(refusal);
  });

  it('follows no redirect', async () => {
    let hits = 0;
    const port = await receiver((_, response) => {
      hits++;
      response.writeHead(307, { location: 'http://169.254.169.254/' }).end();
    });
    expect((await sender(['127.0.0.1']).send(message(`http://127.0.0.1:${port}/`))).status).toBe(307);
    expect(hits).toBe(1);
  });

  it('keeps the beginning of an endless answer', async () => {
    const port = await receiver((_, response) => {
      response.on('error', () => undefined);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const answer = await sender(['127.0.0.1']).send(message(`http://127.0.0.1:${port}/`));
    expect(answer.body).toBe('x'.repeat(4096));
  });

  it.each([
    ['never answers', () => undefined],
    [
      'stops in the middle of its answer',
      (_: http.IncomingMessage, response: http.ServerResponse) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('12');
      },
    ],
  ])('gives up on a receiver that %s', async (_, handle: http.RequestListener) => {
    const port = await receiver(handle);
    const sending = sender(['127.0.0.1']).send(message(`http://127.0.0.1:${port}/`, 100));
    await expect(sending).rejects.toMatchObject({ code: 'SEND_TIMEOUT' });
  });

  it.each([
    ['breaks off', (socket: http.IncomingMessage) => socket.destroy()],
    [
      'answers with garbage',
      ({ socket }: http.IncomingMessage) => {
        socket.end('garbage\r\n\r\n');
      },
    ],
    [
      'dies in the middle of its answer',
      ({ socket }: http.IncomingMessage) => {
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12');
      },
    ],
    [
      'answers with endless headers',
      ({ socket }: http.IncomingMessage) => {
        socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`);
      },
    ],
  ])('says that a receiver failed that %s', async (_, handle: (request: http.IncomingMessage) => void) => {
    const port = await receiver((request) => handle(request));
    const sending = sender(['127.0.0.1']).send(message(`http://127.0.0.1:${port}/`));
    await expect(sending).rejects.toMatchObject({ code: 'SEND_FAILED' });
  });

  it('sends to hosts that the operator names, whatever their addresses, and to no others', async () => {
    const port = await receiver((_, response) => response.end('taken'));
    const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const allowance = { networks: [], hosts: ['Hooks.internal'], plainHttp: false };
    const made = new HttpSender(allowance, resolve);
    closers.push(() => made.close());
    for (const host of ['hooks.internal', 'HOOKS.internal.']) {
      expect(await made.send(message(`http://${host}:${port}/`))).toMatchObject({ status: 200 });
    }
    for (const host of ['x.hooks.internal', 'hooks.internal.example.org', '127.0.0.1']) {
      await expect(made.send(message(`https://${host}:${port}/`))).rejects.toMatchObject(refusal);
    }
  });

  it('wants https unless the operator allows http', () => {
    const strict = new HttpSender({ networks: [], hosts: [], plainHttp: false });
    expect(() => strict.check('http://example.com/')).toThrow(expect.objectContaining(refusal));
    expect(() => strict.check('https://example.com/')).not.toThrow();
  });
});
