import type { Effect } from '../../core/effects.ts';

/** The one line of JSON that an output file has for an effect. The fields stand in this order for good. */
export function effectLine(effect: Effect): string {
  switch (effect.kind) {
    case 'alert':
    case 'late':
      return effect.line;
    case 'decision': {
      const { id, position, source, key, decision, outcome, rules, alerts, time } = effect;
      return JSON.stringify({ id, position, source, key, decision, outcome, rules, alerts, time });
    }
    case 'deadline': {
      const { id, position, source, key, decision, answered } = effect;
      return JSON.stringify({ id, position, source, key, decision, answered });
    }
    case 'webhook': {
      const { id, position, rule, endpoint, alertId } = effect;
      return JSON.stringify({ id, position, rule, endpoint, alert: alertId });
    }
  }
}
