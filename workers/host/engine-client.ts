import { unreachable } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type {
  EffectSink,
  EngineHost,
  HostDescription,
  NumberedEffect,
  TenantEngine,
  TenantStanding,
} from '../../core/ports/engine.ts';
import type { MessageLink } from '../../core/ports/message-link.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import {
  type EngineCall,
  type FromEngines,
  MessageBatch,
  type ToEngines,
  unpackError,
} from './engine-messages.ts';
import { TenantClient } from './tenant-client.ts';
import type { FoldedReport } from './tenant-link.ts';

/** Engines behind a link, and how they end. */
export interface EngineThread {
  readonly link: MessageLink;
  /** Calls back when the engines have ended by themselves, or are out of reach, with what calls are told. */
  onEnd(ended: (error: RingwatchError) => void): void;
  /** Ends them; called when they are closed. */
  end(): Promise<void>;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface PendingFold {
  readonly resolve: (report: FoldedReport) => void;
  readonly reject: (error: Error) => void;
}

/** One tenant as the gateway knows it. */
interface Known {
  readonly client: TenantClient;
  phase: TenantStanding['phase'];
  error: RingwatchError | null;
  /** Batches of effects are taken one after the other. */
  taking: Promise<void>;
}

/** Pauses before a batch of effects that could not be taken is tried again: doubling, between these. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;

/** Tenants that are opened at once. */
const OPENING_MAX = 4;

/** The engines of all tenants as the gateway sees them: calls become messages, and answers settle them. */
export class EngineClient implements EngineHost {
  readonly #thread: EngineThread;
  readonly #batch: MessageBatch<ToEngines>;
  readonly #tenants = new Map<TenantId, Known>();
  readonly #pending = new Map<number, Pending>();
  readonly #folds = new Map<number, PendingFold>();
  #nextId = 1;
  #sink: EffectSink | null = null;
  #failure: RingwatchError | null = null;
  #closing: Promise<void> | null = null;
  /** Whether the engines take no messages any more. */
  #hasEnded = false;

  constructor(thread: EngineThread) {
    this.#thread = thread;
    this.#batch = new MessageBatch(thread.link);
    thread.link.on('message', (messages) => {
      for (const message of messages as readonly FromEngines[]) this.#take(message);
    });
    thread.onEnd((error) => this.#fail(error));
  }

  async create(tenant: TenantId): Promise<void> {
    await this.#call(tenant, { kind: 'create' });
  }

  async open(tenants: readonly TenantId[]): Promise<void> {
    const waiting = [...tenants];
    const openNext = async (): Promise<void> => {
      for (let tenant = waiting.shift(); tenant !== undefined; tenant = waiting.shift()) {
        await this.#call(tenant, { kind: 'open' }).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: OPENING_MAX }, openNext));
  }

  /** Closes a tenant that another worker has now. A call opens it again. */
  async release(tenant: TenantId): Promise<void> {
    await this.#call(tenant, { kind: 'release' });
  }

  async reopen(tenant: TenantId): Promise<void> {
    await this.#call(tenant, { kind: 'reopen' });
  }

  async remove(tenant: TenantId): Promise<void> {
    await this.#call(tenant, { kind: 'remove' });
    this.#tenants.delete(tenant);
  }

  engine(tenant: TenantId): TenantEngine {
    return this.#tenant(tenant).client;
  }

  onEffects(sink: EffectSink): void {
    this.#sink = sink;
    this.#batch.send({ kind: 'takeEffects' });
  }

  limitMemory(tenant: TenantId, bytes: number | null): void {
    this.#batch.send({ kind: 'limitMemory', tenant, bytes });
  }

  followDecisions(tenant: TenantId, following: boolean): void {
    this.#batch.send({ kind: 'followDecisions', tenant, following });
  }

  describe(): HostDescription {
    return {
      failure: this.#failure?.message ?? null,
      tenants: [...this.#tenants].map(([tenant, { client, phase, error }]) => ({
        tenant,
        phase,
        error,
        framesInFlight: client.gate.frames,
        bytesInFlight: client.gate.bytes,
        memory: client.memory,
      })),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const { client } of this.#tenants.values())
      client.gate.refuseAll(new RingwatchError('ENGINE_CLOSED'));
    if (this.#failure === null) {
      const closed = this.#send((id) => ({ kind: 'close', id }));
      await closed.catch(() => undefined);
    }
    this.#hasEnded = true;
    await this.#thread.end();
    this.#settleAll(new RingwatchError('ENGINE_CLOSED'));
  }

  #tenant(tenant: TenantId): Known {
    const found = this.#tenants.get(tenant);
    if (found !== undefined) return found;
    const client = new TenantClient(tenant, {
      call: (call, moved, signal) => this.#call(tenant, call, moved, signal),
      append: (frame, records) => this.#append(tenant, frame, records),
    });
    const known: Known = { client, phase: 'closed', error: null, taking: Promise.resolve() };
    this.#tenants.set(tenant, known);
    return known;
  }

  #call(
    tenant: TenantId,
    call: EngineCall,
    moved: Uint8Array | null = null,
    signal: AbortSignal | null = null,
  ): Promise<unknown> {
    const refusal = this.#refusal();
    if (refusal !== null) return Promise.reject(refusal);
    const id = this.#nextId;
    const answered = this.#send((same) => ({ kind: 'call', id: same, tenant, call }), moved);
    if (signal === null) return answered;
    const cancel = (): void => this.#batch.send({ kind: 'cancel', id });
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    return answered.finally(() => signal.removeEventListener('abort', cancel));
  }

