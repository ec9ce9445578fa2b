import { noop } from 'cockatiel';
import { Etcd3 } from 'etcd3';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import { EtcdFailure, failureOf } from './etcd-failure.ts';

/** How a cluster is reached. */
export interface EtcdClusterOptions {
  /** Of its members, each `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly endpoints: readonly string[];
  /** PEM files: whose certificates to trust, and this client's own. */
  readonly tls?: {
    readonly rootCertificate: Buffer;
    readonly privateKey?: Buffer;
    readonly certChain?: Buffer;
  };
  readonly auth?: { readonly username: string; readonly password: string };
  /** How long a call tries one member after the other, in milliseconds: LIMITS.etcdCallMs without it. */
  readonly callMs?: number;
}

/** One try of a call. */
export interface Attempt {
  readonly client: Etcd3;
  readonly endpoint: string;
  /** For the call: when it has to be done. */
  readonly options: { readonly deadline: number };
  /** Whether an earlier try may have been carried out: it was sent, and its answer did not come. */
  readonly mayBeDone: boolean;
}

interface Member {
  readonly endpoint: string;
  readonly client: Etcd3;
}

/**
 * A cluster of etcd members, shared by the logs of many tenants. It has one client a member, and turns to the next where one
 * does not answer: etcd3's own choice among hosts is by chance, and its circuit breaker would stall for seconds.
 */
export class EtcdCluster {
  readonly #members: readonly Member[];
  readonly #callMs: number;
  /** The member that calls go to. */
  #at: number;
  #revision = 1;
  #closed = false;

  constructor(options: EtcdClusterOptions) {
    assert(options.endpoints.length > 0, 'a cluster has members');
    this.#members = options.endpoints.map((endpoint) => ({ endpoint, client: clientOf(endpoint, options) }));
    this.#callMs = options.callMs ?? LIMITS.etcdCallMs;
    this.#at = Math.floor(Math.random() * this.#members.length);
  }

  /** The newest revision of the store that an answer has told. */
  get revision(): number {
    return this.#revision;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** The member that calls go to now. */
  get member(): Member {
    return present(this.#members[this.#at], 'a member');
  }

  /** Notes that an endpoint did not do what was asked: calls go to the next one. */
  leave(endpoint: string): void {
    if (this.member.endpoint === endpoint) this.#at = (this.#at + 1) % this.#members.length;
  }

  /**
   * Does something that may be done twice: tries it on one member after the other, giving each more time than the last, until
   * one answers or the time for calls is over. Throws EtcdFailure; at once where another try would not help.
   */
  async call<T extends { readonly header: { readonly revision: string } }>(
    action: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    const startedMs = performance.now();
    let mayBeDone = false;
    for (let attemptMs = LIMITS.etcdAttemptMs; ; attemptMs *= 2) {
      if (this.#closed) throw new EtcdFailure('refused', 'the connection is closed', mayBeDone);
      const { endpoint, client } = this.member;
      const leftMs = this.#callMs - (performance.now() - startedMs);
      const options = { deadline: Date.now() + Math.max(1, Math.min(attemptMs, leftMs)) };
      const triedMs = performance.now();
      try {
        const answer = await action({ client, endpoint, options, mayBeDone });
        this.#revision = Math.max(this.#revision, Number(answer.header.revision));
        return answer;
      } catch (error) {
        const failure = failureOf(error, endpoint);
        mayBeDone ||= failure.mayBeDone;
        const tookMs = performance.now() - startedMs;
        if (failure.kind !== 'unavailable') throw failure.after(tookMs, mayBeDone);
        this.leave(endpoint);
        // A try without time would say nothing.
        if (tookMs + LIMITS.etcdPauseMs >= this.#callMs) throw failure.after(tookMs, mayBeDone);
        // A member that refuses at once is not asked again at once.
        if (performance.now() - triedMs < LIMITS.etcdPauseMs) await sleep(LIMITS.etcdPauseMs);
      }
    }
  }

  /** Ends the connections: calls under way fail. */
  close(): void {
    this.#closed = true;
    for (const { client } of this.#members) client.close();
  }
}

function clientOf(endpoint: string, { tls, auth }: EtcdClusterOptions): Etcd3 {
  return new Etcd3({
    hosts: endpoint,
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: {
      // Batches are small, but an answer holds many of them.
      'grpc.max_receive_message_length': -1,
      // A member that comes back is found at once; by default only after up to two minutes.
      'grpc.initial_reconnect_backoff_ms': LIMITS.etcdPauseMs,
      'grpc.max_reconnect_backoff_ms': LIMITS.etcdAttemptMs,
    },
    ...(tls === undefined ? {} : { credentials: tls }),
    ...(auth === undefined
      ? {}
      : { auth: { ...auth, callOptions: () => ({ deadline: Date.now() + LIMITS.etcdAttemptMs }) } }),
  });
}
