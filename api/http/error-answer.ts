import type { FastifyError, FastifyReply } from 'fastify';
import { type ErrorCode, type ErrorDetails, RingwatchError } from '../../core/errors.ts';
import { noteRefusal } from './refusal-pace.ts';

/** Hears of what is a bug. */
interface BugLog {
  error(details: object, text: string): void;
}

/** What every answer that is no success holds. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly mend: string;
    readonly hint: string | null;
    readonly retryable: boolean;
    readonly details: ErrorDetails;
  };
  readonly requestId: string;
}

/** Errors whose status does not follow from whether trying again may help. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  CROSS_SITE: 403,
  SCOPE_NOT_HELD: 403,
  OPERATION_UNKNOWN: 403,
  SECOND_PERSON_NEEDED: 403,
  ADMIN_TOKEN_REFUSED: 403,
  NOT_FOUND: 404,
  ROUTE_UNKNOWN: 404,
  TENANT_UNKNOWN: 404,
  UNKNOWN_NAME: 404,
  REQUEST_TOO_SLOW: 408,
  BODY_TOO_SLOW: 408,
  GRAPHQL_TIMEOUT: 408,
  IDEMPOTENCY_IN_PROGRESS: 409,
  BODY_BROKEN_OFF: 400,
  BODY_TOO_LARGE: 413,
  BODY_RATIO: 413,
  FRAME_TOO_LARGE: 413,
  MEDIA_TYPE_UNKNOWN: 415,
  ENCODING_UNKNOWN: 415,
  ROWS_REJECTED: 422,
  RATE_LIMITED: 429,
  QUOTA_EXCEEDED: 429,
  BODIES_BUSY: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  FRAME_CORRUPT: 503,
  FRAME_UNSUPPORTED: 503,
  LOG_CORRUPT: 503,
  LOG_CLOSED: 503,
  ARCHIVE_CORRUPT: 503,
  SECRET_UNREADABLE: 503,
  NOT_BUILT: 501,
};

/** The status of an error: what the caller can mend is 4xx, what the operator has to is 5xx. */
export function statusOf(error: RingwatchError): number {
  return STATUS[error.code] ?? (error.retryable ? 503 : 400);
}

/** Seconds after which trying again may help; null where that is not known. */
export function retryAfterSeconds(error: RingwatchError): number | null {
  const ms = error.details.retryAfterMs;
  if (typeof ms === 'number') return Math.max(1, Math.ceil(ms / 1000));
  const status = statusOf(error);
  return status === 503 || error.code === 'BODIES_BUSY' ? 1 : null;
}

/** The error as an answer says it. */
export function errorAnswer(error: RingwatchError, requestId: string): ErrorAnswer {
  const { code, mend, hint, retryable } = error;
  const { message, details } = error.outside;
  return { error: { code, message, mend, hint, retryable, details }, requestId };
}

/** Sets status and headers for the error. */
export function prepareErrorReply(reply: FastifyReply, error: RingwatchError): void {
  reply.code(statusOf(error));
  noteRefusal(reply.request, error.code);
  const seconds = retryAfterSeconds(error);
  if (seconds !== null) reply.header('retry-after', String(seconds));
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer realm="ringwatch"');
}

/** The coded error for one that Fastify throws, or hands on from Node; null for a bug. */
export function codedError(error: unknown): RingwatchError | null {
  if (error instanceof RingwatchError) return error;
  const { code, statusCode, message } = error as Partial<FastifyError>;
  // The sender has gone in the middle of a body that Fastify reads.
  if (code === 'ECONNRESET' && statusCode === 400) {
    return new RingwatchError('BODY_BROKEN_OFF', {}, { cause: error });
  }
  if (typeof code !== 'string' || !code.startsWith('FST_')) return null;
  if (statusCode === undefined || statusCode >= 500) return null;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new RingwatchError('BODY_TOO_LARGE', { limit: 'that of this address' }, { cause: error });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new RingwatchError('MEDIA_TYPE_UNKNOWN', { found: 'given', expected: 'application/json' });
  }
  return new RingwatchError('REQUEST_INVALID', { reason: message ?? code }, { cause: error });
}

/** The last line of an answer by lines that an error has ended: what is no error of ours is INTERNAL there, and a bug in the log. */
export function errorLine(error: unknown, requestId: string, log: BugLog): string {
  const coded = codedError(error) ?? new RingwatchError('INTERNAL', { request: requestId }, { cause: error });
  if (coded.code === 'INTERNAL') log.error({ request: requestId, err: error }, 'a bug');
  return JSON.stringify(errorAnswer(coded, requestId));
}
