// Generated from definitions.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation } from '../graphql/operation.ts';
import type { Problem } from '../graphql/problem.operations.ts';

export type CheckFacts = {
  readonly valid: boolean;
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly line: number | null;
    readonly column: number | null;
    readonly offset: number | null;
    readonly hint: string | null;
    readonly mend: string;
  }[];
  readonly warnings: readonly string[];
  readonly diff: DiffFacts | null;
  readonly plan: string | null;
};

export type DiffFacts = {
  readonly statements: readonly {
    readonly kind: 'SOURCE' | 'TABLE' | 'VIEW' | 'GRAPH_VIEW' | 'DECISION' | 'RULE' | 'QUERY';
    readonly name: string;
    readonly change: 'ADDED' | 'CHANGED' | 'DROPPED' | 'UNCHANGED';
  }[];
  readonly state: readonly {
    readonly what: string;
    readonly change: 'KEPT' | 'BACKFILLED' | 'STARTS_EMPTY' | 'DROPPED';
  }[];
  readonly text: string;
};

export type DraftSummary = {
  readonly id: string;
  readonly purpose: 'TEXT' | 'DISABLE_RULE' | 'ENABLE_RULE' | 'ROLL_BACK' | 'ROLL_BACK_RULE';
  readonly rule: string | null;
  readonly state: 'OPEN' | 'PUBLISHING' | 'PUBLISHED' | 'WITHDRAWN';
  readonly author: string;
  readonly publishable: boolean;
  readonly comment: string;
  readonly createdAt: string;
  readonly textHash: string;
  readonly basedOn: {
    readonly number: number;
  } | null;
  readonly published: {
    readonly number: number;
  } | null;
};

export type InForceResult = {
  readonly definitions: {
    readonly text: string;
    readonly plan: string;
    readonly version: {
      readonly id: string;
      readonly number: number;
      readonly position: string;
      readonly publishedAt: string;
      readonly publishedBy: string | null;
      readonly draftedBy: string | null;
      readonly comment: string;
      readonly twoPersons: boolean;
    } | null;
  };
};
export type InForceVariables = Readonly<Record<never, never>>;
export const InForce: Operation<'query', InForceResult, InForceVariables> = {
  kind: 'query',
  name: 'InForce',
  text: `query InForce {
  definitions {
    text
    plan
    version {
      id
      number
      position
      publishedAt
      publishedBy
      draftedBy
      comment
      twoPersons
    }
  }
}`,
};

export type InForceTextResult = {
  readonly definitions: {
    readonly text: string;
    readonly version: {
      readonly number: number;
    } | null;
  };
};
export type InForceTextVariables = Readonly<Record<never, never>>;
export const InForceText: Operation<'query', InForceTextResult, InForceTextVariables> = {
  kind: 'query',
  name: 'InForceText',
  text: `query InForceText {
  definitions {
    text
    version {
      number
    }
  }
}`,
};

export type RuleListResult = {
  readonly rules: {
    readonly nodes: readonly {
      readonly id: string;
      readonly name: string;
      readonly version: number;
      readonly enabled: boolean;
      readonly relation: string;
      readonly graphView: string | null;
      readonly alertTitle: string | null;
      readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' | null;
      readonly outcome: string | null;
      readonly refuses: boolean;
      readonly webhooks: readonly string[];
      readonly firings: string;
      readonly jobs: string;
      readonly partial: string;
      readonly edgesVisited: string;
    }[];
  };
};
export type RuleListVariables = Readonly<Record<never, never>>;
export const RuleList: Operation<'query', RuleListResult, RuleListVariables> = {
  kind: 'query',
  name: 'RuleList',
  text: `query RuleList {
  rules(first: 200) {
    nodes {
      id
      name
      version
      enabled
      relation
      graphView
      alertTitle
      severity
      outcome
      refuses
      webhooks
      firings
      jobs
      partial
      edgesVisited
    }
  }
}`,
};

