// Generated from alert.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation, Row } from '../graphql/operation.ts';

export type RingFacts = {
  readonly name: string;
  readonly closed: boolean;
  readonly vertices: readonly {
    readonly key: string;
    readonly properties: Row;
  }[];
  readonly edges: readonly {
    readonly key: string;
    readonly hop: number;
    readonly from: string;
    readonly to: string;
    readonly amount: string | null;
    readonly time: string | null;
    readonly closing: boolean;
    readonly properties: Row;
  }[];
  readonly hops: number;
  readonly amount: string | null;
  readonly start: string | null;
  readonly end: string | null;
  readonly values: Row;
  readonly text: string;
};

export type AlertDetailResult = {
  readonly alert: {
    readonly id: string;
    readonly alertId: string;
    readonly rule: string;
    readonly ruleVersion: number;
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
    readonly rings: readonly RingFacts[];
    readonly reasons: readonly {
      readonly rule: string | null;
      readonly ruleVersion: number | null;
      readonly outcome: string | null;
      readonly text: string;
    }[];
    readonly values: Row;
    readonly trace: readonly {
      readonly task: string;
      readonly why: string;
      readonly rows: number;
      readonly edgesVisited: string;
    }[];
    readonly line: string;
    readonly state: 'OPEN' | 'ACKNOWLEDGED';
    readonly acknowledgedBy: string | null;
    readonly acknowledgedAt: string | null;
    readonly updatedAt: string;
    readonly assignee: {
      readonly memberId: string;
      readonly name: string | null;
    } | null;
    readonly comments: {
      readonly nodes: readonly {
        readonly id: string;
        readonly text: string;
        readonly author: string;
        readonly createdAt: string;
      }[];
      readonly pageInfo: {
        readonly hasNextPage: boolean;
      };
    };
  } | null;
};
export interface AlertDetailVariables {
  readonly alertId: string;
}
export const AlertDetail: Operation<'query', AlertDetailResult, AlertDetailVariables> = {
  kind: 'query',
  name: 'AlertDetail',
  text: `query AlertDetail($alertId: String!) {
  alert(alertId: $alertId) {
    id
    alertId
    rule
    ruleVersion
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
    rings {
      ...RingFacts
    }
    reasons {
      rule
      ruleVersion
      outcome
      text
    }
    values
    trace {
      task
      why
      rows
      edgesVisited
    }
    line
    state
    acknowledgedBy
    acknowledgedAt
    updatedAt
    assignee {
      memberId
      name
    }
    comments(first: 100) {
      nodes {
        id
        text
        author
        createdAt
      }
      pageInfo {
        hasNextPage
      }
    }
  }
}

fragment RingFacts on Ring {
  name
  closed
  vertices {
    key
    properties
  }
  edges {
    key
    hop
    from
    to
    amount
    time
    closing
    properties
  }
  hops
  amount
  start
  end
  values
  text
}`,
};

export type AlertDeliveriesResult = {
  readonly deliveries: {
    readonly nodes: readonly {
      readonly id: string;
      readonly webhookId: string;
      readonly state: 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';
      readonly createdAt: string;
      readonly deliveredAt: string | null;
      readonly nextAttemptAt: string | null;
      readonly attemptCount: number;
      readonly endpoint: {
        readonly id: string;
        readonly name: string;
      } | null;
    }[];
  };
};
export interface AlertDeliveriesVariables {
  readonly alertId: string;
}
export const AlertDeliveries: Operation<'query', AlertDeliveriesResult, AlertDeliveriesVariables> = {
  kind: 'query',
  name: 'AlertDeliveries',
  text: `query AlertDeliveries($alertId: String!) {
  deliveries(first: 20, filter: {alertId: $alertId}) {
    nodes {
      id
      webhookId
      state
      createdAt
      deliveredAt
      nextAttemptAt
      attemptCount
      endpoint {
        id
        name
      }
    }
  }
}`,
};

export type PeopleToAssignResult = {
  readonly members: {
    readonly nodes: readonly {
      readonly id: string;
      readonly name: string;
    }[];
  };
};
export type PeopleToAssignVariables = Readonly<Record<never, never>>;
export const PeopleToAssign: Operation<'query', PeopleToAssignResult, PeopleToAssignVariables> = {
  kind: 'query',
  name: 'PeopleToAssign',
  text: `query PeopleToAssign {
  members(first: 200) {
    nodes {
      id
      name
    }
  }
}`,
};
