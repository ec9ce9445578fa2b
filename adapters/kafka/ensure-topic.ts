import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { KafkaAttempt, KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { TopicState } from './topic-metadata.ts';

/** What a topic has to be like. */
export interface TopicWishes {
  readonly partitions: number;
  readonly replicas: number;
  /** Replicas that have a batch before it is acknowledged. */
  readonly inSyncMin: number;
  /** 'delete' for a log, whose records stay all the same until they are trimmed; 'compact' for one value a key. */
  readonly cleanup: 'delete' | 'compact';
}

const TOPIC_RESOURCE = 2;
const ALREADY_EXISTS = 36;

/**
 * The topic, which is made if there is none; one that is there is left as it is, and has to be as wished. Throws KafkaFailure;
 * LOG_UNSUITED where a setting would lose what is acknowledged.
 */
export async function ensureTopic(
  cluster: KafkaCluster,
  topic: string,
  wishes: TopicWishes,
): Promise<TopicState> {
  const state = await cluster.retry(async (attempt) => {
    const found = await cluster.describe(topic, attempt.ms);
    if (found === null) {
      await createTopic(cluster, topic, wishes, attempt);
      throw new KafkaFailure('unavailable', `the topic ${topic} was made and is not there yet`, false);
    }
    if (found.partitions.every(({ leader }) => leader !== null)) return found;
    throw new KafkaFailure('unavailable', `a partition of ${topic} has no leader`, false);
  });
  const settings = await cluster.retry(({ ms }) => settingsOf(cluster, topic, ms));
  const reason = reasonAgainst(state, settings, wishes);
  if (reason !== null) throw new RingwatchError('LOG_UNSUITED', { path: `kafka:${topic}`, reason });
  return state;
}

/** Settings by their names in Kafka; of sizes and counts the least that will do. */
function settingsFor({ inSyncMin, cleanup }: TopicWishes): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': cleanup,
    'retention.ms': '-1',
    'retention.bytes': '-1',
    'min.insync.replicas': `${inSyncMin}`,
    'unclean.leader.election.enable': 'false',
    'max.message.bytes': `${LIMITS.kafkaFrameBytesMax * 1.25}`,
    // With the writers' own times a broker would refuse those whose clock is ahead of its own.
    'message.timestamp.type': 'LogAppendTime',
  };
}

const AT_LEAST = new Set(['min.insync.replicas', 'max.message.bytes']);

function reasonAgainst(
  { partitions }: TopicState,
  settings: ReadonlyMap<string, string>,
  wishes: TopicWishes,
): string | null {
  if (partitions.length < wishes.partitions)
    return `it has ${partitions.length} partitions where ${wishes.partitions} are needed`;
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  if (replicas < wishes.replicas) return `it has ${replicas} replicas where ${wishes.replicas} are needed`;
  for (const [name, wished] of Object.entries(settingsFor(wishes))) {
    const value = settings.get(name) ?? 'not told';
    const suits = AT_LEAST.has(name) ? Number(value) >= Number(wished) : value === wished;
    if (!suits) return `its ${name} is ${value} where ${wished} is needed`;
  }
  return null;
}

async function createTopic(
  cluster: KafkaCluster,
  topic: string,
  wishes: TopicWishes,
  { ms }: KafkaAttempt,
): Promise<void> {
  const configEntries = Object.entries(settingsFor(wishes)).map(([name, value]) => ({ name, value }));
  const made = { topic, numPartitions: wishes.partitions, replicationFactor: wishes.replicas, configEntries };
  try {
    await cluster.ask((broker) => broker.createTopics({ timeout: ms, topics: [made] }), ms, true);
  } catch (error) {
    const { cause } = error as { cause?: { errors?: readonly { code?: unknown }[] } };
    // By someone else, or by a try of which no answer came.
    if (cause?.errors?.[0]?.code !== ALREADY_EXISTS) throw error;
  }
}

async function settingsOf(
  cluster: KafkaCluster,
  topic: string,
  ms: number,
): Promise<ReadonlyMap<string, string>> {
  const configNames = Object.keys(
    settingsFor({ partitions: 1, replicas: 1, inSyncMin: 1, cleanup: 'delete' }),
  );
  const { resources } = await cluster.ask(
    (broker) => broker.describeConfigs({ resources: [{ type: TOPIC_RESOURCE, name: topic, configNames }] }),
    ms,
  );
  const entries = resources[0]?.configEntries ?? [];
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
}
