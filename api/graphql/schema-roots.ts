// Written by `npm run docs` from schema/*.graphql.
import type { PageArgs, Ref } from './schema-reference.ts';
import type {
  AcknowledgeAlertInput,
  AlertFilter,
  AlertOrder,
  AssignAlertInput,
  AuditFilter,
  AuditHeadInput,
  CommentAlertInput,
  CreateApiKeyInput,
  CreateMemberInput,
  CreateTenantInput,
  CreateWebhookEndpointInput,
  DecideInput,
  DeleteRowsInput,
  DeleteWebhookEndpointInput,
  DeliveryFilter,
  DisableMemberInput,
  DisableRuleInput,
  DisableWebhookEndpointInput,
  DraftDefinitionsInput,
  EnableRuleInput,
  EnableWebhookEndpointInput,
  IngestInput,
  PublishDefinitionsInput,
  ReopenAlertInput,
  ReplayDeliveriesInput,
  ReplayDeliveryInput,
  RevokeApiKeyInput,
  RollBackDefinitionsInput,
  RollBackRuleInput,
  RotateWebhookSecretInput,
  Severity,
  TestWebhookEndpointInput,
  TransferBatchInput,
  TransferInput,
  UpdateMemberInput,
  UpdateTenantInput,
  UpdateWebhookEndpointInput,
  UpsertRowsInput,
  WithdrawDraftInput,
} from './schema-inputs.ts';

