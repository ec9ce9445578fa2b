import { type ErrorCode, RingwatchError } from '../../core/errors.ts';
import { toJson } from '../../core/format-value.ts';
import type { Integer } from '../../core/integer.ts';
import { LIMITS } from '../../core/limits.ts';
import type { BodyFrame, BodyReading } from '../../core/ports/body-encoder.ts';
import type { Transferred, TransferOutcome } from '../../core/ports/engine.ts';
import { holds } from '../../tenants/operations.ts';
import { admitRecords } from '../ingest/admit-records.ts';
import type { TenantContext } from '../request-context.ts';
import type { SenderNotes } from './sender-notes.ts';
import type { TransferTarget } from './transfer-relation.ts';

/** What transfers are sent with that is no request's. */
export interface TransferServices {
  readonly senders: SenderNotes;
  /** Told of transfers that were sent together what became of each, and how long that took from their being handed over. */
  readonly transfersEnded: (way: TransferWay, transfers: readonly TransferEnd[], ms: number) => void;
}

/** What became of a transfer; `unanswered`: it was sent, and of what came of it nothing is known. */
export interface TransferEnd {
  readonly outcome: SentTransfer['outcome'] | 'unanswered';
  readonly code: ErrorCode | null;
  readonly duplicate: boolean;
}

/** By which interface transfers came. */
export type TransferWay = 'graphql' | 'rest';

/** The transfers of a request. */
export interface SentBody {
  readonly way: TransferWay;
  readonly target: TransferTarget;
  readonly reading: BodyReading;
  /** Bytes of the body since this was last asked. */
  readonly bytes: () => number;
}

/** What became of one of the transfers that were sent. */
export interface SentTransfer {
  readonly outcome: 'applied' | 'declined';
  readonly code: ErrorCode | null;
  readonly message: string | null;
  /** What of the input is at fault, `from`, `id` for the giving row's column `id`; null where it is no one field. */
  readonly field: readonly string[] | null;
  readonly duplicate: boolean;
  readonly position: number | null;
  /** As JSON holds values of the column; null for a sender that may not read, as where there is none. */
  readonly fromBalance: string | number | null;
  readonly toBalance: string | number | null;
}

/** What became of a stretch of them. */
export interface SentStretch {
  /** Place of its first one in the body, from 0. */
  readonly firstIndex: number;
  readonly transfers: readonly SentTransfer[];
  /** Of the log, after the last of them; null where none was appended. */
  readonly offset: number | null;
  readonly position: number | null;
}

/**
 * Sends transfers to the engine, a few frames ahead of what is done, and gives what became of them in their order: each as
 * soon as it is done, so that whoever waits for an answer before sending more has it. Throws what ends it early, after all
 * that was done before; what was sent behind a frame that fails may have been done, and is not told.
 */
export async function* sendTransfers(
  services: TransferServices,
  context: TenantContext,
  body: SentBody,
): AsyncGenerator<SentStretch> {
  const { target, reading, bytes } = body;
  services.senders.note(context, target.relation.name);
  const frames = new FramesAhead(reading);
  const inFlight: Promise<SentStretch>[] = [];
  let failure: { readonly error: unknown } | null = null;
  let isRead = false;
  try {
    while (!isRead || inFlight.length > 0) {
      const mayRead = !isRead && inFlight.length < LIMITS.bodyFramesInFlight;
      try {
        const next = mayRead ? await frames.next(inFlight[0] ?? null) : null;
        if (next?.done === true) isRead = true;
        else if (next !== null) {
          if (next.value.records > 0) await admitRecords(context, next.value.records, bytes);
          const sent = sendTimed(services, context, body, next.value);
          // It is waited for in its turn.
          sent.catch(() => undefined);
          inFlight.push(sent);
        }
        if (next !== null) continue;
      } catch (error) {
        failure = { error };
        isRead = true;
        continue;
      }
      yield await (inFlight.shift() as Promise<SentStretch>);
    }
    if (failure !== null) throw failure.error;
  } finally {
    frames.stop();
    context.tenant.usage.count('bytes', bytes());
  }
}

/** The frames of a body, of which the next is read while something else is waited for. */
class FramesAhead {
  readonly #frames: AsyncIterator<BodyFrame>;
  #coming: Promise<IteratorResult<BodyFrame>> | null = null;

