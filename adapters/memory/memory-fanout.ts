import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type {
  Fanout,
  FanoutMessage,
  FanoutSubscription,
  FanoutTopic,
  MessageOf,
} from '../../core/ports/fanout.ts';
import type { TenantId } from '../../core/tenant-id.ts';

/** Fanout within one process. */
export class MemoryFanout implements Fanout {
  readonly #bounds: FanoutBounds;
  readonly #waker = new Waker();
  /** By tenant and topic; sets that become empty go. */
  readonly #queues = new Map<string, Set<Queue<FanoutMessage>>>();
  readonly #demand: ((tenant: TenantId, topic: FanoutTopic, wanted: boolean) => void)[] = [];
  #closed = false;

  /** Bounds of a subscriber's queue; LIMITS says the default. */
  constructor(bounds: Partial<FanoutBounds> = {}) {
    this.#bounds = { messages: LIMITS.fanoutQueueMax, bytes: LIMITS.fanoutQueueBytesMax, ...bounds };
  }

  publish(tenant: TenantId, message: FanoutMessage): void {
    const queues = this.#queues.get(`${tenant} ${message.topic}`);
    if (queues === undefined) return;
    // A queue that is cut leaves the set, which a Set allows while it is walked.
    const bytes = sizeOf(message);
    for (const queue of queues) queue.put(message, bytes);
  }

  subscribe<T extends FanoutTopic>(tenant: TenantId, topic: T): FanoutSubscription<MessageOf<T>> {
    const name = `${tenant} ${topic}`;
    const queue = new Queue<MessageOf<T>>(this.#bounds, this.#waker, () => this.#leave(tenant, topic, queue));
    if (this.#closed) {
      queue.cancel();
      return queue;
    }
    const queues = this.#queues.get(name) ?? new Set();
    queues.add(queue as unknown as Queue<FanoutMessage>);
    this.#queues.set(name, queues);
    if (queues.size === 1) for (const listener of this.#demand) listener(tenant, topic, true);
    return queue;
  }

  subscribers(tenant: TenantId, topic: FanoutTopic): number {
    return this.#queues.get(`${tenant} ${topic}`)?.size ?? 0;
  }

  onDemand(listener: (tenant: TenantId, topic: FanoutTopic, wanted: boolean) => void): void {
    this.#demand.push(listener);
  }

  directoryChanged(): void {
    // There are no others.
  }

  onDirectoryChanged(): void {
    // There are no others.
  }

  /** Cuts the topic's subscribers: what waits for them is thrown away and iterating throws the error. */
  cut(tenant: TenantId, topic: FanoutTopic, error: RingwatchError): void {
    for (const queue of [...(this.#queues.get(`${tenant} ${topic}`) ?? [])]) queue.cut(error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const queues of [...this.#queues.values()]) for (const queue of [...queues]) queue.cancel();
  }

  #leave(tenant: TenantId, topic: FanoutTopic, queue: unknown): void {
    const name = `${tenant} ${topic}`;
    const queues = this.#queues.get(name);
    if (queues === undefined || !queues.delete(queue as Queue<FanoutMessage>) || queues.size > 0) return;
    this.#queues.delete(name);
    for (const listener of this.#demand) listener(tenant, topic, false);
  }
}

/** What may wait for one subscriber. */
export interface FanoutBounds {
  readonly messages: number;
  readonly bytes: number;
}

/** Bytes of memory that a message holds, roughly. */
function sizeOf({ effect }: FanoutMessage): number {
  if (effect.kind === 'decision') return 512 + 2 * effect.key.length;
  const { vertices, edges } = effect.elements ?? { vertices: [], edges: [] };
  return 512 + 2 * effect.line.length + 512 * (vertices.length + edges.length);
}

/** Subscribers that are woken in one turn of the event loop. */
const WAKES_PER_TURN = 16;

/**
 * Wakes subscribers in the order of their messages, a few in a turn of the event loop: what a thousand of them do with one
 * message would else keep everything else waiting.
 */
class Waker {
  #sleepers: (() => void)[] = [];
  /** Of `#sleepers`, those that are woken. */
  #woken = 0;

  add(wake: () => void): void {
    if (this.#sleepers.length === 0) setImmediate(() => this.#run());
    this.#sleepers.push(wake);
  }

  #run(): void {
    const end = Math.min(this.#sleepers.length, this.#woken + WAKES_PER_TURN);
    while (this.#woken < end) (this.#sleepers[this.#woken++] as () => void)();
    if (end < this.#sleepers.length) {
      setImmediate(() => this.#run());
      return;
    }
    this.#sleepers = [];
    this.#woken = 0;
  }
}

interface Waiting<M> {
  readonly message: M;
  readonly bytes: number;
}

/** Messages that wait for one subscriber. */
class Queue<M> implements FanoutSubscription<M> {
  readonly #bounds: FanoutBounds;
  readonly #waker: Waker;
  readonly #leave: () => void;
  #waiting: Waiting<M>[] = [];
  /** Messages of `#waiting` that are taken. */
  #taken = 0;
  /** Of those that are not. */
  #bytes = 0;
  /** Of an iterator that waits and is not being woken. */
  #wake: (() => void) | null = null;
  #state: { readonly kind: 'open' } | { readonly kind: 'ended'; readonly error: RingwatchError | null } = {
    kind: 'open',
  };
  #onCut: ((error: Error) => void)[] = [];
  #iterating = false;

  constructor(bounds: FanoutBounds, waker: Waker, leave: () => void) {
    this.#bounds = bounds;
    this.#waker = waker;
    this.#leave = leave;
  }

  put(message: M, bytes: number): void {
    if (this.#state.kind === 'ended') return;
    const messages = this.#waiting.length - this.#taken;
    // A queue that is empty takes any message.
    const isFull = messages >= this.#bounds.messages || this.#bytes + bytes > this.#bounds.bytes;
    if (messages > 0 && isFull) {
      this.#end(new RingwatchError('SUBSCRIBER_TOO_SLOW', { messages, bytes: this.#bytes }));
      return;
    }
    this.#waiting.push({ message, bytes });
    this.#bytes += bytes;
    if (this.#wake === null) return;
    this.#waker.add(this.#wake);
    this.#wake = null;
  }

  onCut(listener: (error: Error) => void): void {
    this.#onCut.push(listener);
  }

  cut(error: RingwatchError): void {
    if (this.#state.kind === 'open') this.#end(error);
  }

  cancel(): void {
    if (this.#state.kind === 'open') this.#end(null);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<M> {
    assert(!this.#iterating, 'one iterator at a time');
    this.#iterating = true;
    try {
      while (true) {
        if (this.#state.kind === 'ended') {
          if (this.#state.error !== null) throw this.#state.error;
          return;
        }
        if (this.#taken < this.#waiting.length) yield this.#take();
        else await this.#arrival();
      }
    } finally {
      this.#iterating = false;
      this.cancel();
    }
  }

  #take(): M {
    const { message, bytes } = this.#waiting[this.#taken] as Waiting<M>;
    this.#taken++;
    this.#bytes -= bytes;
    if (this.#taken >= 64 && this.#taken * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return message;
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #end(error: RingwatchError | null): void {
    this.#state = { kind: 'ended', error };
    this.#waiting = [];
    this.#taken = 0;
    this.#bytes = 0;
    this.#leave();
    this.#wake?.();
    this.#wake = null;
    if (error !== null) for (const listener of this.#onCut) listener(error);
    this.#onCut = [];
  }
}
