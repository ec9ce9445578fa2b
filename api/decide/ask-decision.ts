import { RingwatchError } from '../../core/errors.ts';
import type { EncodeEvent } from '../../core/ports/body-encoder.ts';
import type { DecisionAnswer, RelationSchema } from '../../core/ports/engine.ts';
import type { TenantContext } from '../request-context.ts';
import type { ServiceSeries } from '../series/service-series.ts';

/** Where an event comes from that is to be decided. */
export type DecisionWay = 'graphql' | 'rest' | 'stream';

/** What its caller was told: a decision made now, one made before, FALLBACK at the deadline, that the event is wrong, or another error. */
export type DecisionEnd = 'decided' | 'repeated' | 'fallback' | 'rejected' | 'unanswered';

/** What decisions are asked with. */
export interface DecisionServices {
  /** Hears of each event, `ms` milliseconds after it came. */
  readonly decisionEnded: (way: DecisionWay, end: DecisionEnd, ms: number) => void;
  readonly encodeEvent: EncodeEvent;
  readonly series: ServiceSeries;
}

/** One event to be decided. */
export interface DecisionRequest {
  readonly way: DecisionWay;
  readonly source: RelationSchema;
  /** A JSON object in UTF-8. */
  readonly event: Buffer;
  /** Milliseconds; null: the DECISION's own deadline. */
  readonly askedMs: number | null;
}

/** What came of one event. */
export interface AskedDecision {
  readonly answer: DecisionAnswer;
  /** The one that held: the caller's, or the DECISION's where that is shorter. Null: none. */
  readonly deadlineMs: number | null;
  readonly answeredInMs: number;
}

/**
 * Has one event decided within its deadline, and counts what came of it. Throws EVENT_REJECTED, FIELD_INVALID, RATE_LIMITED,
 * QUOTA_EXCEEDED and what TenantEngine.decide rejects with.
 */
export async function askDecision(
  services: DecisionServices,
  { tenant, engine }: TenantContext,
  { way, source, event, askedMs }: DecisionRequest,
): Promise<AskedDecision> {
  const startedMs = performance.now();
  try {
    const deadlineMs = deadlineOf(askedMs, source.decision?.deadlineMs ?? null);
    const { frame, rejected } = services.encodeEvent(source, event, Date.now() * 1000);
    if (frame === null) throw new RingwatchError('EVENT_REJECTED', { ...rejected, field: 'event' });
    tenant.usage.admitRecords(1, event.length);
    const answer = await engine.decide(frame, deadlineMs);
    const answeredInMs = performance.now() - startedMs;
    services.series.timed(tenant.id, 'decide', answeredInMs);
    const asked = { answer, deadlineMs, answeredInMs };
    services.decisionEnded(way, endOf(asked), answeredInMs);
    return asked;
  } catch (error) {
    services.decisionEnded(way, isOfEvent(error) ? 'rejected' : 'unanswered', performance.now() - startedMs);
    throw error;
  }
}

/** A repeated event that was answered with FALLBACK before is told so again: of this caller it is one only at its own deadline. */
function endOf({ answer, deadlineMs, answeredInMs }: AskedDecision): DecisionEnd {
  const { afterDeadline, duplicate } = answer;
  // Timers count whole milliseconds.
  const isAtDeadline = deadlineMs !== null && answeredInMs >= deadlineMs - 1;
  if (afterDeadline && (isAtDeadline || !duplicate)) return 'fallback';
  return duplicate ? 'repeated' : 'decided';
}

/** Whether the event, or what was asked of it, is wrong: nothing of the service's. */
function isOfEvent(error: unknown): boolean {
  return (
    error instanceof RingwatchError && (error.code === 'EVENT_REJECTED' || error.code === 'FIELD_INVALID')
  );
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
