// Generated from alerts.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation } from '../graphql/operation.ts';
import type { Problem } from '../graphql/problem.operations.ts';

export type QueuedAlert = {
  readonly id: string;
  readonly alertId: string;
  readonly rule: string;
  readonly title: string;
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly key: readonly {
    readonly name: string;
    readonly value: string | null;
  }[];
  readonly time: string | null;
  readonly position: string;
  readonly raisedAt: string;
  readonly partial: boolean;
  readonly afterDeadline: boolean;
  readonly state: 'OPEN' | 'ACKNOWLEDGED';
  readonly acknowledgedBy: string | null;
  readonly assignee: {
    readonly memberId: string;
    readonly name: string | null;
  } | null;
  readonly rings: readonly {
    readonly closed: boolean;
    readonly hops: number;
    readonly amount: string | null;
    readonly text: string;
  }[];
};

export type AlertQueueResult = {
  readonly alerts: {
    readonly nodes: readonly QueuedAlert[];
    readonly totalCount: number;
    readonly severityCounts: readonly {
      readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
      readonly count: number;
    }[];
    readonly position: string;
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface AlertQueueVariables {
  readonly filter?: {
    readonly rules?: readonly (string)[] | null | undefined;
    readonly severities?: readonly ('LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL')[] | null | undefined;
    readonly state?: 'OPEN' | 'ACKNOWLEDGED' | null | undefined;
    readonly assigneeId?: string | null | undefined;
    readonly from?: string | null | undefined;
    readonly to?: string | null | undefined;
    readonly key?: string | null | undefined;
  } | null | undefined;
  readonly orderBy?: 'NEWEST' | 'SEVERITY' | null | undefined;
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const AlertQueue: Operation<'query', AlertQueueResult, AlertQueueVariables> = {
  kind: 'query',
  name: 'AlertQueue',
  text: `query AlertQueue($filter: AlertFilter, $orderBy: AlertOrder, $first: Int!, $after: String) {
  alerts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes {
      ...QueuedAlert
    }
    totalCount
    severityCounts {
      severity
      count
    }
    position
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment QueuedAlert on Alert {
  id
  alertId
  rule
  title
  severity
  key {
    name
    value
  }
  time
  position
  raisedAt
  partial
  afterDeadline
  state
  acknowledgedBy
  assignee {
    memberId
    name
  }
  rings {
    closed
    hops
    amount
    text
  }
}`,
};

export type RuleNamesResult = {
  readonly rules: {
    readonly nodes: readonly {
      readonly name: string;
    }[];
  };
};
export type RuleNamesVariables = Readonly<Record<never, never>>;
export const RuleNames: Operation<'query', RuleNamesResult, RuleNamesVariables> = {
  kind: 'query',
  name: 'RuleNames',
  text: `query RuleNames {
  rules(first: 200) {
    nodes {
      name
    }
  }
}`,
};

export type FollowAlertsResult = {
  readonly alertRaised: QueuedAlert;
};
export interface FollowAlertsVariables {
  readonly rules?: readonly (string)[] | null | undefined;
  readonly severities?: readonly ('LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL')[] | null | undefined;
  readonly afterPosition?: string | null | undefined;
}
export const FollowAlerts: Operation<'subscription', FollowAlertsResult, FollowAlertsVariables> = {
  kind: 'subscription',
  name: 'FollowAlerts',
  text: `subscription FollowAlerts($rules: [String!], $severities: [Severity!], $afterPosition: BigInt) {
  alertRaised(
    rules: $rules
    severities: $severities
    afterPosition: $afterPosition
  ) {
    ...QueuedAlert
  }
}

fragment QueuedAlert on Alert {
  id
  alertId
  rule
  title
  severity
  key {
    name
    value
  }
  time
  position
  raisedAt
  partial
  afterDeadline
  state
  acknowledgedBy
  assignee {
    memberId
    name
  }
  rings {
    closed
    hops
    amount
    text
  }
}`,
};

export type AcknowledgeAlertResult = {
  readonly acknowledgeAlert: {
    readonly alert: {
      readonly id: string;
      readonly state: 'OPEN' | 'ACKNOWLEDGED';
      readonly acknowledgedBy: string | null;
      readonly acknowledgedAt: string | null;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface AcknowledgeAlertVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const AcknowledgeAlert: Operation<'mutation', AcknowledgeAlertResult, AcknowledgeAlertVariables> = {
  kind: 'mutation',
  name: 'AcknowledgeAlert',
  text: `mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) {
  acknowledgeAlert(input: $input) {
    alert {
      id
      state
      acknowledgedBy
      acknowledgedAt
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

export type ReopenAlertResult = {
  readonly reopenAlert: {
    readonly alert: {
      readonly id: string;
      readonly state: 'OPEN' | 'ACKNOWLEDGED';
      readonly acknowledgedBy: string | null;
      readonly acknowledgedAt: string | null;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface ReopenAlertVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const ReopenAlert: Operation<'mutation', ReopenAlertResult, ReopenAlertVariables> = {
  kind: 'mutation',
  name: 'ReopenAlert',
  text: `mutation ReopenAlert($input: ReopenAlertInput!) {
  reopenAlert(input: $input) {
    alert {
      id
      state
      acknowledgedBy
      acknowledgedAt
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

export type AssignAlertResult = {
  readonly assignAlert: {
    readonly alert: {
      readonly id: string;
      readonly assignee: {
        readonly memberId: string;
        readonly name: string | null;
      } | null;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface AssignAlertVariables {
  readonly input: {
    readonly id: string;
    readonly memberId?: string | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const AssignAlert: Operation<'mutation', AssignAlertResult, AssignAlertVariables> = {
  kind: 'mutation',
  name: 'AssignAlert',
  text: `mutation AssignAlert($input: AssignAlertInput!) {
  assignAlert(input: $input) {
    alert {
      id
      assignee {
        memberId
        name
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

export type CommentAlertResult = {
  readonly commentAlert: {
    readonly comment: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface CommentAlertVariables {
  readonly input: {
    readonly id: string;
    readonly text: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const CommentAlert: Operation<'mutation', CommentAlertResult, CommentAlertVariables> = {
  kind: 'mutation',
  name: 'CommentAlert',
  text: `mutation CommentAlert($input: CommentAlertInput!) {
  commentAlert(input: $input) {
    comment {
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

export type OpenAlertCountResult = {
  readonly alerts: {
    readonly totalCount: number;
    readonly position: string;
  };
};
export type OpenAlertCountVariables = Readonly<Record<never, never>>;
export const OpenAlertCount: Operation<'query', OpenAlertCountResult, OpenAlertCountVariables> = {
  kind: 'query',
  name: 'OpenAlertCount',
  text: `query OpenAlertCount {
  alerts(first: 1, filter: {state: OPEN}) {
    totalCount
    position
  }
}`,
};

export type CountAlertsResult = {
  readonly alertRaised: {
    readonly alertId: string;
    readonly position: string;
  };
};
export interface CountAlertsVariables {
  readonly afterPosition?: string | null | undefined;
}
export const CountAlerts: Operation<'subscription', CountAlertsResult, CountAlertsVariables> = {
  kind: 'subscription',
  name: 'CountAlerts',
  text: `subscription CountAlerts($afterPosition: BigInt) {
  alertRaised(afterPosition: $afterPosition) {
    alertId
    position
  }
}`,
};
