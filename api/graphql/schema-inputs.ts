// Written by `npm run docs` from schema/*.graphql.

/** In what order alerts come. */
export type AlertOrder = 'NEWEST' | 'SEVERITY';

/** What has become of an alert. */
export type AlertState = 'OPEN' | 'ACKNOWLEDGED';

/** What an API key's life has come to. */
export type ApiKeyState = 'ACTIVE' | 'EXPIRED' | 'REVOKED';

/** The kinds of audit entry. */
export type AuditKind = 'CHANGE' | 'READ';

/** What has become of a message. */
export type DeliveryState = 'PENDING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';

/** What a draft is for. */
export type DraftPurpose = 'TEXT' | 'DISABLE_RULE' | 'ENABLE_RULE' | 'ROLL_BACK' | 'ROLL_BACK_RULE';

/** What has become of a draft. */
export type DraftState = 'OPEN' | 'PUBLISHING' | 'PUBLISHED' | 'WITHDRAWN';

/** What an endpoint is up to. */
export type EndpointState = 'ENABLED' | 'DISABLED' | 'FAILED';

/** Whether something works. */
export type HealthState = 'OK' | 'DEGRADED' | 'DOWN';

/** What memory is for. */
export type MemoryPart = 'SEGMENT' | 'DELTA' | 'INDEXES' | 'REMOVED' | 'VERTICES' | 'OTHER';

/** The kinds of caller. */
export type PrincipalKind = 'KEY' | 'MEMBER' | 'OPERATOR';

/** What a key or person may do. */
export type Scope = 'INGEST' | 'DECIDE' | 'QUERY' | 'DEFINE' | 'PUBLISH' | 'ALERTS' | 'ADMIN' | 'AUDIT';

/** How much an alert matters, from the rule. */
export type Severity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

/** What may happen to state. */
export type StateChangeKind = 'KEPT' | 'BACKFILLED' | 'STARTS_EMPTY' | 'DROPPED';

/** What may happen to a statement. */
export type StatementChangeKind = 'ADDED' | 'CHANGED' | 'DROPPED' | 'UNCHANGED';

/** The kinds of statement. */
export type StatementKind = 'SOURCE' | 'TABLE' | 'VIEW' | 'GRAPH_VIEW' | 'DECISION' | 'RULE' | 'QUERY';

/** A ground to draw on. */
export type Theme = 'SYSTEM' | 'LIGHT' | 'DARK';

/** What may become of a transfer. */
export type TransferOutcome = 'APPLIED' | 'DECLINED';

/**
 * What is counted. Figures *from the log* are told by the tenant's log: its days add up to what the
 * log says, whatever was killed when; what came in while nobody counted is of the day on which that
 * was over. Those *with the attempt* are stored with what they count. The others are counted in
 * memory: a process that is killed loses of them what came in the last 10 seconds.
 */
export type UsageMetric =
  | 'REQUESTS'
  | 'RECORDS'
  | 'BYTES'
  | 'REJECTED'
  | 'DUPLICATES'
  | 'LATE'
  | 'REFUSED'
  | 'DECISIONS'
  | 'QUERIES'
  | 'EDGES'
  | 'ALERTS'
  | 'SUPPRESSED'
  | 'ATTEMPTS'
  | 'DELIVERIES';

/** What a write waits for. */
export type Wait = 'DURABLE' | 'APPLIED';

/** An alert to acknowledge. */
export interface AcknowledgeAlertInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** Which alerts. What is left out does not matter; all that is given has to hold. */
export interface AlertFilter {
  readonly rules?: readonly string[] | null;
  readonly severities?: readonly Severity[] | null;
  readonly state?: AlertState | null;
  readonly assigneeId?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly key?: string | null;
}

/** An alert to assign. */
export interface AssignAlertInput {
  readonly id: string;
  readonly memberId?: string | null;
  readonly idempotencyKey?: string | null;
}

/** Which entries. What is left out does not matter; all that is given has to hold. */
export interface AuditFilter {
  readonly actions?: readonly string[] | null;
  readonly kind?: AuditKind | null;
  readonly actor?: string | null;
  readonly target?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
}

/** An end of the chain that was kept elsewhere, as `auditHead` gave it. */
export interface AuditHeadInput {
  readonly tenantId: string;
  readonly sequence: bigint;
  readonly hash: string;
  readonly at: string;
  readonly statement: string;
  readonly signature: string;
  readonly publicKey: string;
}

/** A comment to add. */
export interface CommentAlertInput {
  readonly id: string;
  readonly text: string;
  readonly idempotencyKey?: string | null;
}

/** An API key to create. */
export interface CreateApiKeyInput {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: string | null;
  readonly memberId?: string | null;
  readonly idempotencyKey?: string | null;
}

/** A person to add. */
export interface CreateMemberInput {
  readonly name: string;
  readonly email: string;
  readonly scopes: readonly Scope[];
  readonly idempotencyKey?: string | null;
}

/** A tenant to create. */
export interface CreateTenantInput {
  readonly slug: string;
  readonly name: string;
  readonly idempotencyKey?: string | null;
}

