import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { LIMITS } from '../../core/limits.ts';
import type { EncodeBody, EncodeEvent } from '../../core/ports/body-encoder.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import type { Fanout } from '../../core/ports/fanout.ts';
import type { TenantDirectory } from '../../tenants/tenant-directory.ts';
import type { RefusalPaces } from '../http/refusal-pace.ts';
import type { RequestBinder } from '../request-context.ts';
import { ServiceSeries } from '../series/service-series.ts';
import { AnswerCache } from './answer-cache.ts';
import { createApollo } from './apollo.ts';
import { executableSchema } from './executable-schema.ts';
import type { GraphqlServices, ServicePart } from './graphql-context.ts';
import { DocumentGate } from './guard/document-gate.ts';
import { answerGraphqlError, HttpGraphql } from './http-graphql.ts';
import { ProgramCache } from './program-cache.ts';
import type { DrawRing } from './ring-picture.ts';
import { SubscriptionSockets } from './subscription-sockets.ts';

/** What GraphQL is joined of. */
export interface GraphqlOptions {
  readonly tenants: TenantDirectory;
  readonly engines: EngineHost;
  readonly fanout: Fanout;
  readonly binder: RequestBinder;
  readonly encodeBody: EncodeBody;
  readonly encodeEvent: EncodeEvent;
  readonly decisionEnded: GraphqlServices['decisionEnded'];
  readonly transfers: GraphqlServices['transfers'];
  /** Of credentials, and of addresses that show none. */
  readonly paces: RefusalPaces;
  readonly drawRing: DrawRing;
  readonly health: () => Promise<readonly ServicePart[]>;
  readonly log: Logger;
  readonly version: string;
  readonly config: GraphqlConfig;
}

export interface GraphqlConfig {
  /** Whether the contract may be asked for. */
  readonly introspection: boolean;
  /** What one operation may cost; LIMITS.graphqlCostMax where left out. */
  readonly costMax?: number;
  /** Milliseconds that an operation may take; LIMITS.graphqlMs where left out. */
  readonly timeoutMs?: number;
}

/** GraphQL on a gateway: `/graphql` over HTTP and, for subscriptions, over WebSockets. */
export interface GraphqlEndpoint {
  readonly schema: GraphQLSchema;
  readonly series: ServiceSeries;
  /** Says goodbye to all WebSockets. Call it before the gateway closes. */
  close(): Promise<void>;
}

/**
 * Puts GraphQL on the gateway's server: `GET` and `POST /graphql`, and its upgrade to a WebSocket for subscriptions. The gateway has bound
 * the request to who asks before it comes here; a WebSocket is bound by the same binder.
 */
export async function registerGraphql(
  app: FastifyInstance,
  options: GraphqlOptions,
): Promise<GraphqlEndpoint> {
  const { config, log } = options;
  const schema = executableSchema();
  const gate = new DocumentGate(schema, {
    introspection: config.introspection,
    ...(config.costMax === undefined ? {} : { costMax: config.costMax }),
  });
  const series = new ServiceSeries(options.engines);
  const services: GraphqlServices = {
    tenants: options.tenants,
    engines: options.engines,
    fanout: options.fanout,
    encodeBody: options.encodeBody,
    encodeEvent: options.encodeEvent,
    decisionEnded: options.decisionEnded,
    transfers: options.transfers,
    drawRing: options.drawRing,
    health: options.health,
    version: options.version,
    startedAt: new Date().toISOString(),
    series,
    answers: new AnswerCache(),
    programs: new ProgramCache(),
  };
  const apollo = createApollo(schema, gate, log);
  await apollo.start();
  const http = new HttpGraphql(apollo, gate, services, config.timeoutMs ?? LIMITS.graphqlMs);
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    exposeHeadRoute: false,
    bodyLimit: LIMITS.graphqlBodyBytesMax,
    handler: (request, reply) => http.answer(request, reply),
    errorHandler: (error, request, reply) => reply.send(answerGraphqlError(error, request, reply, log)),
  });
  const sockets = new SubscriptionSockets({ ...options, schema, gate, services });
  app.server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  return {
    schema,
    series,
    close: async () => {
      series.close();
      await sockets.close();
      await apollo.stop();
    },
  };
}
