import { setTimeout as pause } from 'node:timers/promises';
import type { CacheSizes } from '../../core/cache-sizes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type {
  Appended,
  DecisionAnswer,
  Definitions,
  DryRun,
  EffectPage,
  EffectSink,
  EffectsRequest,
  EngineDescription,
  EngineHost,
  EngineProgress,
  HostDescription,
  PastDefinitions,
  Published,
  QueryAnswer,
  QueryRequest,
  ReadLevel,
  RelationSchema,
  RememberedTransfer,
  TenantEngine,
  TenantMemory,
  Transferred,
  TransfersRequest,
} from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { fallbackOf, readAskedEvent } from '../host/asked-event.ts';
import { type DialWorker, RemoteWorker } from './remote-worker.ts';

/** Which worker has which tenant. */
export interface Placement {
  /** The address of the worker that owns the tenant, as far as is known; null: none does. */
  ownerOf(tenant: TenantId): string | null;
}

/** Milliseconds between tries of a call while the tenant's worker is out of reach. */
const AGAIN_MS = 100;

/**
 * The engines of all tenants as a gateway sees them that has none itself: each call goes to the worker that owns the
 * tenant. What has not been sent yet waits a while for an owner, LIMITS.ownerWaitMs; what was under way when a worker is
 * lost rejects with WORKER_LOST, but reads, which are asked again. Effects are the workers' own business.
 */
export class ClusterEngines implements EngineHost {
  readonly #placement: Placement;
  readonly #dial: DialWorker;
  readonly #workers = new Map<string, RemoteWorker>();
  readonly #tenants = new Map<TenantId, ClusterTenant>();
  readonly #ownerWaitMs: number;
  readonly #followed = new Set<TenantId>();
  #closed = false;

  /** `ownerWaitMs`: LIMITS says it unless a test does. */
  constructor(placement: Placement, dial: DialWorker, ownerWaitMs: number = LIMITS.ownerWaitMs) {
    this.#placement = placement;
    this.#dial = dial;
    this.#ownerWaitMs = ownerWaitMs;
  }

  async create(tenant: TenantId): Promise<void> {
    await this.#on(tenant, (host) => host.create(tenant));
  }

  /** Tenants are opened by their workers. */
  async open(): Promise<void> {
    // Nothing to do here.
  }

  engine(tenant: TenantId): TenantEngine {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const made = new ClusterTenant(tenant, (call, waitMs) =>
      this.#on(tenant, (host) => call(host.engine(tenant)), waitMs),
    );
    this.#tenants.set(tenant, made);
    return made;
  }

  async reopen(tenant: TenantId): Promise<void> {
    await this.#on(tenant, (host) => host.reopen(tenant));
  }

  async remove(tenant: TenantId): Promise<void> {
    await this.#on(tenant, (host) => host.remove(tenant));
    this.#tenants.delete(tenant);
  }

  onEffects(_sink: EffectSink): void {
    // Workers give their effects to the catalog themselves.
  }

