import { RingwatchError } from '../../core/errors.ts';
import type { Definitions } from '../../core/ports/engine.ts';
import { authorize } from '../../tenants/operations.ts';
import { withTenant } from '../request-context.ts';
import type { GraphqlContext } from './graphql-context.ts';
import { decodeNodeId } from './node-id.ts';
import type { Model, NodeModel } from './resolver-types.ts';
import { tenantOf } from './resolvers/access.ts';
import { decisionAt } from './resolvers/engine.ts';
import type { NodeTypeName } from './schema-fields.ts';
import { deliveriesOf } from './webhook-stores.ts';

/** How things of one type are told apart and found again. */
interface NodeKind<T extends NodeTypeName> {
  /** The operation that whoever finds one by its id has to be allowed. */
  readonly operation: string;
  /** Its own id within its tenant. */
  readonly local: (model: Model<T>) => string;
  readonly find: (local: string, context: GraphqlContext) => Promise<Model<T> | null>;
}

const NODES: { readonly [T in NodeTypeName]: NodeKind<T> } = {
  Alert: {
    operation: 'Query.alerts',
    local: ({ id }) => id,
    find: (local, context) => context.loaders.alert.load(local),
  },
  ApiKey: {
    operation: 'Query.apiKeys',
    local: ({ id }) => id,
    find: (local, context) => withTenant(context).tenant.keys.get(local),
  },
  AuditEntry: {
    operation: 'Query.audit',
    local: ({ sequence }) => String(sequence),
    find: async (local, context) => {
      const sequence = wholeNumber(local);
      return sequence === null ? null : withTenant(context).tenant.audit.get(sequence);
    },
  },
  Decision: {
    operation: 'Query.decision',
    // Before its position is known a decision has no place to be found at.
    local: ({ position, source, key }) => (position === null ? `pending ${source} ${key}` : String(position)),
    find: async (local, context) => {
      const position = wholeNumber(local);
      return position === null ? null : decisionAt(context, position);
    },
  },
  DefinitionVersion: {
    operation: 'Query.definitionVersions',
    local: ({ version }) => String(version),
    find: async (local, context) => {
      const version = wholeNumber(local);
      return version === null ? null : context.loaders.version.load(version);
    },
  },
  Delivery: {
    operation: 'Query.deliveries',
    local: ({ id }) => id,
    find: (local, context) => deliveriesOf(context).get(local),
  },
  Draft: {
    operation: 'Query.drafts',
    local: ({ id }) => id,
    find: (local, context) => withTenant(context).tenant.drafts.get(local),
  },
  GraphView: {
    operation: 'Query.graphViews',
    local: ({ name }) => name,
    find: (local, context) => defined(local, context, ({ graphs }) => graphs),
  },
  Member: {
    operation: 'Query.members',
    local: ({ id }) => id,
    find: (local, context) => context.loaders.member.load(local),
  },
  Rule: {
    operation: 'Query.rules',
    local: ({ name }) => name,
    find: (local, context) => defined(local, context, ({ rules }) => rules),
  },
  SavedQuery: {
    operation: 'Query.savedQueries',
    local: ({ name }) => name,
    find: (local, context) => defined(local, context, ({ queries }) => queries),
  },
  Source: {
    operation: 'Query.sources',
    local: ({ name }) => name,
    find: (local, context) => defined(local, context, ({ sources }) => sources),
  },
  Table: {
    operation: 'Query.tables',
    local: ({ name }) => name,
    find: (local, context) => defined(local, context, ({ tables }) => tables),
  },
  Tenant: {
    operation: 'Query.viewer',
    local: () => 'self',
    find: (_, context) => tenantOf(withTenant(context).tenant),
  },
  WebhookEndpoint: {
    operation: 'Query.webhookEndpoints',
    local: ({ id }) => id,
    find: (local, context) => context.loaders.endpoint.load(local),
  },
};

const types = new WeakMap<object, NodeTypeName>();

/**
 * The thing that an id names; null where it is of another tenant, not there, or nothing for this caller: no answer tells which.
 * Throws what its store throws.
 */
export async function findNode(id: string, context: GraphqlContext): Promise<NodeModel | null> {
  const decoded = decodeNodeId(id);
  if (decoded === null || decoded.tenant !== context.tenant?.id || !isNodeType(decoded.type)) return null;
  const kind = NODES[decoded.type] as NodeKind<NodeTypeName>;
  try {
    authorize(context.principal, kind.operation);
  } catch (error) {
    if (error instanceof RingwatchError && error.code === 'FORBIDDEN') return null;
    throw error;
  }
  const found = await kind.find(decoded.local, context);
  if (found !== null) types.set(found, decoded.type);
  return found;
}

/** The type of a thing that findNode gave. */
export function nodeTypeOf(node: NodeModel): NodeTypeName | undefined {
  return types.get(node);
}

/** What an id of the thing is made of: the tenant it is of, and its own id there. */
export function nodePlace<T extends NodeTypeName>(
  type: T,
  model: Model<T>,
  context: GraphqlContext,
): { readonly tenant: string; readonly local: string } {
  const local = NODES[type].local(model);
  // The operator reads tenants without having named one.
  if (type === 'Tenant') return { tenant: (model as Model<'Tenant'>).id, local };
  return { tenant: withTenant(context).tenant.id, local };
}

function isNodeType(type: string): type is NodeTypeName {
  return Object.hasOwn(NODES, type);
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

async function defined<T extends { readonly name: string }>(
  name: string,
  context: GraphqlContext,
  of: (definitions: Definitions) => readonly T[],
): Promise<T | null> {
  const inForce = await context.loaders.definitions();
  return inForce === null ? null : (of(inForce).find((one) => one.name === name) ?? null);
}
