// Generated from audit.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation, Row } from '../graphql/operation.ts';

export type AuditLogResult = {
  readonly audit: {
    readonly nodes: readonly {
      readonly id: string;
      readonly sequence: string;
      readonly at: string;
      readonly actor: {
        readonly kind: 'KEY' | 'MEMBER' | 'OPERATOR' | null;
        readonly id: string;
        readonly name: string;
      };
      readonly kind: 'CHANGE' | 'READ';
      readonly action: string;
      readonly target: string | null;
      readonly details: Row;
      readonly hash: string;
      readonly previousHash: string;
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface AuditLogVariables {
  readonly filter?: {
    readonly actions?: readonly (string)[] | null | undefined;
    readonly kind?: 'CHANGE' | 'READ' | null | undefined;
    readonly actor?: string | null | undefined;
    readonly target?: string | null | undefined;
    readonly from?: string | null | undefined;
    readonly to?: string | null | undefined;
  } | null | undefined;
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const AuditLog: Operation<'query', AuditLogResult, AuditLogVariables> = {
  kind: 'query',
  name: 'AuditLog',
  text: `query AuditLog($filter: AuditFilter, $first: Int!, $after: String) {
  audit(filter: $filter, first: $first, after: $after) {
    nodes {
      id
      sequence
      at
      actor {
        kind
        id
        name
      }
      kind
      action
      target
      details
      hash
      previousHash
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}`,
};

export type VerifyAuditResult = {
  readonly verifyAudit: {
    readonly valid: boolean;
    readonly entries: string | null;
    readonly hash: string | null;
    readonly brokenAt: string | null;
    readonly reason: string | null;
  };
};
export interface VerifyAuditVariables {
  readonly head?: {
    readonly tenantId: string;
    readonly sequence: string;
    readonly hash: string;
    readonly at: string;
    readonly statement: string;
    readonly signature: string;
    readonly publicKey: string;
  } | null | undefined;
}
export const VerifyAudit: Operation<'query', VerifyAuditResult, VerifyAuditVariables> = {
  kind: 'query',
  name: 'VerifyAudit',
  text: `query VerifyAudit($head: AuditHeadInput) {
  verifyAudit(head: $head) {
    valid
    entries
    hash
    brokenAt
    reason
  }
}`,
};

export type ExportAuditHeadResult = {
  readonly auditHead: {
    readonly tenantId: string;
    readonly sequence: string;
    readonly hash: string;
    readonly at: string;
    readonly statement: string;
    readonly signature: string;
    readonly publicKey: string;
  };
};
export type ExportAuditHeadVariables = Readonly<Record<never, never>>;
export const ExportAuditHead: Operation<'query', ExportAuditHeadResult, ExportAuditHeadVariables> = {
  kind: 'query',
  name: 'ExportAuditHead',
  text: `query ExportAuditHead {
  auditHead {
    tenantId
    sequence
    hash
    at
    statement
    signature
    publicKey
  }
}`,
};
