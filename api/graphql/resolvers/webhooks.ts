import type { Delivery, DeliveryFilter as StoreFilter } from '../../../tenants/delivery-store.ts';
import type { WebhookEndpoint } from '../../../tenants/endpoint-store.ts';
import { authorize } from '../../../tenants/operations.ts';
import { connectionOf, pageRequest } from '../connection.ts';
import type { GraphqlContext } from '../graphql-context.ts';
import { answerMutation } from '../mutation-answer.ts';
import { localId } from '../node-id.ts';
import type { TypeResolvers } from '../resolver-types.ts';
import type { DeliveryFilter, DeliveryState, EndpointState } from '../schema-inputs.ts';
import { deliveriesOf, endpointsOf } from '../webhook-stores.ts';
import type { ResolverModule } from './resolver-module.ts';

/** Webhook endpoints and what is sent to them. */
export const WEBHOOKS: ResolverModule<
  | 'webhookEndpoints'
  | 'deliveries'
  | 'createWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'deleteWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'enableWebhookEndpoint'
  | 'disableWebhookEndpoint'
  | 'testWebhookEndpoint'
  | 'replayDelivery'
  | 'replayDeliveries',
  'WebhookEndpoint' | 'Delivery'
> = {
  Query: {
    webhookEndpoints: async (_, args, context) => {
      const request = pageRequest(args);
      return connectionOf(await endpointsOf(context).page(request), request);
    },
    deliveries: async (_, { filter, ...args }, context) => {
      const request = pageRequest(args);
      return connectionOf(
        await deliveriesOf(context).page(storeFilter(context, filter ?? {}), request),
        request,
      );
    },
  },
  Mutation: {
    createWebhookEndpoint: async (_, { input }, context) => {
      let secret: string | null = null;
      const answer = await answerMutation(
        context,
        'createWebhookEndpoint',
        input,
        { endpoint: null },
        async () => {
          const { name, url, description = null, rules = null } = input;
          const created = await endpointsOf(context).create({ name, url, description, rules });
          secret = created.secret;
          return { endpoint: created.endpoint };
        },
      );
      return { ...answer, secret };
    },
    updateWebhookEndpoint: (_, { input }, context) =>
      answerMutation(context, 'updateWebhookEndpoint', input, { endpoint: null }, async () => {
        const { url, description, rules } = input;
        const endpoint = await endpointsOf(context).update(localId(context, 'WebhookEndpoint', input.id), {
          ...(url === undefined || url === null ? {} : { url }),
          ...(description === undefined ? {} : { description }),
          ...(rules === undefined ? {} : { rules }),
        });
        return { endpoint };
      }),
    deleteWebhookEndpoint: (_, { input }, context) =>
      answerMutation(context, 'deleteWebhookEndpoint', input, { deletedId: null }, async () => {
        await endpointsOf(context).remove(localId(context, 'WebhookEndpoint', input.id));
        return { deletedId: input.id };
      }),
    rotateWebhookSecret: async (_, { input }, context) => {
      let secret: string | null = null;
      const answer = await answerMutation(
        context,
        'rotateWebhookSecret',
        input,
        { endpoint: null },
        async () => {
          const rotated = await endpointsOf(context).rotateSecret(
            localId(context, 'WebhookEndpoint', input.id),
          );
          secret = rotated.secret;
          return { endpoint: rotated.endpoint };
        },
      );
      return { ...answer, secret };
    },
    enableWebhookEndpoint: (_, { input }, context) =>
      answerMutation(context, 'enableWebhookEndpoint', input, { endpoint: null }, async () => ({
        endpoint: await endpointsOf(context).enable(localId(context, 'WebhookEndpoint', input.id)),
      })),
    disableWebhookEndpoint: (_, { input }, context) =>
      answerMutation(context, 'disableWebhookEndpoint', input, { endpoint: null }, async () => ({
        endpoint: await endpointsOf(context).disable(localId(context, 'WebhookEndpoint', input.id)),
      })),
    testWebhookEndpoint: (_, { input }, context) =>
      answerMutation(context, 'testWebhookEndpoint', input, { delivery: null }, async () => ({
        delivery: await endpointsOf(context).test(localId(context, 'WebhookEndpoint', input.id)),
      })),
    replayDelivery: (_, { input }, context) =>
      answerMutation(context, 'replayDelivery', input, { delivery: null }, async () => ({
        delivery: await deliveriesOf(context).replay(localId(context, 'Delivery', input.id)),
      })),
    replayDeliveries: (_, { input }, context) =>
      answerMutation(context, 'replayDeliveries', input, { count: null }, async () => {
        const { fromPosition, toPosition, from, to, state } = input;
        const count = await deliveriesOf(context).replayRange({
          endpointId: localId(context, 'WebhookEndpoint', input.endpointId),
          ...(fromPosition === undefined || fromPosition === null
            ? {}
            : { fromPosition: Number(fromPosition) }),
          ...(toPosition === undefined || toPosition === null ? {} : { untilPosition: Number(toPosition) }),
          ...(from === undefined || from === null ? {} : { from }),
          ...(to === undefined || to === null ? {} : { until: to }),
          ...(state === undefined || state === null ? {} : { state: storeState(state) }),
        });
        return { count };
      }),
  },
  WebhookEndpoint: {
    state: ({ state }: WebhookEndpoint) => state.toUpperCase() as EndpointState,
    deliveries: async ({ id }: WebhookEndpoint, args, context) => {
      const request = pageRequest(args);
      return connectionOf(await deliveriesOf(context).page({ endpointId: id }, request), request);
    },
  } satisfies TypeResolvers<'WebhookEndpoint'>,
  Delivery: {
    endpoint: ({ endpointId }: Delivery, _, context) => context.loaders.endpoint.load(endpointId),
    alert: ({ alertId }: Delivery, _, context) => {
      if (alertId === null) return null;
      authorize(context.principal, 'Query.alert');
      return context.loaders.alert.load(alertId);
    },
    state: ({ state }: Delivery) => state.toUpperCase() as DeliveryState,
    attempts: ({ id }: Delivery, _, context) => deliveriesOf(context).attempts(id),
  } satisfies TypeResolvers<'Delivery'>,
};

function storeState(state: DeliveryState): Delivery['state'] {
  return state.toLowerCase() as Delivery['state'];
}

function storeFilter(context: GraphqlContext, { endpointId, state, alertId }: DeliveryFilter): StoreFilter {
  return {
    ...(endpointId === undefined || endpointId === null
      ? {}
      : { endpointId: localId(context, 'WebhookEndpoint', endpointId) }),
    ...(state === undefined || state === null ? {} : { state: storeState(state) }),
    ...(alertId === undefined || alertId === null ? {} : { alertId }),
  };
}
