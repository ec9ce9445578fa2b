import type { CacheSizes } from '../../core/cache-sizes.ts';
import { RingwatchError } from '../../core/errors.ts';
import { onlyDeletes } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import { unpack } from '../../core/pack.ts';
import type {
  Appended,
  DecisionAnswer,
  Definitions,
  DryRun,
  EffectPage,
  EffectsRequest,
  EngineDescription,
  EngineProgress,
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
import { AppendGate } from './append-gate.ts';
import { readAskedEvent, storedColumns } from './asked-event.ts';
import { DecisionGate } from './decision-gate.ts';
import { RunningDecision } from './running-decision.ts';
import type { TenantLink } from './tenant-link.ts';

/** A tenant's engine as the gateway sees it. */
export class TenantClient implements TenantEngine {
  readonly tenant: TenantId;
  readonly gate = new AppendGate();
  #memory: TenantMemory | null = null;
  readonly #link: TenantLink;
  #relations: readonly RelationSchema[] | null = null;
  /** Decisions on their way, by source and key: whoever asks the same again meanwhile waits with them. */
  readonly #running = new Map<string, RunningDecision>();
  /** Events that the engine was asked to decide and has not answered. */
  readonly #decisions = new DecisionGate();
  /** Callers who wait for an event that another has asked for. */
  #repeated = 0;

  constructor(tenant: TenantId, link: TenantLink) {
    this.tenant = tenant;
    this.#link = link;
  }

  /** The relations of now, told by the engine whenever they change. */
  setRelations(relations: readonly RelationSchema[]): void {
    this.#relations = relations;
  }

  /** What the tenant holds, told by the engine as it changes; null before it is measured first. */
  get memory(): TenantMemory | null {
    return this.#memory;
  }

  setMemory(memory: TenantMemory | null): void {
    this.#memory = memory;
    this.gate.shorten(memory === null || memory.short === null ? null : memoryShort(memory));
  }

  async relations(): Promise<readonly RelationSchema[]> {
    return this.#relations ?? ((await this.#link.call({ kind: 'relations' })) as readonly RelationSchema[]);
  }

  async append(frame: Uint8Array, records: number): Promise<Appended> {
    const bytes = frame.byteLength;
    if (bytes > LIMITS.frameBytesMax) {
      throw new RingwatchError('FRAME_TOO_LARGE', { size: bytes, limit: LIMITS.frameBytesMax });
    }
    await this.gate.enter(bytes, () => !this.#onlyDeletes(frame));
    const startedMs = performance.now();
    const { durable, folded } = this.#link.append(frame, records);
    folded.then(
      ({ foldMs }) => this.gate.leave(bytes, foldMs),
      () => this.gate.leave(bytes, null),
    );
    const offset = await durable;
    this.gate.committed(performance.now() - startedMs);
    return { offset, records, applied: async () => (await folded).applied };
  }

  async transfer(frame: Uint8Array, records: number): Promise<Transferred> {
    const bytes = frame.byteLength;
    if (bytes > LIMITS.frameBytesMax) {
      throw new RingwatchError('FRAME_TOO_LARGE', { size: bytes, limit: LIMITS.frameBytesMax });
    }
    await this.gate.enter(bytes);
    let foldMs: number | null = null;
    try {
      const call = { kind: 'transfer', frame, records } as const;
      const transferred = (await this.#link.call(call, frame)) as Transferred;
      this.gate.committed(transferred.commitMs);
      foldMs = transferred.foldMs;
      return transferred;
    } finally {
      this.gate.leave(bytes, foldMs);
    }
  }

  transfersOf(request: TransfersRequest): Promise<readonly RememberedTransfer[]> {
    return this.#link.call({ kind: 'transfersOf', request }) as Promise<readonly RememberedTransfer[]>;
  }

  async decide(frame: Uint8Array, deadlineMs: number | null): Promise<DecisionAnswer> {
    const startedMs = performance.now();
    const event = readAskedEvent(frame, await this.relations());
    const name = event.key === null ? null : JSON.stringify([event.source, ...event.key]);
    const deadlineAtMs = deadlineMs === null ? null : startedMs + deadlineMs;
    const known = name === null ? undefined : this.#running.get(name);
    if (known !== undefined) return await this.#waitWith(known, deadlineAtMs);
    if (this.#memory?.spent === true) throw memoryShort(this.#memory);
    const { left } = this.#decisions.enter(startedMs, deadlineMs);
    const answered = this.#link.call({ kind: 'decide', frame }, frame) as Promise<DecisionAnswer>;
    answered.then(left, left);
    const running = new RunningDecision(this.#link, event, answered, () => {
      if (name !== null) this.#running.delete(name);
    });
    if (name !== null) this.#running.set(name, running);
    return await running.within(deadlineAtMs);
  }

  #onlyDeletes(frame: Uint8Array): boolean {
    return onlyDeletes(frame, (name) => {
      const schema = this.#relations?.find((relation) => relation.name === name);
      return schema === undefined ? null : storedColumns(schema).map(({ type }) => type);
    });
  }

  /** Waits for a decision that another has asked for. Throws ENGINE_BUSY. */
  async #waitWith(running: RunningDecision, deadlineAtMs: number | null): Promise<DecisionAnswer> {
    if (this.#repeated >= LIMITS.decisionsInFlightMax) {
      throw new RingwatchError('ENGINE_BUSY', { frames: this.#repeated });
    }
    this.#repeated++;
    try {
      return { ...(await running.within(deadlineAtMs)), duplicate: true, timing: null };
    } finally {
      this.#repeated--;
    }
  }

  publish(text: string, { allowDrop }: { readonly allowDrop: boolean }): Promise<Published> {
    return this.#link.call({ kind: 'publish', text, allowDrop }) as Promise<Published>;
  }

  async check(text: string, { allowDrop }: { readonly allowDrop: boolean }): Promise<DryRun> {
    return unpack((await this.#link.call({ kind: 'check', text, allowDrop })) as Uint8Array);
  }

  setRuleEnabled(rule: string, enabled: boolean): Promise<{ readonly position: number }> {
    return this.#link.call({ kind: 'setRuleEnabled', rule, enabled }) as Promise<{ position: number }>;
  }

  textWithRule(rule: string, version: number): Promise<string> {
    return this.#link.call({ kind: 'textWithRule', rule, version }) as Promise<string>;
  }

  definitions(): Promise<Definitions | null> {
    return this.#link.call({ kind: 'definitions' }) as Promise<Definitions | null>;
  }

  definitionHistory(): Promise<readonly PastDefinitions[]> {
    return this.#link.call({ kind: 'definitionHistory' }) as Promise<readonly PastDefinitions[]>;
  }

  async query(request: QueryRequest, signal: AbortSignal | null = null): Promise<QueryAnswer> {
    return unpack((await this.#link.call({ kind: 'query', request }, null, signal)) as Uint8Array);
  }

  effects(request: EffectsRequest): Promise<EffectPage> {
    return this.#link.call({ kind: 'effects', request }) as Promise<EffectPage>;
  }

  async caughtUp(level: ReadLevel): Promise<TenantEngine> {
    await this.#link.call({ kind: 'catchUp', level });
    return this;
  }

  progress(): Promise<EngineProgress> {
    return this.#link.call({ kind: 'progress' }) as Promise<EngineProgress>;
  }

  describe(): Promise<EngineDescription> {
    return this.#link.call({ kind: 'describe' }) as Promise<EngineDescription>;
  }

  cacheSizes(graph: string): Promise<CacheSizes> {
    return this.#link.call({ kind: 'cacheSizes', graph }) as Promise<CacheSizes>;
  }
}

/** Milliseconds after which it may be worth trying again: what makes memory smaller takes about so long. */
const MEMORY_RETRY_MS = 5_000;

function memoryShort({ bytes, limit }: TenantMemory): RingwatchError {
  return new RingwatchError('ENGINE_MEMORY', {
    held: bytes,
    limit: limit ?? 0,
    retryAfterMs: MEMORY_RETRY_MS,
  });
}
