import { sha256Hex } from '../core/hash.ts';
import type { Fanout } from '../core/ports/fanout.ts';
import type { Membership } from '../core/ports/membership.ts';
import type { InstallationKeys } from '../tenants/installation-keys.ts';
import { fixedMembership } from '../workers/cluster/ranked-placement.ts';
import type { ClusterConfig } from './config.ts';
import type { Log } from './log.ts';
import type { Closers } from './service-parts.ts';

/**
 * Who the workers are: those in a consumer group of Kafka, or those that the configuration names. With `address` this process is one
 * of them; without it only looks.
 */
export async function openMembership(
  { kafka, workers }: ClusterConfig,
  { keys, address, log, closers }: MembershipOptions,
): Promise<Membership> {
  if (kafka === null) return fixedMembership(workers);
  const [{ KafkaCluster }, { joinGroup }, { watchGroup }] = await Promise.all([
    import('../adapters/kafka/kafka-cluster.ts'),
    import('../adapters/kafka/group-member.ts'),
    import('../adapters/kafka/group-watch.ts'),
  ]);
  const cluster = new KafkaCluster({ addresses: kafka });
  closers.push(async () => cluster.close());
  const options = {
    cluster,
    // Installations that share the brokers do not meet.
    group: `ringwatch-workers-${sha256Hex(keys.peerSecret).slice(0, 16)}`,
    onProblem: (reason: string | null): void => {
      if (reason === null) log.info('kafka is there');
      else log.warn({ reason }, 'kafka is away: the workers that were known last keep their tenants');
    },
  };
  const membership = address === null ? watchGroup(options) : joinGroup({ ...options, address });
  closers.push(() => membership.close());
  return membership;
}

export interface MembershipOptions {
  readonly keys: InstallationKeys;
  readonly address: string | null;
  readonly log: Log;
  readonly closers: Closers;
}

/** Resolves once the workers are known. Throws the reason of `signal`. */
export async function knownBy(membership: Membership, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  signal.throwIfAborted();
  await Promise.race([membership.known(), aborted]);
}

/** How subscribers of other processes hear. */
export async function openFanout({ redis }: ClusterConfig, log: Log): Promise<Fanout> {
  const [{ RedisFanout }, { readRedisUrl }] = await Promise.all([
    import('../adapters/redis/redis-fanout.ts'),
    import('../adapters/redis/redis-server.ts'),
  ]);
  return new RedisFanout(await readRedisUrl(redis.url, redis.from), {
    onLost: (reason) => {
      if (reason === null) log.info('redis is there');
      else log.warn({ reason }, 'redis is away: subscribers of other processes hear nothing');
    },
  });
}
