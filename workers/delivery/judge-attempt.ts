import type { RingwatchError } from '../../core/errors.ts';
import type { ReceiverAnswer } from '../../core/ports/message-sender.ts';
import type { AttemptOutcome, DueDelivery } from '../../tenants/delivery-queue.ts';
import type { DeliveryPolicy } from './delivery-policy.ts';

/** What an attempt came to. */
export type AttemptResult =
  | { readonly kind: 'answer'; readonly answer: ReceiverAnswer }
  | { readonly kind: 'error'; readonly error: RingwatchError };

/** What follows for the message and for its endpoint. */
export type Verdict = Pick<AttemptOutcome, 'next' | 'endpoint'>;

/**
 * What follows from an attempt that ended at `endMs`. 2xx took it. 410 switches the endpoint off, as does failing for
 * too long. Other 4xx refuse this message; all else (429, 5xx, redirects, no answer) is the endpoint's failure, which is then left
 * alone for a while, whatever waits for it. `random`: from 0 to 1.
 */
export function judgeAttempt(
  delivery: Pick<DueDelivery, 'tries' | 'failures' | 'failingSinceMs'>,
  result: AttemptResult,
  endMs: number,
  policy: DeliveryPolicy,
  random: () => number,
): Verdict {
  const status = result.kind === 'answer' ? result.answer.status : null;
  if (status !== null && status >= 200 && status <= 299) {
    return { next: { kind: 'delivered', atMs: endMs }, endpoint: { kind: 'works' } };
  }
  const jittered = (ms: number): number => Math.round(ms * (1 + policy.jitter * (2 * random() - 1)));
  const askedMs = result.kind === 'answer' ? retryAfterMs(result.answer, endMs, policy) : 0;
  const waitMs = policy.scheduleMs[delivery.tries];
  return {
    next:
      waitMs === undefined
        ? { kind: 'givenUp' }
        : { kind: 'retry', atMs: endMs + Math.max(jittered(waitMs), askedMs) },
    endpoint: judgeEndpoint(delivery, status, endMs, policy, (pauseMs) =>
      Math.max(jittered(pauseMs), askedMs),
    ),
  };
}

function judgeEndpoint(
  { failures, failingSinceMs }: Pick<DueDelivery, 'failures' | 'failingSinceMs'>,
  status: number | null,
  endMs: number,
  policy: DeliveryPolicy,
  pause: (pauseMs: number) => number,
): AttemptOutcome['endpoint'] {
  if (status === 410) return { kind: 'off', reason: 'it answered 410 Gone' };
  if (failingSinceMs !== null && endMs - failingSinceMs >= policy.endpointFailingMs) {
    const since = new Date(failingSinceMs).toISOString();
    return { kind: 'off', reason: `every attempt has failed since ${since}` };
  }
  if (status !== null && status >= 400 && status <= 499 && status !== 408 && status !== 429) {
    return { kind: 'refuses' };
  }
  // Beyond 2^20 times the first pause it is the longest one whatever the policy.
  const pauseMs = policy.endpointPauseMs * 2 ** Math.min(failures, 20);
  const notBeforeMs = endMs + pause(Math.min(pauseMs, policy.endpointPauseMsMax));
  return { kind: 'fails', failures: failures + 1, notBeforeMs };
}

/** How long the receiver asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date. 0 where it does not. */
function retryAfterMs({ headers }: ReceiverAnswer, nowMs: number, policy: DeliveryPolicy): number {
  const text = headers['retry-after']?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), policy.retryAfterMsMax);
}
