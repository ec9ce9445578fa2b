import type { Page, PageRequest } from './page.ts';
import type { Scope } from './scopes.ts';

/** An API key; its secret is shown once, at creation, and is kept nowhere. */
export interface ApiKey {
  /** `key_` + ULID. */
  readonly id: string;
  readonly name: string;
  /** What its token begins with, for telling keys apart: `rw_` and the id. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** The member it acts for, or null: then it stands for itself. */
  readonly memberId: string | null;
  /** Who made it: a person id. */
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly memberId?: string | null;
  readonly expiresAt?: string | null;
}

/** API keys of the tenant. */
export interface KeyStore {
  /**
   * `token` is the whole secret, shown this once. Throws SCOPE_NOT_HELD when the maker lacks a scope that the key would
   * have, NOT_FOUND, FIELD_INVALID, QUOTA_EXCEEDED.
   */
  create(input: NewApiKey): Promise<{ readonly key: ApiKey; readonly token: string }>;
  get(id: string): Promise<ApiKey | null>;
  page(request: PageRequest): Promise<Page<ApiKey>>;
  /** Ends the key and its sessions at once; doing it again changes nothing. Throws NOT_FOUND. */
  revoke(id: string): Promise<ApiKey>;
}