  constructor(reading: BodyReading) {
    this.#frames = reading[Symbol.asyncIterator]();
  }

  /** The next frame, or null where `other` settles before. Throws what the body throws. */
  async next(other: Promise<unknown> | null): Promise<IteratorResult<BodyFrame> | null> {
    this.#coming ??= this.#frames.next();
    const settled = other?.then(
      () => null,
      () => null,
    );
    const result = await (settled === undefined ? this.#coming : Promise.race([this.#coming, settled]));
    if (result !== null) this.#coming = null;
    return result;
  }

  /** Wants no more of them. */
  stop(): void {
    this.#coming?.catch(() => undefined);
    // Not waited for: where a frame is still to come, this resolves behind it.
    this.#frames.return?.()?.catch(() => undefined);
  }
}

async function sendTimed(
  { transfersEnded }: TransferServices,
  context: TenantContext,
  { way, target }: SentBody,
  stretch: BodyFrame,
): Promise<SentStretch> {
  const startedMs = performance.now();
  const ended = (ends: readonly TransferEnd[]): void =>
    transfersEnded(way, ends, performance.now() - startedMs);
  try {
    const sent = await send(context, target, stretch);
    ended(sent.transfers);
    return sent;
  } catch (error) {
    const code = error instanceof RingwatchError ? error.code : null;
    const end = { outcome: 'unanswered', code, duplicate: false } as const;
    ended(Array.from({ length: stretch.records }, () => end));
    throw error;
  }
}

async function send(
  { engine, tenant, principal }: TenantContext,
  target: TransferTarget,
  stretch: BodyFrame,
): Promise<SentStretch> {
  tenant.usage.count('rejectedRows', stretch.rejected.length);
  const { frame, records } = stretch;
  const done: Transferred | null = frame === null ? null : await engine.transfer(frame, records);
  const outcomes = (done?.outcomes ?? []).map((each) =>
    holds(principal, 'query') ? each : withoutBalances(each),
  );
  const transfers: SentTransfer[] = [];
  let next = 0;
  for (const { index, code, reason, column } of stretch.rejected) {
    while (stretch.firstIndex + transfers.length < index) transfers.push(sentOf(target, outcomes[next++]));
    transfers.push({ ...NOT_JUDGED, code, message: reason, field: fieldOf(target, column) });
  }
  while (transfers.length < stretch.rows) transfers.push(sentOf(target, outcomes[next++]));
  return {
    firstIndex: stretch.firstIndex,
    transfers,
    offset: done === null ? null : done.offset + 1,
    position: done?.position ?? null,
  };
}

const NOT_JUDGED = {
  outcome: 'declined',
  duplicate: false,
  position: null,
  fromBalance: null,
  toBalance: null,
} as const;

function fieldOf(
  { plan: { columns, keyWidth }, key }: TransferTarget,
  column: string | null,
): readonly string[] | null {
  const at = columns.findIndex(({ name }) => name === column);
  if (column === null || at < 0) return null;
  if (at >= 2 * keyWidth) return [column];
  return [at < keyWidth ? 'from' : 'to', key[at % keyWidth] ?? ''];
}

/** What a sender is told that may not read: whether it was done, and why not. */
function withoutBalances(outcome: TransferOutcome): TransferOutcome {
  return { ...outcome, fromBalance: null, toBalance: null };
}

function sentOf({ plan, relation }: TransferTarget, outcome: TransferOutcome | undefined): SentTransfer {
  if (outcome === undefined) return { ...NOT_JUDGED, code: 'ROW_MISFIT', message: null, field: null };
  const { code, duplicate, position, fromBalance, toBalance } = outcome;
  const { type } = plan.columns[2 * plan.keyWidth] as TransferPlanColumn;
  const balance = (value: Integer | null) => toJson(type, value) as string | number | null;
  return {
    outcome: code === null ? 'applied' : 'declined',
    code,
    message: code === null ? null : declineOf(code, relation.name).outside.message,
    field: null,
    duplicate,
    position,
    fromBalance: balance(fromBalance),
    toBalance: balance(toBalance),
  };
}

type TransferPlanColumn = TransferTarget['plan']['columns'][number];

/** Why a transfer was declined, as an error. */
export function declineOf(code: ErrorCode, name: string): RingwatchError {
  const reason = 'it is too long';
  return new RingwatchError(code, { name, relation: name, amount: 'the amount', reason });
}
