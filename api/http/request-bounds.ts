import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { errorAnswer, statusOf } from './error-answer.ts';
import { isBodyHeldBack } from './expect-continue.ts';

/** Bounds what a request may take: time for its body, and what is left of one that was answered before its end. */
export function boundRequests(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    if (!request.routeOptions.config.readsBody && !raw.complete) {
      const timer = setTimeout(() => {
        if (raw.complete || reply.sent || reply.raw.headersSent) return;
        void reply.send(new RingwatchError('REQUEST_TOO_SLOW', { limit: LIMITS.requestMs }));
      }, LIMITS.requestMs);
      reply.raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (isBodyHeldBack(request.raw)) reply.header('connection', 'close');
    else if (!request.raw.complete) endLate(request.raw, reply.raw);
    done(null, payload);
  });
  app.addHook('onResponse', (request, _reply, done) => {
    if (!request.raw.complete) letPass(request.raw);
    done();
  });
}

/**
 * An answer before the end of its request's body reaches a sender who reads after sending only where the connection stays
 * open: a connection that is closed with bytes unread is reset, and what the other side has received and not read is thrown
 * away there (RFC 9112, 9.6). Node closes at once where no further request may follow; this has it send the answer and the
 * end of its own side, and close when the rest has passed.
 */
function endLate(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const close = socket.destroySoon.bind(socket);
  const restore = (): void => {
    Reflect.deleteProperty(socket, 'destroySoon');
  };
  socket.destroySoon = () => {
    restore();
    if (request.complete) close();
    else {
      socket.end();
      request.once('end', close);
    }
  };
  response.once('close', restore);
}

/** How often it is looked at how much of an unread body has passed. */
const LOOK_MS = 20;

/**
 * Lets the rest of a body pass, and cuts the connection where that would take long. Node throws a body away, without a word,
 * that nobody had begun to read, so its bytes are those of the connection.
 */
function letPass(request: IncomingMessage): void {
  const { socket } = request;
  const bytesMax = socket.bytesRead + LIMITS.unreadBodyBytesMax;
  const endMs = performance.now() + LIMITS.unreadBodyMs;
  const timer = setInterval(() => {
    if (socket.destroyed || request.complete) clearInterval(timer);
    else if (socket.bytesRead > bytesMax || performance.now() > endMs) socket.destroy();
  }, LOOK_MS);
  request.resume();
  request.once('close', () => clearInterval(timer));
  request.on('error', () => undefined);
}

/** Answers what Node could not even read as a request, and closes its connection. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(UNREADABLE[error.code ?? ''] ?? NO_HTTP);
}

/** Nothing of these answers depends on the request: they are made once, since connections without one come by the hundred. */
const NO_HTTP = unreadable(new RingwatchError('REQUEST_INVALID', { reason: 'it is no HTTP/1.1' }));
const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: unreadable(new RingwatchError('HEADERS_TOO_LARGE', { limit: LIMITS.headerBytesMax })),
  ERR_HTTP_REQUEST_TIMEOUT: unreadable(new RingwatchError('REQUEST_TOO_SLOW', { limit: LIMITS.headersMs })),
};

function unreadable(coded: RingwatchError): string {
  const body = JSON.stringify(errorAnswer(coded, ''));
  const head = [
    `HTTP/1.1 ${statusOf(coded)} Refused`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
