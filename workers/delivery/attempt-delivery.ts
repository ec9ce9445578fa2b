import { RingwatchError } from '../../core/errors.ts';
import type { MessageSender } from '../../core/ports/message-sender.ts';
import type { DeliveryAttempt } from '../../tenants/delivery-store.ts';
import type { AttemptOutcome, DueDelivery } from '../../tenants/delivery-queue.ts';
import type { DeliveryPolicy } from './delivery-policy.ts';
import { type AttemptResult, judgeAttempt } from './judge-attempt.ts';
import { signMessage } from './sign-message.ts';

/** What attempts need. */
export interface AttemptContext {
  readonly sender: MessageSender;
  readonly policy: DeliveryPolicy;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How the service calls itself to receivers. */
  readonly userAgent: string;
}

/** Tries a message once. Never rejects: what goes wrong is the outcome. */
export async function attemptDelivery(
  delivery: DueDelivery,
  context: AttemptContext,
): Promise<AttemptOutcome> {
  const { policy, nowMs, random } = context;
  const startMs = nowMs();
  const headers = {
    'content-type': 'application/json',
    'user-agent': context.userAgent,
    ...(Array.isArray(delivery.secrets)
      ? signMessage(delivery.secrets, { ...delivery, atSeconds: Math.floor(startMs / 1000) })
      : {}),
  };
  const result = await send(delivery, headers, context);
  const endMs = nowMs();
  const answer = result.kind === 'answer' ? result.answer : null;
  const error = errorOf(result);
  const attempt: DeliveryAttempt = {
    number: delivery.nextAttempt,
    startedAt: new Date(startMs).toISOString(),
    durationMs: Math.max(0, Math.round(endMs - startMs)),
    requestHeaders: headers,
    status: answer?.status ?? null,
    responseHeaders: answer?.headers ?? null,
    responseBody: answer?.body ?? null,
    error: error?.code ?? null,
    errorMessage: error?.message ?? null,
  };
  const { id, endpointId, replays } = delivery;
  return {
    delivery: { id, endpointId, replays },
    attempt,
    ...judgeAttempt(delivery, result, endMs, policy, random),
  };
}

async function send(
  { url, body, secrets }: DueDelivery,
  headers: Readonly<Record<string, string>>,
  { sender, policy }: AttemptContext,
): Promise<AttemptResult> {
  try {
    if (!Array.isArray(secrets)) throw secrets;
    return { kind: 'answer', answer: await sender.send({ url, headers, body, timeoutMs: policy.sendMs }) };
  } catch (error) {
    if (error instanceof RingwatchError) return { kind: 'error', error };
    // A fault of ours must not stop the others' messages; it is tried again like any failure.
    const reason = `a fault of this service: ${(error as { readonly message?: unknown })?.message}`;
    return { kind: 'error', error: new RingwatchError('SEND_FAILED', { reason }, { cause: error }) };
  }
}

/** Why the attempt failed; null where it did not. */
function errorOf(result: AttemptResult): RingwatchError | null {
  if (result.kind === 'error') return result.error;
  const { status } = result.answer;
  return status >= 200 && status <= 299 ? null : new RingwatchError('WEBHOOK_STATUS', { status });
}
