// Written by `npm run docs` from schema/*.graphql.
import type { ConnectionFields, EdgeFields, PageArgs, Ref } from './schema-reference.ts';
import type {
  AlertState,
  ApiKeyState,
  AuditKind,
  DeliveryState,
  DraftPurpose,
  DraftState,
  EndpointState,
  HealthState,
  MemoryPart,
  PrincipalKind,
  Scope,
  Severity,
  StateChangeKind,
  StatementChangeKind,
  StatementKind,
  Theme,
  TransferOutcome,
  UsageMetric,
} from './schema-inputs.ts';
import type { RootFields } from './schema-roots.ts';

/** Arguments and results of each field of each type. */
export interface Fields extends RootFields {
  AcknowledgeAlertPayload: {
    alert: { args: object; result: Ref<'Alert'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Alert: {
    id: { args: object; result: string };
    alertId: { args: object; result: string };
    rule: { args: object; result: string };
    ruleVersion: { args: object; result: number };
    title: { args: object; result: string };
    severity: { args: object; result: Severity };
    key: { args: object; result: readonly Ref<'AlertKey'>[] };
    time: { args: object; result: string | null };
    position: { args: object; result: bigint | number | string };
    raisedAt: { args: object; result: string };
    partial: { args: object; result: boolean };
    afterDeadline: { args: object; result: boolean };
    rings: { args: object; result: readonly Ref<'Ring'>[] };
    reasons: { args: object; result: readonly Ref<'Reason'>[] };
    values: { args: object; result: Readonly<Record<string, unknown>> };
    trace: { args: object; result: readonly Ref<'TraceEntry'>[] };
    line: { args: object; result: string };
    state: { args: object; result: AlertState };
    acknowledgedBy: { args: object; result: string | null };
    acknowledgedAt: { args: object; result: string | null };
    updatedAt: { args: object; result: string };
    assignee: { args: object; result: Ref<'Assignee'> | null };
    comments: { args: PageArgs; result: Ref<'CommentConnection'> };
    deliveries: { args: PageArgs; result: Ref<'DeliveryConnection'> };
  };
  AlertConnection: {
    edges: { args: object; result: readonly Ref<'AlertEdge'>[] };
    nodes: { args: object; result: readonly Ref<'Alert'>[] };
    pageInfo: { args: object; result: Ref<'PageInfo'> };
    totalCount: { args: object; result: number };
    severityCounts: { args: object; result: readonly Ref<'SeverityCount'>[] };
    position: { args: object; result: bigint | number | string };
  };
  AlertEdge: EdgeFields<'Alert'>;
  AlertKey: {
    name: { args: object; result: string };
    value: { args: object; result: string | null };
  };
  ApiKey: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    prefix: { args: object; result: string };
    scopes: { args: object; result: readonly Scope[] };
    state: { args: object; result: ApiKeyState };
    member: { args: object; result: Ref<'Member'> | null };
    createdAt: { args: object; result: string };
    expiresAt: { args: object; result: string | null };
    revokedAt: { args: object; result: string | null };
    lastUsedAt: { args: object; result: string | null };
  };
  ApiKeyConnection: ConnectionFields<'ApiKey', 'ApiKeyEdge'>;
  ApiKeyEdge: EdgeFields<'ApiKey'>;
  AssignAlertPayload: {
    alert: { args: object; result: Ref<'Alert'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Assignee: {
    memberId: { args: object; result: string };
    name: { args: object; result: string | null };
  };
  AuditActor: {
    kind: { args: object; result: PrincipalKind | null };
    id: { args: object; result: string };
    personId: { args: object; result: string | null };
    name: { args: object; result: string };
  };
  AuditEntry: {
    id: { args: object; result: string };
    sequence: { args: object; result: bigint | number | string };
    at: { args: object; result: string };
    actor: { args: object; result: Ref<'AuditActor'> };
    kind: { args: object; result: AuditKind };
    action: { args: object; result: string };
    target: { args: object; result: string | null };
    details: { args: object; result: Readonly<Record<string, unknown>> };
    hash: { args: object; result: string };
    previousHash: { args: object; result: string };
  };
  AuditEntryConnection: ConnectionFields<'AuditEntry', 'AuditEntryEdge'>;
  AuditEntryEdge: EdgeFields<'AuditEntry'>;
  AuditHead: {
    tenantId: { args: object; result: string };
    sequence: { args: object; result: bigint | number | string };
    hash: { args: object; result: string };
    at: { args: object; result: string };
    statement: { args: object; result: string };
    signature: { args: object; result: string };
    publicKey: { args: object; result: string };
  };
  AuditVerification: {
    valid: { args: object; result: boolean };
    entries: { args: object; result: bigint | number | string | null };
    hash: { args: object; result: string | null };
    brokenAt: { args: object; result: bigint | number | string | null };
    reason: { args: object; result: string | null };
  };
  Column: {
    name: { args: object; result: string };
    type: { args: object; result: string };
    nullable: { args: object; result: boolean };
    key: { args: object; result: boolean };
    generated: { args: object; result: boolean };
  };
  Comment: {
    id: { args: object; result: string };
    text: { args: object; result: string };
    author: { args: object; result: string };
    createdAt: { args: object; result: string };
  };
  CommentAlertPayload: {
    comment: { args: object; result: Ref<'Comment'> | null };
    alert: { args: object; result: Ref<'Alert'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  CommentConnection: ConnectionFields<'Comment', 'CommentEdge'>;
  CommentEdge: EdgeFields<'Comment'>;
  CreateApiKeyPayload: {
    apiKey: { args: object; result: Ref<'ApiKey'> | null };
    secret: { args: object; result: string | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  CreateMemberPayload: {
    member: { args: object; result: Ref<'Member'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  CreateTenantPayload: {
    tenant: { args: object; result: Ref<'Tenant'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  CreateWebhookEndpointPayload: {
    endpoint: { args: object; result: Ref<'WebhookEndpoint'> | null };
    secret: { args: object; result: string | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  DecidePayload: {
    decision: { args: object; result: Ref<'Decision'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Decision: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    source: { args: object; result: string };
    key: { args: object; result: string };
    time: { args: object; result: string | null };
    outcome: { args: object; result: string };
    refused: { args: object; result: boolean };
    afterDeadline: { args: object; result: boolean };
    durable: { args: object; result: boolean };
    duplicate: { args: object; result: boolean };
    reasons: { args: object; result: readonly Ref<'Reason'>[] };
    rings: { args: object; result: readonly Ref<'Ring'>[] };
    alerts: { args: object; result: readonly Ref<'Alert'>[] };
    position: { args: object; result: bigint | number | string | null };
    deadlineMs: { args: object; result: number | null };
    answeredInMs: { args: object; result: number | null };
  };
  DecisionDefinition: {
    name: { args: object; result: string };
    outcomes: { args: object; result: readonly string[] };
    default: { args: object; result: string };
    fallback: { args: object; result: string };
    deadlineMs: { args: object; result: number | null };
  };
  DefinitionCheck: {
    valid: { args: object; result: boolean };
    errors: { args: object; result: readonly Ref<'DefinitionError'>[] };
    warnings: { args: object; result: readonly string[] };
    diff: { args: object; result: Ref<'DefinitionDiff'> | null };
    plan: { args: object; result: string | null };
    picture: { args: object; result: string | null };
  };
  DefinitionDiff: {
    statements: { args: object; result: readonly Ref<'StatementChange'>[] };
    state: { args: object; result: readonly Ref<'StateChange'>[] };
    text: { args: object; result: string };
  };
  DefinitionError: {
    code: { args: object; result: string };
    message: { args: object; result: string };
    line: { args: object; result: number | null };
    column: { args: object; result: number | null };
    offset: { args: object; result: number | null };
    hint: { args: object; result: string | null };
    mend: { args: object; result: string };
  };
  DefinitionVersion: {
    id: { args: object; result: string };
    number: { args: object; result: number };
    text: { args: object; result: string };
    position: { args: object; result: bigint | number | string };
    publishedAt: { args: object; result: string };
    publishedBy: { args: object; result: string | null };
    draftedBy: { args: object; result: string | null };
    comment: { args: object; result: string };
    twoPersons: { args: object; result: boolean };
    textHash: { args: object; result: string };
    diff: { args: object; result: Ref<'DefinitionDiff'> };
  };
  DefinitionVersionConnection: ConnectionFields<'DefinitionVersion', 'DefinitionVersionEdge'>;
  DefinitionVersionEdge: EdgeFields<'DefinitionVersion'>;
  Definitions: {
    text: { args: object; result: string };
    version: { args: object; result: Ref<'DefinitionVersion'> | null };
    plan: { args: object; result: string };
    picture: { args: object; result: string };
  };
  DeleteRowsPayload: {
    result: { args: object; result: Ref<'WriteResult'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  DeleteWebhookEndpointPayload: {
    deletedId: { args: object; result: string | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Delivery: {
    id: { args: object; result: string };
    webhookId: { args: object; result: string };
    type: { args: object; result: string };
    endpoint: { args: object; result: Ref<'WebhookEndpoint'> | null };
    alert: { args: object; result: Ref<'Alert'> | null };
    state: { args: object; result: DeliveryState };
    createdAt: { args: object; result: string };
    nextAttemptAt: { args: object; result: string | null };
    deliveredAt: { args: object; result: string | null };
    body: { args: object; result: string };
    attempts: { args: object; result: readonly Ref<'DeliveryAttempt'>[] };
    attemptCount: { args: object; result: number };
  };
  DeliveryAttempt: {
    number: { args: object; result: number };
    startedAt: { args: object; result: string };
    durationMs: { args: object; result: number };
    requestHeaders: { args: object; result: Readonly<Record<string, unknown>> };
    status: { args: object; result: number | null };
    responseHeaders: { args: object; result: Readonly<Record<string, unknown>> | null };
    responseBody: { args: object; result: string | null };
    error: { args: object; result: string | null };
    errorMessage: { args: object; result: string | null };
  };
  DeliveryConnection: ConnectionFields<'Delivery', 'DeliveryEdge'>;
  DeliveryEdge: EdgeFields<'Delivery'>;
  DisableMemberPayload: {
    member: { args: object; result: Ref<'Member'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  DisableRulePayload: {
    draft: { args: object; result: Ref<'Draft'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  DisableWebhookEndpointPayload: {
    endpoint: { args: object; result: Ref<'WebhookEndpoint'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Draft: {
    id: { args: object; result: string };
    text: { args: object; result: string };
    textHash: { args: object; result: string };
    purpose: { args: object; result: DraftPurpose };
    rule: { args: object; result: string | null };
    state: { args: object; result: DraftState };
    author: { args: object; result: string };
    publishable: { args: object; result: boolean };
    comment: { args: object; result: string };
    createdAt: { args: object; result: string };
    basedOn: { args: object; result: Ref<'DefinitionVersion'> | null };
    published: { args: object; result: Ref<'DefinitionVersion'> | null };
    allowDrop: { args: object; result: boolean };
    check: { args: object; result: Ref<'DefinitionCheck'> };
  };
  DraftConnection: ConnectionFields<'Draft', 'DraftEdge'>;
  DraftDefinitionsPayload: {
    draft: { args: object; result: Ref<'Draft'> | null };
    check: { args: object; result: Ref<'DefinitionCheck'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  DraftEdge: EdgeFields<'Draft'>;
  EdgeTable: {
    name: { args: object; result: string };
    labels: { args: object; result: readonly string[] };
    properties: { args: object; result: readonly Ref<'Property'>[] };
    source: { args: object; result: string };
    destination: { args: object; result: string };
  };
  EdgeTableMemory: {
    name: { args: object; result: string };
    edges: { args: object; result: bigint | number | string };
    segmentEdges: { args: object; result: bigint | number | string };
    deltaEdges: { args: object; result: bigint | number | string };
    bytes: { args: object; result: bigint | number | string };
    coldBytes: { args: object; result: bigint | number | string };
  };
  ElementTable: {
    name: { args: object; result: string };
    labels: { args: object; result: readonly string[] };
    properties: { args: object; result: readonly Ref<'Property'>[] };
  };
  EnableRulePayload: {
    draft: { args: object; result: Ref<'Draft'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  EnableWebhookEndpointPayload: {
    endpoint: { args: object; result: Ref<'WebhookEndpoint'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  EngineState: {
    position: { args: object; result: bigint | number | string };
    offset: { args: object; result: bigint | number | string };
    durableOffset: { args: object; result: bigint | number | string };
    lag: { args: object; result: bigint | number | string };
    lagMs: { args: object; result: number };
    definitionsVersion: { args: object; result: number };
    stateBytes: { args: object; result: bigint | number | string };
    memoryBytes: { args: object; result: bigint | number | string | null };
    memoryLimit: { args: object; result: bigint | number | string | null };
    memoryShort: { args: object; result: boolean };
    accepted: { args: object; result: bigint | number | string };
    duplicates: { args: object; result: bigint | number | string };
    late: { args: object; result: bigint | number | string };
    refused: { args: object; result: bigint | number | string };
    rejected: { args: object; result: Readonly<Record<string, unknown>> };
    alerts: { args: object; result: bigint | number | string };
    suppressed: { args: object; result: bigint | number | string };
    afterDeadline: { args: object; result: bigint | number | string };
    decisions: { args: object; result: Readonly<Record<string, unknown>> };
  };
  GraphEdge: {
    key: { args: object; result: string };
    label: { args: object; result: string };
    from: { args: object; result: string };
    to: { args: object; result: string };
    time: { args: object; result: string | null };
    amount: { args: object; result: string | null };
    properties: { args: object; result: Readonly<Record<string, unknown>> };
  };
  GraphMemory: {
    bytes: { args: object; result: bigint | number | string };
    rawBytes: { args: object; result: bigint | number | string };
    rawShare: { args: object; result: number | null };
    bytesPerEdge: { args: object; result: number | null };
    bitsPerEdge: { args: object; result: number | null };
    vertices: { args: object; result: bigint | number | string };
    edges: { args: object; result: bigint | number | string };
    edgeTables: { args: object; result: readonly Ref<'EdgeTableMemory'>[] };
    items: { args: object; result: readonly Ref<'MemoryItem'>[] };
  };
  GraphVertex: {
    key: { args: object; result: string };
    label: { args: object; result: string };
    properties: { args: object; result: Readonly<Record<string, unknown>> };
  };
  GraphView: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    vertexTables: { args: object; result: readonly Ref<'ElementTable'>[] };
    edgeTables: { args: object; result: readonly Ref<'EdgeTable'>[] };
    retainMs: { args: object; result: bigint | number | string | null };
    vertices: { args: object; result: bigint | number | string | null };
    edges: { args: object; result: bigint | number | string | null };
    memory: { args: object; result: Ref<'GraphMemory'> | null };
  };
  GraphViewConnection: ConnectionFields<'GraphView', 'GraphViewEdge'>;
  GraphViewEdge: EdgeFields<'GraphView'>;
  Health: {
    state: { args: object; result: HealthState };
    parts: { args: object; result: readonly Ref<'HealthPart'>[] };
    version: { args: object; result: string };
    startedAt: { args: object; result: string };
    engine: { args: object; result: Ref<'EngineState'> | null };
  };
  HealthPart: {
    name: { args: object; result: string };
    state: { args: object; result: HealthState };
    message: { args: object; result: string | null };
  };
  IngestPayload: {
    result: { args: object; result: Ref<'WriteResult'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  LatencyPoint: {
    at: { args: object; result: string };
    decideP50Ms: { args: object; result: number | null };
    decideP99Ms: { args: object; result: number | null };
    writeP50Ms: { args: object; result: number | null };
    writeP99Ms: { args: object; result: number | null };
    queryP50Ms: { args: object; result: number | null };
    queryP99Ms: { args: object; result: number | null };
  };
  LatencySeries: {
    stepSeconds: { args: object; result: number };
    points: { args: object; result: readonly Ref<'LatencyPoint'>[] };
  };
  Limit: {
    name: { args: object; result: string };
    value: { args: object; result: bigint | number | string | null };
  };
  Limits: {
    quotas: { args: object; result: readonly Ref<'Limit'>[] };
    service: { args: object; result: readonly Ref<'Limit'>[] };
  };
  Member: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    email: { args: object; result: string };
    scopes: { args: object; result: readonly Scope[] };
    createdAt: { args: object; result: string };
    disabledAt: { args: object; result: string | null };
  };
  MemberConnection: ConnectionFields<'Member', 'MemberEdge'>;
  MemberEdge: EdgeFields<'Member'>;
  MemoryItem: {
    edgeTable: { args: object; result: string | null };
    part: { args: object; result: MemoryPart };
    item: { args: object; result: string };
    bytes: { args: object; result: bigint | number | string };
  };
  PageInfo: {
    hasNextPage: { args: object; result: boolean };
    hasPreviousPage: { args: object; result: boolean };
    startCursor: { args: object; result: string | null };
    endCursor: { args: object; result: string | null };
  };
  Property: {
    name: { args: object; result: string };
    type: { args: object; result: string };
  };
  PublishDefinitionsPayload: {
    version: { args: object; result: Ref<'DefinitionVersion'> | null };
    position: { args: object; result: bigint | number | string | null };
    draft: { args: object; result: Ref<'Draft'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  QueryAnswer: {
    columns: { args: object; result: readonly Ref<'QueryColumn'>[] };
    rows: { args: object; result: Ref<'QueryRowConnection'> };
    graph: { args: object; result: Ref<'ResultGraph'> };
    position: { args: object; result: bigint | number | string };
    partial: { args: object; result: boolean };
    truncated: { args: object; result: boolean };
    edgesVisited: { args: object; result: bigint | number | string };
    evaluationErrors: { args: object; result: Readonly<Record<string, unknown>> };
    trace: { args: object; result: readonly Ref<'TraceEntry'>[] };
  };
  QueryColumn: {
    name: { args: object; result: string };
    type: { args: object; result: string };
  };
  QueryParameter: {
    name: { args: object; result: string };
    type: { args: object; result: string };
    optional: { args: object; result: boolean };
  };
  QueryRowConnection: {
    edges: { args: object; result: readonly Ref<'QueryRowEdge'>[] };
    nodes: { args: object; result: readonly Readonly<Record<string, unknown>>[] };
    pageInfo: { args: object; result: Ref<'PageInfo'> };
    totalCount: { args: object; result: number };
  };
  QueryRowEdge: {
    cursor: { args: object; result: string };
    node: { args: object; result: Readonly<Record<string, unknown>> };
  };
  Reason: {
    rule: { args: object; result: string | null };
    ruleVersion: { args: object; result: number | null };
    outcome: { args: object; result: string | null };
    text: { args: object; result: string };
  };
  RejectedRecord: {
    index: { args: object; result: number };
    code: { args: object; result: string };
    reason: { args: object; result: string };
  };
  ReopenAlertPayload: {
    alert: { args: object; result: Ref<'Alert'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  ReplayDeliveriesPayload: {
    count: { args: object; result: number | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  ReplayDeliveryPayload: {
    delivery: { args: object; result: Ref<'Delivery'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  ResultGraph: {
    vertices: { args: object; result: readonly Ref<'GraphVertex'>[] };
    edges: { args: object; result: readonly Ref<'GraphEdge'>[] };
  };
  RevokeApiKeyPayload: {
    apiKey: { args: object; result: Ref<'ApiKey'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Ring: {
    name: { args: object; result: string };
    closed: { args: object; result: boolean };
    vertices: { args: object; result: readonly Ref<'RingVertex'>[] };
    edges: { args: object; result: readonly Ref<'RingEdge'>[] };
    hops: { args: object; result: number };
    amount: { args: object; result: string | null };
    start: { args: object; result: string | null };
    end: { args: object; result: string | null };
    values: { args: object; result: Readonly<Record<string, unknown>> };
    text: { args: object; result: string };
    svg: { args: { readonly theme: Theme | null }; result: string };
  };
  RingEdge: {
    key: { args: object; result: string };
    hop: { args: object; result: number };
    from: { args: object; result: string };
    to: { args: object; result: string };
    amount: { args: object; result: string | null };
    time: { args: object; result: string | null };
    closing: { args: object; result: boolean };
    properties: { args: object; result: Readonly<Record<string, unknown>> };
  };
  RingVertex: {
    key: { args: object; result: string };
    properties: { args: object; result: Readonly<Record<string, unknown>> };
  };
  RollBackDefinitionsPayload: {
    draft: { args: object; result: Ref<'Draft'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  RollBackRulePayload: {
    draft: { args: object; result: Ref<'Draft'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  RotateWebhookSecretPayload: {
    endpoint: { args: object; result: Ref<'WebhookEndpoint'> | null };
    secret: { args: object; result: string | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Rule: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    version: { args: object; result: number };
    enabled: { args: object; result: boolean };
    text: { args: object; result: string };
    relation: { args: object; result: string };
    graphView: { args: object; result: string | null };
    alertTitle: { args: object; result: string | null };
    severity: { args: object; result: Severity | null };
    outcome: { args: object; result: string | null };
    refuses: { args: object; result: boolean };
    webhooks: { args: object; result: readonly string[] };
    firings: { args: object; result: bigint | number | string };
    jobs: { args: object; result: bigint | number | string };
    partial: { args: object; result: bigint | number | string };
    edgesVisited: { args: object; result: bigint | number | string };
  };
  RuleConnection: ConnectionFields<'Rule', 'RuleEdge'>;
  RuleEdge: EdgeFields<'Rule'>;
  SavedQuery: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    graphView: { args: object; result: string };
    parameters: { args: object; result: readonly Ref<'QueryParameter'>[] };
    text: { args: object; result: string };
  };
  SavedQueryConnection: ConnectionFields<'SavedQuery', 'SavedQueryEdge'>;
  SavedQueryEdge: EdgeFields<'SavedQuery'>;
  SeverityCount: {
    severity: { args: object; result: Severity };
    count: { args: object; result: number };
  };
  Source: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    columns: { args: object; result: readonly Ref<'Column'>[] };
    eventTime: { args: object; result: string | null };
    watermark: { args: object; result: string | null };
    idle: { args: object; result: boolean };
    behindMs: { args: object; result: number | null };
    decision: { args: object; result: Ref<'DecisionDefinition'> | null };
  };
  SourceConnection: ConnectionFields<'Source', 'SourceEdge'>;
  SourceEdge: EdgeFields<'Source'>;
  StateChange: {
    what: { args: object; result: string };
    change: { args: object; result: StateChangeKind };
  };
  StatementChange: {
    kind: { args: object; result: StatementKind };
    name: { args: object; result: string };
    change: { args: object; result: StatementChangeKind };
  };
  Table: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    columns: { args: object; result: readonly Ref<'Column'>[] };
    rows: { args: object; result: bigint | number | string | null };
  };
  TableConnection: ConnectionFields<'Table', 'TableEdge'>;
  TableEdge: EdgeFields<'Table'>;
  Tenant: {
    id: { args: object; result: string };
    tenantId: { args: object; result: string };
    slug: { args: object; result: string };
    name: { args: object; result: string };
    createdAt: { args: object; result: string };
    settings: { args: object; result: Ref<'TenantSettings'> };
  };
  TenantConnection: ConnectionFields<'Tenant', 'TenantEdge'>;
  TenantEdge: EdgeFields<'Tenant'>;
  TenantSettings: {
    twoPersonRule: { args: object; result: boolean };
  };
  TestWebhookEndpointPayload: {
    delivery: { args: object; result: Ref<'Delivery'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  ThroughputPoint: {
    at: { args: object; result: string };
    eventsPerSecond: { args: object; result: number };
    decisionsPerSecond: { args: object; result: number };
    alertsPerSecond: { args: object; result: number };
    lag: { args: object; result: bigint | number | string };
  };
  ThroughputSeries: {
    stepSeconds: { args: object; result: number };
    points: { args: object; result: readonly Ref<'ThroughputPoint'>[] };
  };
  TraceEntry: {
    task: { args: object; result: string };
    why: { args: object; result: string };
    rows: { args: object; result: number };
    edgesVisited: { args: object; result: bigint | number | string };
  };
  Transfer: {
    position: { args: object; result: bigint | number | string };
    outcome: { args: object; result: TransferOutcome };
    code: { args: object; result: string | null };
    from: { args: object; result: Readonly<Record<string, unknown>> };
    to: { args: object; result: Readonly<Record<string, unknown>> };
    amount: { args: object; result: string | null };
    balance: { args: object; result: string | null };
    idempotencyKey: { args: object; result: string | null };
    issuedAt: { args: object; result: string | null };
  };
  TransferBatchPayload: {
    transfers: { args: object; result: readonly Ref<'TransferResult'>[] | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  TransferConnection: ConnectionFields<'Transfer', 'TransferEdge'>;
  TransferEdge: EdgeFields<'Transfer'>;
  TransferPayload: {
    transfer: { args: object; result: Ref<'TransferResult'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  TransferResult: {
    outcome: { args: object; result: TransferOutcome };
    code: { args: object; result: string | null };
    message: { args: object; result: string | null };
    duplicate: { args: object; result: boolean };
    position: { args: object; result: bigint | number | string | null };
    fromBalance: { args: object; result: string | null };
    toBalance: { args: object; result: string | null };
  };
  UpdateMemberPayload: {
    member: { args: object; result: Ref<'Member'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  UpdateTenantPayload: {
    tenant: { args: object; result: Ref<'Tenant'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  UpdateWebhookEndpointPayload: {
    endpoint: { args: object; result: Ref<'WebhookEndpoint'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  UpsertRowsPayload: {
    result: { args: object; result: Ref<'WriteResult'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  Usage: {
    figures: { args: object; result: readonly Ref<'UsageFigure'>[] };
    days: { args: object; result: readonly Ref<'UsageDay'>[] };
  };
  UsageDay: {
    day: { args: object; result: string };
    metric: { args: object; result: UsageMetric };
    used: { args: object; result: bigint | number | string };
  };
  UsageFigure: {
    metric: { args: object; result: UsageMetric };
    used: { args: object; result: bigint | number | string };
    limit: { args: object; result: bigint | number | string | null };
  };
  UserError: {
    code: { args: object; result: string };
    message: { args: object; result: string };
    field: { args: object; result: readonly string[] | null };
    mend: { args: object; result: string };
    hint: { args: object; result: string | null };
    retryable: { args: object; result: boolean };
  };
  Viewer: {
    kind: { args: object; result: PrincipalKind };
    name: { args: object; result: string };
    personId: { args: object; result: string };
    memberId: { args: object; result: string | null };
    scopes: { args: object; result: readonly Scope[] };
    tenant: { args: object; result: Ref<'Tenant'> | null };
  };
  WebhookEndpoint: {
    id: { args: object; result: string };
    name: { args: object; result: string };
    url: { args: object; result: string };
    description: { args: object; result: string | null };
    state: { args: object; result: EndpointState };
    stateReason: { args: object; result: string | null };
    rules: { args: object; result: readonly string[] | null };
    createdAt: { args: object; result: string };
    oldSecretUntil: { args: object; result: string | null };
    deliveries: { args: PageArgs; result: Ref<'DeliveryConnection'> };
  };
  WebhookEndpointConnection: ConnectionFields<'WebhookEndpoint', 'WebhookEndpointEdge'>;
  WebhookEndpointEdge: EdgeFields<'WebhookEndpoint'>;
  WithdrawDraftPayload: {
    draft: { args: object; result: Ref<'Draft'> | null };
    userErrors: { args: object; result: readonly Ref<'UserError'>[] };
  };
  WriteResult: {
    accepted: { args: object; result: number };
    rejectedCount: { args: object; result: number };
    rejected: { args: object; result: readonly Ref<'RejectedRecord'>[] };
    duplicates: { args: object; result: number | null };
    late: { args: object; result: number | null };
    refused: { args: object; result: number | null };
    unknownFields: { args: object; result: Readonly<Record<string, unknown>> };
    offset: { args: object; result: bigint | number | string | null };
    position: { args: object; result: bigint | number | string | null };
    token: { args: object; result: string | null };
  };
}

/** Types that implement Node. */
export type NodeTypeName =
  | 'Alert'
  | 'ApiKey'
  | 'AuditEntry'
  | 'Decision'
  | 'DefinitionVersion'
  | 'Delivery'
  | 'Draft'
  | 'GraphView'
  | 'Member'
  | 'Rule'
  | 'SavedQuery'
  | 'Source'
  | 'Table'
  | 'Tenant'
  | 'WebhookEndpoint';
