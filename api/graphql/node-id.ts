import { RingwatchError } from '../../core/errors.ts';
import type { GraphqlContext } from './graphql-context.ts';
import type { NodeTypeName } from './schema-fields.ts';

/** What an id says: a type, the tenant that it is of, and the thing's own id there. */
export interface NodeId {
  readonly type: string;
  readonly tenant: string;
  readonly local: string;
}

/** An id for the outside. No secret: what it names is looked for among the caller's own. */
export function encodeNodeId(type: NodeTypeName, tenant: string, local: string): string {
  return Buffer.from(`${type}:${tenant}:${local}`).toString('base64url');
}

const PATTERN = /^([A-Za-z]{1,40}):([A-Za-z0-9_]{0,40}):(.{1,400})$/s;

/** What the id says, or null where it is none of ours. */
export function decodeNodeId(id: string): NodeId | null {
  if (id.length > 700) return null;
  const match = PATTERN.exec(Buffer.from(id, 'base64url').toString('utf8'));
  if (match === null) return null;
  const [, type = '', tenant = '', local = ''] = match;
  return { type, tenant, local };
}

/** The own id of a thing of the caller's tenant. Throws NOT_FOUND, the same for every reason. */
export function localId(context: GraphqlContext, type: NodeTypeName, id: string): string {
  const decoded = decodeNodeId(id);
  if (decoded === null || decoded.type !== type || decoded.tenant !== context.tenant?.id) {
    throw new RingwatchError('NOT_FOUND', { what: type, id: id.slice(0, 64) });
  }
  return decoded.local;
}
