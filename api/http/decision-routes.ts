import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { RelationSchema } from '../../core/ports/engine.ts';
import type { TenantDirectory } from '../../tenants/tenant-directory.ts';
import {
  type AskedDecision,
  askDecision,
  type DecisionServices,
  serverTiming,
} from '../decide/ask-decision.ts';
import { relationOf } from '../relation-of.ts';
import { type TenantContext, withTenant } from '../request-context.ts';
import { AnswerLines } from './answer-lines.ts';
import { BodyBytes } from './body-bytes.ts';
import { encodingOf, formatOf } from './body-format.ts';
import { linesOf } from './body-lines.ts';
import type { BodyPlaces } from './body-places.ts';
import { contextOf } from './bound-request.ts';
import { codedError, errorAnswer, errorLine } from './error-answer.ts';
import { invalidParameter, refuseUnknown } from './query-parameters.ts';

export interface DecisionRoutesOptions extends DecisionServices {
  readonly tenants: TenantDirectory;
  /** Of streams of events: apart from those of bodies of rows, which end. */
  readonly places: BodyPlaces;
  /** Milliseconds without a byte of such a stream. */
  readonly silenceMs: number;
  readonly log: Logger;
}

type SourceRequest = FastifyRequest<{ Params: { source: string } }>;

/**
 * `POST /v1/sources/:source/decide`: one event as JSON and its decision, or events line by line for as long as the connection
 * stands, each answered as it is decided. Register it in a scope of its own: there a body of lines is read by the handler.
 */
export function registerDecisionRoutes(app: FastifyInstance, options: DecisionRoutesOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post('/v1/sources/:source/decide', (request: SourceRequest, reply) =>
    Buffer.isBuffer(request.body)
      ? decideOne(options, request, reply, request.body)
      : decideLines(options, request, reply),
  );
}

/** Answers one event. Throws what is wrong with it. */
async function decideOne(
  services: DecisionServices,
  request: SourceRequest,
  reply: FastifyReply,
  event: Buffer,
): Promise<string> {
  const context = withTenant(contextOf(request));
  if (encodingOf(request.headers['content-encoding']) !== 'identity') {
    throw new RingwatchError('ENCODING_UNKNOWN', { found: 'gzip' });
  }
  const askedMs = deadlineOf(request);
  const source = await relationOf(context.engine, 'source', request.params.source);
  const asked = await askDecision(services, context, { way: 'rest', source, event, askedMs });
  reply.header('server-timing', serverTiming(asked));
  reply.type('application/json; charset=utf-8');
  return decisionText(asked, {});
}

/** Answers a body of events line by line, as they are decided. Throws what is known before the first. */
async function decideLines(
  options: DecisionRoutesOptions,
  request: SourceRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const context = withTenant(contextOf(request));
  const deadlineMs = deadlineOf(request);
  formatOf(request.headers['content-type'], ['ndjson'], 'application/json or application/x-ndjson');
  const body = new BodyBytes(request.raw, encodingOf(request.headers['content-encoding']), {
    bytesMax: Number.POSITIVE_INFINITY,
    silenceMs: options.silenceMs,
    patienceMs: Number.POSITIVE_INFINITY,
  });
  // Heard from the moment in which the request was bound: nothing comes in between.
  const unhear = options.tenants.onRevoked(({ credentialId }) => {
    if (credentialId === context.principal.credentialId) body.stop(new RingwatchError('UNAUTHENTICATED'));
  });
  const stream = new DecisionStream(options, context, request.params.source, deadlineMs);
  let place: { release(): void };
  try {
    await stream.check();
    place = options.places.take(context.tenant.id, body);
  } catch (error) {
    unhear();
    throw error;
  }
  stream
    .run(body)
    .catch((error: unknown) => stream.answers.line(errorLine(error, request.id, options.log)))
    .finally(() => {
      unhear();
      place.release();
      stream.answers.end();
    });
  reply.type('application/x-ndjson; charset=utf-8');
  void reply.send(stream.answers);
  // The sender is told that it is heard, before there is anything to answer.
  reply.raw.flushHeaders();
  return reply;
}

