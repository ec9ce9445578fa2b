import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Span, Tracer } from '../../core/ports/tracer.ts';
import { contextIfAny } from './bound-request.ts';

const spans = new WeakMap<FastifyRequest, Span>();

/** A span for each request: its route, status and the ids of tenant and request, as the access log has them. */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const { traceparent } = request.headers;
    const parent = typeof traceparent === 'string' ? traceparent : undefined;
    const span = tracer.request(`${request.method} ${route}`, parent);
    span.set({ 'http.request.method': request.method, 'http.route': route, 'ringwatch.request': request.id });
    spans.set(request, span);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    const tenant = contextIfAny(request)?.tenant?.id;
    span?.set({
      'http.response.status_code': reply.statusCode,
      ...(tenant === undefined ? {} : { 'ringwatch.tenant': tenant }),
    });
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    done();
  });
}