  /** Said again over each new link: a worker forgets what a lost one wanted. */
  followDecisions(tenant: TenantId, following: boolean): void {
    if (following) this.#followed.add(tenant);
    else this.#followed.delete(tenant);
    const say = async (host: EngineHost): Promise<void> =>
      host.followDecisions(tenant, this.#followed.has(tenant));
    this.#on(tenant, say).catch(() => undefined);
  }

  limitMemory(): void {
    // Workers read quotas themselves.
  }

  /** Tenants of workers that there is a link to, as those have told. */
  describe(): HostDescription {
    const tenants = [...this.#workers].flatMap(([address, { linked }]) => {
      const told = linked?.describe().tenants ?? [];
      return told.filter(({ tenant }) => this.#placement.ownerOf(tenant) === address);
    });
    return { failure: null, tenants };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
  }

  /** Calls the owner's engines, once they can be reached, if that is within `waitMs`. */
  async #on<T>(
    tenant: TenantId,
    call: (host: EngineHost) => Promise<T>,
    waitMs: number = this.#ownerWaitMs,
  ): Promise<T> {
    const untilMs = performance.now() + Math.min(waitMs, this.#ownerWaitMs);
    for (;;) {
      try {
        const leftMs = Math.max(1, untilMs - performance.now());
        return await call(await within(this.#ownerOf(tenant), leftMs));
      } catch (error) {
        if (this.#closed || !isAbsence(error) || performance.now() > untilMs) throw error;
        await pause(AGAIN_MS);
      }
    }
  }

  async #ownerOf(tenant: TenantId): Promise<EngineHost> {
    if (this.#closed) throw new RingwatchError('ENGINE_CLOSED');
    const address = this.#placement.ownerOf(tenant);
    if (address === null) throw new RingwatchError('WORKER_NONE');
    let worker = this.#workers.get(address);
    if (worker === undefined) {
      worker = new RemoteWorker(address, this.#dial, (engines) => {
        for (const tenant of this.#followed)
          if (this.#placement.ownerOf(tenant) === address) engines.followDecisions(tenant, true);
      });
      this.#workers.set(address, worker);
    }
    return worker.engines();
  }
}

/** The promise, or a rejection with PEER_UNREACHABLE after so many milliseconds. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = `there is no link after ${Math.round(ms)} ms`;
      reject(new RingwatchError('PEER_UNREACHABLE', { address: 'of the tenant’s worker', reason }));
    }, ms);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the call has certainly not reached a worker. */
function isAbsence(error: unknown): boolean {
  return (
    error instanceof RingwatchError && (error.code === 'WORKER_NONE' || error.code === 'PEER_UNREACHABLE')
  );
}

function isLoss(error: unknown): boolean {
  return error instanceof RingwatchError && error.code === 'WORKER_LOST';
}

/** Calls the engine of a tenant's owner; `waitMs`: how long it may take to reach one. */
type CallOwner = <T>(call: (engine: TenantEngine) => Promise<T>, waitMs?: number) => Promise<T>;

/** One tenant, wherever it is. */
class ClusterTenant implements TenantEngine {
  readonly tenant: TenantId;
  readonly #call: CallOwner;
  #memory: () => TenantMemory | null = () => null;
  /** As they were told last: frames are encoded for them also while no worker can be reached. */
  #relations: readonly RelationSchema[] | null = null;

  constructor(tenant: TenantId, call: CallOwner) {
    this.tenant = tenant;
    this.#call = (work, waitMs) =>
      call((engine) => {
        this.#memory = () => engine.memory;
        return work(engine);
      }, waitMs);
  }

  get memory(): TenantMemory | null {
    return this.#memory();
  }

  append(frame: Uint8Array, records: number): Promise<Appended> {
    return this.#call((engine) => engine.append(frame, records));
  }

  /**
   * With a deadline the answer is FALLBACK at the latest then, also where no worker can be reached; an event that has a key is asked
   * again where the worker was lost.
   */
  async decide(frame: Uint8Array, deadlineMs: number | null): Promise<DecisionAnswer> {
    if (deadlineMs === null) return await this.#call((engine) => engine.decide(frame, null));
    const untilMs = performance.now() + deadlineMs;
    const leftMs = (): number => Math.max(0, untilMs - performance.now());
    for (;;) {
      try {
        return await this.#call((engine) => engine.decide(frame, leftMs()), leftMs());
      } catch (error) {
        const isLost = isLoss(error);
        if (this.#relations === null || !(isLost || isAbsence(error))) throw error;
        const event = readAskedEvent(frame, this.#relations);
        const mayAsk = !isLost || event.key !== null;
        await pause(mayAsk ? Math.min(AGAIN_MS, leftMs()) : leftMs());
        if (leftMs() === 0) return fallbackOf(event, false);
      }
    }
  }

  /** Where the worker is lost under way, whoever sent them may send them again: their keys are remembered in the log. */
  transfer(frame: Uint8Array, records: number): Promise<Transferred> {
    return this.#call((engine) => engine.transfer(frame, records));
  }

  transfersOf(request: TransfersRequest): Promise<readonly RememberedTransfer[]> {
    return this.#read((engine) => engine.transfersOf(request));
  }

  publish(text: string, options: { readonly allowDrop: boolean }): Promise<Published> {
    return this.#call((engine) => engine.publish(text, options));
  }

  setRuleEnabled(rule: string, enabled: boolean): Promise<{ readonly position: number }> {
    return this.#call((engine) => engine.setRuleEnabled(rule, enabled));
  }

  check(text: string, options: { readonly allowDrop: boolean }): Promise<DryRun> {
    return this.#read((engine) => engine.check(text, options));
  }

  textWithRule(rule: string, version: number): Promise<string> {
    return this.#read((engine) => engine.textWithRule(rule, version));
  }

  definitions(): Promise<Definitions | null> {
    return this.#read((engine) => engine.definitions());
  }

  definitionHistory(): Promise<readonly PastDefinitions[]> {
    return this.#read((engine) => engine.definitionHistory());
  }

  async relations(): Promise<readonly RelationSchema[]> {
    const known = this.#relations;
    try {
      const asked = (engine: TenantEngine): Promise<readonly RelationSchema[]> => engine.relations();
      this.#relations = known === null ? await this.#read(asked) : await this.#call(asked, AGAIN_MS);
      return this.#relations;
    } catch (error) {
      if (known === null || !(isAbsence(error) || isLoss(error))) throw error;
      return known;
    }
  }

  query(request: QueryRequest, signal: AbortSignal | null = null): Promise<QueryAnswer> {
    return this.#read((engine) => engine.query(request, signal));
  }

  effects(request: EffectsRequest): Promise<EffectPage> {
    return this.#read((engine) => engine.effects(request));
  }

  /** All of a tenant's calls go to the one worker that has it. */
  async caughtUp(level: ReadLevel): Promise<TenantEngine> {
    await this.#read((engine) => engine.caughtUp(level));
    return this;
  }

  progress(): Promise<EngineProgress> {
    return this.#read((engine) => engine.progress());
  }

  describe(): Promise<EngineDescription> {
    return this.#read((engine) => engine.describe());
  }

  cacheSizes(graph: string): Promise<CacheSizes> {
    return this.#read((engine) => engine.cacheSizes(graph));
  }

  /** What changes nothing is asked again where the worker was lost meanwhile. */
  async #read<T>(work: (engine: TenantEngine) => Promise<T>): Promise<T> {
    const untilMs = performance.now() + LIMITS.ownerWaitMs;
    for (;;) {
      try {
        return await this.#call(work);
      } catch (error) {
        if (!isLoss(error) || performance.now() > untilMs) throw error;
        await pause(AGAIN_MS);
      }
    }
  }
}
