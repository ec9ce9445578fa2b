import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { errorAnswer, statusOf } from './error-answer.ts';
import { isBodyHeldBack } from './expect-continue.ts';

/** Bytes, and milliseconds, of a body that nobody reads any more, which are let pass before the connection is cut. */
const UNREAD_BYTES_MAX = 1024 * 1024;
const UNREAD_MS_MAX = 2000;

/** Bounds what a request may take: time for its body, and what is left of one that was answered before its end. */
export function boundRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    if (!request.routeOptions.config.readsBody && !raw.complete) {
      const timer = setTimeout(() => {
        if (raw.complete || reply.sent) return;
        void reply.send(new RingwatchError('REQUEST_TOO_SLOW', { limit: LIMITS.requestMs }));
      }, LIMITS.requestMs);
      reply.raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (isBodyHeldBack(request.raw)) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (request, _reply, done) => {
    if (!request.raw.complete) letPass(request.raw);
    done();
  });
}

/**
 * Lets the rest of a body pass, so that its sender comes to read the answer, and cuts the connection where that would
 * take long.
 */
function letPass(request: IncomingMessage): void {
  const { socket } = request;
  const bytesMax = socket.bytesRead + UNREAD_BYTES_MAX;
  const cut = (): void => {
    clearTimeout(timer);
    if (!request.complete) socket.destroy();
  };
  const timer = setTimeout(cut, UNREAD_MS_MAX);
  request.on('data', () => {
    if (socket.bytesRead > bytesMax) cut();
  });
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
}

/** Answers what Node could not even read as a request, and closes its connection. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const coded =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new RingwatchError('HEADERS_TOO_LARGE', { limit: LIMITS.headerBytesMax })
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new RingwatchError('REQUEST_TOO_SLOW', { limit: LIMITS.headersMs })
        : new RingwatchError('REQUEST_INVALID', { reason: 'it is no HTTP/1.1' });
  const body = JSON.stringify(errorAnswer(coded, ''));
  socket.end(
    [
      `HTTP/1.1 ${statusOf(coded)} Refused`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
