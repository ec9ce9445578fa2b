import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { contextIfAny } from './bound-request.ts';

/**
 * A line for each request: its id, route by pattern, status, time, and the ids of tenant and credential. No address of the
 * network, no path as it was asked for, no header, no body: none of it holds personal data.
 */
export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const level = reply.statusCode >= 500 ? 'warn' : 'info';
    if (log.isLevelEnabled(level)) {
      const context = contextIfAny(request);
      log[level](
        {
          request: request.id,
          method: request.method,
          route: request.is404 ? null : request.routeOptions.url,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          tenant: context?.tenant?.id ?? null,
          credential: context?.principal.credentialId ?? null,
        },
        'request',
      );
    }
    done();
  });
}
