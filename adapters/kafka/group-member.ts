import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { Membership } from '../../core/ports/membership.ts';
import {
  addressIn,
  type GroupOptions,
  PROTOCOL,
  PROTOCOL_TYPE,
  withCoordinator,
} from './group-coordinator.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { WorkerList } from './worker-list.ts';

/** What the coordinator tells a member at its next beat: it is to join again. */
const JOIN_AGAIN = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

/**
 * A worker in a consumer group of Kafka whose members share no partitions: each says its address, and the one that leads tells all
 * who there is. A member that says nothing for LIMITS.memberSilentMs is put out.
 */
export class GroupMember implements Membership {
  readonly #options: GroupOptions & { readonly address: string };
  readonly #list = new WorkerList();
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #memberId = '';
  #closed: Promise<void> | null = null;

  /** Joins, and goes on until it is closed. */
  constructor(options: GroupOptions & { readonly address: string }) {
    this.#options = options;
    const { signal } = this.#closing;
    this.#running = withCoordinator({ ...options, signal }, (lane, works) => this.#stay(lane, works));
    // Whoever closes it hears.
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

  /** Joins and stays, until the connection fails or the member leaves. */
  async #stay(lane: KafkaLane, works: () => void): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        const generation = await this.#join(lane);
        works();
        await this.#beat(lane, generation);
      } catch (error) {
        const type = typeOf(error);
        if (!JOIN_AGAIN.has(type)) throw error;
        if (type === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
      }
    }
  }

  async #join(lane: KafkaLane): Promise<number> {
    const { group, address } = this.#options;
    const metadata = Buffer.from(JSON.stringify({ address }));
    // It is answered when all have joined, or their time is over.
    const joined = await lane.call(
      (broker) =>
        broker.joinGroup({
          groupId: group,
          sessionTimeout: LIMITS.memberSilentMs,
          rebalanceTimeout: LIMITS.memberSilentMs,
          memberId: this.#memberId,
          protocolType: PROTOCOL_TYPE,
          groupProtocols: [{ name: PROTOCOL, metadata }],
        }),
      2 * LIMITS.memberSilentMs,
      false,
    );
    const { memberId, generationId, leaderId } = joined;
    this.#memberId = memberId;
    const addresses = joined.members.flatMap(({ memberMetadata }) => addressIn(memberMetadata) ?? []);
    const all = Buffer.from(JSON.stringify(addresses));
    const isLeader = memberId === leaderId;
    const { memberAssignment } = await lane.call(
      (broker) =>
        broker.syncGroup({
          groupId: group,
          generationId,
          memberId,
          groupAssignment: isLeader
            ? joined.members.map((member) => ({ memberId: member.memberId, memberAssignment: all }))
            : [],
        }),
      2 * LIMITS.memberSilentMs,
      false,
    );
    this.#list.set(addressesIn(memberAssignment));
    return generationId;
  }

  async #beat(lane: KafkaLane, groupGenerationId: number): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      await sleep(LIMITS.memberSilentMs / 6, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await lane.call(
        (broker) =>
          broker.heartbeat({ groupId: this.#options.group, groupGenerationId, memberId: this.#memberId }),
        LIMITS.memberSilentMs / 2,
        false,
      );
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    if (this.#memberId === '') return;
    const { cluster, group } = this.#options;
    const leaving = { groupId: group, memberId: this.#memberId };
    const over = new AbortController();
    // Who cannot leave is put out by its silence.
    await withCoordinator(
      { cluster, group, signal: over.signal, onProblem: () => over.abort() },
      async (lane) => {
        await lane.call((broker) => broker.leaveGroup(leaving), LIMITS.kafkaAttemptMs, false);
        over.abort();
      },
    );
  }
}

function addressesIn(assignment: Buffer): readonly string[] {
  const addresses: unknown = JSON.parse(assignment.toString());
  return Array.isArray(addresses) ? addresses.filter((each) => typeof each === 'string') : [];
}

/** The name of Kafka's error code. */
function typeOf(error: unknown): string {
  const cause = error instanceof KafkaFailure ? error.cause : null;
  return String((cause as { type?: unknown } | null)?.type ?? '');
}
