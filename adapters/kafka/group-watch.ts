import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { Membership } from '../../core/ports/membership.ts';
import { addressIn, type GroupOptions, PROTOCOL_TYPE, withCoordinator } from './group-coordinator.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { WorkerList } from './worker-list.ts';

/** Sees who is in the group of a GroupMember, without being in it. */
export class GroupWatch implements Membership {
  readonly #options: GroupOptions;
  readonly #list = new WorkerList();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: GroupOptions) {
    this.#options = options;
    const { signal } = this.#closing;
    this.#running = withCoordinator({ ...options, signal }, (lane, works) => this.#look(lane, works));
    this.#running.catch(() => undefined);
  }

  get workers(): readonly string[] {
    return this.#list.workers;
  }

  onChange(listener: () => void): void {
    this.#list.onChange(listener);
  }

  known(): Promise<void> {
    return this.#list.known();
  }

  async #look(lane: KafkaLane, works: () => void): Promise<void> {
    const { group } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const { groups } = await lane.call(
        (broker) => broker.describeGroups({ groupIds: [group] }),
        LIMITS.kafkaAttemptMs,
        false,
      );
      const [found] = groups;
      if (found !== undefined) this.#take(found, lane.address);
      works();
      await sleep(LIMITS.memberLookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** While members join nothing is certain: what was known holds. */
  #take({ state, protocolType, members }: FoundGroup, address: string): void {
    if (state === 'Empty' || state === 'Dead') return this.#list.set([]);
    if (state !== 'Stable') return;
    if (protocolType !== PROTOCOL_TYPE) {
      const said = `Kafka at ${address}: the group ${this.#options.group} is one of '${protocolType}'`;
      throw new KafkaFailure('refused', said, false);
    }
    this.#list.set(members.flatMap(({ memberMetadata }) => addressIn(memberMetadata) ?? []));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }
}

interface FoundGroup {
  readonly state: string;
  readonly protocolType: string;
  readonly members: readonly { readonly memberMetadata: Buffer }[];
}
