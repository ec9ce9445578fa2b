import type { Page, PageRequest } from './page.ts';
import type { Role } from './scopes.ts';

/** A person of the tenant. */
export interface Member {
  /** `mem_` + ULID. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  readonly disabledAt: string | null;
  readonly createdAt: string;
}

/** Members of the tenant. Reading them is a read of personal data and audited. */
export interface MemberStore {
  /** Throws EMAIL_TAKEN, FIELD_INVALID, SCOPE_NOT_HELD (a role beyond what the maker holds), QUOTA_EXCEEDED. */
  create(input: {
    readonly name: string;
    readonly email: string;
    readonly roles: readonly Role[];
  }): Promise<Member>;
  /** Throws NOT_FOUND, FIELD_INVALID, EMAIL_TAKEN, SCOPE_NOT_HELD. */
  update(
    id: string,
    change: { readonly name?: string; readonly email?: string; readonly roles?: readonly Role[] },
  ): Promise<Member>;
  /** Ends the member's keys and sessions at once. Throws NOT_FOUND. */
  disable(id: string): Promise<Member>;
  get(id: string): Promise<Member | null>;
  page(request: PageRequest): Promise<Page<Member>>;
}
