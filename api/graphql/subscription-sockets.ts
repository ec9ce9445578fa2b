import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { type Context, handleProtocols, makeServer, type Server } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { newUlid } from '../../core/tenant-id.ts';
import { TokenBucket } from '../../tenants/token-bucket.ts';
import { credentialsOf, isSameOrigin } from '../http/credentials.ts';
import { retryAfterSeconds, statusOf } from '../http/error-answer.ts';
import type { RefusalPaces, Turn } from '../http/refusal-pace.ts';
import { type Credentials, type RequestBinder, type RequestContext, withTenant } from '../request-context.ts';
import { codedError, formatCoded, formatExecutionError } from './graphql-error.ts';
import type { GraphqlContext, GraphqlServices } from './graphql-context.ts';
import { Deadline } from './guard/deadline.ts';
import { type DocumentGate, DocumentRefused } from './guard/document-gate.ts';
import { Loaders } from './loaders.ts';

/** What sockets are joined of. */
export interface SocketOptions {
  readonly schema: GraphQLSchema;
  readonly gate: DocumentGate;
  readonly services: GraphqlServices;
  readonly binder: RequestBinder;
  readonly paces: RefusalPaces;
  readonly log: Logger;
}

/** Who a socket is from, as far as its upgrade tells. */
interface Shown {
  /** Null where the first message has to say it. */
  readonly credentials: Credentials | null;
  /** Whose refusals it counts among: a credential's, or those from its address that show none. */
  readonly who: string;
}

/** What graphql-ws keeps with a socket. */
interface SocketState {
  readonly id: string;
  readonly socket: WebSocket;
  /** What it goes over. */
  readonly connection: Duplex;
  readonly shown: Shown;
  readonly messages: TokenBucket;
  /** By the client's id for each; released when they end. */
  readonly open: Map<string, () => void>;
  bound: RequestContext | null;
  /** Of a credential that the upgrade has shown, until it is known whether it is refused. */
  turn: Turn | null;
}

type SocketContext = Context<Record<string, unknown> | undefined, SocketState>;

/** Close codes of our own, beside those of graphql-transport-ws; the reason is the error's code. */
const CLOSE = {
  refused: 4403,
  unauthenticated: 4401,
  tooSlow: 4413,
  tooMany: 4429,
  goingAway: 1001,
} as const;

/** Milliseconds that a socket that is closed gets to say goodbye. */
const GOODBYE_MS = 1000;

/**
 * Subscriptions over WebSockets (protocol graphql-transport-ws). Whoever connects shows the same as over HTTP: an Authorization header, the
 * console's cookie from this very address, or `authorization` (and `tenant`) in the first message. A socket is bound once, and cut when its
 * credential ends, when it does not keep up, or floods. Who is refused over and over waits: a credential that the upgrade shows
 * before its socket is opened, others before they are told, since behind one address there may be many who are not refused.
 */
