import { setTimeout as sleep } from 'node:timers/promises';
import { assert, unreachable } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { MessageLink } from '../../core/ports/message-link.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { type FromEngines, MessageBatch, packError, type ToEngines } from './engine-messages.ts';

/** Milliseconds between looks at whether calls are under way. */
const QUIET_LOOK_MS = 20;

/** Someone at the hub. */
interface Client {
  readonly batch: MessageBatch<FromEngines>;
  /** Takes the effects, and closes the engines. There is one. */
  readonly isKeeper: boolean;
  /** Its calls under way: its id of each, by the hub's. */
  readonly calls: Map<number, number>;
  /** Tenants whose decisions it follows. */
  readonly follows: Set<TenantId>;
}

interface Call {
  readonly client: Client;
  readonly id: number;
  /** Appends are answered twice. */
  answers: number;
}

type Told = Extract<FromEngines, { readonly kind: 'standing' | 'memory' | 'relations' }>;

/**
 * Lets several call the engines behind one link: the process that keeps them, and others that come and go over the network.
 * Each has ids of its own. Whoever comes is told how the tenants stand.
 */
export class EngineHub {
  readonly #engines: MessageBatch<ToEngines>;
  readonly #clients = new Set<Client>();
  readonly #calls = new Map<number, Call>();
  /** What was told last of each tenant, by kind. */
  readonly #told = new Map<string, Told>();
  #nextId = 1;
  /** The keeper closes the engines: a call would open a tenant again. */
  #isClosing = false;

  constructor(engines: MessageLink) {
    this.#engines = new MessageBatch(engines);
    engines.on('message', (messages) => {
      for (const message of messages as readonly FromEngines[]) this.#answer(message);
    });
  }

  /**
   * Answers what comes over the link, until the function that it returns is called: then calls under way are called off and
   * nobody hears their answers. The `keeper` takes the effects and closes the engines; the others cannot.
   */
  attach(link: MessageLink, role: 'keeper' | 'guest'): () => void {
    const isKeeper = role === 'keeper';
    assert(!isKeeper || ![...this.#clients].some((each) => each.isKeeper), 'there is one keeper');
    const client: Client = { batch: new MessageBatch(link), isKeeper, calls: new Map(), follows: new Set() };
    this.#clients.add(client);
    for (const message of this.#told.values()) client.batch.send(message);
    link.on('message', (messages) => {
      if (!this.#clients.has(client)) return;
      for (const message of messages as readonly ToEngines[]) this.#take(client, message);
    });
    return () => this.#detach(client);
  }

  /**
   * Resolves once no guest has had a call under way for `quietMs` milliseconds, or after `mostMs`: they have turned to others, and have
   * their answers.
   */
  async quiet(quietMs: number, mostMs: number): Promise<void> {
    const startedMs = performance.now();
    let busyMs = startedMs;
    for (;;) {
      const nowMs = performance.now();
      if ([...this.#clients].some(({ isKeeper, calls }) => !isKeeper && calls.size > 0)) busyMs = nowMs;
      else if (nowMs - busyMs >= quietMs) return;
      if (nowMs - startedMs >= mostMs) return;
      await sleep(QUIET_LOOK_MS);
    }
  }

  #detach(client: Client): void {
    if (!this.#clients.delete(client)) return;
    for (const id of client.calls.keys()) {
      this.#engines.send({ kind: 'cancel', id });
      this.#calls.delete(id);
    }
    for (const tenant of client.follows) this.#follow(client, tenant, false);
  }

  #take(client: Client, message: ToEngines): void {
    switch (message.kind) {
      case 'call': {
        if (this.#isClosing) {
          const failure = packError(new RingwatchError('ENGINE_CLOSED'));
          client.batch.send({ kind: 'failure', id: message.id, failure });
          return;
        }
        const id = this.#begin(client, message.id, message.call.kind === 'append' ? 2 : 1);
        const { call } = message;
        if (call.kind === 'append' || call.kind === 'decide' || call.kind === 'transfer') {
          const frame = ownMemory(call.frame);
          this.#engines.send({ ...message, id, call: { ...call, frame } }, frame);
        } else this.#engines.send({ ...message, id });
        return;
      }
      case 'cancel':
        for (const [id, theirs] of client.calls) {
          if (theirs === message.id) this.#engines.send({ kind: 'cancel', id });
        }
        return;
      case 'followDecisions':
        this.#follow(client, message.tenant, message.following);
        return;
      case 'close':
        if (client.isKeeper) {
          this.#isClosing = true;
          this.#engines.send({ kind: 'close', id: this.#begin(client, message.id, 1) });
        } else client.batch.send({ kind: 'answer', id: message.id, value: null });
        return;
      case 'takeEffects':
      case 'acknowledge':
      case 'limitMemory':
        if (client.isKeeper) this.#engines.send(message);
        return;
      default:
        unreachable(message);
    }
  }

  #begin(client: Client, id: number, answers: number): number {
    const own = this.#nextId++;
    client.calls.set(own, id);
    this.#calls.set(own, { client, id, answers });
    return own;
  }

  /** Decisions are given out while anyone follows them. */
  #follow(client: Client, tenant: TenantId, following: boolean): void {
    const others = [...this.#clients].some((each) => each !== client && each.follows.has(tenant));
    if (following) client.follows.add(tenant);
    else client.follows.delete(tenant);
    if (!others) this.#engines.send({ kind: 'followDecisions', tenant, following });
  }

  #answer(message: FromEngines): void {
    switch (message.kind) {
      case 'answer':
      case 'failure':
      case 'folded':
      case 'notFolded': {
        const call = this.#calls.get(message.id);
        // Its caller has gone.
        if (call === undefined) return;
        call.client.batch.send({ ...message, id: call.id });
        // A frame that is not durable is not folded either: nothing more is said of it.
        if (--call.answers > 0 && message.kind !== 'failure') return;
        this.#calls.delete(message.id);
        call.client.calls.delete(message.id);
        return;
      }
      case 'effects':
        for (const client of this.#clients) if (client.isKeeper) client.batch.send(message);
        return;
      case 'standing':
      case 'memory':
      case 'relations':
        this.#told.set(`${message.kind} ${message.tenant}`, message);
        for (const client of this.#clients) client.batch.send(message);
        return;
      default:
        unreachable(message);
    }
  }
}

/** The bytes in memory that is theirs alone, so that it can go with a message. */
function ownMemory(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
