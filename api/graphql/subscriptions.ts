import type { AlertEffect } from '../../core/effects.ts';
import { LIMITS } from '../../core/limits.ts';
import type { FanoutSubscription } from '../../core/ports/fanout.ts';
import type { Alert, AlertFilter } from '../../tenants/alert-store.ts';
import { withTenant } from '../request-context.ts';
import type { GraphqlContext } from './graphql-context.ts';
import { Loaders } from './loaders.ts';
import type { DecisionModel } from './models.ts';
import type { ArgsOf, SubscriptionResolvers } from './resolver-types.ts';
import { decisionModel } from './resolvers/engine.ts';
import { alertOfEffect } from './rings.ts';

/** What can be followed. A subscriber is audited once, when it begins to hear. */
export const SUBSCRIPTIONS: SubscriptionResolvers = {
  alertRaised: (args, context) => {
    const { tenant } = withTenant(context);
    // Heard from before the missed ones are read, so that there is no gap between the two.
    const live = context.services.fanout.subscribe(tenant.id, 'alertRaised');
    const noted = tenant.audit.recordRead('alerts.subscribe', null, { rules: args.rules ?? [] });
    return following(context, live, noted, raisedAlerts(args, context, live));
  },
  decisionMade: ({ source, outcomes }, context) => {
    const { tenant } = withTenant(context);
    const live = context.services.fanout.subscribe(tenant.id, 'decisionMade');
    const noted = tenant.audit.recordRead('decisions.subscribe', source ?? null);
    return following(context, live, noted, madeDecisions(source ?? null, outcomes ?? null, live));
  },
};

async function* raisedAlerts(
  args: ArgsOf<'Subscription', 'alertRaised'>,
  context: GraphqlContext,
  live: AsyncIterable<{ readonly effect: AlertEffect; readonly raisedAt: string }>,
): AsyncGenerator<Alert> {
  const { rules = null, severities = null, afterPosition = null } = args;
  const isWanted = ({ rule, severity }: Alert): boolean =>
    (rules === null || rules.includes(rule)) &&
    (severities === null || severities.some((wanted) => wanted === severity));
  /** The newest that were made up for: as many as may wait among the live ones. */
  const told = new Set<string>();
  if (afterPosition !== null) {
    const filter = { ...(rules === null ? {} : { rules }), ...(severities === null ? {} : { severities }) };
    for await (const alert of missedAlerts(context, filter, Number(afterPosition))) {
      told.add(alert.id);
      if (told.size > LIMITS.fanoutQueueMax) told.delete(told.values().next().value as string);
      yield alert;
    }
  }
  for await (const { effect, raisedAt } of live) {
    if (told.delete(effect.id)) continue;
    const alert = alertOfEffect(effect, raisedAt);
    if (isWanted(alert)) yield alert;
  }
}

/** All alerts after a position, read some at a time as they are taken. */
async function* missedAlerts(
  context: GraphqlContext,
  filter: AlertFilter,
  position: number,
): AsyncGenerator<Alert> {
  const { alerts } = withTenant(context).tenant;
  let page = await alerts.since(filter, { position });
  for (;;) {
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < LIMITS.alertsSinceMax) return;
    page = await alerts.since(filter, { effect: last.effect });
  }
}

async function* madeDecisions(
  source: string | null,
  outcomes: readonly string[] | null,
  live: AsyncIterable<{ readonly effect: Parameters<typeof decisionModel>[0] }>,
): AsyncGenerator<DecisionModel> {
  for await (const { effect } of live) {
    if (source !== null && effect.source !== source) continue;
    if (outcomes !== null && !outcomes.includes(effect.outcome)) continue;
    yield decisionModel(effect, { kind: 'ids', ids: effect.alerts });
  }
}

/**
 * What a subscriber is told, from the moment it asked on, once the audit log has it: many who come together wait for each
 * other there, and what is raised meanwhile waits for them. A generator that waits for the next message does not hear of its being ended, so its end is told to
 * what it waits for. Each message is answered with what is read for it anew.
 */
async function following<T>(
  context: GraphqlContext,
  live: FanoutSubscription<unknown>,
  noted: Promise<void>,
  messages: AsyncGenerator<T>,
): Promise<AsyncIterableIterator<T>> {
  live.onCut((error) => context.onCut?.(error));
  try {
    await noted;
  } catch (error) {
    live.cancel();
    throw error;
  }
  const told: AsyncIterableIterator<T> = {
    next: () => {
      context.loaders = new Loaders(context);
      return messages.next();
    },
    return: () => {
      live.cancel();
      return messages.return(undefined);
    },
    throw: (error) => {
      live.cancel();
      return messages.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return told;
}
