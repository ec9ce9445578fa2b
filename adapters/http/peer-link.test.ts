import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { LIMITS } from '../../core/limits.ts';
import type { PeerLink } from '../../core/ports/message-link.ts';
import { dialPeer, servePeers } from './peer-link.ts';

const SECRET = 'of this installation';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(): Promise<{ address: string; accepted: Promise<PeerLink> }> {
  const server: Server = createServer();
  let stop: () => void = () => undefined;
  const accepted = new Promise<PeerLink>((accept) => {
    stop = servePeers({ server, secret: SECRET, accept });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    stop();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, accepted };
}

describe('a link between processes', () => {
  it('brings plain data as it was, in order, both ways', async () => {
    const { address, accepted } = await listen();
    const near = await dialPeer(address, SECRET);
    const far = await accepted;
    const heard: unknown[] = [];
    far.on('message', (messages) => {
      heard.push(...(messages as unknown[]));
      far.postMessage([heard.length], []);
    });
    const answered = new Promise((resolve) => near.on('message', resolve));
    const messages = [{ big: 2n ** 70n, none: null, bytes: Uint8Array.of(1, 2, 3) }, new Map([['a', [1.5]]])];
    near.postMessage(messages, []);
    expect(await answered).toEqual([2]);
    expect(heard).toEqual(messages);
    near.close();
    await expect(near.closed).resolves.toEqual(expect.any(String));
    await expect(far.closed).resolves.toEqual(expect.any(String));
  });

  it('keeps what comes before anybody listens', async () => {
    const { address, accepted } = await listen();
    void accepted.then((far) => {
      far.postMessage(['first'], []);
      far.postMessage(['second'], []);
    });
    const near = await dialPeer(address, SECRET);
    await accepted;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const heard: unknown[] = [];
    await new Promise<void>((resolve) => {
      near.on('message', (messages) => {
        if (heard.push(messages) === 2) resolve();
      });
    });
    expect(heard).toEqual([['first'], ['second']]);
    near.close();
  });

  it('sends a list in parts where one message may not hold it', async () => {
    const { address, accepted } = await listen();
    const near = await dialPeer(address, SECRET);
    const far = await accepted;
    const bytes = Math.ceil(LIMITS.peerMessageBytesMax / 5);
    const lengths: number[] = [];
    const numbers: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      far.on('message', (messages) => {
        const list = messages as { n: number; bytes: Uint8Array }[];
        lengths.push(list.length);
        numbers.push(...list.map((each) => [each.n, each.bytes.length]));
        if (numbers.length === 6) resolve();
      });
    });
    near.postMessage(
      Array.from({ length: 6 }, (_, n) => ({ n, bytes: new Uint8Array(bytes) })),
      [],
    );
    await all;
    expect(numbers).toEqual(Array.from({ length: 6 }, (_, n) => [n, bytes]));
    expect(lengths.length).toBeGreaterThan(1);
    near.close();
  });

  it('is ended by what is no message, and by one that is too large', async () => {
    for (const [data, reason] of [
      [Buffer.from('not a message'), /no message/],
      [Buffer.alloc(LIMITS.peerMessageBytesMax + 1), /./],
    ] as const) {
      const { address, accepted } = await listen();
      const headers = { authorization: `Bearer ${SECRET}`, 'ringwatch-peer': '1' };
      const socket = new WebSocket(`${address.replace('http', 'ws')}/peer`, { headers });
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.on('open', resolve));
      const far = await accepted;
      far.on('message', () => undefined);
      socket.send(data);
      expect(await far.closed).toMatch(reason);
      await new Promise((resolve) =>
        socket.readyState === WebSocket.CLOSED ? resolve(null) : socket.on('close', resolve),
      );
    }
  });
});
