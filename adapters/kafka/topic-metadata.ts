import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import type { KafkaJsRequest } from 'kafkajs/src/network/connection.js';

/** A topic as a broker knows it. */
export interface TopicState {
  /** The 16 bytes that name this topic for good: one that is made again under its name has others. */
  readonly id: Buffer;
  /** By their numbers. */
  readonly partitions: readonly PartitionState[];
}

interface PartitionState {
  /** Where its leader listens, `HOST:PORT`; null while it has none. */
  readonly leader: string | null;
  readonly replicas: number;
  readonly inSync: number;
}

/** What was asked: `state` is null where the broker does not know the topic. */
export interface MetadataAnswer {
  readonly state: TopicState | null;
  /** Of all brokers that take part. */
  readonly addresses: readonly string[];
}

const METADATA = 3;
const VERSION = 12;
const UNKNOWN_TOPIC = 3;
const UUID_BYTES = 16;

/**
 * A request for what a broker knows of one topic, after version 12 of Kafka's Metadata (kafka.apache.org/protocol, brokers from
 * 3.1 on). kafkajs's own are older, and do not tell a topic's id, without which one that was deleted and made again looks like the same.
 */
export function metadataRequest(topic: string): KafkaJsRequest<MetadataAnswer> {
  return {
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: async () =>
        new Encoder()
          .writeInt8(0) // no tagged fields of the header, which kafkajs writes without
          .writeUVarInt(2) // one topic
          .writeBuffer(Buffer.alloc(UUID_BYTES))
          .writeUVarIntString(topic)
          .writeUVarInt(0)
          .writeBoolean(false)
          .writeBoolean(false)
          .writeUVarInt(0),
    },
    response: {
      decode: async (payload) => decodeAnswer(new Decoder(payload)),
      parse: async (answer) => answer,
    },
  };
}

function decodeAnswer(decoder: Decoder): MetadataAnswer {
  decoder.readTaggedFields(); // of the header
  decoder.readInt32(); // throttle time
  const brokers = new Map(
    listOf(decoder, () => {
      const id = decoder.readInt32();
      const address = `${decoder.readUVarIntString() ?? ''}:${decoder.readInt32()}`;
      decoder.readUVarIntString(); // rack
      decoder.readTaggedFields();
      return [id, address] as const;
    }),
  );
  decoder.readUVarIntString(); // cluster id
  decoder.readInt32(); // controller
  const [found] = listOf(decoder, () => topicOf(decoder, brokers));
  return { state: found ?? null, addresses: [...brokers.values()] };
}

function topicOf(decoder: Decoder, brokers: ReadonlyMap<number, string>): TopicState | null {
  const error = decoder.readInt16();
  decoder.readUVarIntString(); // name
  const id = Buffer.from(decoder.readBytes(UUID_BYTES));
  decoder.readBoolean(); // internal
  const partitions: PartitionState[] = [];
  listOf(decoder, () => {
    decoder.readInt16(); // error: a leader that is missing is -1
    const number = decoder.readInt32();
    const leader = brokers.get(decoder.readInt32()) ?? null;
    decoder.readInt32(); // leader epoch
    const replicas = listOf(decoder, () => decoder.readInt32()).length;
    const inSync = listOf(decoder, () => decoder.readInt32()).length;
    listOf(decoder, () => decoder.readInt32()); // offline replicas
    decoder.readTaggedFields();
    partitions[number] = { leader, replicas, inSync };
  });
  decoder.readInt32(); // authorized operations
  decoder.readTaggedFields();
  return error === UNKNOWN_TOPIC || partitions.length === 0 ? null : { id, partitions };
}

/** The entries of a compact array. */
function listOf<T>(decoder: Decoder, read: () => T): T[] {
  const count = Math.max(0, decoder.readUVarInt() - 1);
  return Array.from({ length: count }, read);
}
