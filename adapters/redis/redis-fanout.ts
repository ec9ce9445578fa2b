import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type {
  Fanout,
  FanoutMessage,
  FanoutSubscription,
  FanoutTopic,
  MessageOf,
} from '../../core/ports/fanout.ts';
import { isTenantId, type TenantId } from '../../core/tenant-id.ts';
import { type FanoutBounds, MemoryFanout } from '../memory/memory-fanout.ts';
import { encodeLetter, readLetter } from './fanout-letter.ts';
import { GapCheck } from './gap-check.ts';
import type { RedisServer } from './redis-server.ts';

export interface RedisFanoutOptions extends Partial<FanoutBounds> {
  /** What the names of channels begin with: one for each installation that shares the server. */
  readonly prefix?: string;
  /** Milliseconds between asking who listens elsewhere: LIMITS.fanoutDemandMs unless a test says otherwise. */
  readonly demandMs?: number;
  /** Hears when the server is lost, and why, and when it is found: null. */
  readonly onLost?: (reason: string | null) => void;
}

type Client = ReturnType<typeof newClient>;
type DemandListener = (tenant: TenantId, topic: FanoutTopic, wanted: boolean) => void;

/** Milliseconds until a lost server is tried again: doubled up to the last. */
const RECONNECT_MS = { first: 50, last: 2000 };

/** Milliseconds without an answer after which a connection counts as lost, and between asking for one. */
const SILENT_MS = 10_000;
const PING_MS = 3000;

/**
 * Fanout between processes by Redis' publish and subscribe. Subscribers of this process hear what it publishes at once, with or
 * without Redis. What others publish comes as letters by a channel for a tenant's topic, which a process is subscribed to while
 * anybody listens here. Who listens elsewhere the server itself knows (PUBSUB): a process that dies is forgotten with its connection,
 * and nothing has to be refreshed in time. Letters are numbered: where some were missed, or may have been because a
 * connection was lost, subscribers are cut with SUBSCRIPTION_INTERRUPTED and make up for it from the catalog.
 */
export class RedisFanout implements Fanout {
  readonly #local: MemoryFanout;
  readonly #commands: Client;
  readonly #subscriber: Client;
  readonly #prefix: string;
  readonly #self = randomUUID();
  readonly #gaps = new GapCheck();
  /** Of letters that were sent or left out, by channel. */
  readonly #numbers = new Map<string, number>();
  /** Channels of which letters were left out that nobody has been told of. */
  readonly #leftOut = new Set<string>();
  /** Channels that somebody listens to here; true: the server knows, and nothing is under way that changes it. */
  readonly #here = new Map<string, boolean>();
  /** Channels that nobody listens to here any more, which the server is being told. */
  readonly #leaving = new Set<string>();
  /** What is being said of channels to the server, by channel. */
  readonly #saying = new Map<string, Promise<void>>();
  #elsewhere: ReadonlySet<string> = new Set();
  /** Channels that listeners were told are wanted. */
  readonly #wanted = new Set<string>();
  readonly #listeners: DemandListener[] = [];
  readonly #directoryListeners: (() => void)[] = [];
  readonly #onLost: (reason: string | null) => void;
  readonly #timer: NodeJS.Timeout;
  #untakenBytes = 0;
  #asking: Promise<void> | null = null;
  #askAgain = false;
  /** Whether the subscriber's connection was lost since it last was there. */
  #interrupted = false;
  #closed = false;

