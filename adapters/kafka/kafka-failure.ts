import { RingwatchError } from '../../core/errors.ts';

/**
 * Why a call has no answer. `unavailable` may pass. `missing`: no broker knows the topic. `replaced`: the topic was deleted and
 * made again. `behind`: the partition holds less than it held before. `range`: it does not hold the place asked for.
 * `sequence`: the broker does not see this batch as the one after the last. `refused`: Kafka will not do it for this client, or not so.
 */
export type KafkaFailureKind =
  | 'unavailable'
  | 'missing'
  | 'replaced'
  | 'behind'
  | 'range'
  | 'sequence'
  | 'refused';

/** Why Kafka did not do what was asked, in its own words. */
export class KafkaFailure extends Error {
  override readonly name = 'KafkaFailure';
  readonly kind: KafkaFailureKind;
  /** Whether it may be done all the same, or be done later. */
  readonly mayBeDone: boolean;

  constructor(kind: KafkaFailureKind, message: string, mayBeDone: boolean, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.mayBeDone = mayBeDone;
  }

  /** Whether another try may help. */
  get mayPass(): boolean {
    return this.kind === 'unavailable' || this.kind === 'missing' || this.kind === 'behind';
  }

  /** Whether what was stored is not there any more, which nothing mends. */
  get isLoss(): boolean {
    return (
      this.kind === 'missing' || this.kind === 'replaced' || this.kind === 'behind' || this.kind === 'range'
    );
  }

  /** The same of the whole call, which has taken so long. */
  after(tookMs: number, mayBeDone: boolean): KafkaFailure {
    const message = `${this.message} (after ${Math.round(tookMs)} ms)`;
    return new KafkaFailure(this.kind, message, mayBeDone, { cause: this.cause });
  }

  /** The error that a user of the log at `path` is shown. */
  toError(path: string, offset: number): RingwatchError {
    const details = { path, reason: this.message };
    return this.isLoss
      ? new RingwatchError('LOG_CORRUPT', { ...details, offset }, { cause: this })
      : new RingwatchError('LOG_UNAVAILABLE', details, { cause: this });
  }
}

/** Numbers of Kafka's error codes (kafka.apache.org/protocol, Error Codes). */
const KINDS: Readonly<Record<number, KafkaFailureKind>> = {
  1: 'range', // OFFSET_OUT_OF_RANGE
  3: 'missing', // UNKNOWN_TOPIC_OR_PARTITION
  45: 'sequence', // OUT_OF_ORDER_SEQUENCE_NUMBER
  46: 'sequence', // DUPLICATE_SEQUENCE_NUMBER
  47: 'sequence', // INVALID_PRODUCER_EPOCH
  59: 'sequence', // UNKNOWN_PRODUCER_ID
};

/** Codes of what will not be otherwise at another try: sizes, rights, settings. */
const REFUSALS = new Set([
  4, 10, 17, 18, 21, 29, 30, 31, 32, 33, 34, 35, 37, 38, 39, 40, 42, 43, 44, 54, 58, 73, 76, 87,
]);

/** Codes that a broker answers before it takes anything: NOT_ENOUGH_REPLICAS, and OFFSET_OUT_OF_RANGE, which is of reads. */
const NOTHING_DONE = new Set([1, 19]);

/** What kafkajs throws, and what it has in common: `code` is Kafka's number, or Node's name of a socket's error. */
interface KafkaJsError {
  readonly name: string;
  readonly message: string;
  readonly code?: number | string;
  readonly type?: string;
  /** Of several at once. */
  readonly errors?: readonly KafkaJsError[];
  readonly partitions?: readonly { readonly error: KafkaJsError }[];
  readonly cause?: unknown;
}

/** Classes what kafkajs throws. What is none of its errors, and none of a socket's, is a bug and is thrown on. */
export function failureOf(error: unknown, address: string, isWrite: boolean): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const thrown = innermost(error as KafkaJsError);
  const { name, message, code } = thrown;
  if (typeof name !== 'string' || typeof message !== 'string') throw error;
  const said = `Kafka at ${address}: ${thrown.type === undefined ? '' : `${thrown.type}: `}${message}`;
  const fail = (kind: KafkaFailureKind, mayBeDone: boolean): KafkaFailure =>
    new KafkaFailure(kind, said, isWrite && mayBeDone, { cause: error });
  if (typeof code === 'number' && name.startsWith('KafkaJS')) {
    if (REFUSALS.has(code)) return fail('refused', false);
    return fail(KINDS[code] ?? 'unavailable', !NOTHING_DONE.has(code));
  }
  if (/SASL|Authentication/.test(name)) return fail('refused', false);
  // Before it was sent.
  if (/^Not connected|^Failed to connect|^Connection timeout/.test(message))
    return fail('unavailable', false);
  if (name.startsWith('KafkaJS') || typeof code === 'string') return fail('unavailable', true);
  throw error;
}

function innermost(error: KafkaJsError): KafkaJsError {
  const inner = error.errors?.[0] ?? error.partitions?.[0]?.error;
  return inner === undefined ? error : innermost(inner);
}
