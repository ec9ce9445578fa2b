import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A message as it came to a receiver. */
export interface Received {
  /** webhook-id */
  readonly id: string;
  /** webhook-timestamp: seconds. */
  readonly timestamp: number;
  /** webhook-signature */
  readonly signature: string;
  readonly body: string;
  readonly path: string;
}

/** What a receiver does with the nth message (from 1) that came to it. */
export type Behaviour = (received: Received, response: ServerResponse, n: number) => void;

/** Takes every message. */
export const TAKE: Behaviour = (_, response) => void response.writeHead(204).end();

/** A receiver of webhooks on loopback. */
export class TestReceiver {
  readonly received: Received[] = [];
  behave: Behaviour;
  /** Open requests, and the most that there were at once. */
  open = 0;
  openMax = 0;
  readonly #server: http.Server;

  private constructor(server: http.Server, behave: Behaviour) {
    this.#server = server;
    this.behave = behave;
  }

  /** With `port` 0 on one that is free. */
  static async listen(behave: Behaviour = TAKE, port = 0): Promise<TestReceiver> {
    const server = http.createServer();
    const receiver = new TestReceiver(server, behave);
    server.on('request', (request, response) => void receiver.#take(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** How often each webhook id came. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { id } of this.received) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.open++;
    this.openMax = Math.max(this.open, this.openMax);
    response.on('close', () => {
      this.open--;
    });
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const header = (name: string): string => String(request.headers[name] ?? '');
    const received = {
      id: header('webhook-id'),
      timestamp: Number(header('webhook-timestamp')),
      signature: header('webhook-signature'),
      body,
      path: String(request.url),
    };
    this.received.push(received);
    this.behave(received, response, this.received.length);
  }
}

/** The names of the secrets, by what they are, with which a message verifies (the published library's signature). */
export function verifiesWith(received: Received, secrets: Readonly<Record<string, string>>): string[] {
  const { id, timestamp, body, signature } = received;
  return Object.entries(secrets)
    .filter(([, secret]) => {
      const expected = new Webhook(secret).sign(id, new Date(timestamp * 1000), body);
      return signature.split(' ').includes(expected);
    })
    .map(([name]) => name);
}
