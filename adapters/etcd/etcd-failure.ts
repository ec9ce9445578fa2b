import { RingwatchError } from '../../core/errors.ts';

/**
 * Why a call has no answer: `unavailable` may pass; `full`: the store has reached its quota; `compacted`: the revision asked
 * for is not kept any more; `refused`: etcd will not do it for this client, or not with this size.
 */
export type EtcdFailureKind = 'unavailable' | 'full' | 'compacted' | 'refused';

/** Why etcd did not do what was asked, in its own words. */
export class EtcdFailure extends Error {
  override readonly name = 'EtcdFailure';
  readonly kind: EtcdFailureKind;
  /** Whether it may be done all the same, or be done later. */
  readonly mayBeDone: boolean;

  constructor(kind: EtcdFailureKind, message: string, mayBeDone: boolean, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.mayBeDone = mayBeDone;
  }

  /** The same of the whole call, which has taken so long. */
  after(tookMs: number, mayBeDone: boolean): EtcdFailure {
    const message = `${this.message} (after ${Math.round(tookMs)} ms)`;
    return new EtcdFailure(this.kind, message, mayBeDone, { cause: this.cause });
  }

  /** The error that a user of the log at `path` is shown. */
  toError(path: string): RingwatchError {
    if (this.kind === 'full') return new RingwatchError('LOG_FULL', { path }, { cause: this });
    return new RingwatchError('LOG_UNAVAILABLE', { path, reason: this.message }, { cause: this });
  }
}

/** Numbers of gRPC's status codes, with which etcd3's messages begin. */
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const PERMISSION_DENIED = 7;
const OUT_OF_RANGE = 11;
const UNAUTHENTICATED = 16;

/** What @grpc/grpc-js says of a call that has found no connection. */
const NOT_SENT = /No connection established|Name resolution failed|waiting for (name resolution|LB pick)/i;

/** Classes what etcd3 throws. What is none of its errors is a bug and is thrown on. */
export function failureOf(error: unknown, endpoint: string): EtcdFailure {
  if (error instanceof EtcdFailure) return error;
  const { message } = error as { message?: unknown };
  const code = typeof message === 'string' ? codeOf(message) : null;
  if (code === null) throw error;
  const said = `etcd at ${endpoint}: ${message}`;
  const fail = (kind: EtcdFailureKind, mayBeDone: boolean): EtcdFailure =>
    new EtcdFailure(kind, said, mayBeDone, { cause: error });
  const text = message as string;
  // A member applies the write that meets the quota first, and answers with the error all the same.
  // etcd carries out the write that finds the store full and says that there is no room: whoever wrote looks whether it is there.
  if (code === RESOURCE_EXHAUSTED && /space exceeded/.test(text)) return fail('full', false);
  if (code === OUT_OF_RANGE && /compacted/.test(text)) return fail('compacted', false);
  if (code === INVALID_ARGUMENT || code === PERMISSION_DENIED || code === UNAUTHENTICATED)
    return fail('refused', false);
  const wasNotSent = code === RESOURCE_EXHAUSTED || NOT_SENT.test(text);
  return fail('unavailable', !wasNotSent);
}

/** The gRPC status of a message such as '14 UNAVAILABLE: …'; of etcd3's own, -1; null for any other error. */
function codeOf(message: string): number | null {
  const code = /^(\d{1,2}) [A-Z_]+: /.exec(message)?.[1];
  if (code !== undefined) return Number(code);
  return /etcdserver: |client was already closed|connection|ECONN/i.test(message) ? -1 : null;
}
