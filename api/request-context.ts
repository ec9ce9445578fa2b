import { RingwatchError } from '../core/errors.ts';
import type { EngineHost, TenantEngine } from '../core/ports/engine.ts';
import type { Authenticated, Principal } from '../tenants/principal.ts';
import type { TenantDirectory } from '../tenants/tenant-directory.ts';
import type { TenantStores } from '../tenants/tenant-stores.ts';

/** What a request may work with: made once, from its credentials; nothing behind it names a tenant again. */
export interface RequestContext {
  /** Goes into log lines and answers. */
  readonly requestId: string;
  readonly authenticated: Authenticated;
  readonly principal: Principal;
  /** Null where the operator has named no tenant; then `engine` is null as well. */
  readonly tenant: TenantStores | null;
  readonly engine: TenantEngine | null;
}

/** A context with a tenant. */
export interface TenantContext extends RequestContext {
  readonly tenant: TenantStores;
  readonly engine: TenantEngine;
}

/** What a request shows: a token, and for the operator's the tenant that it is about (id or slug). */
export interface Credentials {
  readonly token: string;
  readonly wantedTenant: string | null;
}

/** The one place where a request, or a WebSocket, is bound to who asks and to their tenant. */
export class RequestBinder {
  readonly #tenants: TenantDirectory;
  readonly #engines: EngineHost;

  constructor(tenants: TenantDirectory, engines: EngineHost) {
    this.#tenants = tenants;
    this.#engines = engines;
  }

  /** Throws UNAUTHENTICATED, TENANT_UNKNOWN, RATE_LIMITED. */
  async bind(requestId: string, credentials: Credentials): Promise<RequestContext> {
    const authenticated = await this.#tenants.authenticate(credentials.token);
    const { principal } = authenticated;
    const { wantedTenant } = credentials;
    if (authenticated.tenant === null && wantedTenant === null) {
      return { requestId, authenticated, principal, tenant: null, engine: null };
    }
    const tenant = await this.#tenants.bind(authenticated, wantedTenant);
    return { requestId, authenticated, principal, tenant, engine: this.#engines.engine(tenant.id) };
  }
}

/** The same context, where it has a tenant. Throws TENANT_MISSING. */
export function withTenant(context: RequestContext): TenantContext {
  const { tenant, engine } = context;
  if (tenant === null || engine === null) throw new RingwatchError('TENANT_MISSING');
  return { ...context, tenant, engine };
}