/** An endpoint to create. */
export interface CreateWebhookEndpointInput {
  readonly name: string;
  readonly url: string;
  readonly description?: string | null;
  readonly rules?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

/** An event to decide. */
export interface DecideInput {
  readonly source: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly deadlineMs?: number | null;
  readonly idempotencyKey?: string | null;
}

/** Rows to delete. */
export interface DeleteRowsInput {
  readonly table: string;
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  readonly wait: Wait | null;
  readonly idempotencyKey?: string | null;
}

/** An endpoint to remove. */
export interface DeleteWebhookEndpointInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** Which deliveries. What is left out does not matter; all that is given has to hold. */
export interface DeliveryFilter {
  readonly endpointId?: string | null;
  readonly state?: DeliveryState | null;
  readonly alertId?: string | null;
}

/** A member to shut out. */
export interface DisableMemberInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** A rule to switch off. */
export interface DisableRuleInput {
  readonly rule: string;
  readonly comment?: string | null;
  readonly idempotencyKey?: string | null;
}

/** An endpoint to switch off. */
export interface DisableWebhookEndpointInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** A text to draft. */
export interface DraftDefinitionsInput {
  readonly text: string;
  readonly dryRun: boolean | null;
  readonly allowDrop: boolean | null;
  readonly comment?: string | null;
  readonly idempotencyKey?: string | null;
}

/** A rule to switch on. */
export interface EnableRuleInput {
  readonly rule: string;
  readonly comment?: string | null;
  readonly idempotencyKey?: string | null;
}

/** An endpoint to switch on. */
export interface EnableWebhookEndpointInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** Events to send. */
export interface IngestInput {
  readonly source: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly wait: Wait | null;
  readonly idempotencyKey?: string | null;
}

/** A draft to publish. */
export interface PublishDefinitionsInput {
  readonly draftId: string;
  readonly idempotencyKey?: string | null;
}

/** An alert to put back. */
export interface ReopenAlertInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** A range of deliveries to send again. All that is given has to hold. */
export interface ReplayDeliveriesInput {
  readonly endpointId: string;
  readonly fromPosition?: bigint | null;
  readonly toPosition?: bigint | null;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly state?: DeliveryState | null;
  readonly idempotencyKey?: string | null;
}

/** A delivery to send again. */
export interface ReplayDeliveryInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** An API key to revoke. */
export interface RevokeApiKeyInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** Definitions to roll back. */
export interface RollBackDefinitionsInput {
  readonly toVersion: number;
  readonly comment?: string | null;
  readonly idempotencyKey?: string | null;
}

/** A rule to roll back. */
export interface RollBackRuleInput {
  readonly rule: string;
  readonly toDefinitionVersion: number;
  readonly comment?: string | null;
  readonly idempotencyKey?: string | null;
}

/** An endpoint to give a new secret. */
export interface RotateWebhookSecretInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** Rates and quotas of a tenant: what is left out stays; null: none but those of the service. */
export interface TenantLimitsInput {
  readonly requestsPerSecond?: number | null;
  readonly recordsPerSecond?: number | null;
  readonly recordsPerMonth?: bigint | null;
  readonly bytesPerMonth?: bigint | null;
  readonly subscriptions?: number | null;
  readonly members?: number | null;
  readonly keys?: number | null;
  readonly endpoints?: number | null;
  readonly memoryBytes?: bigint | null;
}

/** An endpoint to try. */
export interface TestWebhookEndpointInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}

/** Transfers to carry out. */
export interface TransferBatchInput {
  readonly table: string;
  readonly column?: string | null;
  readonly transfers: readonly TransferItemInput[];
  readonly idempotencyKey?: string | null;
}

/** A transfer to carry out. */
export interface TransferInput {
  readonly table: string;
  readonly column?: string | null;
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
  readonly amount: string;
  readonly issuedAt?: string | null;
  readonly idempotencyKey: string;
}

/** One of several transfers. */
export interface TransferItemInput {
  readonly from: Readonly<Record<string, unknown>>;
  readonly to: Readonly<Record<string, unknown>>;
  readonly amount: string;
  readonly issuedAt?: string | null;
  readonly idempotencyKey: string;
}

/** Changes of a member. */
export interface UpdateMemberInput {
  readonly id: string;
  readonly name?: string | null;
  readonly email?: string | null;
  readonly scopes?: readonly Scope[] | null;
  readonly idempotencyKey?: string | null;
}

/** Changes of the tenant. */
export interface UpdateTenantInput {
  readonly name?: string | null;
  readonly twoPersonRule?: boolean | null;
  readonly limits?: TenantLimitsInput | null;
  readonly idempotencyKey?: string | null;
}

/** Changes of an endpoint. */
export interface UpdateWebhookEndpointInput {
  readonly id: string;
  readonly url?: string | null;
  readonly description?: string | null;
  readonly rules?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

/** Rows to insert or replace. */
export interface UpsertRowsInput {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly wait: Wait | null;
  readonly idempotencyKey?: string | null;
}

/** A draft to take back. */
export interface WithdrawDraftInput {
  readonly id: string;
  readonly idempotencyKey?: string | null;
}
