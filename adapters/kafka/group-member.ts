import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { Membership } from '../../core/ports/membership.ts';
import {
  addressIn,
  type GroupLane,
  GroupMembership,
  type GroupOptions,
  noteOf,
  PROTOCOL_TYPE,
  withCoordinator,
} from './group-membership.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { KafkaLane } from './kafka-lane.ts';

const PROTOCOL = 'members-1';

/** What the coordinator tells a member at its next beat: it is to join again. */
const JOIN_AGAIN = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

/** A worker and its address. */
export interface MemberOptions extends GroupOptions {
  readonly address: string;
}

/**
 * Joins a consumer group of Kafka whose members share no partitions: each says its address, and the one that leads tells all who there
 * is. A member that says nothing for LIMITS.memberSilentMs is put out.
 */
export function joinGroup(options: MemberOptions): Membership {
  const member = new GroupMember(options);
  return new GroupMembership(
    options,
    (lane) => member.stay(lane),
    () => member.leave(),
  );
}

class GroupMember {
  readonly #options: MemberOptions;
  #memberId = '';

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  /** Joins and stays, until the connection fails or the member leaves. */
  async stay({ lane, closing, works, know }: GroupLane): Promise<void> {
    while (!closing.aborted) {
      try {
        const { generation, addresses } = await this.#join(lane);
        know(addresses);
        works();
        await this.#beat(lane, generation, closing);
      } catch (error) {
        const type = typeOf(error);
        if (!JOIN_AGAIN.has(type)) throw error;
        if (type === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
      }
    }
  }

  async #join(
    lane: KafkaLane,
  ): Promise<{ readonly generation: number; readonly addresses: readonly string[] }> {
    const { group, address } = this.#options;
    // It is answered when all have joined, or their time is over.
    const joined = await lane.call(
      (broker) =>
        broker.joinGroup({
          groupId: group,
          sessionTimeout: LIMITS.memberSilentMs,
          rebalanceTimeout: LIMITS.memberSilentMs,
          memberId: this.#memberId,
          protocolType: PROTOCOL_TYPE,
          groupProtocols: [{ name: PROTOCOL, metadata: noteOf(address) }],
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
    return { generation: generationId, addresses: addressesIn(memberAssignment) };
  }

  async #beat(lane: KafkaLane, groupGenerationId: number, closing: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(LIMITS.memberSilentMs / 6, undefined, { signal: closing }).catch(() => undefined);
      if (closing.aborted) return;
      const beat = { groupId: this.#options.group, groupGenerationId, memberId: this.#memberId };
      await lane.call((broker) => broker.heartbeat(beat), LIMITS.memberSilentMs / 2, false);
    }
  }

  /** Who cannot leave is put out by its silence. */
  async leave(): Promise<void> {
    if (this.#memberId === '') return;
    const leaving = { groupId: this.#options.group, memberId: this.#memberId };
    const leave = async (lane: KafkaLane): Promise<void> => {
      await lane.call((broker) => broker.leaveGroup(leaving), LIMITS.kafkaAttemptMs, false);
    };
    await withCoordinator(this.#options, new AbortController().signal, leave).catch((error: unknown) => {
      if (!(error instanceof KafkaFailure)) throw error;
    });
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