  /** Connects in the background, and again whenever the connection is lost. */
  constructor(server: RedisServer, options: RedisFanoutOptions = {}) {
    const { prefix = 'ringwatch', demandMs = LIMITS.fanoutDemandMs, onLost, ...bounds } = options;
    this.#prefix = `${prefix}:fanout:`;
    this.#onLost = onLost ?? (() => undefined);
    this.#local = new MemoryFanout(bounds);
    this.#local.onDemand((tenant, topic, wanted) =>
      this.#listen(`${this.#prefix}${tenant} ${topic}`, wanted),
    );
    this.#commands = newClient(server, true);
    this.#subscriber = newClient(server, false);
    for (const client of [this.#commands, this.#subscriber]) {
      client.on('error', (error: Error) => this.#onLost(error.message));
      client.connect().catch((error: Error) => this.#onLost(error.message));
    }
    this.#commands.on('ready', () => this.#tellLeftOut());
    this.#subscriber.on('error', () => {
      this.#interrupted = true;
    });
    this.#subscriber.on('ready', () => this.#resume());
    this.#subscriber.subscribe(`${this.#prefix}demand`, () => this.#ask()).catch(() => undefined);
    this.#subscriber
      .subscribe(`${this.#prefix}directory`, (from) => {
        if (from !== this.#self) this.#tellDirectoryChanged();
      })
      .catch(() => undefined);
    this.#timer = setInterval(() => this.#ask(), demandMs);
    this.#timer.unref();
  }

  /** Whether others are heard, and hear. */
  get isConnected(): boolean {
    return this.#commands.isReady && this.#subscriber.isReady;
  }

  publish(tenant: TenantId, message: FanoutMessage): void {
    this.#local.publish(tenant, message);
    const channel = `${this.#prefix}${tenant} ${message.topic}`;
    // Alerts go out always: who begins to listen reads the earlier ones from the catalog, and between there must be no gap.
    if (message.topic === 'alertRaised' || this.#elsewhere.has(channel)) this.#send(channel, message);
  }

  subscribe<T extends FanoutTopic>(tenant: TenantId, topic: T): FanoutSubscription<MessageOf<T>> {
    return this.#local.subscribe(tenant, topic);
  }

  /** How many listen in this process. */
  subscribers(tenant: TenantId, topic: FanoutTopic): number {
    return this.#local.subscribers(tenant, topic);
  }

  /** Hears of subscribers in any process: of those elsewhere within milliseconds, of their going within LIMITS.fanoutDemandMs. */
  onDemand(listener: DemandListener): void {
    this.#listeners.push(listener);
  }

  directoryChanged(): void {
    if (!this.#commands.isReady) return;
    this.#commands.publish(`${this.#prefix}directory`, this.#self).catch(() => undefined);
  }

  onDirectoryChanged(listener: () => void): void {
    this.#directoryListeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#local.close();
    await Promise.all([destroy(this.#commands), destroy(this.#subscriber)]);
    await this.#asking;
  }

  /** Sends a letter, or counts it as left out where the server is away or does not take what it is sent. */
  #send(channel: string, message: FanoutMessage | null): void {
    const number = (this.#numbers.get(channel) ?? 0) + 1;
    this.#numbers.set(channel, number);
    if (!this.#commands.isReady || this.#untakenBytes > LIMITS.fanoutUntakenBytesMax) {
      this.#leftOut.add(channel);
      return;
    }
    const letter = encodeLetter({ from: this.#self, number, message });
    this.#untakenBytes += letter.length;
    this.#commands
      .publish(channel, letter)
      .catch(() => this.#leftOut.add(channel))
      .finally(() => {
        this.#untakenBytes -= letter.length;
      });
  }

  /** Whoever listened elsewhere while letters were left out hears that there were some. */
  #tellLeftOut(): void {
    this.#onLost(null);
    this.#flushLeftOut();
    this.#ask();
  }

  #flushLeftOut(): void {
    if (!this.#commands.isReady || this.#untakenBytes > 0) return;
    const channels = [...this.#leftOut];
    this.#leftOut.clear();
    for (const channel of channels) this.#send(channel, null);
  }

  /** Somebody here begins to listen, or nobody does any more. */
  #listen(channel: string, wanted: boolean): void {
    if (wanted) {
      this.#here.set(channel, false);
      const heard = (letter: string): void => this.#hear(channel, letter);
      void this.#say(channel, async () => {
        await this.#subscriber.subscribe(channel, heard);
        this.#isHere(channel);
      });
    } else {
      this.#here.delete(channel);
      this.#gaps.forget(channel);
      this.#leaving.add(channel);
      void this.#say(channel, () => this.#subscriber.unsubscribe(channel)).then(() =>
        this.#leaving.delete(channel),
      );
    }
    this.#tell(channel);
  }

  /**
   * Tells the server of one change of a channel after the other: the client takes a channel that is being left for one that it has,
   * and would not ask for it again. What is refused, because the connection was lost, is made up for when it is back.
   */
  async #say(channel: string, say: () => Promise<unknown>): Promise<void> {
    const before = this.#saying.get(channel) ?? Promise.resolve();
    const said = before.then(say).then(
      () => undefined,
      () => undefined,
    );
    this.#saying.set(channel, said);
    await said;
    if (this.#saying.get(channel) === said) this.#saying.delete(channel);
  }

  /** The server knows of somebody here: others ask it at once. */
  #isHere(channel: string): void {
    if (!this.#here.has(channel)) return;
    this.#here.set(channel, true);
    if (this.#commands.isReady) this.#commands.publish(`${this.#prefix}demand`, '').catch(() => undefined);
  }

  #hear(channel: string, text: string): void {
    const place = this.#placeOf(channel);
    const letter = place === null ? null : readLetter(text, place.topic);
    if (place === null || letter === null || letter.from === this.#self) return;
    const follows = this.#gaps.follows(channel, letter.from, letter.number);
    if (!follows || letter.message === null) this.#interrupt(place.tenant, place.topic);
    if (letter.message !== null) this.#local.publish(place.tenant, letter.message);
  }

  #tellDirectoryChanged(): void {
    for (const listener of this.#directoryListeners) listener();
  }

  /** Subscribed again after the connection was lost: what was published meanwhile nobody here has heard. */
  #resume(): void {
    if (!this.#interrupted) return;
    this.#interrupted = false;
    this.#tellDirectoryChanged();
    this.#gaps.forgetAll();
    for (const channel of [...this.#here.keys()]) {
      const place = this.#placeOf(channel);
      if (place !== null) this.#interrupt(place.tenant, place.topic);
    }
  }

  #interrupt(tenant: TenantId, topic: FanoutTopic): void {
    this.#local.cut(tenant, topic, new RingwatchError('SUBSCRIPTION_INTERRUPTED'));
  }

  /** Asks the server who listens elsewhere, one question at a time; also the time to tell of what was left out. */
  #ask(): void {
    if (this.#asking !== null) {
      this.#askAgain = true;
      return;
    }
    const asked = this.#lookAround().catch(() => undefined);
    this.#asking = asked.then(() => {
      this.#asking = null;
      if (this.#askAgain) this.#ask();
    });
  }

  async #lookAround(): Promise<void> {
    this.#askAgain = false;
    if (this.#closed || !this.#commands.isReady) return;
    if (this.#leftOut.size > 0) this.#flushLeftOut();
    const before = this.#elsewhere;
    const leaving = new Set(this.#leaving);
    const channels = await this.#commands.pubSubChannels(`${this.#prefix}* *`);
    const own = channels.filter((channel) => this.#here.has(channel));
    const counts = own.length === 0 ? {} : await this.#commands.pubSubNumSub(own);
    const elsewhere = new Set<string>();
    for (const channel of channels) {
      // While the server is being told of a change here, its answer may be from before or after it.
      const isUnsure =
        leaving.has(channel) || this.#leaving.has(channel) || this.#here.get(channel) === false;
      const others = Number(counts[channel] ?? 1) - (this.#here.has(channel) ? 1 : 0);
      const isElsewhere = isUnsure ? before.has(channel) : others > 0;
      if (isElsewhere) elsewhere.add(channel);
    }
    this.#elsewhere = elsewhere;
    for (const channel of new Set([...before, ...elsewhere])) this.#tell(channel);
  }

  #tell(channel: string): void {
    const wanted = this.#here.has(channel) || this.#elsewhere.has(channel);
    const place = this.#placeOf(channel);
    if (place === null || wanted === this.#wanted.has(channel)) return;
    if (wanted) this.#wanted.add(channel);
    else this.#wanted.delete(channel);
    for (const listener of this.#listeners) listener(place.tenant, place.topic, wanted);
  }

  #placeOf(channel: string): { readonly tenant: TenantId; readonly topic: FanoutTopic } | null {
    const [tenant = '', topic] = channel.slice(this.#prefix.length).split(' ');
    if (!isTenantId(tenant) || (topic !== 'alertRaised' && topic !== 'decisionMade')) return null;
    return { tenant, topic };
  }
}

/** Ends a client. One that is about to connect would leave its socket open: how that ends is waited for. */
async function destroy(client: Client): Promise<void> {
  if (client.isOpen && !client.isReady) {
    await new Promise<void>((resolve) => {
      client.once('ready', resolve);
      client.once('error', () => resolve());
    });
  }
  if (client.isOpen) client.destroy();
}

// The client's own type depends on what it is configured with.
function newClient({ host, port, user, password, tls }: RedisServer, failsOffline: boolean) {
  const reconnectStrategy = (retries: number): number =>
    Math.min(RECONNECT_MS.last, RECONNECT_MS.first * 2 ** Math.min(retries, 10));
  const place = { host, port, reconnectStrategy, connectTimeout: 5000, socketTimeout: SILENT_MS };
  return createClient({
    ...(user === null ? {} : { username: user }),
    ...(password === null ? {} : { password }),
    socket: tls === null ? place : { ...place, tls: true, ...(tls.ca === null ? {} : { ca: tls.ca }) },
    disableOfflineQueue: failsOffline,
    pingInterval: PING_MS,
  });
}
