import type { Alert, AlertComment, AlertFilter as StoreFilter } from '../../../tenants/alert-store.ts';
import { authorize } from '../../../tenants/operations.ts';
import { withTenant } from '../../request-context.ts';
import { connectionOf, pageRequest } from '../connection.ts';
import { type GraphqlContext, notePosition } from '../graphql-context.ts';
import type { RingModel } from '../models.ts';
import { answerMutation } from '../mutation-answer.ts';
import { encodeNodeId, localId } from '../node-id.ts';
import { alertReasons } from '../reasons.ts';
import type { TypeResolvers } from '../resolver-types.ts';
import {
  edgesOf,
  isClosed,
  lineOf,
  pictureOf,
  type RingEdgeModel,
  type RingTotals,
  ringsOf,
  ringText,
  titleOf,
  totalsOf,
} from '../rings.ts';
import type { AlertFilter, Severity } from '../schema-inputs.ts';
import { deliveriesOf } from '../webhook-stores.ts';
import type { ResolverModule } from './resolver-module.ts';

/** Alerts, what they have found, and what people make of them. */
export const ALERTS: ResolverModule<
  'alerts' | 'alert' | 'acknowledgeAlert' | 'reopenAlert' | 'assignAlert' | 'commentAlert',
  'Alert' | 'Ring' | 'Comment' | 'Assignee'
> = {
  Query: {
    alerts: async (_, { filter, orderBy, ...args }, context) => {
      const request = pageRequest(args);
      const { tenant } = withTenant(context);
      const order = orderBy === 'SEVERITY' ? 'severity' : 'newest';
      const page = await tenant.alerts.page(storeFilter(context, filter ?? {}), request, order);
      notePosition(context, page.position);
      return {
        ...connectionOf(page, request),
        totalCount: page.total,
        severityCounts: async () => severityCounts(await page.bySeverity()),
        position: page.position,
      };
    },
    alert: (_, { alertId }, context) => context.loaders.alert.load(alertId),
  },
  Mutation: {
    acknowledgeAlert: (_, { input }, context) =>
      answerMutation(context, 'acknowledgeAlert', input, { alert: null }, async () => ({
        alert: await withTenant(context).tenant.alerts.acknowledge(localId(context, 'Alert', input.id)),
      })),
    reopenAlert: (_, { input }, context) =>
      answerMutation(context, 'reopenAlert', input, { alert: null }, async () => ({
        alert: await withTenant(context).tenant.alerts.reopen(localId(context, 'Alert', input.id)),
      })),
    assignAlert: (_, { input }, context) =>
      answerMutation(context, 'assignAlert', input, { alert: null }, async () => {
        const { memberId } = input;
        const member =
          memberId === undefined || memberId === null ? null : localId(context, 'Member', memberId);
        const { alerts } = withTenant(context).tenant;
        return { alert: await alerts.assign(localId(context, 'Alert', input.id), member) };
      }),
    commentAlert: (_, { input }, context) =>
      answerMutation(context, 'commentAlert', input, { comment: null, alert: null }, async () => {
        const { alerts } = withTenant(context).tenant;
        const id = localId(context, 'Alert', input.id);
        return { comment: await alerts.comment(id, input.text), alert: await alerts.get(id) };
      }),
  },
  Alert: {
    alertId: ({ id }: Alert) => id,
    title: ({ rule }: Alert, _, context) => titleOf(context, rule),
    severity: ({ severity }: Alert) => severity as Severity,
    key: ({ key }: Alert) =>
      Object.entries(key).map(([name, value]) => ({ name, value: value === null ? null : String(value) })),
    rings: (alert: Alert, _, context) => ringsOf(context, alert),
    reasons: async (alert: Alert, _, context) => [await alertReasons(context, alert)],
    values: (alert: Alert) => lineOf(alert).values,
    trace: (alert: Alert) => lineOf(alert).trace,
    state: ({ status }: Alert) => (status === 'open' ? 'OPEN' : 'ACKNOWLEDGED'),
    acknowledgedBy: ({ acknowledgedBy }: Alert) => acknowledgedBy?.name ?? null,
    assignee: ({ assignee }: Alert) => (assignee === null ? null : { memberId: assignee }),
    comments: async ({ id }: Alert, args, context) => {
      // A decision leads here too, for keys that decide and read no alerts.
      authorize(context.principal, 'Query.alert');
      const request = pageRequest(args);
      return connectionOf(await withTenant(context).tenant.alerts.comments(id, request), request);
    },
    deliveries: async ({ id }: Alert, args, context) => {
      authorize(context.principal, 'Query.deliveries');
      const request = pageRequest(args);
      return connectionOf(await deliveriesOf(context).page({ alertId: id }, request), request);
    },
  } satisfies TypeResolvers<'Alert'>,
  Ring: {
    closed: (ring: RingModel) => isClosed(ring),
    vertices: ({ vertices, elements }: RingModel) => {
      const known = new Map((elements?.vertices ?? []).map(({ key, properties }) => [key, properties]));
      return vertices.map((key) => ({ key, properties: known.get(key) ?? {} }));
    },
    edges: (ring: RingModel, _, context) => edgesOf(context, ring),
    hops: ({ hops }: RingModel) => hops.length,
    amount: async (ring: RingModel, _, context) => (await measured(ring, context)).totals.amount,
    start: async (ring: RingModel, _, context) => (await measured(ring, context)).totals.start,
    end: async (ring: RingModel, _, context) => (await measured(ring, context)).totals.end,
    text: async (ring: RingModel, _, context) => `${ringText(ring, (await measured(ring, context)).totals)}.`,
    svg: async (ring: RingModel, { theme }, context) => {
      const { edges, totals } = await measured(ring, context);
      return context.services.drawRing(pictureOf(ring, edges, totals, THEMES[theme ?? 'SYSTEM']));
    },
  } satisfies TypeResolvers<'Ring'>,
  Comment: {
    author: ({ author }: AlertComment) => author.name,
    createdAt: ({ at }: AlertComment) => at,
  } satisfies TypeResolvers<'Comment'>,
  Assignee: {
    memberId: ({ memberId }, _, context) => encodeNodeId('Member', withTenant(context).tenant.id, memberId),
    name: async ({ memberId }, _, context) => {
      const { principal } = context;
      if (principal.personId === memberId) return principal.name;
      if (principal.kind !== 'operator' && !principal.scopes.includes('admin')) return null;
      return (await context.loaders.member.load(memberId))?.name ?? null;
    },
  } satisfies TypeResolvers<'Assignee'>,
};

