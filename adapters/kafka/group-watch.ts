import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { Membership } from '../../core/ports/membership.ts';
import {
  addressIn,
  type GroupLane,
  GroupMembership,
  type GroupOptions,
  PROTOCOL_TYPE,
} from './group-membership.ts';
import { KafkaFailure } from './kafka-failure.ts';

/** Sees who is in the group that workers join (joinGroup), without being in it, every LIMITS.memberLookMs. */
export function watchGroup(options: GroupOptions): Membership {
  return new GroupMembership(options, async ({ lane, closing, works, know }) => {
    while (!closing.aborted) {
      const { groups } = await lane.call(
        (broker) => broker.describeGroups({ groupIds: [options.group] }),
        LIMITS.kafkaAttemptMs,
        false,
      );
      for (const found of groups) take(found, lane.address, options.group, know);
      works();
      await sleep(LIMITS.memberLookMs, undefined, { signal: closing }).catch(() => undefined);
    }
  });
}

interface FoundGroup {
  readonly state: string;
  readonly protocolType: string;
  readonly members: readonly { readonly memberMetadata: Buffer }[];
}

/** While members join nothing is certain: what was known holds. */
function take(
  { state, protocolType, members }: FoundGroup,
  broker: string,
  group: string,
  know: GroupLane['know'],
): void {
  if (state === 'Empty' || state === 'Dead') return know([]);
  if (state !== 'Stable') return;
  if (protocolType !== PROTOCOL_TYPE) {
    const said = `Kafka at ${broker}: the group ${group} is one of '${protocolType}'`;
    throw new KafkaFailure('refused', said, false);
  }
  know(members.flatMap(({ memberMetadata }) => addressIn(memberMetadata) ?? []));
}
