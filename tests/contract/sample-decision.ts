import type { DecisionEffect } from '../../core/effects.ts';

/** A decision as it is published, told from others by its position. */
export function sampleDecision(position: number): {
  readonly topic: 'decisionMade';
  readonly effect: DecisionEffect;
} {
  return {
    topic: 'decisionMade',
    effect: {
      kind: 'decision',
      id: `d${position}`,
      decision: 'payment',
      position,
      source: 'transfers',
      key: String(position),
      time: null,
      outcome: 'approve',
      rules: [],
      alerts: [],
    },
  };
}