export type DraftListResult = {
  readonly drafts: {
    readonly nodes: readonly DraftSummary[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface DraftListVariables {
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const DraftList: Operation<'query', DraftListResult, DraftListVariables> = {
  kind: 'query',
  name: 'DraftList',
  text: `query DraftList($first: Int!, $after: String) {
  drafts(first: $first, after: $after) {
    nodes {
      ...DraftSummary
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment DraftSummary on Draft {
  id
  purpose
  rule
  state
  author
  publishable
  comment
  createdAt
  textHash
  basedOn {
    number
  }
  published {
    number
  }
}`,
};

export type DraftDetailResult = {
  readonly node: {
    readonly __typename: 'Draft';
    readonly id: string;
    readonly text: string;
    readonly purpose: 'TEXT' | 'DISABLE_RULE' | 'ENABLE_RULE' | 'ROLL_BACK' | 'ROLL_BACK_RULE';
    readonly rule: string | null;
    readonly state: 'OPEN' | 'PUBLISHING' | 'PUBLISHED' | 'WITHDRAWN';
    readonly author: string;
    readonly publishable: boolean;
    readonly comment: string;
    readonly createdAt: string;
    readonly textHash: string;
    readonly allowDrop: boolean;
    readonly basedOn: {
      readonly number: number;
    } | null;
    readonly published: {
      readonly number: number;
    } | null;
    readonly check: CheckFacts;
  } | { readonly __typename: '' } | null;
};
export interface DraftDetailVariables {
  readonly id: string;
}
export const DraftDetail: Operation<'query', DraftDetailResult, DraftDetailVariables> = {
  kind: 'query',
  name: 'DraftDetail',
  text: `query DraftDetail($id: ID!) {
  node(id: $id) {
    ... on Draft {
      __typename
      id
      text
      purpose
      rule
      state
      author
      publishable
      comment
      createdAt
      textHash
      allowDrop
      basedOn {
        number
      }
      published {
        number
      }
      check {
        ...CheckFacts
      }
    }
  }
}

fragment CheckFacts on DefinitionCheck {
  valid
  errors {
    code
    message
    line
    column
    offset
    hint
    mend
  }
  warnings
  diff {
    ...DiffFacts
  }
  plan
}

fragment DiffFacts on DefinitionDiff {
  statements {
    kind
    name
    change
  }
  state {
    what
    change
  }
  text
}`,
};

export type VersionListResult = {
  readonly definitionVersions: {
    readonly nodes: readonly {
      readonly id: string;
      readonly number: number;
      readonly position: string;
      readonly publishedAt: string;
      readonly publishedBy: string | null;
      readonly draftedBy: string | null;
      readonly comment: string;
      readonly twoPersons: boolean;
      readonly textHash: string;
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface VersionListVariables {
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const VersionList: Operation<'query', VersionListResult, VersionListVariables> = {
  kind: 'query',
  name: 'VersionList',
  text: `query VersionList($first: Int!, $after: String) {
  definitionVersions(first: $first, after: $after) {
    nodes {
      id
      number
      position
      publishedAt
      publishedBy
      draftedBy
      comment
      twoPersons
      textHash
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}`,
};

export type VersionDetailResult = {
  readonly node: {
    readonly __typename: 'DefinitionVersion';
    readonly id: string;
    readonly number: number;
    readonly text: string;
    readonly position: string;
    readonly publishedAt: string;
    readonly publishedBy: string | null;
    readonly draftedBy: string | null;
    readonly comment: string;
    readonly twoPersons: boolean;
    readonly textHash: string;
    readonly diff: DiffFacts;
  } | { readonly __typename: '' } | null;
};
export interface VersionDetailVariables {
  readonly id: string;
}
export const VersionDetail: Operation<'query', VersionDetailResult, VersionDetailVariables> = {
  kind: 'query',
  name: 'VersionDetail',
  text: `query VersionDetail($id: ID!) {
  node(id: $id) {
    ... on DefinitionVersion {
      __typename
      id
      number
      text
      position
      publishedAt
      publishedBy
      draftedBy
      comment
      twoPersons
      textHash
      diff {
        ...DiffFacts
      }
    }
  }
}

fragment DiffFacts on DefinitionDiff {
  statements {
    kind
    name
    change
  }
  state {
    what
    change
  }
  text
}`,
};

export type CheckDefinitionsResult = {
  readonly draftDefinitions: {
    readonly check: CheckFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface CheckDefinitionsVariables {
  readonly input: {
    readonly text: string;
    readonly dryRun?: boolean | null | undefined;
    readonly allowDrop?: boolean | null | undefined;
    readonly comment?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const CheckDefinitions: Operation<'mutation', CheckDefinitionsResult, CheckDefinitionsVariables> = {
  kind: 'mutation',
  name: 'CheckDefinitions',
  text: `mutation CheckDefinitions($input: DraftDefinitionsInput!) {
  draftDefinitions(input: $input) {
    check {
      ...CheckFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment CheckFacts on DefinitionCheck {
  valid
  errors {
    code
    message
    line
    column
    offset
    hint
    mend
  }
  warnings
  diff {
    ...DiffFacts
  }
  plan
}

fragment DiffFacts on DefinitionDiff {
  statements {
    kind
    name
    change
  }
  state {
    what
    change
  }
  text
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

export type DraftDefinitionsResult = {
  readonly draftDefinitions: {
    readonly draft: {
      readonly id: string;
    } | null;
    readonly check: CheckFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface DraftDefinitionsVariables {
  readonly input: {
    readonly text: string;
    readonly dryRun?: boolean | null | undefined;
    readonly allowDrop?: boolean | null | undefined;
    readonly comment?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const DraftDefinitions: Operation<'mutation', DraftDefinitionsResult, DraftDefinitionsVariables> = {
  kind: 'mutation',
  name: 'DraftDefinitions',
  text: `mutation DraftDefinitions($input: DraftDefinitionsInput!) {
  draftDefinitions(input: $input) {
    draft {
      id
    }
    check {
      ...CheckFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment CheckFacts on DefinitionCheck {
  valid
  errors {
    code
    message
    line
    column
    offset
    hint
    mend
  }
  warnings
  diff {
    ...DiffFacts
  }
  plan
}

fragment DiffFacts on DefinitionDiff {
  statements {
    kind
    name
    change
  }
  state {
    what
    change
  }
  text
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

export type PublishDefinitionsResult = {
  readonly publishDefinitions: {
    readonly version: {
      readonly id: string;
      readonly number: number;
    } | null;
    readonly position: string | null;
    readonly draft: {
      readonly id: string;
      readonly state: 'OPEN' | 'PUBLISHING' | 'PUBLISHED' | 'WITHDRAWN';
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface PublishDefinitionsVariables {
  readonly input: {
    readonly draftId: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const PublishDefinitions: Operation<'mutation', PublishDefinitionsResult, PublishDefinitionsVariables> = {
  kind: 'mutation',
  name: 'PublishDefinitions',
  text: `mutation PublishDefinitions($input: PublishDefinitionsInput!) {
  publishDefinitions(input: $input) {
    version {
      id
      number
    }
    position
    draft {
      id
      state
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

export type WithdrawDraftResult = {
  readonly withdrawDraft: {
    readonly draft: {
      readonly id: string;
      readonly state: 'OPEN' | 'PUBLISHING' | 'PUBLISHED' | 'WITHDRAWN';
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface WithdrawDraftVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const WithdrawDraft: Operation<'mutation', WithdrawDraftResult, WithdrawDraftVariables> = {
  kind: 'mutation',
  name: 'WithdrawDraft',
  text: `mutation WithdrawDraft($input: WithdrawDraftInput!) {
  withdrawDraft(input: $input) {
    draft {
      id
      state
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

export type EnableRuleResult = {
  readonly enableRule: {
    readonly draft: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface EnableRuleVariables {
  readonly input: {
    readonly rule: string;
    readonly comment?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const EnableRule: Operation<'mutation', EnableRuleResult, EnableRuleVariables> = {
  kind: 'mutation',
  name: 'EnableRule',
  text: `mutation EnableRule($input: EnableRuleInput!) {
  enableRule(input: $input) {
    draft {
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

export type DisableRuleResult = {
  readonly disableRule: {
    readonly draft: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface DisableRuleVariables {
  readonly input: {
    readonly rule: string;
    readonly comment?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const DisableRule: Operation<'mutation', DisableRuleResult, DisableRuleVariables> = {
  kind: 'mutation',
  name: 'DisableRule',
  text: `mutation DisableRule($input: DisableRuleInput!) {
  disableRule(input: $input) {
    draft {
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

export type RollBackDefinitionsResult = {
  readonly rollBackDefinitions: {
    readonly draft: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface RollBackDefinitionsVariables {
  readonly input: {
    readonly toVersion: number;
    readonly comment?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const RollBackDefinitions: Operation<'mutation', RollBackDefinitionsResult, RollBackDefinitionsVariables> = {
  kind: 'mutation',
  name: 'RollBackDefinitions',
  text: `mutation RollBackDefinitions($input: RollBackDefinitionsInput!) {
  rollBackDefinitions(input: $input) {
    draft {
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

export type RollBackRuleResult = {
  readonly rollBackRule: {
    readonly draft: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface RollBackRuleVariables {
  readonly input: {
    readonly rule: string;
    readonly toDefinitionVersion: number;
    readonly comment?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const RollBackRule: Operation<'mutation', RollBackRuleResult, RollBackRuleVariables> = {
  kind: 'mutation',
  name: 'RollBackRule',
  text: `mutation RollBackRule($input: RollBackRuleInput!) {
  rollBackRule(input: $input) {
    draft {
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