export class SubscriptionSockets {
  readonly #options: SocketOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.socketMessageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  readonly #server: Server<SocketState>;
  readonly #open = new Set<SocketState>();
  /** Those that have not said who they are, the longest first. */
  readonly #unbound = new Set<SocketState>();
  /** Of these, those that are going to be refused: they make room first. */
  readonly #refused = new Set<SocketState>();
  /** Upgrades of which it is being found out who they are from. Those that wait, to be opened or to be told, keep nobody out. */
  #binding = 0;
  readonly #stopHearing: () => void;
  readonly #pinging: NodeJS.Timeout;
  readonly #silent = new WeakSet<WebSocket>();
  #closing = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#server = makeServer<Record<string, unknown> | undefined, SocketState>({
      connectionInitWaitTimeout: LIMITS.socketInitMs,
      onConnect: (context) => this.#connect(context),
      onSubscribe: (context, id, payload) => this.#subscribe(context, id, payload),
      onNext: (context, _, __, ___, { data, errors, extensions }) =>
        errors === undefined
          ? undefined
          : {
              data: data ?? null,
              errors: errors.map((error) => this.#format(error, context.extra)),
              ...(extensions === undefined ? {} : { extensions }),
            },
      onError: (context, _, __, errors) =>
        errors.map((error) =>
          error instanceof Refusal ? error.formatted : this.#format(error, context.extra),
        ) as never,
      onComplete: (context, id) => {
        context.extra.open.get(id)?.();
      },
    }) as Server<SocketState>;
    this.#stopHearing = options.services.tenants.onRevoked(({ credentialId }) => {
      for (const state of this.#open) {
        if (state.bound?.principal.credentialId === credentialId) {
          this.#cut(state, CLOSE.unauthenticated, 'UNAUTHENTICATED');
        }
      }
    });
    this.#pinging = setInterval(() => this.#ping(), LIMITS.socketPingMs);
    this.#pinging.unref();
  }

  /** Makes a WebSocket of a connection, or ends it with an answer. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#upgrade(request, socket, head).catch((error: unknown) => {
      const id = newUlid();
      const coded = codedError(error);
      if (coded === null) this.#options.log.error({ err: error, requestId: id }, 'an upgrade failed');
      refuse(socket, coded ?? new RingwatchError('INTERNAL', { request: id }));
    });
  }

  /** Throws why it becomes no WebSocket; what is wrong with the handshake itself `ws` answers. */
  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { method = '', url = '' } = request;
    const [route = ''] = url.split('?');
    if (route !== '/graphql') throw new RingwatchError('ROUTE_UNKNOWN', { method, route });
    this.#checkOpening();
    // Who ends a connection here does not wait for what it becomes.
    const leave = (): void => void socket.destroy();
    socket.once('end', leave);
    const { shown, turn } = await this.#admit(request, socket);
    const settle = (isRefused: boolean): void => {
      if (turn !== null) this.#options.paces.settle(shown.who, turn, isRefused);
    };
    if (socket.destroyed) return settle(true);
    try {
      this.#checkOpening();
    } catch (error) {
      settle(false);
      throw error;
    }
    socket.off('end', leave);
    let isOpened = false;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      isOpened = true;
      this.#opened(webSocket, socket, shown, turn);
    });
    if (!isOpened) settle(true);
  }

  /** Resolves when it is the turn of who shows a credential. Throws, when they may be told, why it does not hold; RATE_LIMITED. */
  async #admit(
    request: IncomingMessage,
    socket: Duplex,
  ): Promise<{ readonly shown: Shown; readonly turn: Turn | null }> {
    const { paces } = this.#options;
    const address = `address ${request.socket.remoteAddress}`;
    let shown: Shown;
    this.#binding++;
    try {
      shown = await this.#shown(request, address);
    } catch (error) {
      this.#binding--;
      if (isOfSender(error)) await paces.refuse(address, socket);
      throw error;
    }
    this.#binding--;
    return { shown, turn: shown.credentials === null ? null : await paces.turn(shown.who, socket) };
  }

  /** Throws SERVICE_STOPPING, SOCKETS_TOO_MANY. */
  #checkOpening(): void {
    if (this.#closing) throw new RingwatchError('SERVICE_STOPPING');
    if (this.#open.size >= LIMITS.socketsMax || this.#binding >= LIMITS.socketsUnboundMax) {
      throw new RingwatchError('SOCKETS_TOO_MANY', { limit: LIMITS.socketsMax });
    }
  }

  /** Throws UNAUTHENTICATED and what binding throws for credentials that do not hold. */
  async #shown(request: IncomingMessage, address: string): Promise<Shown> {
    const credentials = credentialsShown(request);
    if (credentials === null) return { credentials, who: address };
    const { principal } = await this.#options.binder.bind(newUlid(), credentials);
    return { credentials, who: principal.credentialId };
  }

  /** Says goodbye to all; nothing is opened any more. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#stopHearing();
    clearInterval(this.#pinging);
    for (const state of this.#open) this.#cut(state, CLOSE.goingAway, 'SERVICE_STOPPING');
    this.#sockets.close();
  }

  #opened(socket: WebSocket, connection: Duplex, shown: Shown, turn: Turn | null): void {
    const nowMs = performance.now();
    const perSecond = LIMITS.socketMessagesPerSecond;
    const state: SocketState = {
      id: newUlid(),
      socket,
      connection,
      shown,
      turn,
      messages: new TokenBucket(perSecond, 2 * perSecond, nowMs),
      open: new Map(),
      bound: null,
    };
    this.#open.add(state);
    this.#unbound.add(state);
    if (this.#unbound.size > LIMITS.socketsUnboundMax) {
      const [longest] = this.#refused.size > 0 ? this.#refused : this.#unbound;
      if (longest !== undefined) this.#cut(longest, CLOSE.tooMany, 'SOCKETS_TOO_MANY');
    }
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => this.#silent.delete(socket));
    const closed = this.#server.opened(
      {
        protocol: socket.protocol,
        send: (data) => this.#send(state, data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => void this.#take(state, String(data), handle));
        },
      },
      state,
    );
    socket.once('close', (code, reason) => {
      this.#open.delete(state);
      this.#unbound.delete(state);
      this.#refused.delete(state);
      // Who shows a credential and then never says a word counts as refused.
      this.#settle(state, true);
      for (const release of state.open.values()) release();
      closed(code, String(reason)).catch((error: unknown) => this.#bug(error, state));
    });
  }

  /** Resolves when the data has left: so that a subscriber that does not read is told nothing more, until it is cut. */
  #send(state: SocketState, data: string): Promise<void> {
    const { socket } = state;
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) {
        resolve();
        return;
      }
      socket.send(data, () => resolve());
      if (socket.bufferedAmount > LIMITS.socketBufferBytesMax) {
        this.#cut(state, CLOSE.tooSlow, 'SUBSCRIBER_TOO_SLOW');
      }
    });
  }

  async #take(state: SocketState, data: string, handle: (data: string) => Promise<void>): Promise<void> {
    if (state.messages.take(1, performance.now()) > 0) {
      this.#cut(state, CLOSE.tooMany, 'RATE_LIMITED');
      return;
    }
    try {
      await handle(data);
    } catch (error) {
      const coded = codedError(error);
      if (coded !== null) {
        const isUnknown = coded.code === 'UNAUTHENTICATED';
        this.#cut(state, isUnknown ? CLOSE.unauthenticated : CLOSE.refused, coded.code);
      } else {
        this.#bug(error, state);
        this.#cut(state, 4500, 'INTERNAL');
      }
    }
  }

  async #connect({ extra, connectionParams }: SocketContext): Promise<Record<string, unknown>> {
    const { binder, paces } = this.#options;
    let { who } = extra.shown;
    try {
      const bound = await binder.bind(extra.id, extra.shown.credentials ?? credentialsIn(connectionParams));
      who = bound.principal.credentialId;
      this.#checkRoom(bound);
      extra.bound = bound;
      this.#unbound.delete(extra);
      this.#settle(extra, false);
      return { connectionId: extra.id };
    } catch (error) {
      // One whose turn it was has waited already.
      if (!isOfSender(error)) this.#settle(extra, false);
      else if (extra.turn === null) {
        this.#refused.add(extra);
        await paces.refuse(who, extra.connection);
      }
      throw error;
    }
  }

  /** Throws SOCKETS_TOO_MANY. */
  #checkRoom(bound: RequestContext): void {
    const { tenant } = withTenant(bound);
    let ofTenant = 0;
    for (const state of this.#open) if (state.bound?.tenant?.id === tenant.id) ofTenant++;
    if (ofTenant >= LIMITS.socketsPerTenantMax) {
      throw new RingwatchError('SOCKETS_TOO_MANY', { limit: LIMITS.socketsPerTenantMax });
    }
  }

  /** Once for each socket: whether it was refused. */
  #settle(state: SocketState, isRefused: boolean): void {
    const { turn, shown } = state;
    state.turn = null;
    if (turn !== null) this.#options.paces.settle(shown.who, turn, isRefused);
  }

  /** What to execute, or why not. */
  async #subscribe(
    { extra, subscriptions }: SocketContext,
    id: string,
    payload: {
      readonly query: string;
      readonly operationName?: string | null | undefined;
      readonly variables?: Record<string, unknown> | null | undefined;
    },
  ) {
    try {
      const bound = withTenant(extra.bound as RequestContext);
      // The one at hand among them; one that the client has ended just now is not.
      if (Object.keys(subscriptions).length > LIMITS.subscriptionsPerSocketMax) {
        throw new RingwatchError('SUBSCRIPTIONS_TOO_MANY', { limit: LIMITS.subscriptionsPerSocketMax });
      }
      bound.tenant.usage.admitRequest();
      const { gate, schema, services } = this.#options;
      const admitted = gate.admit(payload.query);
      const variableValues = payload.variables ?? {};
      const operationName = payload.operationName ?? null;
      const { operation } = gate.admitOperation(admitted, operationName, variableValues, bound.principal);
      if (operation.operation !== 'subscription') {
        throw new RingwatchError('GRAPHQL_OPERATION', { reason: 'queries and mutations go over HTTP' });
      }
      const { release } = bound.tenant.usage.openSubscription();
      extra.open.set(id, () => {
        extra.open.delete(id);
        release();
      });
      const contextValue: GraphqlContext = {
        ...bound,
        services,
        loaders: new Loaders(bound),
        deadline: new Deadline(null),
        level: null,
        notes: { position: null, token: null, timing: null },
        onCut: (error) => this.#cut(extra, CLOSE.tooSlow, codedError(error)?.code ?? 'INTERNAL'),
      };
      return { schema, document: admitted.document, operationName, variableValues, contextValue };
    } catch (error) {
      extra.open.get(id)?.();
      if (error instanceof DocumentRefused) {
        return error.errors.map(({ coded, at }) => new Refusal(coded, at, extra.id));
      }
      const coded = codedError(error);
      if (coded === null) throw error;
      return [new Refusal(coded, null, extra.id)];
    }
  }

  #format(error: GraphQLError, state: SocketState) {
    return formatExecutionError(error, {
      requestId: state.id,
      suggestions: this.#options.gate.tellsContract,
      onBug: (bug) => this.#bug(bug, state),
    });
  }

  #cut(state: SocketState, code: number, reason: string): void {
    this.#unbound.delete(state);
    this.#refused.delete(state);
    state.socket.close(code, reason);
    setTimeout(() => state.socket.terminate(), GOODBYE_MS).unref();
  }

  /** Ends sockets that have not answered the last ping. */
  #ping(): void {
    for (const { socket } of this.#open) {
      if (this.#silent.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#silent.add(socket);
      socket.ping();
    }
  }

  #bug(error: unknown, state: SocketState): void {
    this.#options.log.error({ err: error, requestId: state.id }, 'a subscription failed');
  }
}