/** The events of one body and their answers. */
class DecisionStream {
  readonly answers = new AnswerLines();
  readonly #services: DecisionServices;
  readonly #context: TenantContext;
  readonly #source: string;
  readonly #deadlineMs: number | null;
  #open = 0;
  #settled: (() => void) | null = null;
  /** What is a bug, and ends the stream. */
  #bug: { readonly error: unknown } | null = null;

  constructor(services: DecisionServices, context: TenantContext, source: string, deadlineMs: number | null) {
    this.#services = services;
    this.#context = context;
    this.#source = source;
    this.#deadlineMs = deadlineMs;
  }

  /** Throws UNKNOWN_NAME, DECISION_MISSING. */
  async check(): Promise<void> {
    const source = await this.#relation();
    if (source.decision === null) throw new RingwatchError('DECISION_MISSING', { source: source.name });
  }

  /** Resolves when the body has ended and all of it is answered; rejects with what ended it early, after these answers. */
  async run(body: AsyncIterable<Uint8Array>): Promise<void> {
    let index = 0;
    try {
      for await (const lines of linesOf(body, LIMITS.bodyRowBytesMax)) {
        for (const line of lines) {
          while (this.#open >= LIMITS.decisionsPerStreamMax) await this.#change();
          await this.answers.room();
          if (this.#bug !== null || this.answers.destroyed) break;
          this.#open++;
          void this.#answer(index++, line);
          // Nothing else makes lines that cannot be taken wait, so that other requests would until the chunk is used up.
          if (index % LIMITS.bodyRejectedRows === 0) await setImmediate();
        }
        if (this.#bug !== null || this.answers.destroyed) break;
      }
    } finally {
      while (this.#open > 0) await this.#change();
    }
    if (this.#bug !== null) throw this.#bug.error;
  }

  async #answer(index: number, line: Buffer | null): Promise<void> {
    try {
      if (line === null) {
        this.#services.decisionEnded('stream', 'rejected', 0);
        throw new RingwatchError('ROW_TOO_LONG', { limit: LIMITS.bodyRowBytesMax });
      }
      const asked = await askDecision(this.#services, this.#context, {
        way: 'stream',
        source: await this.#relation(),
        event: line,
        askedMs: this.#deadlineMs,
      });
      this.answers.line(decisionText(asked, { index }));
    } catch (error) {
      const coded = codedError(error);
      if (coded === null) this.#bug = { error };
      else {
        const { error: told } = errorAnswer(coded, '');
        this.answers.line(JSON.stringify({ index, error: told }));
      }
    } finally {
      this.#open--;
      this.#settled?.();
    }
  }

  #relation(): Promise<RelationSchema> {
    return relationOf(this.#context.engine, 'source', this.#source);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled = resolve;
    });
  }
}

/** A decision as JSON, `first` before it. Its alerts are as `ringwatch run --alerts` prints them. */
function decisionText({ answer, deadlineMs, answeredInMs }: AskedDecision, first: object): string {
  const { alerts, timing } = answer;
  const told = JSON.stringify({
    ...first,
    outcome: answer.outcome,
    decision: answer.decision,
    source: answer.source,
    key: answer.key,
    time: answer.effect?.time ?? null,
    position: answer.position,
    rules: answer.effect?.rules ?? [],
    afterDeadline: answer.afterDeadline,
    durable: answer.durable,
    duplicate: answer.duplicate,
    deadlineMs,
    answeredInMs: rounded(answeredInMs),
    commitMs: timing === null ? null : rounded(timing.commitMs),
    foldMs: timing === null ? null : rounded(timing.foldMs),
  });
  return `${told.slice(0, -1)},"alerts":[${alerts.map(({ line }) => line).join(',')}]}`;
}

/** Milliseconds to the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** `?deadlineMs=`: a whole number from 1; null without it. Throws FIELD_INVALID. */
function deadlineOf(request: FastifyRequest): number | null {
  const { deadlineMs = null, ...others } = request.query as Readonly<Record<string, unknown>>;
  refuseUnknown(others);
  if (deadlineMs === null) return null;
  if (typeof deadlineMs === 'string' && /^[1-9]\d{0,8}$/.test(deadlineMs)) return Number(deadlineMs);
  throw invalidParameter('deadlineMs', 'it is a whole number of milliseconds, from 1');
}
