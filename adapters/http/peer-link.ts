import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';
import { WebSocket, WebSocketServer } from 'ws';
import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { PeerLink } from '../../core/ports/message-link.ts';

/** What processes of one installation say to each other, in this version of it: a header of the upgrade. */
const VERSION_HEADER = 'ringwatch-peer';
const VERSION = '1';
const PATH = '/peer';

/** Milliseconds between looks at whether the other side is there; it is given up after so many in a row that found nothing. */
const PULSE_MS = 1_000;
const SILENT_PULSES = 3;
const SECRET_CHARS_MIN = 16;
/** Until a connection stands. */
const DIAL_MS = 3_000;

/** How a server takes peers. */
export interface PeerServerOptions {
  readonly server: Server;
  /** What peers must know; the installation's. */
  readonly secret: string;
  readonly accept: (link: PeerLink) => void;
}

/**
 * Takes links of other processes of the installation on a server: WebSockets at `/peer`, with the secret as bearer token,
 * lists of messages in the form of V8's structured clone. Whoever does not know the secret is answered 401; another version
 * 426. Returns a function that ends all links.
 */
export function servePeers({ server, secret, accept }: PeerServerOptions): () => void {
  assert(secret.length >= SECRET_CHARS_MIN, 'the secret of an installation is long');
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.peerMessageBytesMax,
  });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    if (request.url !== PATH) return refuse(socket, '404 Not Found');
    if (!knows(request.headers.authorization, secret)) return refuse(socket, '401 Unauthorized');
    if (request.headers[VERSION_HEADER] !== VERSION) return refuse(socket, '426 Upgrade Required');
    sockets.handleUpgrade(request, socket, head, (opened) => accept(linkOf(opened)));
  };
  server.on('upgrade', upgrade);
  return () => {
    server.off('upgrade', upgrade);
    for (const opened of sockets.clients) opened.terminate();
  };
}

/** Links to a peer at an address such as `http://10.0.0.5:7480`. Throws PEER_UNREACHABLE, PEER_REFUSED. */
export function dialPeer(address: string, secret: string): Promise<PeerLink> {
  return new Promise((resolve, reject) => {
    const url = `${address.replace(/^http/, 'ws').replace(/\/$/, '')}${PATH}`;
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${secret}`, [VERSION_HEADER]: VERSION },
      handshakeTimeout: DIAL_MS,
      perMessageDeflate: false,
      maxPayload: LIMITS.peerMessageBytesMax,
      followRedirects: false,
    });
    socket.once('open', () => resolve(linkOf(socket)));
    socket.once('unexpected-response', (_, { statusCode }) => {
      reject(new RingwatchError('PEER_REFUSED', { address, status: statusCode ?? 0 }));
      socket.terminate();
    });
    socket.once('error', (error) => {
      reject(new RingwatchError('PEER_UNREACHABLE', { address, reason: error.message }, { cause: error }));
    });
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function knows(authorization: string | undefined, secret: string): boolean {
  const given = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** In halves where it is long: one message may not be. */
function sendList(socket: WebSocket, messages: readonly unknown[]): void {
  const bytes = serialize(messages);
  if (bytes.length <= LIMITS.peerMessageBytesMax / 2 || messages.length === 1) {
    socket.send(bytes);
    return;
  }
  const half = messages.length >> 1;
  sendList(socket, messages.slice(0, half));
  sendList(socket, messages.slice(half));
}

/** The link of an open socket. It is given up where the other side is silent: a process may be stopped, a network cut. */
function linkOf(socket: WebSocket): PeerLink {
  let silent = 0;
  let reason = 'the other side has closed it';
  let lookedMs = performance.now();
  const pulse = setInterval(() => {
    const nowMs = performance.now();
    // This process stood still itself: what has come meanwhile is not read yet.
    if (nowMs - lookedMs < 2 * PULSE_MS) silent++;
    lookedMs = nowMs;
    if (silent > SILENT_PULSES) {
      reason = `nothing came for ${(SILENT_PULSES * PULSE_MS) / 1000} s`;
      socket.terminate();
      return;
    }
    socket.ping();
  }, PULSE_MS);
  const hear = (): void => {
    silent = 0;
  };
  socket.on('pong', hear);
  socket.on('ping', hear);
  socket.on('message', hear);
  socket.on('error', (error) => {
    reason = error.message;
  });
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => {
      clearInterval(pulse);
      resolve(reason);
    });
  });
  /** What came before anybody listened, for the first who does. */
  let early: unknown[] | null = [];
  const listeners: ((messages: unknown) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    let messages: unknown;
    try {
      messages = deserialize(data);
    } catch (error) {
      reason = `what came is no message: ${(error as Error).message}`;
      socket.terminate();
      return;
    }
    early?.push(messages);
    for (const listener of listeners) listener(messages);
  });
  return {
    closed,
    postMessage: (messages) => {
      if (socket.readyState === WebSocket.OPEN) sendList(socket, messages as readonly unknown[]);
    },
    on: (_, listener) => {
      listeners.push(listener);
      for (const messages of early ?? []) listener(messages);
      early = null;
    },
    close: () => socket.close(),
  };
}
