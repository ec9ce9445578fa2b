import { describe, expect, it } from '@jest/globals';
import type { DecisionAnswer, RelationSchema } from '../../core/ports/engine.ts';
import type { TenantContext } from '../request-context.ts';
import { askDecision, type DecisionEnd } from './ask-decision.ts';

const ANSWER: DecisionAnswer = {
  outcome: 'review',
  decision: 'd',
  source: 's',
  key: '1',
  afterDeadline: false,
  durable: true,
  duplicate: false,
  position: 1,
  effect: null,
  alerts: [],
  timing: null,
};

/** How one is counted that is answered so, at once or only at its deadline. */
async function counted(answer: Partial<DecisionAnswer>, at: 'once' | 'deadline'): Promise<DecisionEnd[]> {
  const ends: DecisionEnd[] = [];
  const services = {
    decisionEnded: (_way: string, end: DecisionEnd) => ends.push(end),
    encodeEvent: () => ({ frame: new Uint8Array(1), rejected: null }),
    series: { timed: () => undefined },
  };
  const context = {
    tenant: { id: 't', usage: { admitRecords: () => undefined } },
    engine: {
      decide: (_frame: Uint8Array, deadlineMs: number) =>
        new Promise((resolve) => {
          setTimeout(() => resolve({ ...ANSWER, ...answer }), at === 'once' ? 0 : deadlineMs);
        }),
    },
  };
  await askDecision(services as never, context as unknown as TenantContext, {
    way: 'rest',
    source: { decision: null } as unknown as RelationSchema,
    event: Buffer.from('{}'),
    askedMs: at === 'once' ? 60_000 : 20,
  });
  return ends;
}

describe('an event', () => {
  it.each<[string, Partial<DecisionAnswer>, 'once' | 'deadline', DecisionEnd]>([
    ['decided now', {}, 'once', 'decided'],
    ['decided before', { duplicate: true }, 'once', 'repeated'],
    ['answered with FALLBACK now', { afterDeadline: true }, 'deadline', 'fallback'],
    ['answered with FALLBACK before', { afterDeadline: true, duplicate: true }, 'once', 'repeated'],
    [
      'that waited with another for its own deadline',
      { afterDeadline: true, duplicate: true },
      'deadline',
      'fallback',
    ],
  ])('%s counts as such', async (_, answer, at, end) => {
    expect(await counted(answer, at)).toEqual([end]);
  });
});
