import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { RingwatchError } from '../../core/errors.ts';
import { type AskedLevel, CONSISTENCY_HEADER, readLevelExtension, readLevelHeader } from '../read-level.ts';
import { contextOf } from '../http/bound-request.ts';
import { codedError as codedFastifyError, prepareErrorReply } from '../http/error-answer.ts';
import type { HttpContext } from './apollo.ts';
import { type FormattedError, formatCoded } from './graphql-error.ts';
import type { GraphqlServices } from './graphql-context.ts';
import { Deadline } from './guard/deadline.ts';
import { type DocumentGate, DocumentRefused } from './guard/document-gate.ts';
import { Loaders } from './loaders.ts';

/** What a request asks for. */
interface GraphqlRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of `extensions`; null where they do not say. */
  readonly level: AskedLevel | null;
}

const RESPONSE_TYPE = 'application/graphql-response+json';

/** Answers GraphQL over HTTP (graphql.github.io/graphql-over-http), one operation a request. */
export class HttpGraphql {
  readonly #gate: DocumentGate;
  readonly #services: GraphqlServices;
  readonly #timeoutMs: number;
  readonly #execute: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  readonly #contexts = new WeakMap<FastifyRequest, HttpContext>();

  constructor(
    apollo: ApolloServer<HttpContext>,
    gate: DocumentGate,
    services: GraphqlServices,
    timeoutMs: number,
  ) {
    this.#gate = gate;
    this.#services = services;
    this.#timeoutMs = timeoutMs;
    this.#execute = fastifyApolloHandler(apollo, {
      context: async (request) => this.#contexts.get(request) as HttpContext,
    }) as unknown as (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  }

  /** Handles a request that is bound to who asks. */
  async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const bound = contextOf(request);
    const asked = readRequest(request);
    const inHeader = request.headers[CONSISTENCY_HEADER];
    const level = asked.level ?? (inHeader === undefined ? null : readLevelHeader(String(inHeader)));
    const admitted = this.#gate.admit(asked.query);
    const { operation, cost } = this.#gate.admitOperation(
      admitted,
      asked.operationName,
      asked.variables,
      bound.principal,
    );
    if (operation.operation === 'subscription') {
      throw new RingwatchError('GRAPHQL_OPERATION', { reason: 'subscriptions go over a WebSocket' });
    }
    if (request.method === 'GET' && operation.operation !== 'query') {
      reply.header('allow', 'POST');
      reply.code(405);
      const reason = 'a GET request only asks; mutations are POST';
      return graphqlErrors(request, reply, [
        { coded: new RingwatchError('GRAPHQL_OPERATION', { reason }), at: null },
      ]);
    }
    const deadline = new Deadline(this.#timeoutMs);
    const context: HttpContext = {
      ...bound,
      services: this.#services,
      loaders: new Loaders(bound),
      deadline,
      level,
      notes: { position: null, token: null, timing: null },
      cost,
      costMax: this.#gate.costMax,
      statusTells: statusTells(request),
    };
    this.#contexts.set(request, context);
    const gone = (): void => {
      if (!reply.raw.writableFinished) deadline.cancel();
    };
    reply.raw.once('close', gone);
    try {
      return await this.#execute.call(request.server, request, reply);
    } finally {
      deadline.clear();
      reply.raw.off('close', gone);
    }
  }
}

/** Answers an error that ended a request for GraphQL, as GraphQL. */
export function answerGraphqlError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): unknown {
  if (error instanceof DocumentRefused) {
    const [first] = error.errors;
    if (first !== undefined) prepareErrorReply(reply, first.coded);
    const legacy = first !== undefined && ANSWERED.has(first.coded.code) && !statusTells(request);
    if (legacy) reply.code(200);
    return graphqlErrors(request, reply, error.errors);
  }
  const known = codedFastifyError(error);
  if (known === null) log.error({ err: error, requestId: request.id }, 'a GraphQL request failed');
  const coded = known ?? new RingwatchError('INTERNAL', { request: request.id });
  prepareErrorReply(reply, coded);
  return graphqlErrors(request, reply, [{ coded, at: null }]);
}

/**
 * Whoever takes only `application/json` may not tell a refusal of ours from that of something in between: for them a document
 * that is wrong is answered with 200, as GraphQL over HTTP has it. Refusals of attacks keep their status.
 */
const ANSWERED: ReadonlySet<string> = new Set(['GRAPHQL_SYNTAX', 'GRAPHQL_INVALID', 'GRAPHQL_VARIABLES']);

function statusTells({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').includes(RESPONSE_TYPE);
}

function graphqlErrors(
  request: FastifyRequest,
  reply: FastifyReply,
  errors: DocumentRefused['errors'],
): { readonly errors: readonly FormattedError[] } {
  const type = statusTells(request) ? RESPONSE_TYPE : 'application/json';
  reply.header('content-type', `${type}; charset=utf-8`);
  return { errors: errors.map(({ coded, at }) => formatCoded(coded, at, request.id)) };
}

/** Throws GRAPHQL_BATCH, GRAPHQL_REQUEST. */
function readRequest(request: FastifyRequest): GraphqlRequest {
  if (request.method === 'GET') return readParameters(request.query as Readonly<Record<string, unknown>>);
  const { body } = request;
  if (Array.isArray(body)) throw new RingwatchError('GRAPHQL_BATCH');
  if (typeof body !== 'object' || body === null) throw wrong('its body is no JSON object');
  return readFields(body as Readonly<Record<string, unknown>>);
}

function readParameters(given: Readonly<Record<string, unknown>>): GraphqlRequest {
  const parsed: Record<string, unknown> = { query: given.query, operationName: given.operationName };
  for (const name of ['variables', 'extensions']) {
    const text = given[name];
    if (text === undefined || text === '') continue;
    try {
      parsed[name] = JSON.parse(String(text));
    } catch {
      throw wrong(`${name} is no JSON`);
    }
  }
  return readFields(parsed);
}

function readFields(fields: Readonly<Record<string, unknown>>): GraphqlRequest {
  const { query, operationName = null, variables = null, extensions = null } = fields;
  if (typeof query !== 'string' || query === '') throw wrong('`query` is no text');
  if (operationName !== null && typeof operationName !== 'string') throw wrong('`operationName` is no text');
  if (!isObject(variables)) throw wrong('`variables` is no object');
  if (!isObject(extensions)) throw wrong('`extensions` is no object');
  const consistency = extensions?.consistency ?? null;
  const level = consistency === null ? null : readLevelExtension(consistency);
  return { query, operationName, variables: variables ?? {}, level };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && !Array.isArray(value);
}

function wrong(reason: string): RingwatchError {
  return new RingwatchError('GRAPHQL_REQUEST', { reason });
}