const THEMES = { SYSTEM: 'system', LIGHT: 'light', DARK: 'dark' } as const;

const measurements = new WeakMap<
  RingModel,
  Promise<{ readonly edges: readonly RingEdgeModel[]; readonly totals: RingTotals }>
>();

/** A ring's edges and what they come to, worked out once for all of its fields. */
function measured(ring: RingModel, context: GraphqlContext) {
  const known =
    measurements.get(ring) ?? edgesOf(context, ring).then((edges) => ({ edges, totals: totalsOf(edges) }));
  measurements.set(ring, known);
  return known;
}

const SEVERITIES: readonly Severity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];

function severityCounts(
  counts: ReadonlyMap<string, number>,
): readonly { readonly severity: Severity; readonly count: number }[] {
  return SEVERITIES.map((severity) => ({ severity, count: counts.get(severity) ?? 0 }));
}

function storeFilter(context: GraphqlContext, filter: AlertFilter): StoreFilter {
  const { rules, severities, state, assigneeId, from, to, key } = filter;
  return {
    ...(isGiven(rules) ? { rules } : {}),
    ...(isGiven(severities) ? { severities } : {}),
    ...(isGiven(state) ? { status: state === 'OPEN' ? 'open' : 'acknowledged' } : {}),
    ...(assigneeId === undefined
      ? {}
      : { assignee: assigneeId === null ? null : localId(context, 'Member', assigneeId) }),
    ...(isGiven(from) ? { from } : {}),
    ...(isGiven(to) ? { until: to } : {}),
    ...(isGiven(key) ? { keyValue: key } : {}),
  };
}

/** Whether a filter's field was given; null means left out. */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}
