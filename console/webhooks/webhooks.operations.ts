// Generated from webhooks.graphql and schema/ by `npm run docs`; do not edit.

import type { Operation, Row } from '../graphql/operation.ts';
import type { Problem } from '../graphql/problem.operations.ts';

export type EndpointFacts = {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly description: string | null;
  readonly state: 'ENABLED' | 'DISABLED' | 'FAILED';
  readonly stateReason: string | null;
  readonly rules: readonly string[] | null;
  readonly createdAt: string;
  readonly oldSecretUntil: string | null;
};

export type DeliverySummary = {
  readonly id: string;
  readonly webhookId: string;
  readonly type: string;
  readonly state: 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly deliveredAt: string | null;
  readonly attemptCount: number;
  readonly endpoint: {
    readonly id: string;
    readonly name: string;
  } | null;
  readonly alert: {
    readonly alertId: string;
    readonly title: string;
    readonly position: string;
  } | null;
};

export type EndpointListResult = {
  readonly webhookEndpoints: {
    readonly nodes: readonly EndpointFacts[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface EndpointListVariables {
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const EndpointList: Operation<'query', EndpointListResult, EndpointListVariables> = {
  kind: 'query',
  name: 'EndpointList',
  text: `query EndpointList($first: Int!, $after: String) {
  webhookEndpoints(first: $first, after: $after) {
    nodes {
      ...EndpointFacts
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment EndpointFacts on WebhookEndpoint {
  id
  name
  url
  description
  state
  stateReason
  rules
  createdAt
  oldSecretUntil
}`,
};

export type DeliveryListResult = {
  readonly deliveries: {
    readonly nodes: readonly DeliverySummary[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
    };
  };
};
export interface DeliveryListVariables {
  readonly filter?: {
    readonly endpointId?: string | null | undefined;
    readonly state?: 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED' | null | undefined;
    readonly alertId?: string | null | undefined;
  } | null | undefined;
  readonly first: number;
  readonly after?: string | null | undefined;
}
export const DeliveryList: Operation<'query', DeliveryListResult, DeliveryListVariables> = {
  kind: 'query',
  name: 'DeliveryList',
  text: `query DeliveryList($filter: DeliveryFilter, $first: Int!, $after: String) {
  deliveries(filter: $filter, first: $first, after: $after) {
    nodes {
      ...DeliverySummary
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment DeliverySummary on Delivery {
  id
  webhookId
  type
  state
  createdAt
  nextAttemptAt
  deliveredAt
  attemptCount
  endpoint {
    id
    name
  }
  alert {
    alertId
    title
    position
  }
}`,
};

export type DeliveryDetailResult = {
  readonly node: {
    readonly __typename: 'Delivery';
    readonly id: string;
    readonly webhookId: string;
    readonly type: string;
    readonly state: 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';
    readonly createdAt: string;
    readonly nextAttemptAt: string | null;
    readonly deliveredAt: string | null;
    readonly attemptCount: number;
    readonly body: string;
    readonly endpoint: {
      readonly id: string;
      readonly name: string;
      readonly url: string;
      readonly state: 'ENABLED' | 'DISABLED' | 'FAILED';
    } | null;
    readonly alert: {
      readonly alertId: string;
      readonly title: string;
      readonly rule: string;
      readonly position: string;
    } | null;
    readonly attempts: readonly {
      readonly number: number;
      readonly startedAt: string;
      readonly durationMs: number;
      readonly requestHeaders: Row;
      readonly status: number | null;
      readonly responseHeaders: Row | null;
      readonly responseBody: string | null;
      readonly error: string | null;
      readonly errorMessage: string | null;
    }[];
  } | { readonly __typename: '' } | null;
};
export interface DeliveryDetailVariables {
  readonly id: string;
}
export const DeliveryDetail: Operation<'query', DeliveryDetailResult, DeliveryDetailVariables> = {
  kind: 'query',
  name: 'DeliveryDetail',
  text: `query DeliveryDetail($id: ID!) {
  node(id: $id) {
    ... on Delivery {
      __typename
      id
      webhookId
      type
      state
      createdAt
      nextAttemptAt
      deliveredAt
      attemptCount
      body
      endpoint {
        id
        name
        url
        state
      }
      alert {
        alertId
        title
        rule
        position
      }
      attempts {
        number
        startedAt
        durationMs
        requestHeaders
        status
        responseHeaders
        responseBody
        error
        errorMessage
      }
    }
  }
}`,
};

export type CreateEndpointResult = {
  readonly createWebhookEndpoint: {
    readonly endpoint: {
      readonly id: string;
    } | null;
    readonly secret: string | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface CreateEndpointVariables {
  readonly input: {
    readonly name: string;
    readonly url: string;
    readonly description?: string | null | undefined;
    readonly rules?: readonly (string)[] | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const CreateEndpoint: Operation<'mutation', CreateEndpointResult, CreateEndpointVariables> = {
  kind: 'mutation',
  name: 'CreateEndpoint',
  text: `mutation CreateEndpoint($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) {
    endpoint {
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

export type UpdateEndpointResult = {
  readonly updateWebhookEndpoint: {
    readonly endpoint: EndpointFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface UpdateEndpointVariables {
  readonly input: {
    readonly id: string;
    readonly url?: string | null | undefined;
    readonly description?: string | null | undefined;
    readonly rules?: readonly (string)[] | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const UpdateEndpoint: Operation<'mutation', UpdateEndpointResult, UpdateEndpointVariables> = {
  kind: 'mutation',
  name: 'UpdateEndpoint',
  text: `mutation UpdateEndpoint($input: UpdateWebhookEndpointInput!) {
  updateWebhookEndpoint(input: $input) {
    endpoint {
      ...EndpointFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment EndpointFacts on WebhookEndpoint {
  id
  name
  url
  description
  state
  stateReason
  rules
  createdAt
  oldSecretUntil
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

export type DeleteEndpointResult = {
  readonly deleteWebhookEndpoint: {
    readonly deletedId: string | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface DeleteEndpointVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const DeleteEndpoint: Operation<'mutation', DeleteEndpointResult, DeleteEndpointVariables> = {
  kind: 'mutation',
  name: 'DeleteEndpoint',
  text: `mutation DeleteEndpoint($input: DeleteWebhookEndpointInput!) {
  deleteWebhookEndpoint(input: $input) {
    deletedId
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

export type RotateSecretResult = {
  readonly rotateWebhookSecret: {
    readonly endpoint: EndpointFacts | null;
    readonly secret: string | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface RotateSecretVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const RotateSecret: Operation<'mutation', RotateSecretResult, RotateSecretVariables> = {
  kind: 'mutation',
  name: 'RotateSecret',
  text: `mutation RotateSecret($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) {
    endpoint {
      ...EndpointFacts
    }
    secret
    userErrors {
      ...Problem
    }
  }
}

fragment EndpointFacts on WebhookEndpoint {
  id
  name
  url
  description
  state
  stateReason
  rules
  createdAt
  oldSecretUntil
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

export type EnableEndpointResult = {
  readonly enableWebhookEndpoint: {
    readonly endpoint: EndpointFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface EnableEndpointVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const EnableEndpoint: Operation<'mutation', EnableEndpointResult, EnableEndpointVariables> = {
  kind: 'mutation',
  name: 'EnableEndpoint',
  text: `mutation EnableEndpoint($input: EnableWebhookEndpointInput!) {
  enableWebhookEndpoint(input: $input) {
    endpoint {
      ...EndpointFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment EndpointFacts on WebhookEndpoint {
  id
  name
  url
  description
  state
  stateReason
  rules
  createdAt
  oldSecretUntil
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

export type DisableEndpointResult = {
  readonly disableWebhookEndpoint: {
    readonly endpoint: EndpointFacts | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface DisableEndpointVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const DisableEndpoint: Operation<'mutation', DisableEndpointResult, DisableEndpointVariables> = {
  kind: 'mutation',
  name: 'DisableEndpoint',
  text: `mutation DisableEndpoint($input: DisableWebhookEndpointInput!) {
  disableWebhookEndpoint(input: $input) {
    endpoint {
      ...EndpointFacts
    }
    userErrors {
      ...Problem
    }
  }
}

fragment EndpointFacts on WebhookEndpoint {
  id
  name
  url
  description
  state
  stateReason
  rules
  createdAt
  oldSecretUntil
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

export type TestEndpointResult = {
  readonly testWebhookEndpoint: {
    readonly delivery: {
      readonly id: string;
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface TestEndpointVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const TestEndpoint: Operation<'mutation', TestEndpointResult, TestEndpointVariables> = {
  kind: 'mutation',
  name: 'TestEndpoint',
  text: `mutation TestEndpoint($input: TestWebhookEndpointInput!) {
  testWebhookEndpoint(input: $input) {
    delivery {
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

export type ReplayDeliveryResult = {
  readonly replayDelivery: {
    readonly delivery: {
      readonly id: string;
      readonly state: 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';
    } | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface ReplayDeliveryVariables {
  readonly input: {
    readonly id: string;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const ReplayDelivery: Operation<'mutation', ReplayDeliveryResult, ReplayDeliveryVariables> = {
  kind: 'mutation',
  name: 'ReplayDelivery',
  text: `mutation ReplayDelivery($input: ReplayDeliveryInput!) {
  replayDelivery(input: $input) {
    delivery {
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

export type ReplayDeliveriesResult = {
  readonly replayDeliveries: {
    readonly count: number | null;
    readonly userErrors: readonly Problem[];
  };
};
export interface ReplayDeliveriesVariables {
  readonly input: {
    readonly endpointId: string;
    readonly fromPosition?: string | null | undefined;
    readonly toPosition?: string | null | undefined;
    readonly from?: string | null | undefined;
    readonly to?: string | null | undefined;
    readonly state?: 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED' | null | undefined;
    readonly idempotencyKey?: string | null | undefined;
  };
}
export const ReplayDeliveries: Operation<'mutation', ReplayDeliveriesResult, ReplayDeliveriesVariables> = {
  kind: 'mutation',
  name: 'ReplayDeliveries',
  text: `mutation ReplayDeliveries($input: ReplayDeliveriesInput!) {
  replayDeliveries(input: $input) {
    count
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
