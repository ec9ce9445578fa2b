import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assert, present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { TenantDirectory } from '../../tenants/tenant-directory.ts';
import { accessOf, authorize } from '../../tenants/operations.ts';
import type { RequestBinder, RequestContext } from '../request-context.ts';
import { CSRF_HEADER, credentialsOf } from './credentials.ts';
import { RefusalPace, type RefusalPaces } from './refusal-pace.ts';

const contexts = new WeakMap<FastifyRequest, RequestContext>();

/** What the request was bound to before its handler ran. A bug where its address is open to anyone. */
export function contextOf(request: FastifyRequest): RequestContext {
  return present(contexts.get(request), 'the context of the request');
}

/** The same, or null for a request of whoever. */
export function contextIfAny(request: FastifyRequest): RequestContext | null {
  return contexts.get(request) ?? null;
}

/** The operation of tenants/operations.ts that a request asks for. */
export function operationOf(method: string, pattern: string): string {
  return `${method === 'HEAD' ? 'GET' : method} ${pattern}`;
}

/** Methods that change nothing, which a page of another site may as well use. */
const SAFE_METHODS = new Set(['GET', 'HEAD']);

/**
 * Binds every request to who asks and to their tenant before anything of its body is read, and refuses what they may
 * not do. An address that tenants/operations.ts does not list cannot be registered: OPERATION_UNKNOWN. Returns the
 * operations that are registered, growing as they are.
 */
export function bindRequests(
  app: FastifyInstance,
  binder: RequestBinder,
  tenants: TenantDirectory,
  paces: RefusalPaces,
): ReadonlySet<string> {
  const routes = new Set<string>();
  const pace = new RefusalPace(
    app,
    paces,
    (request) => contextIfAny(request)?.principal.credentialId ?? null,
  );
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) {
      const operation = operationOf(each, url);
      accessOf(operation);
      routes.add(operation);
    }
  });
  app.addHook('onRequest', async (request) => {
    const pattern = request.routeOptions.url;
    if (request.is404 || pattern === undefined) return;
    const operation = operationOf(request.method, pattern);
    if (accessOf(operation) === 'public') return;
    const credentials = credentialsOf(request.raw);
    if (credentials.byCookie && !SAFE_METHODS.has(request.method)) {
      const csrf = request.headers[CSRF_HEADER];
      const given = typeof csrf === 'string' ? csrf : '';
      if (!tenants.checkCsrf(credentials.token, given)) throw new RingwatchError('CROSS_SITE');
    }
    const context = await binder.bind(request.id, credentials);
    assert(!contexts.has(request), 'a request is bound once');
    contexts.set(request, context);
    authorize(context.principal, operation);
    context.tenant?.usage.admitRequest();
    // What was revoked meanwhile is out: UNAUTHENTICATED.
    if (await pace.turn(request, context.principal.credentialId)) {
      const again = await binder.bind(request.id, credentials);
      authorize(again.principal, operation);
      contexts.set(request, again);
    }
  });
  return routes;
}
