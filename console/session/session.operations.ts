// Generated from session.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation } from '../graphql/operation.ts';

export type WhoAmIResult = {
  readonly viewer: {
    readonly kind: 'KEY' | 'MEMBER' | 'OPERATOR';
    readonly name: string;
    readonly memberId: string | null;
    readonly scopes: readonly ('INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT')[];
    readonly tenant: {
      readonly id: string;
      readonly tenantId: string;
      readonly slug: string;
      readonly name: string;
      readonly settings: {
        readonly twoPersonRule: boolean;
      };
    } | null;
  };
};
export type WhoAmIVariables = Readonly<Record<never, never>>;
export const WhoAmI: Operation<'query', WhoAmIResult, WhoAmIVariables> = {
  kind: 'query',
  name: 'WhoAmI',
  text: `query WhoAmI {
  viewer {
    kind
    name
    memberId
    scopes
    tenant {
      id
      tenantId
      slug
      name
      settings {
        twoPersonRule
      }
    }
  }
}`,
};

export type ChooseTenantResult = {
  readonly tenants: {
    readonly nodes: readonly {
      readonly tenantId: string;
      readonly slug: string;
      readonly name: string;
      readonly createdAt: string;
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface ChooseTenantVariables {
  readonly after?: string | null | undefined;
}
export const ChooseTenant: Operation<'query', ChooseTenantResult, ChooseTenantVariables> = {
  kind: 'query',
  name: 'ChooseTenant',
  text: `query ChooseTenant($after: String) {
  tenants(first: 100, after: $after) {
    nodes {
      tenantId
      slug
      name
      createdAt
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}`,
};
