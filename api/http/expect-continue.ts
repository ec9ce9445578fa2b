import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Requests whose sender waits to be told that the body is wanted. */
const waiting = new WeakSet<IncomingMessage>();

/**
 * Lets senders who ask (`Expect: 100-continue`) wait until somebody reads their body, so that one that is refused anyway
 * is never sent.
 */
export function answerExpectations(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.add(request);
    server.emit('request', request, response);
  });
}

/** Wants bodies as soon as they are parsed; where a handler reads its own, it says so itself. */
export function continueParsedBodies(app: FastifyInstance): void {
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (!request.routeOptions.config.readsBody) continueBody(request.raw, reply.raw);
    done(null, payload);
  });
}

/** Tells the sender that the body is wanted, if that is waited for. */
export function continueBody(request: IncomingMessage, response: ServerResponse): void {
  if (waiting.delete(request)) response.writeContinue();
}

/** Whether the sender still holds the body back. */
export function isBodyHeldBack(request: IncomingMessage): boolean {
  return waiting.has(request);
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the handler reads the body itself. */
    readonly readsBody?: boolean;
  }
}
