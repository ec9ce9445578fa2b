import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { RingwatchError } from '../../core/errors.ts';
import type { AlertMessage, WebhookInbox } from './webhook-inbox.ts';
import { signatureFault } from './webhook-signature.ts';

const HOST = '127.0.0.1';

/** Hears of a message that was taken for the first time, when it was verified (performance.now()). */
export type OnTaken = (message: AlertMessage, verifiedMs: number) => void;

interface Route {
  readonly inbox: WebhookInbox;
  readonly secret: string;
  readonly onTaken: OnTaken;
}

/**
 * What a customer of webhooks runs: a server that verifies the signature of every message before it looks at it, keeps it,
 * and only then says that it has it. Each sender has a path of its own.
 */
export class WebhookReceiver {
  readonly #routes = new Map<string, Route>();
  readonly #server: http.Server;

  private constructor(server: http.Server) {
    this.#server = server;
  }

  /** Listens on `port` of this machine, or on another that is free where that is taken. Throws LISTEN_FAILED. */
  static async listen(port: number): Promise<WebhookReceiver> {
    const server = http.createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => void receiver.#answer(request, response));
    await listen(server, port).catch(() => listen(server, 0));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** Takes the messages that are signed with `secret` and come to `path` from now on. */
  route(path: string, route: Route): void {
    this.#routes.set(path, route);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = await this.#take(request).catch(() => 500);
    response.writeHead(status).end();
  }

  /** The status to answer with. */
  async #take(request: IncomingMessage): Promise<number> {
    const body = await buffer(request);
    const route = this.#routes.get(request.url ?? '');
    if (route === undefined) return 503;
    const fault = signatureFault(route.secret, request.headers, body, Date.now() / 1000);
    if (fault !== null) {
      route.inbox.refused++;
      return 400;
    }
    const verifiedMs = performance.now();
    const message = JSON.parse(body.toString('utf8')) as AlertMessage;
    // Such as what "Send a test" in the console sends.
    if (message.type !== 'alert.raised') return 204;
    if (route.inbox.take(String(request.headers['webhook-id']), message)) route.onTaken(message, verifiedMs);
    return 204;
  }
}

function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const reason = cause.code ?? cause.message;
      reject(new RingwatchError('LISTEN_FAILED', { address: `${HOST}:${port}`, reason }, { cause }));
    };
    server.once('error', fail);
    server.listen(port, HOST, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
