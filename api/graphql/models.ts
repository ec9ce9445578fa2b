import type { AlertEffect } from '../../core/effects.ts';
import type { EdgeElement, GraphElements, VertexElement } from '../../core/graph-elements.ts';
import type {
  ColumnSchema,
  DecisionSchema,
  Definitions,
  GraphSchema,
  QuerySchema,
  RelationSchema,
  RuleStanding,
} from '../../core/ports/engine.ts';
import type { Alert, AlertComment } from '../../tenants/alert-store.ts';
import type { AuditEntry } from '../../tenants/audit-chain.ts';
import type { DefinitionVersion } from '../../tenants/definition-store.ts';
import type { Delivery } from '../../tenants/delivery-store.ts';
import type { Draft } from '../../tenants/draft-store.ts';
import type { WebhookEndpoint } from '../../tenants/endpoint-store.ts';
import type { ApiKey } from '../../tenants/key-store.ts';
import type { Member } from '../../tenants/member-store.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { RequestContext } from '../request-context.ts';

/** What values of the contract's types are between resolvers, where they are not plain data with its very fields. */
export interface Models {
  readonly Query: Root;
  readonly Mutation: Root;
  readonly Subscription: Root;
  readonly Viewer: { readonly context: RequestContext };
  readonly Tenant: Tenant;
  readonly TenantSettings: { readonly twoPersonRule: boolean };
  readonly Member: Member;
  readonly ApiKey: ApiKey;
  readonly Definitions: { readonly inForce: Definitions | null };
  readonly DefinitionVersion: DefinitionVersion;
  readonly Draft: Draft;
  readonly Source: RelationSchema;
  readonly Table: RelationSchema;
  readonly Column: ColumnSchema;
  readonly DecisionDefinition: DecisionSchema;
  readonly GraphView: GraphSchema;
  readonly Rule: RuleStanding;
  readonly SavedQuery: QuerySchema;
  readonly Decision: DecisionModel;
  readonly Alert: Alert;
  readonly Ring: RingModel;
  readonly Comment: AlertComment;
  readonly WebhookEndpoint: WebhookEndpoint;
  readonly Delivery: Delivery;
  readonly AuditEntry: AuditEntry;
  readonly Assignee: { readonly memberId: string };
  readonly GraphVertex: VertexElement;
  readonly GraphEdge: EdgeElement;
}

/** The value of Query, Mutation and Subscription: nothing. */
export type Root = Readonly<Record<never, never>>;

/** A decision, made just now or read back. */
export interface DecisionModel {
  readonly name: string;
  readonly source: string;
  readonly key: string;
  readonly time: string | null;
  readonly outcome: string;
  readonly afterDeadline: boolean;
  readonly durable: boolean;
  readonly duplicate: boolean;
  readonly position: number | null;
  /** The rules that named the outcome. */
  readonly rules: readonly string[];
  /** Its alerts, or their ids and where to read them back. */
  readonly alerts:
    | { readonly kind: 'known'; readonly effects: readonly AlertEffect[] }
    | { readonly kind: 'ids'; readonly ids: readonly string[] };
  readonly deadlineMs: number | null;
  readonly answeredInMs: number | null;
}

/** One path of an alert. */
export interface RingModel {
  readonly name: string;
  readonly vertices: readonly string[];
  /** By hop; parallel edges that MERGE PARALLEL takes as one hop stand together. */
  readonly hops: readonly (readonly string[])[];
  readonly values: Readonly<Record<string, unknown>>;
  /** Where its vertices and edges are told of; null where they are not. */
  readonly elements: GraphElements | null;
  /** The graph view that it was found in, for what its edges move. */
  readonly graph: string | null;
  /** What it is called in its picture. */
  readonly title: string;
  readonly alertId: string;
}
