import { RingwatchError } from '../../core/errors.ts';
import type { EncodeEvent } from '../../core/ports/body-encoder.ts';
import type { DecisionAnswer, RelationSchema } from '../../core/ports/engine.ts';
import type { TenantContext } from '../request-context.ts';
import type { ServiceSeries } from '../series/service-series.ts';

/** What decisions are asked with. */
export interface DecisionServices {
  readonly encodeEvent: EncodeEvent;
  readonly series: ServiceSeries;
}

/** What came of one event. */
export interface AskedDecision {
  readonly answer: DecisionAnswer;
  /** The one that held: the caller's, or the DECISION's where that is shorter. Null: none. */
  readonly deadlineMs: number | null;
  readonly answeredInMs: number;
}

/**
 * Has one event of `source`, a JSON object in UTF-8, decided within `askedMs` milliseconds (null: the DECISION's own deadline).
 * Throws EVENT_REJECTED, FIELD_INVALID, RATE_LIMITED, QUOTA_EXCEEDED and what TenantEngine.decide rejects with.
 */
export async function askDecision(
  { encodeEvent, series }: DecisionServices,
  { tenant, engine }: TenantContext,
  source: RelationSchema,
  event: Buffer,
  askedMs: number | null,
): Promise<AskedDecision> {
  const startedMs = performance.now();
  const deadlineMs = deadlineOf(askedMs, source.decision?.deadlineMs ?? null);
  const { frame, rejected } = encodeEvent(source, event, Date.now() * 1000);
  if (frame === null) throw new RingwatchError('EVENT_REJECTED', { ...rejected, field: 'event' });
  tenant.usage.admitRecords(1, event.length);
  const answer = await engine.decide(frame, deadlineMs);
  const answeredInMs = performance.now() - startedMs;
  series.timed(tenant.id, 'decide', answeredInMs);
  return { answer, deadlineMs, answeredInMs };
}

function deadlineOf(askedMs: number | null, longestMs: number | null): number | null {
  if (askedMs === null) return longestMs;
  if (askedMs < 1)
    throw new RingwatchError('FIELD_INVALID', { field: 'deadlineMs', reason: 'it is less than 1' });
  return longestMs === null ? askedMs : Math.min(askedMs, longestMs);
}

/**
 * The header Server-Timing (www.w3.org/TR/server-timing). `decide`: all that the gateway waited; `commit` and `fold`: the
 * engine's part of it, where it decided just now.
 */
export function serverTiming({ answer: { timing }, answeredInMs }: AskedDecision): string {
  const parts: [string, number][] = [['decide', answeredInMs]];
  if (timing !== null) parts.push(['commit', timing.commitMs], ['fold', timing.foldMs]);
  return parts.map(([name, ms]) => `${name};dur=${ms.toFixed(3)}`).join(', ');
}
