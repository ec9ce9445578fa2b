import type { TenantId } from '../core/tenant-id.ts';
import type { Scope } from './scopes.ts';

/** Who is behind a request: made by TenantDirectory.authenticate, and by nothing else. Plain data. */
export interface Principal {
  /** `key`: an API key of no member. `member`: a member, by a key of theirs or a session. `operator`: the installation's. */
  readonly kind: 'key' | 'member' | 'operator';
  /** `key_…`, `mem_…`, or `operator`. */
  readonly id: string;
  readonly name: string;
  /** Whose second pair of eyes counts: the member, the key itself where no member owns it, or `operator`. */
  readonly personId: string;
  /** The persons who made the credential and so may know its secret. */
  readonly creators: readonly string[];
  readonly scopes: readonly Scope[];
  /** The key or session that was shown: what TenantDirectory.onRevoked names once it no longer holds. */
  readonly credentialId: string;
}

/** What acts without a request: the projection of effects, the delivery of webhooks. Never publishes. */
export interface SystemActor {
  readonly kind: 'system';
  /** Such as `delivery`. */
  readonly id: string;
}

/** On whose behalf stores act; every audit entry names it. */
export type Actor = Principal | SystemActor;

/** The person id of whoever holds the installation's own token. */
export const OPERATOR = 'operator';

/** Who did something, as it was then. */
export interface PersonRef {
  readonly personId: string;
  /** `key`, `member` or `operator`. */
  readonly kind: string;
  readonly name: string;
}

/** Who asks, and for which tenant: null only for the operator, who names one with each request. */
export interface Authenticated {
  readonly principal: Principal;
  readonly tenant: TenantId | null;
}

/** A credential that no longer holds, and what hangs on it (open subscriptions) must go. */
export interface Revocation {
  readonly tenant: TenantId | null;
  readonly credentialId: string;
}
