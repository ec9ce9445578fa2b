import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { RingwatchError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { EncodeBody, EncodeEvent } from '../core/ports/body-encoder.ts';
import type { EngineHost } from '../core/ports/engine.ts';
import type { Fanout } from '../core/ports/fanout.ts';
import type { Tracer } from '../core/ports/tracer.ts';
import { newUlid } from '../core/tenant-id.ts';
import type { TenantDirectory } from '../tenants/tenant-directory.ts';
import type { ServicePart } from './graphql/graphql-context.ts';
import { executableSchema } from './graphql/executable-schema.ts';
import { type GraphqlConfig, registerGraphql } from './graphql/register-graphql.ts';
import type { DrawRing } from './graphql/ring-picture.ts';
import { logRequests } from './http/access-log.ts';
import { BodyPlaces } from './http/body-places.ts';
import { bindRequests } from './http/bound-request.ts';
import { keepRoom } from './http/connection-room.ts';
import { registerConsoleFiles } from './http/console-files.ts';
import { registerDecisionRoutes } from './http/decision-routes.ts';
import { codedError, errorAnswer, prepareErrorReply } from './http/error-answer.ts';
import { answerExpectations, continueParsedBodies } from './http/expect-continue.ts';
import { GatewayMetrics } from './http/gateway-metrics.ts';
import { type MetricsAccess, registerHealthRoutes } from './http/health-routes.ts';
import { RefusalPaces } from './http/refusal-pace.ts';
import { boundRequests, refuseUnreadable } from './http/request-bounds.ts';
import { traceRequests } from './http/request-traces.ts';
import { registerRowRoutes } from './http/row-routes.ts';
import { registerSessionRoutes } from './http/session-routes.ts';
import { SenderNotes } from './transfers/sender-notes.ts';
import { RequestBinder } from './request-context.ts';

/** What the gateway is joined of. */
export interface GatewayOptions {
  readonly tenants: TenantDirectory;
  readonly engines: EngineHost;
  readonly fanout: Fanout;
  readonly encodeBody: EncodeBody;
  readonly encodeEvent: EncodeEvent;
  readonly drawRing: DrawRing;
  /** Of the product. */
  readonly version: string;
  readonly health: () => Promise<readonly ServicePart[]>;
  readonly alive: () => boolean;
  readonly log: Logger;
  /** Null: no traces are made. */
  readonly tracer: Tracer | null;
  readonly config: GatewayConfig;
}

export interface GatewayConfig {
  /** Bytes of a body of rows, unpacked. */
  readonly bodyBytesMax: number;
  /** Of one credential, and WebSockets of one address, before further ones wait (refusal-pace.ts). */
  readonly refusalsPerSecond: number;
  readonly metricsAccess: MetricsAccess;
  /** LIMITS.decisionSilenceMs, unless a test says otherwise. */
  readonly decisionSilenceMs?: number;
  /** Whether figures may name tenants and their graph views. */
  readonly metricsNameViews: boolean;
  readonly graphql: GraphqlConfig;
  /** Where the console's build lies; null: no console. */
  readonly consoleFolder: string | null;
  /** Whether browsers reach the service by https alone. */
  readonly secureCookies: boolean;
}

/** All that listens on the service's address. */
export interface Gateway {
  readonly app: FastifyInstance;
  /** Every route as tenants/operations.ts names it: `POST /v1/sources/:source/events`. */
  readonly routes: ReadonlySet<string>;
  /** Takes requests; resolves with the address, such as `http://127.0.0.1:8080`. Throws LISTEN_FAILED. */
  listen(host: string, port: number): Promise<string>;
  /** Takes no more requests, lets those under way end within LIMITS.stopGraceMs, and closes all connections. */
  close(): Promise<void>;
}

/** Makes what all gateways share, so that the first one does not have to. */
export function prepareGateway(): void {
  executableSchema();
}

/** Builds the gateway; nothing listens yet. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { tenants, engines, log, config } = options;
  const places = new BodyPlaces();
  const decisionPlaces = new BodyPlaces();
  const open = { ofRows: () => places.taken, ofDecisions: () => decisionPlaces.taken };
  const metrics = new GatewayMetrics(engines, open, config.metricsNameViews);
  let taking = true;
  const app = newServer();

  setHeaders(app);
  app.addHook('onRequest', (request, _reply, done) => {
    const health = request.routeOptions.url === '/readyz' || request.routeOptions.url === '/healthz';
    done(taking || health ? undefined : new RingwatchError('SERVICE_STOPPING'));
  });
  if (options.tracer !== null) traceRequests(app, options.tracer);
  metrics.observe(app);
  logRequests(app, log);
  boundRequests(app);
  continueParsedBodies(app);
  const binder = new RequestBinder(tenants, engines);
  const paces = new RefusalPaces(config.refusalsPerSecond);
  const routes = bindRequests(app, binder, tenants, paces);
  answerErrors(app, log);

  registerHealthRoutes(app, {
    health: options.health,
    alive: options.alive,
    taking: () => taking,
    metrics,
    metricsAccess: config.metricsAccess,
  });
  registerSessionRoutes(app, { tenants, secureCookies: config.secureCookies });
  registerConsoleFiles(app, config.consoleFolder);
  const { decisionEnded, transfersEnded } = metrics;
  const transfers = { transfersEnded, senders: new SenderNotes() };
  const graphql = await registerGraphql(app, {
    ...options,
    decisionEnded,
    transfers,
    // Their own: WebSockets that are refused hold up no request of the same key.
    paces: new RefusalPaces(config.refusalsPerSecond),
    binder,
    config: config.graphql,
  });
  const rowRoutes = {
    encodeBody: options.encodeBody,
    places,
    metrics,
    series: graphql.series,
    transfers,
    bodyBytesMax: config.bodyBytesMax,
    log,
  };
  await app.register((scope, _, done) => {
    registerRowRoutes(scope, rowRoutes);
    done();
  });
  const { series } = graphql;
  await app.register((scope, _, done) => {
    registerDecisionRoutes(scope, {
      ...options,
      series,
      decisionEnded,
      places: decisionPlaces,
      silenceMs: config.decisionSilenceMs ?? LIMITS.decisionSilenceMs,
    });
    done();
  });

  return {
    app,
    routes,
    listen: (host, port) => listen(app, host, port),
    close: async () => {
      taking = false;
      // Their senders would not end them.
      decisionPlaces.stop(new RingwatchError('SERVICE_STOPPING'));
      await graphql.close();
      const cut = setTimeout(() => places.stop(new RingwatchError('SERVICE_STOPPING')), LIMITS.stopGraceMs);
      const end = setTimeout(() => app.server.closeAllConnections(), 2 * LIMITS.stopGraceMs);
      await app.close();
      clearTimeout(cut);
      clearTimeout(end);
    },
  };
}

function newServer(): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: () => newUlid(),
    requestIdHeader: false,
    bodyLimit: 1024 * 1024,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => {
      const coded = codedError(error) ?? new RingwatchError('REQUEST_INVALID', { reason: 'its address' });
      reply.headers(headersOf(request));
      prepareErrorReply(reply, coded);
      (reply as FastifyReply).send(errorAnswer(coded, request.id));
    },
    routerOptions: { maxParamLength: 256, caseSensitive: true },
    keepAliveTimeout: 60_000,
    requestTimeout: 0,
    http: {
      maxHeaderSize: LIMITS.headerBytesMax,
      headersTimeout: LIMITS.headersMs,
      connectionsCheckingInterval: 1000,
    },
  });
  keepRoom(app.server, LIMITS.connectionsMax);
  answerExpectations(app.server);
  return app;
}

/** Headers of every answer; routes that serve pages set their own policy. */
function setHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headersOf(request));
    done();
  });
}

function headersOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return {
    'x-request-id': request.id,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  };
}

function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    let coded = codedError(error);
    if (coded === null) {
      log.error({ request: request.id, route: request.routeOptions.url, err: error }, 'a bug');
      coded = new RingwatchError('INTERNAL', { request: request.id }, { cause: error });
    }
    prepareErrorReply(reply, coded);
    return reply.send(errorAnswer(coded, request.id));
  });
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0] as string;
    throw new RingwatchError('ROUTE_UNKNOWN', { method: request.method, route: path.slice(0, 200) });
  });
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'another process has it' : String(code ?? error);
    throw new RingwatchError('LISTEN_FAILED', { address: `${host}:${port}`, reason }, { cause: error });
  }
}