  #append(
    tenant: TenantId,
    frame: Uint8Array,
    records: number,
  ): { readonly durable: Promise<number>; readonly folded: Promise<FoldedReport> } {
    const refusal = this.#refusal();
    if (refusal !== null) {
      const folded = Promise.reject(refusal);
      folded.catch(() => undefined);
      return { durable: Promise.reject(refusal), folded };
    }
    const id = this.#nextId;
    const folded = new Promise<FoldedReport>((resolve, reject) => {
      this.#folds.set(id, { resolve, reject });
    });
    folded.catch(() => undefined);
    const call: EngineCall = { kind: 'append', frame, records };
    const durable = this.#send((same) => ({ kind: 'call', id: same, tenant, call }), frame);
    return { durable: durable as Promise<number>, folded };
  }

  #refusal(): RingwatchError | null {
    return this.#failure ?? (this.#closing === null ? null : new RingwatchError('ENGINE_CLOSED'));
  }

  #send(message: (id: number) => ToEngines, moved: Uint8Array | null = null): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#batch.send(message(id), moved);
    });
  }

  #take(message: FromEngines): void {
    switch (message.kind) {
      case 'answer':
        this.#settle(message.id)?.resolve(message.value);
        return;
      case 'failure': {
        const error = unpackError(message.failure);
        this.#settle(message.id)?.reject(error);
        // A frame that is not durable is not folded either.
        this.#settleFold(message.id)?.reject(error);
        return;
      }
      case 'folded':
        this.#settleFold(message.id)?.resolve(message);
        return;
      case 'notFolded':
        this.#settleFold(message.id)?.reject(unpackError(message.failure));
        return;
      case 'effects':
        this.#takeEffects(message.tenant, message.effects, message.end);
        return;
      case 'standing': {
        const known = this.#tenant(message.tenant);
        known.phase = message.phase;
        const error = message.failure === null ? null : unpackError(message.failure);
        known.error = error === null || error instanceof RingwatchError ? error : faultOf(error);
        return;
      }
      case 'memory':
        this.#tenant(message.tenant).client.setMemory(message.memory);
        return;
      case 'relations':
        this.#tenant(message.tenant).client.setRelations(message.relations);
        return;
      default:
        unreachable(message);
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #settleFold(id: number): PendingFold | undefined {
    const pending = this.#folds.get(id);
    this.#folds.delete(id);
    return pending;
  }

  #takeEffects(tenant: TenantId, effects: readonly NumberedEffect[], end: number): void {
    const known = this.#tenant(tenant);
    known.taking = known.taking.then(async () => {
      for (let pauseMs = RETRY_MS_MIN; !this.#hasEnded; pauseMs = Math.min(2 * pauseMs, RETRY_MS_MAX)) {
        try {
          await this.#sink?.(tenant, effects);
          this.#batch.send({ kind: 'acknowledge', tenant, number: end });
          return;
        } catch {
          // The sink tells why; what it has not taken comes again, now or after a restart.
          await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
        }
      }
    });
  }

  #fail(error: RingwatchError): void {
    this.#hasEnded = true;
    // What is closing waits for answers that do not come any more.
    if (this.#closing !== null) return this.#settleAll(error);
    this.#failure = error;
    for (const { client } of this.#tenants.values()) client.gate.refuseAll(error);
    this.#settleAll(error);
  }

  #settleAll(error: RingwatchError): void {
    for (const { reject } of [...this.#pending.values(), ...this.#folds.values()]) reject(error);
    this.#pending.clear();
    this.#folds.clear();
  }
}

function faultOf(error: Error): RingwatchError {
  return new RingwatchError('ENGINE_STOPPED', { reason: 'a fault of the program' }, { cause: error });
}