/** A refusal as graphql-ws hands it on. */
class Refusal extends GraphQLError {
  readonly formatted: ReturnType<typeof formatCoded>;

  constructor(coded: RingwatchError, at: GraphQLError | null, requestId: string) {
    super(coded.outside.message);
    this.formatted = formatCoded(coded, at, requestId);
  }
}

/** What the upgrade shows; null where it shows nothing. Throws UNAUTHENTICATED for a cookie from another site's page. */
function credentialsShown(request: IncomingMessage): Credentials | null {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined && cookie === undefined) return null;
  const shown = credentialsOf(request);
  if (shown.byCookie && !isSameOrigin(request)) throw new RingwatchError('UNAUTHENTICATED');
  return shown;
}

/** What the first message shows. Throws UNAUTHENTICATED. */
function credentialsIn(params: Readonly<Record<string, unknown>> | undefined): Credentials {
  const { authorization, tenant } = params ?? {};
  const token =
    typeof authorization === 'string'
      ? /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1]
      : undefined;
  if (token === undefined) throw new RingwatchError('UNAUTHENTICATED');
  return { token, wantedTenant: typeof tenant === 'string' && tenant !== '' ? tenant : null };
}

/** Whether asking the same again would be refused again; what may pass is no fault of theirs. */
function isOfSender(error: unknown): boolean {
  const coded = codedError(error);
  return coded !== null && !coded.retryable;
}

/** Answers an upgrade with an error, and ends its connection, whether or not the other end does. */
function refuse(socket: Duplex, error: RingwatchError): void {
  const body = JSON.stringify({ error: { code: error.code } });
  const seconds = retryAfterSeconds(error);
  const head = [
    `HTTP/1.1 ${statusOf(error)} ${error.code}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...(seconds === null ? [] : [`retry-after: ${seconds}`]),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
}
