import { Worker } from 'node:worker_threads';
import { present } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { threadModule } from '../../core/thread-module.ts';
import { CONTROL, type FromQueries, type QueryThreadData, type ToQueries } from './query-messages.ts';
import { QuerySpace } from './query-space.ts';

/** Where queries are answered, one at a time: a thread, or, for tests, this one. */
export interface QueryPlace {
  /** See CONTROL. */
  readonly control: Int32Array;
  post(message: ToQueries, transfer: readonly ArrayBuffer[]): void;
  /** Where its messages go, and what is called once with the reason when it has ended by itself. */
  connect(onMessage: (message: FromQueries) => void, onEnd: (reason: string) => void): void;
  end(): void;
}

/** A place in a thread of its own, which comes after those of events and requests. `module`: the thread's, for tests. */
export function startQueryThread(
  module: URL = new URL('./answer-queries.thread.ts', import.meta.url),
): QueryPlace {
  const control = new SharedArrayBuffer(4 * CONTROL.words);
  const workerData: QueryThreadData = { control };
  const thread = new Worker(threadModule(module), { workerData });
  // It is ended with the engines; those that forget it still come to an end.
  thread.unref();
  return {
    control: new Int32Array(control),
    post: (message, transfer) => thread.postMessage(message, transfer),
    connect: (onMessage, onEnd) => {
      thread.on('message', onMessage);
      thread.on('error', (error) => onEnd(error.message));
      thread.on('exit', (code) => onEnd(`its thread ended with code ${code}`));
    },
    end: () => void thread.terminate(),
  };
}

/** A place in this thread: each message is carried out in a turn of its own. */
export function startQueriesHere(): QueryPlace {
  const control = new SharedArrayBuffer(4 * CONTROL.words);
  let listener: (message: FromQueries) => void = () => undefined;
  const space = new QuerySpace(control, (message) => listener(message));
  return {
    control: new Int32Array(control),
    post: (message) => void setImmediate(() => space.take(message)),
    connect: (onMessage) => {
      listener = onMessage;
    },
    end: () => {
      listener = () => undefined;
    },
  };
}

/** What became of a query that was run. */
export type Ran = Extract<FromQueries, { readonly kind: 'answer' | 'failure' | 'missing' }>;

/** What a tenant hears of the place that its copies are in. */
interface Sitter {
  /** Bytes of changes have arrived. */
  took(bytes: number): void;
  /** The place has ended: the copies are gone. */
  lost(): void;
}

interface Asked {
  readonly id: number;
  readonly resolve: (ran: Ran) => void;
  readonly reject: (error: RingwatchError) => void;
}

/** One place, and the tenants whose queries it answers, in turns of one query. */
class Lane {
  readonly #place: QueryPlace;
  readonly #ended: (lane: Lane) => void;
  readonly #sitters = new Map<TenantId, Sitter>();
  #last: Promise<unknown> = Promise.resolve();
  #asked: Asked | null = null;
  #nextId = 1;
  #hasEnded = false;

  constructor(place: QueryPlace, ended: (lane: Lane) => void) {
    this.#place = place;
    this.#ended = ended;
    place.connect(
      (message) => this.#take(message),
      (reason) => this.#end(new RingwatchError('QUERY_FAILED', { reason })),
    );
  }

  get size(): number {
    return this.#sitters.size;
  }

  sit(tenant: TenantId, sitter: Sitter): void {
    this.#sitters.set(tenant, sitter);
  }

  /** Drops the tenant's copies; ends the place with its last tenant. */
  leave(tenant: TenantId): void {
    if (!this.#sitters.delete(tenant) || this.#hasEnded) return;
    if (this.#sitters.size === 0) this.#end(new RingwatchError('ENGINE_CLOSED'));
    else this.post({ kind: 'drop', tenant, graph: null }, []);
  }

  post(message: ToQueries, transfer: readonly ArrayBuffer[]): void {
    if (!this.#hasEnded) this.#place.post(message, transfer);
  }

  /** Calls `work` when those that asked before have had their turn. A tenant asks for one at a time: so all come to theirs. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Runs a query in the tenant's turn. Rejects with QUERY_CANCELLED, QUERY_FAILED. */
  async ask(
    message: Omit<Extract<ToQueries, { readonly kind: 'run' }>, 'id'>,
    signal: AbortSignal,
  ): Promise<Ran> {
    if (this.#hasEnded) throw new RingwatchError('QUERY_FAILED', { reason: 'its thread has ended' });
    const id = this.#nextId;
    this.#nextId = (id % 0x7fffffff) + 1;
    const ran = new Promise<Ran>((resolve, reject) => {
      this.#asked = { id, resolve, reject };
    });
    let overdue: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      Atomics.store(this.#place.control, CONTROL.cancelled, id);
      overdue = setTimeout(() => this.#end(this.#cancelled()), LIMITS.queryCancelMs);
      overdue.unref();
    };
    this.#place.post({ ...message, id }, []);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    try {
      return await ran;
    } finally {
      signal.removeEventListener('abort', cancel);
      clearTimeout(overdue);
      this.#asked = null;
    }
  }

  #cancelled(): RingwatchError {
    const edges = Atomics.load(this.#place.control, CONTROL.visited);
    return new RingwatchError('QUERY_CANCELLED', { edges });
  }

  #take(message: FromQueries): void {
    if (message.kind === 'took') this.#sitters.get(message.tenant)?.took(message.bytes);
    else if (this.#asked?.id === message.id) this.#asked.resolve(message);
  }

  #end(error: RingwatchError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#place.end();
    this.#ended(this);
    this.#asked?.reject(error);
    const sitters = [...this.#sitters.values()];
    this.#sitters.clear();
    for (const sitter of sitters) sitter.lost();
  }
}

/** A tenant's seat in a place. */
export interface QuerySeat {
  /** See Lane. */
  turn<T>(work: () => Promise<T>): Promise<T>;
  post(message: ToQueries, transfer: readonly ArrayBuffer[]): void;
  ask(
    message: Omit<Extract<ToQueries, { readonly kind: 'run' }>, 'id'>,
    signal: AbortSignal,
  ): ReturnType<Lane['ask']>;
  leave(): void;
}

/**
 * The places that answer queries. A tenant that asks gets one of its own while there are fewer than `placesMax`, and the
 * emptiest one then; it keeps it, with the copies of its graphs, until it leaves.
 */
export class QueryPool {
  readonly #start: () => QueryPlace;
  readonly #placesMax: number;
  readonly #lanes = new Set<Lane>();

  constructor(start: () => QueryPlace, placesMax: number = LIMITS.queryThreadsMax) {
    this.#start = start;
    this.#placesMax = placesMax;
  }

  sit(tenant: TenantId, sitter: Sitter): QuerySeat {
    const lane = this.#lanes.size < this.#placesMax ? this.#newLane() : this.#emptiest();
    lane.sit(tenant, sitter);
    return {
      turn: (work) => lane.turn(work),
      post: (message, transfer) => lane.post(message, transfer),
      ask: (message, signal) => lane.ask(message, signal),
      leave: () => lane.leave(tenant),
    };
  }

  #newLane(): Lane {
    const lane = new Lane(this.#start(), (ended) => this.#lanes.delete(ended));
    this.#lanes.add(lane);
    return lane;
  }

  #emptiest(): Lane {
    const [emptiest] = [...this.#lanes].sort((a, b) => a.size - b.size);
    return present(emptiest, 'a place that answers queries');
  }
}
