import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema, type ValidationRule } from 'graphql';
import type { Logger } from 'pino';
import { RingwatchError } from '../../core/errors.ts';
import { statusOf } from '../http/error-answer.ts';
import { codedError, formatCoded, formatExecutionError } from './graphql-error.ts';
import type { GraphqlContext } from './graphql-context.ts';
import type { DocumentGate } from './guard/document-gate.ts';

/** What a request's context says beside what resolvers need: what the answer is made of. */
export interface HttpContext extends GraphqlContext {
  readonly cost: number;
  readonly costMax: number;
  /** Whether the caller takes `application/graphql-response+json`: then the status says whether it went well. */
  readonly statusTells: boolean;
}

/** A document that did not pass the gate is not executed, whatever way it has come. */
const NOT_ADMITTED: ValidationRule = (context) => {
  context.reportError(new GraphQLError('the document was not admitted'));
  return {};
};

/** The server that executes what the gate has admitted: it neither parses nor validates itself, and reports to nobody. */
export function createApollo(
  schema: GraphQLSchema,
  gate: DocumentGate,
  log: Logger,
): ApolloServer<HttpContext> {
  return new ApolloServer<HttpContext>({
    schema,
    introspection: true, // the gate has decided on it
    documentStore: {
      get: async (key) => gate.admitted(key.slice(-64)),
      set: async () => undefined,
      delete: async () => false,
    },
    validationRules: [NOT_ADMITTED],
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    // Requests by cookie carry a token of their own that other sites do not know (bindRequests).
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: {
      debug: (message?: unknown) => log.debug(String(message)),
      info: (message?: unknown) => log.debug(String(message)),
      warn: (message?: unknown) => log.warn(String(message)),
      error: (message?: unknown) => log.error(String(message)),
    },
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      answersWithCodes(gate, log),
    ],
  });
}

/** Gives errors their codes and the answer its extensions and status. */
function answersWithCodes(gate: DocumentGate, log: Logger): ApolloServerPlugin<HttpContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ contextValue, errors, response }) => {
        const { requestId, deadline, cost, costMax, statusTells } = contextValue;
        if (response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        if (deadline.isOver) {
          // What is there by now is no answer to what was asked.
          const coded = new RingwatchError('GRAPHQL_TIMEOUT', { limit: deadline.limitMs ?? 0 });
          response.body.singleResult = { errors: [formatCoded(coded, null, requestId)] };
          response.http.status = statusOf(coded);
          return;
        }
        if (errors !== undefined && errors.length > 0) {
          singleResult.errors = errors.map((error) =>
            formatExecutionError(error, {
              requestId,
              suggestions: gate.tellsContract,
              onBug: (bug) => log.error({ err: bug, requestId }, 'a resolver failed'),
            }),
          );
          const status = failureStatus(singleResult.data, errors);
          if (status !== null) response.http.status = statusTells ? status : 200;
        }
        singleResult.extensions = answerExtensions(contextValue, cost, costMax);
        if (contextValue.notes.timing !== null)
          response.http.headers.set('server-timing', contextValue.notes.timing);
      },
    }),
  };
}

/** The status where nothing came of the operation; null where something did. */
function failureStatus(data: unknown, errors: readonly GraphQLError[]): number | null {
  if (data !== null && data !== undefined) return null;
  const coded = errors.map(codedError).find((error) => error !== null) ?? null;
  if (coded !== null) return statusOf(coded);
  return data === undefined ? 400 : 500;
}

/** What an answer says beside its data. */
function answerExtensions(
  { notes, requestId }: GraphqlContext,
  cost: number,
  costMax: number,
): Readonly<Record<string, unknown>> {
  return {
    requestId,
    cost: { requested: cost, limit: costMax },
    ...(notes.position === null && notes.token === null
      ? {}
      : { consistency: { position: notes.position?.toString() ?? null, token: notes.token } }),
  };
}
