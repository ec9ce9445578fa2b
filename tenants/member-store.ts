import type { Page, PageRequest } from './page.ts';
import type { Scope } from './scopes.ts';

/** A person of the tenant. */
export interface Member {
  /** `mem_` + ULID. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** What the person may do: no key or session of theirs may more. */
  readonly scopes: readonly Scope[];
  readonly disabledAt: string | null;
  readonly createdAt: string;
}

/** Members of the tenant. Reading them is a read of personal data and audited. */
export interface MemberStore {
  /** Throws EMAIL_TAKEN, FIELD_INVALID, SCOPE_NOT_HELD (what the maker lacks), QUOTA_EXCEEDED. */
  create(input: {
    readonly name: string;
    readonly email: string;
    readonly scopes: readonly Scope[];
  }): Promise<Member>;
  /** Throws NOT_FOUND, FIELD_INVALID, EMAIL_TAKEN, SCOPE_NOT_HELD. */
  update(
    id: string,
    change: { readonly name?: string; readonly email?: string; readonly scopes?: readonly Scope[] },
  ): Promise<Member>;
  /** Ends the member's keys and sessions at once. Throws NOT_FOUND. */
  disable(id: string): Promise<Member>;
  get(id: string): Promise<Member | null>;
  /** By name; those who are disabled are left out. */
  page(request: PageRequest): Promise<Page<Member>>;
}
