// Generated from access.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation } from '../graphql/operation.ts';
import type { Problem } from '../graphql/problem.operations.ts';

export type KeyFacts = {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly ('INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT')[];
  readonly state: 'ACTIVE' | 'EXPIRED' | 'REVOKED';
  readonly member: {
    readonly id: string;
    readonly name: string;
  } | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
};

export type MemberFacts = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly scopes: readonly ('INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT')[];
  readonly createdAt: string;
  readonly disabledAt: string | null;
};

export type KeyListResult = {
  readonly apiKeys: {
    readonly nodes: readonly KeyFacts[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface KeyListVariables {
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const KeyList: Operation<'query', KeyListResult, KeyListVariables> = {
  kind: 'query',
  name: 'KeyList',
  text: `query KeyList($first: Int!, $after: String) {
  apiKeys(first: $first, after: $after) {
    nodes {
      ...KeyFacts
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment KeyFacts on ApiKey {
  id
  name
  prefix
  scopes
  state
  member {
    id
    name
  }
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
}`,
};

export type MemberListResult = {
  readonly members: {
    readonly nodes: readonly MemberFacts[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface MemberListVariables {
  readonly first: number;
  readonly after?: string | null | undefined;
  readonly withShutOut: boolean;
}
export const MemberList: Operation<'query', MemberListResult, MemberListVariables> = {
  kind: 'query',
  name: 'MemberList',
  text: `query MemberList($first: Int!, $after: String, $withShutOut: Boolean!) {
  members(first: $first, after: $after, withShutOut: $withShutOut) {
    nodes {
      ...MemberFacts
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment MemberFacts on Member {
  id
  name
  email
  scopes
  createdAt
  disabledAt
}`,
};

export type CreateKeyResult = {
  readonly createApiKey: {
    readonly apiKey: {
      readonly id: string;
    } | null;
    readonly secret: string | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface CreateKeyVariables {
  readonly input: {
    readonly name: string;
    readonly scopes: readonly ('INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT')[];
    readonly expiresAt?: string | null | undefined;
    readonly memberId?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const CreateKey: Operation<'mutation', CreateKeyResult, CreateKeyVariables> = {
  kind: 'mutation',
  name: 'CreateKey',
  text: `mutation CreateKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    apiKey {
      id
    }
    secret
    userErrors {
      ...Problem
    }
  }
}

fragment Problem on UserError {
  code
  message
  field
  mend
  hint
  retryable
}`,
};

export type RevokeKeyResult = {
  readonly revokeApiKey: {
    readonly apiKey: KeyFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface RevokeKeyVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const RevokeKey: Operation<'mutation', RevokeKeyResult, RevokeKeyVariables> = {
  kind: 'mutation',
  name: 'RevokeKey',
  text: `mutation RevokeKey($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) {
    apiKey {
      ...KeyFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment KeyFacts on ApiKey {
  id
  name
  prefix
  scopes
  state
  member {
    id
    name
  }
  createdAt
  expiresAt
  revokedAt
  lastUsedAt
}

fragment Problem on UserError {
  code
  message
  field
  mend
  hint
  retryable
}`,
};

export type CreateMemberResult = {
  readonly createMember: {
    readonly member: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface CreateMemberVariables {
  readonly input: {
    readonly name: string;
    readonly email: string;
    readonly scopes: readonly ('INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT')[];
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const CreateMember: Operation<'mutation', CreateMemberResult, CreateMemberVariables> = {
  kind: 'mutation',
  name: 'CreateMember',
  text: `mutation CreateMember($input: CreateMemberInput!) {
  createMember(input: $input) {
    member {
      id
    }
    userErrors {
      ...Problem
    }
  }
}

fragment Problem on UserError {
  code
  message
  field
  mend
  hint
  retryable
}`,
};

export type UpdateMemberResult = {
  readonly updateMember: {
    readonly member: MemberFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface UpdateMemberVariables {
  readonly input: {
    readonly id: string;
    readonly name?: string | null | undefined;
    readonly email?: string | null | undefined;
    readonly scopes?: readonly ('INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT')[] | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const UpdateMember: Operation<'mutation', UpdateMemberResult, UpdateMemberVariables> = {
  kind: 'mutation',
  name: 'UpdateMember',
  text: `mutation UpdateMember($input: UpdateMemberInput!) {
  updateMember(input: $input) {
    member {
      ...MemberFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment MemberFacts on Member {
  id
  name
  email
  scopes
  createdAt
  disabledAt
}

fragment Problem on UserError {
  code
  message
  field
  mend
  hint
  retryable
}`,
};

export type DisableMemberResult = {
  readonly disableMember: {
    readonly member: MemberFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface DisableMemberVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const DisableMember: Operation<'mutation', DisableMemberResult, DisableMemberVariables> = {
  kind: 'mutation',
  name: 'DisableMember',
  text: `mutation DisableMember($input: DisableMemberInput!) {
  disableMember(input: $input) {
    member {
      ...MemberFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment MemberFacts on Member {
  id
  name
  email
  scopes
  createdAt
  disabledAt
}

fragment Problem on UserError {
  code
  message
  field
  mend
  hint
  retryable
}`,
};

export type UpdateTenantResult = {
  readonly updateTenant: {
    readonly tenant: {
      readonly id: string;
      readonly name: string;
      readonly settings: {
        readonly twoPersonRule: boolean;
      };
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface UpdateTenantVariables {
  readonly input: {
    readonly name?: string | null | undefined;
    readonly twoPersonRule?: boolean | null | undefined;
    readonly limits?: {
      readonly requestsPerSecond?: number | null | undefined;
      readonly recordsPerSecond?: number | null | undefined;
      readonly recordsPerMonth?: string | null | undefined;
      readonly bytesPerMonth?: string | null | undefined;
      readonly subscriptions?: number | null | undefined;
      readonly members?: number | null | undefined;
      readonly keys?: number | null | undefined;
      readonly endpoints?: number | null | undefined;
      readonly memoryBytes?: string | null | undefined;
    } | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const UpdateTenant: Operation<'mutation', UpdateTenantResult, UpdateTenantVariables> = {
  kind: 'mutation',
  name: 'UpdateTenant',
  text: `mutation UpdateTenant($input: UpdateTenantInput!) {
  updateTenant(input: $input) {
    tenant {
      id
      name
      settings {
        twoPersonRule
      }
    }
    userErrors {
      ...Problem
    }
  }
}

fragment Problem on UserError {
  code
  message
  field
  mend
  hint
  retryable
}`,
};
