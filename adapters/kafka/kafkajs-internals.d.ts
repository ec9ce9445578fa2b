// What is used of kafkajs beneath its producer and consumer: a connection, the requests by it, and how bytes are read and written.
// Its package says nothing of these; the names are those of the version in package.json, which is exact.

declare module 'kafkajs/src/network/connection.js' {
  import type { SASLOptions } from 'kafkajs';
  import type { Socket } from 'node:net';
  import type { ConnectionOptions } from 'node:tls';

  export interface KafkaJsLogger {
    namespace(): KafkaJsLogger;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
    debug(message: string): void;
  }

  export interface KafkaJsRequest<T> {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      encode(): Promise<unknown>;
    };
    readonly response: {
      decode(payload: Buffer): Promise<T>;
      parse(decoded: T): Promise<T>;
    };
  }

  class Connection {
    constructor(options: {
      readonly host: string;
      readonly port: number;
      readonly logger: KafkaJsLogger;
      readonly socketFactory: (options: {
        readonly host: string;
        readonly port: number;
        readonly ssl: ConnectionOptions | null;
        readonly onConnect: () => void;
      }) => Socket;
      readonly requestTimeout: number;
      readonly connectionTimeout: number;
      readonly enforceRequestTimeout: boolean;
      readonly clientId: string;
      readonly ssl: ConnectionOptions | null;
      readonly sasl: SASLOptions | null;
    });
    readonly requestQueue: {
      readonly pending: readonly unknown[];
      scheduleCheckPendingRequests: () => void;
      destroy(): void;
    };
    readonly socket?: Socket;
    connect(): Promise<unknown>;
    isConnected(): boolean;
    isAuthenticated(): boolean;
    authenticate(): Promise<void>;
    getSupportAuthenticationProtocol(): boolean | null;
    setSupportAuthenticationProtocol(isSupported: boolean): void;
    setVersions(versions: unknown): void;
    rejectRequests(error: Error): void;
    send<T>(request: KafkaJsRequest<T>): Promise<T>;
  }

  // biome-ignore lint/style/noDefaultExport: it is how kafkajs has it.
  export { Connection as default };
}

declare module 'kafkajs/src/broker/index.js' {
  import type { KafkaJsLogger } from 'kafkajs/src/network/connection.js';

  interface OfTopic<Partition> {
    readonly topic: string;
    readonly partitions: readonly Partition[];
  }

  export interface FetchedRecord {
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | Buffer[] | undefined>>;
    readonly isControlRecord: boolean;
    readonly batchContext: {
      readonly producerId: string;
      readonly producerEpoch: number;
      readonly firstSequence: number;
    };
  }

  class Broker {
    constructor(options: {
      readonly connectionPool: unknown;
      readonly logger: KafkaJsLogger;
      readonly allowAutoTopicCreation: boolean;
    });
    connect(): Promise<void>;
    produce(request: {
      readonly acks: number;
      readonly timeout: number;
      readonly producerId: string;
      readonly producerEpoch: number;
      readonly topicData: readonly OfTopic<{
        readonly partition: number;
        readonly firstSequence: number;
        readonly messages: readonly {
          readonly key: Buffer;
          readonly value: Buffer;
          readonly headers: Readonly<Record<string, Buffer>>;
        }[];
      }>[];
    }): Promise<{
      readonly topics: readonly { readonly partitions: readonly { readonly baseOffset: string }[] }[];
    }>;
    fetch(request: {
      readonly replicaId: number;
      readonly isolationLevel: number;
      readonly maxWaitTime: number;
      readonly minBytes: number;
      readonly maxBytes: number;
      readonly topics: readonly OfTopic<{
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }>[];
    }): Promise<{
      readonly responses: readonly {
        readonly partitions: readonly {
          readonly highWatermark: string;
          readonly messages: readonly FetchedRecord[];
        }[];
      }[];
    }>;
    listOffsets(request: {
      readonly replicaId: number;
      readonly isolationLevel: number;
      readonly topics: readonly OfTopic<{ readonly partition: number; readonly timestamp: number }>[];
    }): Promise<{
      readonly responses: readonly { readonly partitions: readonly { readonly offset: string }[] }[];
    }>;
    initProducerId(request: {
      readonly transactionTimeout: number;
    }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
    findGroupCoordinator(request: {
      readonly groupId: string;
      readonly coordinatorType: number;
    }): Promise<{ readonly coordinator: { readonly host: string; readonly port: number } }>;
    joinGroup(request: {
      readonly groupId: string;
      readonly sessionTimeout: number;
      readonly rebalanceTimeout: number;
      readonly memberId: string;
      readonly protocolType: string;
      readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
    }): Promise<{
      readonly generationId: number;
      readonly leaderId: string;
      readonly memberId: string;
      readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
    }>;
    syncGroup(request: {
      readonly groupId: string;
      readonly generationId: number;
      readonly memberId: string;
      readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
    }): Promise<{ readonly memberAssignment: Buffer }>;
    heartbeat(request: {
      readonly groupId: string;
      readonly groupGenerationId: number;
      readonly memberId: string;
    }): Promise<unknown>;
    leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
    describeGroups(request: { readonly groupIds: readonly string[] }): Promise<{
      readonly groups: readonly {
        readonly state: string;
        readonly protocolType: string;
        readonly members: readonly { readonly memberMetadata: Buffer }[];
      }[];
    }>;
    deleteRecords(request: {
      readonly topics: readonly OfTopic<{ readonly partition: number; readonly offset: string }>[];
    }): Promise<unknown>;
    createTopics(request: {
      readonly timeout: number;
      readonly topics: readonly {
        readonly topic: string;
        readonly numPartitions: number;
        readonly replicationFactor: number;
        readonly configEntries: readonly { readonly name: string; readonly value: string }[];
      }[];
    }): Promise<unknown>;
    describeConfigs(request: {
      readonly resources: readonly {
        readonly type: number;
        readonly name: string;
        readonly configNames: readonly string[];
      }[];
    }): Promise<{
      readonly resources: readonly {
        readonly configEntries: readonly { readonly configName: string; readonly configValue: string }[];
      }[];
    }>;
  }

  // biome-ignore lint/style/noDefaultExport: it is how kafkajs has it.
  export { Broker as default };
}

declare module 'kafkajs/src/protocol/encoder.js' {
  class Encoder {
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeBoolean(value: boolean): this;
    writeBuffer(value: Buffer): this;
    writeUVarInt(value: number): this;
    writeUVarIntString(value: string): this;
  }

  // biome-ignore lint/style/noDefaultExport: it is how kafkajs has it.
  export { Encoder as default };
}

declare module 'kafkajs/src/protocol/decoder.js' {
  class Decoder {
    constructor(buffer: Buffer);
    readInt8(): number;
    readInt16(): number;
    readInt32(): number;
    readBoolean(): boolean;
    readBytes(length: number): Buffer;
    readUVarInt(): number;
    readUVarIntString(): string | null;
    readTaggedFields(): unknown;
  }

  // biome-ignore lint/style/noDefaultExport: it is how kafkajs has it.
  export { Decoder as default };
}
