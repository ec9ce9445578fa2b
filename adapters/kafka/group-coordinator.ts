import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { KafkaLane } from './kafka-lane.ts';
import { LIMITS } from '../../core/limits.ts';

/** What members of the group say of themselves, as JSON. */
export interface MemberNote {
  readonly address: string;
}

/** The kind of group: its members share no partitions, they only know each other. */
export const PROTOCOL_TYPE = 'ringwatch';
export const PROTOCOL = 'members-1';

/** Milliseconds between tries where the coordinator is away. */
const AGAIN_MS = 500;

/**
 * Works with the coordinator of a group over a connection of its own, again with another one after each failure, until `signal` is
 * aborted. `onProblem` is told why it does not go on, and null when it does.
 */
export async function withCoordinator(
  { cluster, group, signal, onProblem }: GroupOptions & { readonly signal: AbortSignal },
  work: (lane: KafkaLane, works: () => void) => Promise<void>,
): Promise<void> {
  let problem: string | null = null;
  const tell = (reason: string | null): void => {
    if (reason !== problem) onProblem(reason);
    problem = reason;
  };
  while (!signal.aborted) {
    let lane: KafkaLane | null = null;
    const end = (): void => lane?.close();
    try {
      const { coordinator } = await cluster.ask(
        (broker) => broker.findGroupCoordinator({ groupId: group, coordinatorType: 0 }),
        LIMITS.kafkaAttemptMs,
      );
      lane = await cluster.connect(`${coordinator.host}:${coordinator.port}`, LIMITS.kafkaAttemptMs);
      signal.addEventListener('abort', end, { once: true });
      await work(lane, () => tell(null));
    } catch (error) {
      if (!(error instanceof KafkaFailure)) throw error;
      if (!signal.aborted) tell(error.message);
    } finally {
      signal.removeEventListener('abort', end);
      lane?.close();
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

export interface GroupOptions {
  readonly cluster: KafkaCluster;
  /** Its name, one for an installation. */
  readonly group: string;
  readonly onProblem: (reason: string | null) => void;
}

/** The address in what a member says of itself; null where it is none. */
export function addressIn(note: Buffer): string | null {
  try {
    const { address } = JSON.parse(note.toString()) as Partial<MemberNote>;
    return typeof address === 'string' ? address : null;
  } catch {
    return null;
  }
}
