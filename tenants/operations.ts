import { RingwatchError } from '../core/errors.ts';
import type { Principal } from './principal.ts';
import type { Scope } from './scopes.ts';

/**
 * Who may call an operation: holders of a scope (the operator holds every one), the operator only, whoever is signed
 * in, or anyone at all.
 */
export type Access = Scope | 'operator' | 'signedIn' | 'public';

/**
 * Every operation of every interface and what it takes: fields of Query, Mutation and Subscription by their name in
 * the schema, routes by method and pattern. A test compares the table with schema and router, both ways.
 */
export const OPERATIONS: Readonly<Record<string, Access>> = {
  // GraphQL: reading
  'Query.node': 'signedIn',
  'Query.nodes': 'signedIn',
  'Query.viewer': 'signedIn',
  'Query.health': 'signedIn',
  'Query.tenants': 'operator',
  'Query.members': 'admin',
  'Query.apiKeys': 'admin',
  'Query.drafts': 'define',
  'Query.definitions': 'query',
  'Query.definitionVersions': 'query',
  'Query.sources': 'query',
  'Query.tables': 'query',
  'Query.graphViews': 'query',
  'Query.rules': 'query',
  'Query.savedQueries': 'query',
  'Query.savedQuery': 'query',
  'Query.source': 'query',
  'Query.table': 'query',
  'Query.graphView': 'query',
  'Query.rule': 'query',
  'Query.query': 'query',
  'Query.transfers': 'query',
  'Query.decision': 'alerts',
  'Query.alerts': 'alerts',
  'Query.alert': 'alerts',
  'Query.webhookEndpoints': 'admin',
  'Query.deliveries': 'admin',
  'Query.audit': 'audit',
  'Query.auditHead': 'audit',
  'Query.verifyAudit': 'audit',
  'Query.usage': 'signedIn',
  'Query.limits': 'signedIn',
  'Query.throughput': 'query',
  'Query.latency': 'query',

  // GraphQL: changing
  'Mutation.createTenant': 'operator',
  'Mutation.updateTenant': 'admin',
  'Mutation.createMember': 'admin',
  'Mutation.updateMember': 'admin',
  'Mutation.disableMember': 'admin',
  'Mutation.createApiKey': 'admin',
  'Mutation.revokeApiKey': 'admin',
  'Mutation.draftDefinitions': 'define',
  'Mutation.withdrawDraft': 'define',
  'Mutation.disableRule': 'define',
  'Mutation.enableRule': 'define',
  'Mutation.rollBackRule': 'define',
  'Mutation.rollBackDefinitions': 'define',
  'Mutation.publishDefinitions': 'publish',
  'Mutation.ingest': 'ingest',
  'Mutation.upsertRows': 'ingest',
  'Mutation.deleteRows': 'ingest',
  'Mutation.transfer': 'ingest',
  'Mutation.transferBatch': 'ingest',
  'Mutation.decide': 'decide',
  'Mutation.acknowledgeAlert': 'alerts',
  'Mutation.assignAlert': 'alerts',
  'Mutation.reopenAlert': 'alerts',
  'Mutation.commentAlert': 'alerts',
  'Mutation.createWebhookEndpoint': 'admin',
  'Mutation.updateWebhookEndpoint': 'admin',
  'Mutation.rotateWebhookSecret': 'admin',
  'Mutation.enableWebhookEndpoint': 'admin',
  'Mutation.disableWebhookEndpoint': 'admin',
  'Mutation.testWebhookEndpoint': 'admin',
  'Mutation.deleteWebhookEndpoint': 'admin',
  'Mutation.replayDelivery': 'admin',
  'Mutation.replayDeliveries': 'admin',

  // GraphQL: hearing
  'Subscription.alertRaised': 'alerts',
  'Subscription.decisionMade': 'alerts',

  // Routes
  'GET /graphql': 'signedIn',
  'POST /graphql': 'signedIn',
  'POST /v1/sources/:source/events': 'ingest',
  'POST /v1/tables/:table/rows': 'ingest',
  'POST /v1/tables/:table/transfers': 'ingest',
  'POST /v1/sources/:source/decide': 'decide',
  // A session is opened by a token and told by its cookie: its routes look at both themselves.
  'POST /v1/session': 'public',
  'GET /v1/session': 'public',
  'DELETE /v1/session': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'public',
  'GET /': 'public',
  'GET /console': 'public',
  'GET /console/*': 'public',
};

/** What an operation takes. Throws OPERATION_UNKNOWN: what is not in the table, nobody may call. */
export function accessOf(operation: string): Access {
  const access = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (access === undefined)
    throw new RingwatchError('OPERATION_UNKNOWN', { operation: operation.slice(0, 100) });
  return access;
}

/** Whether the principal may do what takes the scope: the operator may do all. */
export function holds(principal: Principal, scope: Scope): boolean {
  return principal.kind === 'operator' || principal.scopes.includes(scope);
}

/**
 * Refuses the operation unless the principal may call it; `null` is somebody not signed in.
 * Throws OPERATION_UNKNOWN, UNAUTHENTICATED, FORBIDDEN.
 */
export function authorize(principal: Principal | null, operation: string): void {
  const access = accessOf(operation);
  if (access === 'public') return;
  if (principal === null) throw new RingwatchError('UNAUTHENTICATED');
  if (access === 'signedIn') return;
  if (access === 'operator' ? principal.kind !== 'operator' : !holds(principal, access)) {
    throw new RingwatchError('FORBIDDEN', { operation, scope: access });
  }
}
