import type { TenantId } from '../core/tenant-id.ts';
import type { Authenticated, Principal, Revocation } from './principal.ts';
import type { TenantSettings } from './tenant-settings.ts';
import type { TenantStores } from './tenant-stores.ts';

/** A tenant as the directory lists it. Times are ISO 8601, UTC. */
export interface Tenant {
  readonly id: TenantId;
  /** Lower case letters, digits and hyphens, unique in the installation. */
  readonly slug: string;
  readonly name: string;
  readonly createdAt: string;
}

/** All tenants of the installation, and whose token is whose. */
export interface TenantDirectory {
  /**
   * Whose token this is: an API key (`rw_…`), a session (`rws_…`) or the operator's (`rwo_…`). Keys and sessions are
   * cached; one that is revoked here is refused from that moment on. Throws UNAUTHENTICATED, the same for every reason.
   */
  authenticate(token: string): Promise<Authenticated>;
  /**
   * Makes the session of a console: the token once, the session's own instead of it from then on. `csrf` is to come
   * back in the header `x-ringwatch-csrf` wherever the session comes as a cookie. Throws UNAUTHENTICATED.
   */
  openSession(token: string): Promise<OpenedSession>;
  /** The session that the token is of, as it was opened: for a page that is loaded again. Throws UNAUTHENTICATED. */
  resumeSession(token: string): Promise<OpenedSession>;
  /** Ends the session that the token is of; others are left alone. */
  closeSession(token: string): Promise<void>;
  /** Whether `csrf` belongs to the session `token`; constant time. */
  checkCsrf(token: string, csrf: string): boolean;

  /** Operator only (FORBIDDEN). Throws SLUG_INVALID, SLUG_TAKEN, QUOTA_EXCEEDED. */
  createTenant(by: Principal, input: NewTenant): Promise<Tenant>;
  /** All tenants by slug. Operator only (FORBIDDEN). */
  listTenants(by: Principal): Promise<readonly Tenant[]>;
  /** The tenant of that id or slug, if the asker may know of it, else null. */
  findTenant(by: Authenticated, idOrSlug: string): Promise<Tenant | null>;

  /**
   * Binds a request to its tenant, once. `wanted` is the id or slug that the request names, if any; a key's or
   * member's must be their own. Throws TENANT_UNKNOWN (also for another's), TENANT_MISSING (the operator named none).
   */
  bind(by: Authenticated, wanted: string | null): Promise<TenantStores>;
  /** Binds what runs without a request. */
  bindSystem(tenant: TenantId, actor: string): TenantStores;
  /** Tenants that exist, for the engine host at start. */
  tenantIds(): Promise<readonly TenantId[]>;

  /** Hears of every credential that ends: revoked, expired, its member disabled. Returns how to stop hearing. */
  onRevoked(listener: (revocation: Revocation) => void): () => void;
  /** Writes what is only in memory (last use, usage counters) and stops timers. The catalog stays open. */
  close(): Promise<void>;
}

export interface NewTenant {
  readonly slug: string;
  readonly name: string;
  readonly settings?: Partial<TenantSettings>;
}

export interface OpenedSession {
  readonly principal: Principal;
  readonly tenant: TenantId | null;
  readonly token: string;
  readonly csrf: string;
  readonly expiresAt: string;
}
