import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { keepRoom } from './connection-room.ts';

let server: Server;
const held: ServerResponse[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  held.length = 0;
  server.closeAllConnections();
  server.close();
});

async function listen(connectionsMax: number): Promise<void> {
  server = createServer((request, response) => {
    if (request.url === '/held') held.push(response);
    else response.end('done');
  });
  keepRoom(server, connectionsMax);
  server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** A connection that the server has seen. */
async function open(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  const seen = once(server, 'connection');
  await seen;
  return socket;
}

async function ask(socket: Socket, path = '/', header = ''): Promise<void> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${header}\r\n`);
  if (path === '/held') await once(server, 'request');
  else await once(socket, 'data');
}

async function isClosed(socket: Socket): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return socket.destroyed || socket.readableEnded;
}

describe('room for connections', () => {
  it('is made by the one that has been without a request for longest', async () => {
    await listen(3);
    const [first, second, third] = [await open(), await open(), await open()];
    for (const socket of [first, second, third]) socket.resume();
    await ask(first);
    const fourth = await open();
    expect([await isClosed(second), await isClosed(first), await isClosed(third)]).toEqual([
      true,
      false,
      false,
    ]);
    await ask(fourth);
    await ask(third);
    const fifth = await open();
    expect([await isClosed(first), await isClosed(fourth)]).toEqual([true, false]);
    await ask(fifth);
  });

  it('is not made by one whose request is being answered, nor by a WebSocket', async () => {
    await listen(2);
    const [busy, upgraded] = [await open(), await open()];
    for (const socket of [busy, upgraded]) socket.resume();
    await ask(busy, '/held');
    await ask(upgraded, '/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
    const third = await open();
    third.resume();
    expect([await isClosed(third), await isClosed(busy), await isClosed(upgraded)]).toEqual([
      true,
      false,
      false,
    ]);
    // Once it is answered it may make room.
    held[0]?.end('done');
    await once(busy, 'data');
    const fourth = await open();
    expect([await isClosed(busy), await isClosed(fourth)]).toEqual([true, false]);
    upgraded.destroy();
    await once(upgraded, 'close');
  });
});