/** Arguments and results of what can be asked, changed and followed. */
export interface RootFields {
  Mutation: {
    acknowledgeAlert: {
      args: { readonly input: AcknowledgeAlertInput };
      result: Ref<'AcknowledgeAlertPayload'>;
    };
    reopenAlert: { args: { readonly input: ReopenAlertInput }; result: Ref<'ReopenAlertPayload'> };
    assignAlert: { args: { readonly input: AssignAlertInput }; result: Ref<'AssignAlertPayload'> };
    commentAlert: { args: { readonly input: CommentAlertInput }; result: Ref<'CommentAlertPayload'> };
    draftDefinitions: {
      args: { readonly input: DraftDefinitionsInput };
      result: Ref<'DraftDefinitionsPayload'>;
    };
    withdrawDraft: { args: { readonly input: WithdrawDraftInput }; result: Ref<'WithdrawDraftPayload'> };
    publishDefinitions: {
      args: { readonly input: PublishDefinitionsInput };
      result: Ref<'PublishDefinitionsPayload'>;
    };
    enableRule: { args: { readonly input: EnableRuleInput }; result: Ref<'EnableRulePayload'> };
    disableRule: { args: { readonly input: DisableRuleInput }; result: Ref<'DisableRulePayload'> };
    rollBackRule: { args: { readonly input: RollBackRuleInput }; result: Ref<'RollBackRulePayload'> };
    rollBackDefinitions: {
      args: { readonly input: RollBackDefinitionsInput };
      result: Ref<'RollBackDefinitionsPayload'>;
    };
    ingest: { args: { readonly input: IngestInput }; result: Ref<'IngestPayload'> };
    upsertRows: { args: { readonly input: UpsertRowsInput }; result: Ref<'UpsertRowsPayload'> };
    deleteRows: { args: { readonly input: DeleteRowsInput }; result: Ref<'DeleteRowsPayload'> };
    decide: { args: { readonly input: DecideInput }; result: Ref<'DecidePayload'> };
    createTenant: { args: { readonly input: CreateTenantInput }; result: Ref<'CreateTenantPayload'> };
    updateTenant: { args: { readonly input: UpdateTenantInput }; result: Ref<'UpdateTenantPayload'> };
    createMember: { args: { readonly input: CreateMemberInput }; result: Ref<'CreateMemberPayload'> };
    updateMember: { args: { readonly input: UpdateMemberInput }; result: Ref<'UpdateMemberPayload'> };
    disableMember: { args: { readonly input: DisableMemberInput }; result: Ref<'DisableMemberPayload'> };
    createApiKey: { args: { readonly input: CreateApiKeyInput }; result: Ref<'CreateApiKeyPayload'> };
    revokeApiKey: { args: { readonly input: RevokeApiKeyInput }; result: Ref<'RevokeApiKeyPayload'> };
    transfer: { args: { readonly input: TransferInput }; result: Ref<'TransferPayload'> };
    transferBatch: { args: { readonly input: TransferBatchInput }; result: Ref<'TransferBatchPayload'> };
    createWebhookEndpoint: {
      args: { readonly input: CreateWebhookEndpointInput };
      result: Ref<'CreateWebhookEndpointPayload'>;
    };
    updateWebhookEndpoint: {
      args: { readonly input: UpdateWebhookEndpointInput };
      result: Ref<'UpdateWebhookEndpointPayload'>;
    };
    deleteWebhookEndpoint: {
      args: { readonly input: DeleteWebhookEndpointInput };
      result: Ref<'DeleteWebhookEndpointPayload'>;
    };
    rotateWebhookSecret: {
      args: { readonly input: RotateWebhookSecretInput };
      result: Ref<'RotateWebhookSecretPayload'>;
    };
    enableWebhookEndpoint: {
      args: { readonly input: EnableWebhookEndpointInput };
      result: Ref<'EnableWebhookEndpointPayload'>;
    };
    disableWebhookEndpoint: {
      args: { readonly input: DisableWebhookEndpointInput };
      result: Ref<'DisableWebhookEndpointPayload'>;
    };
    testWebhookEndpoint: {
      args: { readonly input: TestWebhookEndpointInput };
      result: Ref<'TestWebhookEndpointPayload'>;
    };
    replayDelivery: { args: { readonly input: ReplayDeliveryInput }; result: Ref<'ReplayDeliveryPayload'> };
    replayDeliveries: {
      args: { readonly input: ReplayDeliveriesInput };
      result: Ref<'ReplayDeliveriesPayload'>;
    };
  };
  Query: {
    node: { args: { readonly id: string }; result: Ref<'Node'> | null };
    nodes: { args: { readonly ids: readonly string[] }; result: readonly (Ref<'Node'> | null)[] };
    alerts: {
      args: {
        readonly filter?: AlertFilter | null;
        readonly orderBy: AlertOrder | null;
        readonly first: number | null;
        readonly after?: string | null;
      };
      result: Ref<'AlertConnection'>;
    };
    alert: { args: { readonly alertId: string }; result: Ref<'Alert'> | null };
    audit: {
      args: {
        readonly filter?: AuditFilter | null;
        readonly first: number | null;
        readonly after?: string | null;
      };
      result: Ref<'AuditEntryConnection'>;
    };
    verifyAudit: { args: { readonly head?: AuditHeadInput | null }; result: Ref<'AuditVerification'> };
    auditHead: { args: object; result: Ref<'AuditHead'> };
    definitions: { args: object; result: Ref<'Definitions'> };
    definitionVersions: { args: PageArgs; result: Ref<'DefinitionVersionConnection'> };
    drafts: { args: PageArgs; result: Ref<'DraftConnection'> };
    query: {
      args: {
        readonly view?: string | null;
        readonly text?: string | null;
        readonly savedQuery?: string | null;
        readonly parameters?: Readonly<Record<string, unknown>> | null;
        readonly parameterTypes?: Readonly<Record<string, unknown>> | null;
        readonly first: number | null;
        readonly after?: string | null;
        readonly atLeast?: string | null;
      };
      result: Ref<'QueryAnswer'>;
    };
    decision: { args: { readonly position: bigint }; result: Ref<'Decision'> | null };
    health: { args: object; result: Ref<'Health'> };
    usage: { args: { readonly from?: string | null; readonly to?: string | null }; result: Ref<'Usage'> };
    limits: { args: object; result: Ref<'Limits'> };
    throughput: { args: { readonly seconds: number | null }; result: Ref<'ThroughputSeries'> };
    latency: { args: { readonly seconds: number | null }; result: Ref<'LatencySeries'> };
    sources: { args: PageArgs; result: Ref<'SourceConnection'> };
    source: { args: { readonly name: string }; result: Ref<'Source'> | null };
    tables: { args: PageArgs; result: Ref<'TableConnection'> };
    table: { args: { readonly name: string }; result: Ref<'Table'> | null };
    graphViews: { args: PageArgs; result: Ref<'GraphViewConnection'> };
    graphView: { args: { readonly name: string }; result: Ref<'GraphView'> | null };
    rules: { args: PageArgs; result: Ref<'RuleConnection'> };
    rule: { args: { readonly name: string }; result: Ref<'Rule'> | null };
    savedQueries: { args: PageArgs; result: Ref<'SavedQueryConnection'> };
    savedQuery: { args: { readonly name: string }; result: Ref<'SavedQuery'> | null };
    viewer: { args: object; result: Ref<'Viewer'> };
    members: {
      args: {
        readonly first: number | null;
        readonly after?: string | null;
        readonly withShutOut: boolean | null;
      };
      result: Ref<'MemberConnection'>;
    };
    apiKeys: { args: PageArgs; result: Ref<'ApiKeyConnection'> };
    tenants: { args: PageArgs; result: Ref<'TenantConnection'> };
    transfers: {
      args: {
        readonly table: string;
        readonly column?: string | null;
        readonly account: Readonly<Record<string, unknown>>;
        readonly first: number | null;
        readonly after?: string | null;
      };
      result: Ref<'TransferConnection'>;
    };
    webhookEndpoints: { args: PageArgs; result: Ref<'WebhookEndpointConnection'> };
    deliveries: {
      args: {
        readonly filter?: DeliveryFilter | null;
        readonly first: number | null;
        readonly after?: string | null;
      };
      result: Ref<'DeliveryConnection'>;
    };
  };
  Subscription: {
    alertRaised: {
      args: {
        readonly rules?: readonly string[] | null;
        readonly severities?: readonly Severity[] | null;
        readonly afterPosition?: bigint | null;
      };
      result: Ref<'Alert'>;
    };
    decisionMade: {
      args: { readonly source?: string | null; readonly outcomes?: readonly string[] | null };
      result: Ref<'Decision'>;
    };
  };
}
