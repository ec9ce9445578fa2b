import type { SASLOptions } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import Connection, { type KafkaJsLogger, type KafkaJsRequest } from 'kafkajs/src/network/connection.js';
import { connect as connectSocket } from 'node:net';
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls';
import { LIMITS } from '../../core/limits.ts';
import { KafkaFailure, failureOf } from './kafka-failure.ts';

/** How brokers are reached. */
export interface KafkaAccess {
  /** For connections by TLS; none without it. */
  readonly tls?: ConnectionOptions;
  readonly sasl?: SASLOptions;
  /** What brokers call this client in their logs and quotas. */
  readonly clientId: string;
}

/** What is sent by a connection, for which kafkajs's Broker knows most requests. */
export type LaneAction<T> = (
  broker: Broker,
  send: <A>(request: KafkaJsRequest<A>) => Promise<A>,
) => Promise<T>;

/** Failures are thrown, classed and told where they end up: what kafkajs would log beside is not. */
const SILENT: KafkaJsLogger = {
  namespace: () => SILENT,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

const KEEP_ALIVE_MS = 10_000;

/**
 * One connection to one broker. A broker does one thing after the other for a connection, so that whoever waits long has one of
 * its own. It is made once and ends with the first failure: what was sent by it has an outcome that nobody knows, and
 * kafkajs's own ways back would go on using what was broken.
 */
export class KafkaLane {
  readonly address: string;
  readonly #connection: Connection;
  readonly #broker: Broker;
  readonly #onClosed: (lane: KafkaLane) => void;
  #ended = false;

  private constructor(address: string, access: KafkaAccess, onClosed: (lane: KafkaLane) => void) {
    this.#onClosed = onClosed;
    const at = address.lastIndexOf(':');
    const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
    this.address = address;
    this.#connection = new Connection({
      host,
      port,
      logger: SILENT,
      socketFactory: ({ onConnect }) => {
        const secure = access.tls;
        const socket =
          secure === undefined
            ? connectSocket({ host, port, noDelay: true }, onConnect)
            : connectSecurely({ host, port, servername: host, ...secure }, onConnect);
        return socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
      },
      // Times are kept by `call`.
      requestTimeout: LIMITS.kafkaCallMs,
      connectionTimeout: LIMITS.kafkaAttemptMs,
      enforceRequestTimeout: false,
      clientId: access.clientId,
      ssl: null,
      sasl: access.sasl ?? null,
    });
    keepFromSpinning(this.#connection);
    this.#broker = new Broker({
      connectionPool: poolOf(this.#connection, host, port, access),
      logger: SILENT,
      allowAutoTopicCreation: false,
    });
  }

  /** Connects within so many milliseconds; `onClosed` is told when it is closed. Throws KafkaFailure. */
  static async connect(
    address: string,
    access: KafkaAccess,
    ms: number,
    onClosed: (lane: KafkaLane) => void,
  ): Promise<KafkaLane> {
    const lane = new KafkaLane(address, access, onClosed);
    try {
      await lane.call(() => lane.#broker.connect(), ms, false);
      return lane;
    } catch (error) {
      lane.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return !this.#ended && this.#connection.isConnected();
  }

  /** Does something within so many milliseconds. After a failure of the connection it is closed. Throws KafkaFailure. */
  async call<T>(action: LaneAction<T>, ms: number, isWrite: boolean): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const said = `Kafka at ${this.address}: no answer within ${Math.round(ms)} ms`;
        reject(new KafkaFailure('unavailable', said, isWrite && this.#connection.isConnected()));
        this.close();
      }, ms);
    });
    try {
      const acting = action(this.#broker, (request) => this.#connection.send(request));
      // Where the time is over it ends later, by the closing.
      acting.catch(() => undefined);
      return await Promise.race([acting, late]);
    } catch (error) {
      const failure = failureOf(error, this.address, isWrite);
      if (!this.#connection.isConnected()) this.close();
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the connection at once: what waits for an answer fails. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onClosed(this);
    const { requestQueue, socket } = this.#connection;
    const reason = new KafkaFailure('unavailable', `the connection to ${this.address} is closed`, true);
    this.#connection.rejectRequests(reason);
    requestQueue.destroy();
    requestQueue.scheduleCheckPendingRequests = () => undefined;
    // By an error, which kafkajs hears: of a socket that just ends it would not know, and wait on.
    socket?.destroy(reason);
  }
}

/** kafkajs looks each millisecond, as long as a connection lives, whether requests that were held back may go; here only where some are. */
function keepFromSpinning({ requestQueue }: Connection): void {
  const schedule = requestQueue.scheduleCheckPendingRequests.bind(requestQueue);
  requestQueue.scheduleCheckPendingRequests = () => {
    if (requestQueue.pending.length > 0) schedule();
  };
}

/** What a Broker of kafkajs wants to hold its connections: here the one. */
function poolOf(connection: Connection, host: string, port: number, access: KafkaAccess): unknown {
  return {
    host,
    port,
    sasl: access.sasl ?? null,
    connectionTimeout: LIMITS.kafkaAttemptMs,
    isConnected: () => connection.isConnected(),
    isAuthenticated: () => connection.isAuthenticated(),
    setVersions: (versions: unknown) => connection.setVersions(versions),
    setSupportAuthenticationProtocol: (is: boolean) => connection.setSupportAuthenticationProtocol(is),
    getConnection: async () => {
      if (!connection.isConnected()) await connection.connect();
      return connection;
    },
    send: <T>(request: KafkaJsRequest<T>) => connection.send(request),
    destroy: async () => undefined,
  };
}
