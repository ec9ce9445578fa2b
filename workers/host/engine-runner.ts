import { unreachable } from '../../core/assert.ts';
import type { QueryRequest } from '../../core/ports/engine.ts';
import type { MessageLink } from '../../core/ports/message-link.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { QueryPool } from '../queries/query-pool.ts';
import type { CheckpointPolicy } from '../stream/tenant-worker.ts';
import { describeDefinitions, describeRelations } from './describe-definitions.ts';
import { cacheSizes, describeEngine, describeProgress } from './describe-engine.ts';
import type { DefinitionCompiler } from './definition-compiler.ts';
import {
  type EngineCall,
  type FromEngines,
  MessageBatch,
  packError,
  type ToEngines,
} from './engine-messages.ts';
import type { EngineStorage } from './engine-storage.ts';
import { FairTurns } from './fair-turns.ts';
import { MemoryBudget } from './memory-budget.ts';
import { TenantRunner } from './tenant-runner.ts';

/** What the engines of a thread are made of. */
export interface EngineRunnerOptions {
  readonly storage: EngineStorage;
  readonly policy: CheckpointPolicy;
  /** Where calls come from and answers go to: the other end is an EngineClient's. */
  readonly link: MessageLink;
  /** Milliseconds between looks for sources that have fallen silent. */
  readonly tickMs: number;
  /** Compiles elsewhere than where events are folded. Closed with the engines. */
  readonly compiler: DefinitionCompiler;
  /** Answers queries elsewhere than where events are folded. */
  readonly queries: QueryPool;
  /** Bytes that all tenants together may hold in memory; null: as much as there is. */
  readonly memoryBytesMax: number | null;
  /** Milliseconds that nobody has read a segment after which it may go to disk where memory is short. */
  readonly coldAfterMs: number;
}

/** Milliseconds after which tenants are told what others' memory means to them. */
const JUDGE_MS = 20;

/**
 * All tenants of a thread: carries out what its link brings, each call by itself, so that one tenant waits for none of
 * the others. It never throws: what goes wrong is answered.
 */
export class EngineRunner {
  readonly #options: EngineRunnerOptions;
  readonly #batch: MessageBatch<FromEngines>;
  readonly #turns = new FairTurns();
  readonly #tenants = new Map<TenantId, TenantRunner>();
  readonly #ticks: NodeJS.Timeout;
  /** Calls that can be called off, by id. */
  readonly #cancels = new Map<number, AbortController>();
  readonly #budget: MemoryBudget;
  #judging: NodeJS.Timeout | null = null;
  #takesEffects = false;

