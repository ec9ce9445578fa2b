import { RingwatchError } from '../../../core/errors.ts';
import { findNode } from '../nodes.ts';
import type { Resolvers } from '../resolver-types.ts';
import { SUBSCRIPTIONS } from '../subscriptions.ts';
import { ACCESS } from './access.ts';
import { ALERTS } from './alerts.ts';
import { AUDIT } from './audit.ts';
import { DEFINITIONS } from './definitions.ts';
import { ENGINE } from './engine.ts';
import { OPERATIONS_FIELDS } from './operations.ts';
import { RELATIONS } from './relations.ts';
import { TRANSFERS } from './transfers.ts';
import { WEBHOOKS } from './webhooks.ts';

/** Things that `nodes` gives at once. */
const NODES_MAX = 100;

/** All resolvers of the contract. A field that no model brings along and none of these answers is a type error. */
export const RESOLVERS: Resolvers = {
  ...ACCESS,
  ...ALERTS,
  ...AUDIT,
  ...DEFINITIONS,
  ...ENGINE,
  ...RELATIONS,
  ...WEBHOOKS,
  Query: {
    ...ACCESS.Query,
    ...ALERTS.Query,
    ...AUDIT.Query,
    ...DEFINITIONS.Query,
    ...ENGINE.Query,
    ...OPERATIONS_FIELDS.Query,
    ...RELATIONS.Query,
    ...TRANSFERS.Query,
    ...WEBHOOKS.Query,
    node: (_, { id }, context) => findNode(id, context),
    nodes: (_, { ids }, context) => {
      if (ids.length > NODES_MAX) {
        throw new RingwatchError('FIELD_INVALID', { field: 'ids', reason: `it has more than ${NODES_MAX}` });
      }
      return Promise.all(ids.map((id) => findNode(id, context)));
    },
  },
  Mutation: {
    ...ACCESS.Mutation,
    ...ALERTS.Mutation,
    ...DEFINITIONS.Mutation,
    ...ENGINE.Mutation,
    ...TRANSFERS.Mutation,
    ...WEBHOOKS.Mutation,
  },
  Subscription: SUBSCRIPTIONS,
};
