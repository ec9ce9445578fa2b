import { type ExecutionArgs, execute, GraphQLError, graphql, subscribe } from 'graphql';
import { useServer as serveSubscriptions } from 'graphql-ws/use/ws';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { contractSchema } from '../tools/schema-types.ts';
import { SampleTenant, type SampleViewer } from './sample-tenant.ts';

const CONSOLE = path.join(path.dirname(path.dirname(import.meta.dirname)), 'console', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** As the gateway sends it. */
const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/**
 * A service for tests of the console alone: the contract's schema over sample data in memory, behind the gateway's way of
 * signing in and its Content-Security-Policy. Each of its states (empty, slow, failing, without a scope) can be had.
 */
export class SampleService {
  readonly tenant: SampleTenant;
  /** Operations by name that fail, and how; a hook for what the service itself would only do in an outage. */
  readonly failing = new Map<
    string,
    { readonly code: string; readonly message: string; readonly retryable?: boolean }
  >();
  /** Operations by name that do not answer until they are taken out again. */
  readonly held = new Set<string>();
  readonly #schema = contractSchema();
  readonly #sessions = new Map<string, SampleViewer>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#server, path: '/graphql' });

  constructor(options: { readonly alerts?: number } = {}) {
    this.tenant = new SampleTenant(options.alerts ?? 64);
    serveSubscriptions(
      {
        schema: this.#schema,
        execute: (args: ExecutionArgs) => execute(args),
        subscribe: (args: ExecutionArgs) => subscribe(args),
        roots: { subscription: this.tenant.subscriptions() },
        onConnect: ({ extra }) => this.#viewerOf(extra.request) !== null,
      },
      this.#sockets,
    );
  }

  /** Listens on a free port of this machine; the address without a path. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.breakConnections();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Cuts every WebSocket. */
  breakConnections(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #viewerOf(request: IncomingMessage): SampleViewer | null {
    const cookie = /ringwatch_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    return cookie === undefined ? null : (this.#sessions.get(cookie) ?? null);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sample');
    if (url.pathname === '/graphql') return this.#graphql(request, response);
    if (url.pathname === '/v1/session') return this.#session(request, response);
    if (url.pathname.startsWith('/console/'))
      return this.#file(url.pathname.slice('/console/'.length), response);
    response.writeHead(404).end();
  }

  async #file(name: string, response: ServerResponse): Promise<void> {
    const file = path.join(CONSOLE, name === '' ? 'index.html' : path.normalize(name));
    const content = await readFile(file).catch(() => null);
    if (content === null) return void response.writeHead(404).end();
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(content);
  }

  #session(request: IncomingMessage, response: ServerResponse): void {
    const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    };
    const unknown = { code: 'UNAUTHENTICATED', message: 'no valid credentials were shown', mend: 'Sign in.' };
    if (request.method === 'POST') {
      const token = (request.headers.authorization ?? '').replace('Bearer ', '');
      const viewer = this.tenant.viewers.get(token);
      if (viewer === undefined) return send(401, { error: unknown });
      const session = `s${this.#sessions.size}-${token}`;
      this.#sessions.set(session, viewer);
      const cookie = `ringwatch_session=${session}; Path=/; HttpOnly; SameSite=Strict`;
      return send(200, answerOf(session), { 'set-cookie': cookie });
    }
    const session = /ringwatch_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    if (!this.#sessions.has(session)) return send(401, { error: unknown });
    if (request.method === 'DELETE') {
      this.#sessions.delete(session);
      return send(200, {});
    }
    send(200, answerOf(session));
  }

  async #graphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      readonly query: string;
      readonly operationName: string;
      readonly variables: Record<string, unknown>;
    };
    const send = (answer: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
    while (this.held.has(body.operationName)) await new Promise((resolve) => setTimeout(resolve, 50));
    const viewer = this.#viewerOf(request);
    const failure = this.failing.get(body.operationName);
    if (viewer === null)
      return send({ errors: [coded('UNAUTHENTICATED', 'no valid credentials were shown')] });
    if (failure !== undefined)
      return send({ errors: [coded(failure.code, failure.message, failure.retryable)] });
    send(
      await graphql({
        schema: this.#schema,
        source: body.query,
        operationName: body.operationName,
        variableValues: body.variables,
        rootValue: this.tenant.roots(viewer),
      }),
    );
  }
}

function coded(code: string, message: string, retryable = false): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, retryable, mend: 'Ask whoever runs the service.' },
  });
}

function answerOf(session: string): { csrf: string; expiresAt: string } {
  return { csrf: `csrf-${session}`, expiresAt: new Date(Date.now() + 8 * 3_600_000).toISOString() };
}
