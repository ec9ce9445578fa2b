import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { RingwatchError } from '../../core/errors.ts';
import type { ServicePart } from '../graphql/graphql-context.ts';
import { credentialsOf } from './credentials.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';

/** Who may read /metrics: anyone who reaches the service, whoever shows a token, or nobody. */
export type MetricsAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'off' };

export interface HealthRoutesOptions {
  readonly health: () => Promise<readonly ServicePart[]>;
  /** Whether requests are being taken; false once the service stops. */
  readonly taking: () => boolean;
  readonly metrics: GatewayMetrics;
  readonly metricsAccess: MetricsAccess;
  /** Whether no restart would be needed: false once the engine's or the catalog's thread is beyond help. */
  readonly alive: () => boolean;
}

/**
 * `/healthz`: whether the process is worth keeping. `/readyz`: whether it can do its work now, part by part, so that
 * balancers send requests elsewhere meanwhile. `/metrics`: figures for Prometheus. None of them names a tenant.
 */
export function registerHealthRoutes(app: FastifyInstance, options: HealthRoutesOptions): void {
  const { health, taking, alive, metrics, metricsAccess } = options;
  app.get('/healthz', async (_request, reply) => {
    const living = alive();
    reply.code(living ? 200 : 503);
    return { state: living ? 'OK' : 'DOWN' };
  });
  app.get('/readyz', async (_request, reply) => {
    const parts = await health();
    const ready = taking() && parts.every((part) => part.state !== 'DOWN');
    reply.code(ready ? 200 : 503);
    const state = ready ? (parts.some((part) => part.state !== 'OK') ? 'DEGRADED' : 'OK') : 'DOWN';
    return { state, taking: taking(), parts };
  });
  app.get('/metrics', async (request, reply) => {
    if (metricsAccess.kind === 'off') {
      throw new RingwatchError('ROUTE_UNKNOWN', { method: 'GET', route: '/metrics' });
    }
    if (metricsAccess.kind === 'token' && !same(credentialsOf(request.raw).token, metricsAccess.token)) {
      throw new RingwatchError('UNAUTHENTICATED');
    }
    reply.header('content-type', metrics.contentType);
    return metrics.text();
  });
}

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
