import { setTimeout as sleep } from 'node:timers/promises';
import { assert, present } from '../../core/assert.ts';
import { LIMITS } from '../../core/limits.ts';
import { KafkaFailure } from './kafka-failure.ts';
import { type KafkaAccess, KafkaLane, type LaneAction } from './kafka-lane.ts';
import { metadataRequest, type TopicState } from './topic-metadata.ts';

/** How a cluster is reached. */
export interface KafkaClusterOptions extends Partial<KafkaAccess> {
  /** Of some of its brokers, each `HOST:PORT`: the others are learned from them. */
  readonly addresses: readonly string[];
  /** How long a call tries, in milliseconds: LIMITS.kafkaCallMs without it. */
  readonly callMs?: number;
}

/** One try of a call. */
export interface KafkaAttempt {
  /** Whether an earlier try may have been carried out: it was sent, and its answer did not come. */
  readonly mayBeDone: boolean;
  /** How long it may take. */
  readonly ms: number;
}

/** A cluster of Kafka brokers, shared by the logs of many tenants. */
export class KafkaCluster {
  readonly #access: KafkaAccess;
  readonly callMs: number;
  readonly #given: readonly string[];
  #known: readonly string[] = [];
  /** For questions that any broker answers. */
  readonly #lanes = new Map<string, Promise<KafkaLane>>();
  readonly #open = new Set<KafkaLane>();
  #at = 0;
  #closed = false;

  constructor({ addresses, callMs, clientId, tls, sasl }: KafkaClusterOptions) {
    assert(addresses.length > 0, 'a cluster has brokers');
    this.#given = addresses;
    this.callMs = callMs ?? LIMITS.kafkaCallMs;
    this.#access = {
      clientId: clientId ?? 'ringwatch',
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    };
  }

  /**
   * Does something that may be done twice, again and again until it is done or the time for calls is over.
   * Throws KafkaFailure; at once where another try would not help.
   */
  async retry<T>(action: (attempt: KafkaAttempt) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const startedMs = performance.now();
    let mayBeDone = false;
    for (;;) {
      if (this.#closed) throw new KafkaFailure('refused', 'the connection is closed', mayBeDone);
      const leftMs = this.callMs - (performance.now() - startedMs);
      try {
        return await action({ mayBeDone, ms: Math.max(1, Math.min(LIMITS.kafkaAttemptMs, leftMs)) });
      } catch (error) {
        if (!(error instanceof KafkaFailure)) throw error;
        mayBeDone ||= error.mayBeDone;
        const tookMs = performance.now() - startedMs;
        const isOver = tookMs + LIMITS.kafkaPauseMs >= this.callMs || (signal?.aborted ?? false);
        if (!error.mayPass || isOver) throw error.after(tookMs, mayBeDone);
        await sleep(LIMITS.kafkaPauseMs);
      }
    }
  }

  /** Asks a broker, whichever answers: one try with one of them, the next turns to another. Throws KafkaFailure. */
  async ask<T>(action: LaneAction<T>, ms: number, isWrite = false): Promise<T> {
    this.#failIfClosed();
    const addresses = [...new Set([...this.#given, ...this.#known])];
    const address = present(addresses[this.#at % addresses.length], 'a broker');
    try {
      const lane = await this.#laneTo(address, ms);
      return await lane.call(action, ms, isWrite);
    } catch (error) {
      this.#at++;
      throw error;
    }
  }

  /** What a broker knows of a topic, null if nothing: one try. Throws KafkaFailure. */
  async describe(topic: string, ms: number): Promise<TopicState | null> {
    const { state, addresses } = await this.ask((_, send) => send(metadataRequest(topic)), ms);
    this.#known = addresses;
    // It may have come late to what the others know.
    if (state === null) this.#at++;
    return state;
  }

  #laneTo(address: string, ms: number): Promise<KafkaLane> {
    const open = this.#lanes.get(address);
    const connecting = (async () => {
      const lane = await open?.catch(() => null);
      return lane?.isOpen ? lane : await this.connect(address, ms);
    })();
    connecting.catch(() => undefined);
    this.#lanes.set(address, connecting);
    return connecting;
  }

  /** A connection to a broker, which ends with the cluster at the latest: one try. Throws KafkaFailure. */
  async connect(address: string, ms: number): Promise<KafkaLane> {
    this.#failIfClosed();
    const lane = await KafkaLane.connect(address, this.#access, ms, (closed) => this.#open.delete(closed));
    if (lane.isOpen) this.#open.add(lane);
    if (this.#closed) lane.close();
    this.#failIfClosed();
    return lane;
  }

  #failIfClosed(): void {
    if (this.#closed) throw new KafkaFailure('refused', 'the connection is closed', false);
  }

  /** Ends the connections, those of logs too: calls under way fail, and later ones at once. */
  close(): void {
    this.#closed = true;
    for (const lane of [...this.#open]) lane.close();
    this.#lanes.clear();
  }
}
