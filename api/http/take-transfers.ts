import type { FastifyReply, FastifyRequest } from 'fastify';
import { RingwatchError } from '../../core/errors.ts';
import { withTenant } from '../request-context.ts';
import { sendTransfers } from '../transfers/send-transfers.ts';
import { transferTarget } from '../transfers/transfer-relation.ts';
import { AnswerLines } from './answer-lines.ts';
import { bytesSince } from './body-bytes.ts';
import { contextOf } from './bound-request.ts';
import { errorLine } from './error-answer.ts';
import { continueBody } from './expect-continue.ts';
import { invalidParameter, refuseUnknown } from './query-parameters.ts';
import { rowBodyOf } from './row-body.ts';
import type { RowRoutesOptions } from './row-route-options.ts';

/**
 * Carries out the transfers of a body, and answers line by line as they are done: `{"index":0,"outcome":"applied",…}`. What
 * ends it early is the last line, `{"error":…}`. Throws what is known before the first.
 */
export async function takeTransfers(
  { encodeBody, places, series, transfers: services, bodyBytesMax, log }: RowRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  table: string,
): Promise<FastifyReply> {
  const context = withTenant(contextOf(request));
  const column = columnOf(request);
  const { format, body } = rowBodyOf(request, bodyBytesMax);
  const target = await transferTarget(context.engine, table, column);
  const place = places.take(context.tenant.id, body);
  const answers = new AnswerLines();
  const carryOut = async (): Promise<void> => {
    let startedMs = performance.now();
    const reading = encodeBody(target.relation, format, body);
    const bytes = bytesSince(body);
    for await (const sent of sendTransfers(services, context, { way: 'rest', target, reading, bytes })) {
      series.timed(context.tenant.id, 'write', performance.now() - startedMs);
      startedMs = performance.now();
      await answers.room();
      sent.transfers.forEach(({ field, ...transfer }, n) => {
        answers.line(JSON.stringify({ index: sent.firstIndex + n, ...transfer }));
      });
    }
  };
  continueBody(request.raw, reply.raw);
  carryOut()
    .catch((error: unknown) => answers.line(errorLine(error, request.id, log)))
    .finally(() => {
      // Where a transfer could not be sent, nothing of what is still to come is read.
      body.stop(new RingwatchError('BODY_BROKEN_OFF'));
      place.release();
      answers.end();
    });
  reply.type('application/x-ndjson; charset=utf-8');
  void reply.send(answers);
  return reply;
}

/** `?column=`: a name; null without it. Throws FIELD_INVALID. */
function columnOf(request: FastifyRequest): string | null {
  const { column = null, ...others } = request.query as Readonly<Record<string, unknown>>;
  refuseUnknown(others);
  if (column === null || typeof column === 'string') return column;
  throw invalidParameter('column', 'it is a name');
}
