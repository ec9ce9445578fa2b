import type { AlertEffect } from '../../core/effects.ts';
import type { Alert } from '../../tenants/alert-store.ts';
import type { GraphqlContext } from './graphql-context.ts';
import type { DecisionModel } from './models.ts';
import type { Plain } from './resolver-types.ts';
import { alertOfEffect, edgesOf, lineOf, ringsOf, ringText, titleOf, totalsOf } from './rings.ts';

/** Rings of an alert that its reasons tell in words. */
const RINGS_TOLD = 3;

/** Why an alert was raised, in words. */
export async function alertReasons(
  context: GraphqlContext,
  alert: Alert,
  outcome: string | null = null,
): Promise<Plain<'Reason'>> {
  const rings = await ringsOf(context, alert);
  const title = await titleOf(context, alert.rule);
  const told = await Promise.all(
    rings
      .filter(({ hops }) => hops.length > 0)
      .slice(0, RINGS_TOLD)
      .map(async (ring) => ringText(ring, totalsOf(await edgesOf(context, ring)))),
  );
  const more = rings.length > RINGS_TOLD ? [`${rings.length - RINGS_TOLD} more`] : [];
  const key = Object.entries(alert.key).map(
    ([name, value]) => `${name} ${value === null ? 'unknown' : String(value)}`,
  );
  const facts = [...told, ...more];
  const about = key.length === 0 ? '' : ` for ${key.join(', ')}`;
  const found = facts.length === 0 ? '' : `: ${facts.join('; ')}`;
  const partial = lineOf(alert).partial ? ' The search was ended by its budget; there may be more.' : '';
  const asks = outcome === null ? '' : ` It asks for ${outcome}.`;
  return {
    rule: alert.rule,
    ruleVersion: alert.ruleVersion,
    outcome,
    text: `${title}${about} (rule ${alert.rule}, version ${alert.ruleVersion})${found}.${partial}${asks}`,
  };
}

/** Why a decision came out as it did, in words: a reason for each alert and rule, or that it is the default or the FALLBACK. */
export async function decisionReasons(
  context: GraphqlContext,
  decision: DecisionModel,
  effects: readonly AlertEffect[],
): Promise<readonly Plain<'Reason'>[]> {
  const deciding = new Set(decision.rules);
  const outcomeOf = (rule: string): string | null => (deciding.has(rule) ? decision.outcome : null);
  const reasons = await Promise.all(
    effects.map((effect) => alertReasons(context, alertOfEffect(effect), outcomeOf(effect.rule))),
  );
  const alerted = new Set(effects.map(({ rule }) => rule));
  for (const rule of decision.rules) {
    if (alerted.has(rule)) continue;
    const text = `Rule ${rule} asks for ${decision.outcome}.`;
    reasons.push({ rule, ruleVersion: null, outcome: decision.outcome, text });
  }
  if (decision.afterDeadline) {
    const text = `The deadline passed before the rules had answered: ${decision.outcome} is the fallback.`;
    reasons.unshift({ rule: null, ruleVersion: null, outcome: decision.outcome, text });
  } else if (decision.rules.length === 0) {
    const text = `No rule names an outcome: ${decision.outcome} is the default.`;
    reasons.push({ rule: null, ruleVersion: null, outcome: decision.outcome, text });
  }
  return reasons;
}
