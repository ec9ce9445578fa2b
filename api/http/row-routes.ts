import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../../core/limits.ts';
import type { RelationSchema } from '../../core/ports/engine.ts';
import { appendBody, noteRowChange, type Wait, type WriteOutcome } from '../ingest/append-body.ts';
import { relationOf } from '../relation-of.ts';
import { withTenant } from '../request-context.ts';
import { bytesSince } from './body-bytes.ts';
import { contextOf } from './bound-request.ts';
import { codedError, errorAnswer, prepareErrorReply } from './error-answer.ts';
import { continueBody } from './expect-continue.ts';
import { invalidParameter, refuseUnknown } from './query-parameters.ts';
import { rowBodyOf } from './row-body.ts';
import type { RowRoutesOptions } from './row-route-options.ts';
import { takeTransfers } from './take-transfers.ts';

/**
 * `POST /v1/sources/:source/events`, `POST /v1/tables/:table/rows` and `POST /v1/tables/:table/transfers`: bodies of any length, read as they come. Register
 * it in a scope of its own: there no body is read before the handler asks for it.
 */
export function registerRowRoutes(app: FastifyInstance, options: RowRoutesOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post<{ Params: { source: string } }>('/v1/sources/:source/events', READS_BODY, (request, reply) =>
    takeRows(options, request, reply, 'source', request.params.source),
  );
  app.post<{ Params: { table: string } }>('/v1/tables/:table/rows', READS_BODY, (request, reply) =>
    takeRows(options, request, reply, 'table', request.params.table),
  );
  app.post<{ Params: { table: string } }>('/v1/tables/:table/transfers', READS_BODY, (request, reply) =>
    takeTransfers(options, request, reply, request.params.table),
  );
}

const READS_BODY = { config: { readsBody: true } };

async function takeRows(
  { encodeBody, places, metrics, series, bodyBytesMax }: RowRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: RelationSchema['kind'],
  name: string,
): Promise<unknown> {
  const context = withTenant(contextOf(request));
  const { wait, rejectedMax } = optionsOf(request);
  const { format, body } = rowBodyOf(request, bodyBytesMax);
  const relation = await relationOf(context.engine, kind, name);
  await noteRowChange(context, relation);
  const place = places.take(context.tenant.id, body);
  let outcome: WriteOutcome;
  try {
    continueBody(request.raw, reply.raw);
    const reading = encodeBody(relation, format, body);
    outcome = await appendBody({
      context,
      reading,
      wait,
      rejectedMax,
      bytes: bytesSince(body),
      timed: (durableMs) => series.timed(context.tenant.id, 'write', durableMs),
    });
  } finally {
    place.release();
  }
  metrics.rows(outcome.result, body.bytes);
  return answer(outcome, request, reply);
}

/** The counts, and where the body was not read to its end, the error as well. */
function answer({ result, failure }: WriteOutcome, request: FastifyRequest, reply: FastifyReply): unknown {
  if (result.token !== null) reply.header('x-ringwatch-token', result.token);
  if (failure === null) return result;
  const coded = codedError(failure.error);
  if (coded === null) throw failure.error;
  prepareErrorReply(reply, coded);
  return { ...errorAnswer(coded, request.id), ...result };
}

interface RowOptions {
  readonly wait: Wait;
  readonly rejectedMax: number | null;
}

/** `?wait=durable` (the default) or `applied`, `?rejectedMax=` a number. Throws FIELD_INVALID. */
function optionsOf(request: FastifyRequest): RowOptions {
  const {
    wait = 'durable',
    rejectedMax = null,
    ...others
  } = request.query as Readonly<Record<string, unknown>>;
  refuseUnknown(others);
  if (wait !== 'durable' && wait !== 'applied') throw invalidParameter('wait', 'it is durable or applied');
  if (rejectedMax === null) return { wait, rejectedMax };
  const isNumber = typeof rejectedMax === 'string' && /^\d{1,6}$/.test(rejectedMax);
  if (!isNumber || Number(rejectedMax) > LIMITS.rejectedRowsMax) {
    throw invalidParameter('rejectedMax', `it is a number from 0 to ${LIMITS.rejectedRowsMax}`);
  }
  return { wait, rejectedMax: Number(rejectedMax) };
}