  constructor(options: EngineRunnerOptions) {
    this.#options = options;
    this.#budget = new MemoryBudget(options.memoryBytesMax);
    this.#batch = new MessageBatch(options.link);
    options.link.on('message', (messages) => {
      for (const message of messages as readonly ToEngines[]) this.#take(message);
    });
    this.#ticks = setInterval(() => {
      for (const tenant of this.#tenants.values()) tenant.tick();
    }, options.tickMs);
    this.#ticks.unref();
  }

  #take(message: ToEngines): void {
    switch (message.kind) {
      case 'call':
        this.#answer(message.id, this.#call(message.id, message.tenant, message.call));
        return;
      case 'cancel':
        this.#cancels.get(message.id)?.abort();
        return;
      case 'takeEffects':
        this.#takesEffects = true;
        for (const tenant of this.#tenants.values()) tenant.takeEffects();
        return;
      case 'acknowledge':
        this.#tenants.get(message.tenant)?.acknowledge(message.number);
        return;
      case 'limitMemory':
        this.#budget.setQuota(message.tenant, message.bytes);
        this.#tenants.get(message.tenant)?.judge();
        return;
      case 'followDecisions':
        this.#tenant(message.tenant).followDecisions(message.following);
        return;
      case 'close':
        this.#answer(message.id, this.#close());
        return;
      default:
        unreachable(message);
    }
  }

  /** What one tenant holds decides what others may, where all together hold too much. Once for all that is measured meanwhile. */
  #judgeAllSoon(): void {
    this.#judging ??= setTimeout(() => {
      this.#judging = null;
      for (const tenant of this.#tenants.values()) tenant.judge();
    }, JUDGE_MS).unref();
  }

  #answer(id: number, called: Promise<unknown>): void {
    called.then(
      (value) => this.#batch.send({ kind: 'answer', id, value }, value instanceof Uint8Array ? value : null),
      (error: unknown) => this.#batch.send({ kind: 'failure', id, failure: packError(error) }),
    );
  }

  #tenant(id: TenantId): TenantRunner {
    const known = this.#tenants.get(id);
    if (known !== undefined) return known;
    const { storage, policy, compiler, queries, coldAfterMs } = this.#options;
    const tenant = new TenantRunner({
      tenant: id,
      storage,
      turns: this.#turns,
      policy,
      compiler,
      queries,
      budget: this.#budget,
      coldAfterMs,
      othersJudged: () => this.#judgeAllSoon(),
      send: (message) => this.#batch.send(message),
      nowMicros: () => Date.now() * 1000,
    });
    this.#tenants.set(id, tenant);
    if (this.#takesEffects) tenant.takeEffects();
    return tenant;
  }

  async #call(id: number, tenantId: TenantId, call: EngineCall): Promise<unknown> {
    const tenant = this.#tenant(tenantId);
    switch (call.kind) {
      case 'create':
        await tenant.running(true);
        return null;
      case 'open':
        await tenant.running();
        return null;
      case 'reopen':
        return tenant.reopen();
      case 'release':
        return tenant.close();
      case 'remove':
        await tenant.close();
        this.#tenants.delete(tenantId);
        if (this.#budget.remove(tenantId)) this.#judgeAllSoon();
        return this.#options.storage.remove(tenantId);
      case 'append':
        return tenant.append(id, call.frame, call.records);
      case 'decide':
        return tenant.decide(call.frame);
      case 'transfer':
        return tenant.transfer(call.frame, call.records);
      case 'transfersOf':
        return tenant.transfersOf(call.request);
      case 'expire':
        return tenant.expire(call);
      case 'publish':
        return tenant.publish(call.text, call.allowDrop);
      case 'check':
        return tenant.check(call.text, call.allowDrop);
      case 'textWithRule':
        return tenant.textWithRule(call.rule, call.version);
      case 'setRuleEnabled':
        return tenant.setRuleEnabled(call.rule, call.enabled);
      case 'effects':
        return tenant.effects(call.request);
      case 'catchUp':
        await (await tenant.running()).worker.catchUp(call.level);
        return null;
      case 'query':
        return this.#query(id, tenant, call.request);
      default:
        return this.#ask(tenant, call);
    }
  }

  async #query(id: number, tenant: TenantRunner, request: QueryRequest): Promise<Uint8Array> {
    const cancel = new AbortController();
    this.#cancels.set(id, cancel);
    try {
      return await tenant.query(request, cancel.signal);
    } finally {
      this.#cancels.delete(id);
    }
  }

  /** What is read of a tenant's state. */
  async #ask(
    tenant: TenantRunner,
    call: Extract<
      EngineCall,
      {
        readonly kind:
          | 'definitions'
          | 'definitionHistory'
          | 'relations'
          | 'progress'
          | 'describe'
          | 'cacheSizes';
      }
    >,
  ): Promise<unknown> {
    const running = await tenant.running();
    const { fold } = running;
    switch (call.kind) {
      case 'definitions':
        return describeDefinitions(fold);
      case 'definitionHistory':
        return fold.definitionHistory().map(({ arrivalMicros, ...version }) => ({
          ...version,
          at: new Date(arrivalMicros / 1000).toISOString(),
        }));
      case 'relations':
        return describeRelations(fold.program);
      case 'progress':
        return describeProgress(running, tenant.acknowledged);
      case 'describe':
        return describeEngine(running, tenant.acknowledged);
      case 'cacheSizes':
        return cacheSizes(fold, call.graph);
      default:
        return unreachable(call);
    }
  }

  /** Closes every tenant; those that cannot be closed well have told why they stopped. */
  async #close(): Promise<void> {
    clearInterval(this.#ticks);
    if (this.#judging !== null) clearTimeout(this.#judging);
    await Promise.allSettled([...this.#tenants.values()].map((tenant) => tenant.close()));
    await this.#options.compiler.close();
  }
}
