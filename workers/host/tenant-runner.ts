import { assert, present } from '../../core/assert.ts';
import type { AlertEffect, DecisionEffect, Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { asAskedEvent, checkFrame, FrameWriter, relationsIn } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import { nearestHint } from '../../core/nearest-name.ts';
import type {
  AnsweredBefore,
  Applied,
  DecisionAnswer,
  DecisionTiming,
  EffectPage,
  EffectsRequest,
  NumberedEffect,
  Published,
  QueryRequest,
  RecordException,
  RememberedTransfer,
  TenantStanding,
  Transferred,
  TransfersRequest,
} from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { Fold } from '../../engine/fold.ts';
import { valuesKey } from '../../engine/state/row-key.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import type { QueryPool } from '../queries/query-pool.ts';
import { type CheckpointPolicy, type FoldedFrame, TenantWorker } from '../stream/tenant-worker.ts';
import { checkAgainstRows } from './check-text.ts';
import type { DefinitionCompiler } from './definition-compiler.ts';
import { describeRelations } from './describe-definitions.ts';
import { type ExpiredDecision, type FromEngines, packError, SINK_KINDS } from './engine-messages.ts';
import type { EngineStorage, OpenStorage } from './engine-storage.ts';
import type { FairTurns } from './fair-turns.ts';
import { HeldTurns } from './held-turns.ts';
import { textOfRuleVersion } from './rule-text.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { TenantCompiler } from './tenant-compiler.ts';
import { FoldMemory } from './tenant-memory.ts';
import { TenantQueries } from './tenant-queries.ts';

/** What a tenant's runner is made of. */
export interface TenantRunnerOptions {
  readonly tenant: TenantId;
  readonly storage: EngineStorage;
  readonly turns: FairTurns;
  readonly policy: CheckpointPolicy;
  readonly compiler: DefinitionCompiler;
  readonly queries: QueryPool;
  readonly budget: MemoryBudget;
  /** Milliseconds that nobody has read a segment after which it may go to disk. */
  readonly coldAfterMs: number;
  /** Who else may take what in may have changed. */
  readonly othersJudged: () => void;
  readonly send: (message: FromEngines) => void;
  /** Microseconds since 1970: the clock that stamps records which the engine itself appends. */
  readonly nowMicros: () => number;
}

/** A running tenant. */
interface Running {
  readonly worker: TenantWorker;
  readonly fold: Fold;
  readonly storage: OpenStorage;
}

/** A tenant that is stopped for something that may mend itself is opened again by a call after so many milliseconds. */
const REOPEN_AFTER_MS = 5_000;
/** How long a closing tenant waits for its effects to be taken. */
const CLOSE_EFFECTS_MS = 5_000;
const ACKNOWLEDGE_AFTER_MS = 500;

/**
 * One tenant in the thread of the engines: opens its data, folds it in its turns, gives effects out in order, and answers
 * calls. What fails here stops this tenant alone.
 */
export class TenantRunner {
  readonly tenant: TenantId;
  readonly #options: TenantRunnerOptions;
  #phase: TenantStanding['phase'] = 'closed';
  #running: Promise<Running> | null = null;
  #current: Running | null = null;
  #stoppedBy: unknown = null;
  #stoppedMs = 0;
  #releasing: Promise<void> = Promise.resolve();
  // What is given out: effects before #given are on their way or taken, those before #acknowledged are taken.
  #takesEffects = false;
  #followsDecisions = false;
  #given = 0;
  #acknowledged = 0;
  #giving = false;
  /** When the last batch went out, and what waits for the next. */
  #gaveMs = Number.NEGATIVE_INFINITY;
  #giveTimer: NodeJS.Timeout | null = null;
  #acknowledgeTimer: NodeJS.Timeout | null = null;
  #onAcknowledged: () => void = () => undefined;
  #ticking = false;
  readonly #foldTurns: HeldTurns;
  readonly #queries: TenantQueries;
  readonly #memory: FoldMemory;
  readonly #compiler: TenantCompiler;
  #compiled: { readonly text: string; readonly program: Program } | null = null;

  constructor(options: TenantRunnerOptions) {
    this.tenant = options.tenant;
    this.#options = options;
    this.#compiler = new TenantCompiler(options.compiler);
    this.#foldTurns = new HeldTurns(options.turns.seat());
    this.#queries = new TenantQueries({
      tenant: options.tenant,
      pool: options.queries,
      turns: options.turns.seat(),
      foldTurns: this.#foldTurns,
    });
    this.#memory = new FoldMemory({
      tenant: options.tenant,
      budget: options.budget,
      turns: this.#foldTurns,
      letGo: () => this.#queries.letGoIdle(),
      othersJudged: options.othersJudged,
      tell: (memory) => options.send({ kind: 'memory', tenant: options.tenant, memory }),
      failed: (error) => this.#stop(error),
      coldAfterMs: options.coldAfterMs,
    });
  }

  /** Who may take what in has changed. */
  judge(): void {
    this.#memory.judge();
  }

  /** Effects before this number have been taken. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get phase(): TenantStanding['phase'] {
    return this.#phase;
  }

  /** The running tenant; opens it where it is closed. Rejects with ENGINE_STOPPED, TENANT_UNKNOWN. */
  running(create = false): Promise<Running> {
    if (this.#running === null) {
      if (this.#stoppedBy !== null && !this.#mayTryAgain()) return Promise.reject(this.#stoppedError());
      this.#running = this.#open(create);
      this.#running.catch(() => undefined);
    }
    return this.#running;
  }

  #mayTryAgain(): boolean {
    const error = this.#stoppedBy;
    if (isLost(error)) return true;
    const isPassing = error instanceof RingwatchError && error.retryable;
    return isPassing && performance.now() - this.#stoppedMs >= REOPEN_AFTER_MS;
  }

  #stoppedError(): RingwatchError {
    const error = this.#stoppedBy;
    const reason =
      error instanceof RingwatchError ? `${error.code}, ${error.outside.message}` : 'a fault of the program';
    return new RingwatchError('ENGINE_STOPPED', { reason }, { cause: error });
  }

  async #open(create: boolean): Promise<Running> {
    this.#setPhase('opening', null);
    try {
      await this.#releasing;
      const storage = await this.#options.storage.open(this.tenant, create);
      const running = await this.#start(storage);
      this.#current = running;
      this.#stoppedBy = null;
      this.#setPhase('running', null);
      this.tellRelations();
      this.#memory.follow(running.fold, running.storage.cold ?? null);
      this.#give();
      return running;
    } catch (error) {
      if (error instanceof RingwatchError && error.code === 'DATA_FOLDER_NOT_FOUND') {
        this.#running = null;
        this.#setPhase('closed', null);
        throw new RingwatchError('TENANT_UNKNOWN', { tenant: this.tenant }, { cause: error });
      }
      this.#stop(error);
      throw this.#stoppedError();
    }
  }

  async #start(storage: OpenStorage): Promise<Running> {
    try {
      this.#acknowledged = storage.checkpoints.acknowledged;
      this.#given = this.#acknowledged;
      const worker = await TenantWorker.open({
        log: storage.log,
        checkpoints: storage.checkpoints,
        discardedCheckpoint: storage.discardedCheckpoint,
        createFold: (emit) =>
          new Fold({
            tenant: this.tenant,
            compile: (text) => this.#compile(text),
            emit,
            alertElements: true,
          }),
        onEffect: () => this.#give(),
        effectsFrom: Number.POSITIVE_INFINITY,
        turns: this.#foldTurns,
        policy: this.#options.policy,
        onFailure: (error) => this.#stop(error),
      });
      worker.acknowledge(this.#acknowledged);
      return { worker, fold: worker.fold as Fold, storage };
    } catch (error) {
      // Why it cannot be started is told; what closing adds is a consequence.
      await storage.close().catch(() => undefined);
      throw error;
    }
  }

  /** Notes why the tenant is stopped, and lets its data go, so that it can be opened again. */
  #stop(error: unknown): void {
    if (this.#phase === 'stopped') return;
    this.#stoppedBy = error;
    this.#stoppedMs = performance.now();
    const current = this.#current;
    this.#running = null;
    this.#current = null;
    this.#setPhase('stopped', error);
    if (current !== null) this.#releasing = this.#release(current);
  }

  async #release({ worker, storage }: Running): Promise<void> {
    this.#queries.close();
    this.#memory.follow(null);
    try {
      await worker.close({ checkpoint: false });
    } catch {
      // It was stopped for a reason of its own, which is told; what closing adds is a consequence.
    } finally {
      await this.#memory.written;
      await storage.close().catch(() => undefined);
    }
  }

  #setPhase(phase: TenantStanding['phase'], error: unknown): void {
    this.#phase = phase;
    const failure = error === null ? null : packError(error);
    this.#options.send({ kind: 'standing', tenant: this.tenant, phase, failure });
  }

  /** Closes the tenant, stopped or not, and opens it again. */
  async reopen(): Promise<void> {
    await this.close().catch(() => undefined);
    this.#stoppedBy = null;
    await this.running();
  }

  /** Folds what is appended, gives effects out, makes a checkpoint and lets the data go. */
  async close(): Promise<void> {
    const opening = this.#running;
    if (opening === null) {
      await this.#releasing;
      if (this.#phase === 'stopped') this.#setPhase('closed', null);
      return;
    }
    const running = await opening.catch(() => null);
    if (running === null || this.#current !== running) return this.close();
    const { worker, storage } = running;
    try {
      await worker.drained();
      await this.#taken(worker);
      await this.#noteAcknowledged(storage);
      await worker.close();
    } finally {
      if (this.#current === running) {
        this.#current = null;
        this.#running = null;
        this.#releasing = this.#release(running);
        this.#setPhase('closed', null);
      }
      await this.#releasing;
    }
  }

  /** Resolves when all effects are taken, or after a while. */
  async #taken(worker: TenantWorker): Promise<void> {
    if (!this.#takesEffects) return;
    const timeout = performance.now() + CLOSE_EFFECTS_MS;
    while (this.#acknowledged < worker.effectNumbers.end && performance.now() < timeout) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeout - performance.now());
        this.#onAcknowledged = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Tells the gateway what rows may be encoded for. */
  tellRelations(): void {
    if (this.#current === null) return;
    const relations = describeRelations(this.#current.fold.program);
    this.#options.send({ kind: 'relations', tenant: this.tenant, relations });
  }

  // ---- Appending

  /** Appends a frame; `id` is answered when it is durable, and again when it is folded. */
  async append(id: number, frame: Uint8Array, records: number): Promise<number> {
    const { worker } = await this.running();
    const head = checkFrame(frame);
    if (head.records !== records) {
      throw new RingwatchError('FRAME_CORRUPT', { reason: `it has ${head.records} records, not ${records}` });
    }
    const { durable, folded } = worker.submit(frame, records);
    folded.then(
      ({ applied, foldMs }) => {
        // Before the gate lets the next frame in.
        this.#memory.measure();
        this.#options.send({ kind: 'folded', id, applied, foldMs });
      },
      (error: unknown) => this.#options.send({ kind: 'notFolded', id, failure: packError(error) }),
    );
    return durable;
  }

  /** Appends a frame of transfers, and answers from the fold of its records. One alone goes before other tenants' bulk. */
  async transfer(frame: Uint8Array, records: number): Promise<Transferred> {
    const { worker } = await this.running();
    if (checkFrame(frame).records !== records) {
      throw new RingwatchError('FRAME_CORRUPT', { reason: `it does not have ${records} records` });
    }
    const { durable, folded } = worker.submit(frame, records, { urgent: records === 1 });
    const startedMs = performance.now();
    let commitMs = 0;
    durable.then(
      () => {
        commitMs = performance.now() - startedMs;
      },
      () => undefined,
    );
    const { applied, transfers, foldMs } = await folded;
    this.#memory.measure();
    return { offset: applied.offset, outcomes: transfers, position: applied.position, commitMs, foldMs };
  }

  /** Remembered transfers of a row, the newest first. Throws CURSOR_INVALID. */
  async transfersOf(request: TransfersRequest): Promise<readonly RememberedTransfer[]> {
    const { relation, account, before, limit } = request;
    const { fold } = await this.running();
    const key = valuesKey(account);
    if (key === null) return [];
    return fold.transferMemory.transfersOf(relation, key, before, limit);
  }

  /** Appends an event that someone waits for, and answers from the fold of its record. */
  async decide(frame: Uint8Array): Promise<DecisionAnswer> {
    const running = await this.running();
    checkFrame(frame);
    const startedMs = performance.now();
    let durableAtMs = startedMs;
    const { durable, folded } = running.worker.submit(asAskedEvent(frame), 1, {
      urgent: true,
      wantsEffects: true,
    });
    durable.then(
      () => {
        durableAtMs = performance.now();
      },
      () => undefined,
    );
    const { applied, effects } = await folded;
    this.#memory.measure();
    const exception = applied.exceptions[0];
    if (exception !== undefined && exception.kind !== 'refused') {
      return this.#undecided(running, exception, applied, frame);
    }
    const effect = effects.find((each): each is DecisionEffect => each.kind === 'decision');
    if (effect === undefined)
      throw new RingwatchError('DECISION_MISSING', { source: relationsIn(frame)[0] ?? '' });
    const alerts = effects.filter(
      (each): each is AlertEffect => each.kind === 'alert' && each.position === effect.position,
    );
    // A caller may have been told something for the key before there was an event with it in the log.
    const told = running.fold.answeredAt(effect.position);
    const timing = { commitMs: durableAtMs - startedMs, foldMs: performance.now() - durableAtMs };
    return answerOf(effect, alerts, told, told === null ? timing : null);
  }

  async #undecided(
    running: Running,
    exception: Exclude<RecordException, { readonly kind: 'refused' }>,
    { position }: Applied,
    frame: Uint8Array,
  ): Promise<DecisionAnswer> {
    if (exception.kind === 'duplicate') return this.#answerAt(running, exception.of);
    const source = relationsIn(frame)[0] ?? '';
    const { before } = exception;
    if (before !== null) return this.#answerBefore(running, source, before);
    if (exception.kind === 'late') throw new RingwatchError('EVENT_TOO_LATE', { position });
    const details = { what: 'source', name: source, relation: source, column: 'of the event', time: 'given' };
    throw new RingwatchError(exception.code, details);
  }

  /** The answer to an event that is late or rejected, and was answered before. */
  async #answerBefore(running: Running, source: string, before: AnsweredBefore): Promise<DecisionAnswer> {
    const { key, position, answered } = before;
    if (answered === null) return this.#answerAt(running, position);
    const made = position < 0 ? null : await this.#decisionAt(running.worker, position);
    if (made !== null) return answerOf(made.effect, made.alerts, answered, null);
    const decision = running.fold.program.decisions.find((each) => each.source === source);
    if (decision === undefined) throw new RingwatchError('DECISION_MISSING', { source });
    return {
      outcome: answered,
      decision: decision.name,
      source,
      key,
      afterDeadline: true,
      durable: true,
      duplicate: true,
      position: position < 0 ? null : position,
      effect: null,
      alerts: [],
      timing: null,
    };
  }

  /** What was answered for the event at a position. */
  async #answerAt({ worker, fold }: Running, position: number): Promise<DecisionAnswer> {
    const made = await this.#decisionAt(worker, position);
    if (made === null) throw new RingwatchError('DECISION_FORGOTTEN', { key: '', position });
    return answerOf(made.effect, made.alerts, fold.answeredAt(position), null);
  }

  /** The decision made at a position and the alerts raised there, where they are still kept. */
  async #decisionAt(worker: TenantWorker, position: number): Promise<MadeDecision | null> {
    const alerts: AlertEffect[] = [];
    const first = await worker.firstEffectAt(position);
    for (let number = Math.max(first, worker.effectNumbers.start); ; number += LIMITS.effectsPerBatch) {
      const effects = await keptOf(worker.effects(number, LIMITS.effectsPerBatch));
      for (const effect of effects) {
        if (effect.kind === 'deadline' || effect.position < position) continue;
        if (effect.position > position) return null;
        if (effect.kind === 'decision') return { effect, alerts };
        if (effect.kind === 'alert') alerts.push(effect);
      }
      if (effects.length < LIMITS.effectsPerBatch) return null;
    }
  }

  /** Notes that a caller was told FALLBACK. Durable when it resolves. */
  async expire({ decision, source, key, position, answered }: ExpiredDecision): Promise<void> {
    const { worker } = await this.running();
    const writer = new FrameWriter();
    const arrivalMicros = this.#options.nowMicros();
    writer.deadline({ arrivalMicros, decision, source, key, position, answered });
    const { durable, folded } = worker.submit(writer.finish(), 1, { urgent: true });
    folded.catch(() => undefined);
    await durable;
  }

  async #submit({ worker }: Running, frame: Uint8Array): Promise<FoldedFrame> {
    const { durable, folded } = worker.submit(frame, 1);
    durable.catch(() => undefined);
    return folded;
  }

  /** Brings a definition text into effect. */
  async publish(text: string, allowDrop: boolean): Promise<Published> {
    const running = await this.running();
    // What has errors of its own is not worth a record; the fold takes the program when it comes to the text.
    this.#compiled = { text, program: await this.#compiler.compile(text) };
    const writer = new FrameWriter();
    writer.definitions(text, allowDrop, this.#options.nowMicros());
    const { refused, applied } = await this.#submit(running, writer.finish());
    if (refused !== null) throw refused;
    this.tellRelations();
    const published = running.fold.definitionHistory().find(({ position }) => position === applied.position);
    return { position: applied.position, version: present(published, 'the version published').version };
  }

  /** What publishing a text would change: a DryRun, packed. */
  async check(text: string, allowDrop: boolean): Promise<Uint8Array> {
    const { fold } = await this.running();
    for (;;) {
      const inForce = fold.definitions;
      const checked = await this.#compiler.check(inForce, text, allowDrop);
      // What has come into force meanwhile counts.
      if (fold.definitions === inForce) return checkAgainstRows(checked, (name) => fold.table(name));
    }
  }

  /** The text in force with a rule as it was. Throws UNKNOWN_NAME, RULE_VERSION_UNKNOWN. */
  async textWithRule(rule: string, version: number): Promise<string> {
    const { fold } = await this.running();
    const past = textOfRuleVersion(fold.definitionHistory(), rule, version);
    const text = await this.#compiler.replaceRule(fold.definitions, past, rule);
    if (text === null) throw new RingwatchError('RULE_VERSION_UNKNOWN', { name: rule, version });
    return text;
  }

  /** The program of a text that the fold comes to: the one published last is at hand, others are compiled here, as at recovery. */
  #compile(text: string): Program {
    if (this.#compiled?.text !== text) this.#compiled = { text, program: compileDefinitions(text) };
    return this.#compiled.program;
  }

  async setRuleEnabled(rule: string, enabled: boolean): Promise<{ readonly position: number }> {
    const running = await this.running();
    this.#findRule(running.fold, rule);
    const writer = new FrameWriter();
    writer.control(rule, enabled, this.#options.nowMicros());
    const { applied } = await this.#submit(running, writer.finish());
    // Definitions that were on their way have dropped it.
    if (applied.exceptions.length > 0) this.#findRule(running.fold, rule);
    return { position: applied.position };
  }

  #findRule(fold: Fold, name: string): void {
    const names = fold.program.rules.map((rule) => rule.name);
    if (names.includes(name)) return;
    throw new RingwatchError('UNKNOWN_NAME', { what: 'rule', name }, { hint: nearestHint(name, names) });
  }

  /** Appends a tick where a source has fallen silent. */
  tick(): void {
    this.#memory.measure();
    // Checkpoint and log have all of it: nobody has to ask for the tenant first.
    if (this.#running === null && isLost(this.#stoppedBy)) this.running().catch(() => undefined);
    const current = this.#current;
    const nowMicros = this.#options.nowMicros();
    if (current === null || this.#ticking || !current.fold.isTickDue(nowMicros)) return;
    const writer = new FrameWriter();
    writer.tick(nowMicros);
    this.#ticking = true;
    const done = (): void => {
      this.#ticking = false;
    };
    this.#submit(current, writer.finish()).then(done, done);
  }

  // ---- Effects

  /** There is someone who takes effects. */
  takeEffects(): void {
    this.#takesEffects = true;
    this.#give();
  }

  followDecisions(following: boolean): void {
    this.#followsDecisions = following;
  }

  /** Effects before `number` have been taken: the next ones follow. */
  acknowledge(number: number): void {
    // One that was given before the tenant was opened again may be behind, or ahead of what is given now.
    if (number <= this.#acknowledged || number > this.#given) return;
    this.#acknowledged = number;
    const current = this.#current;
    current?.worker.acknowledge(number);
    this.#onAcknowledged();
    this.#giving = false;
    this.#give();
    if (current === null || this.#acknowledgeTimer !== null) return;
    this.#acknowledgeTimer = setTimeout(() => {
      this.#acknowledgeTimer = null;
      this.#noteAcknowledged(current.storage).catch((error: unknown) => this.#stop(error));
    }, ACKNOWLEDGE_AFTER_MS);
  }

  async #noteAcknowledged({ checkpoints }: OpenStorage): Promise<void> {
    if (this.#acknowledgeTimer !== null) clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = null;
    if (checkpoints.acknowledged < this.#acknowledged) await checkpoints.acknowledge(this.#acknowledged);
  }

  /**
   * Gives out the next batch, unless one is on its way. What takes a batch has a transaction to make for it, so those that are
   * not full keep apart: a first alert goes at once, those of a burst go together.
   */
  #give(): void {
    const current = this.#current;
    if (!this.#takesEffects || this.#giving || current === null) return;
    const waiting = current.worker.effectNumbers.end - this.#given;
    if (waiting <= 0) return;
    const waitMs = this.#gaveMs + LIMITS.effectBatchMs - performance.now();
    if (waiting < LIMITS.effectsPerBatch && waitMs > 0) {
      this.#giveTimer ??= setTimeout(() => {
        this.#giveTimer = null;
        this.#give();
      }, waitMs);
      return;
    }
    this.#giving = true;
    this.#giveBatch(current).catch((error: unknown) => {
      if (this.#current === current) this.#stop(error);
    });
  }

  async #giveBatch({ worker }: Running): Promise<void> {
    // What one record says comes out one after the other, and goes together.
    await Promise.resolve();
    const start = Math.max(this.#given, worker.effectNumbers.start);
    const batch = await worker.effects(start, LIMITS.effectsPerBatch);
    if (this.#current?.worker !== worker) return;
    assert(batch.length > 0, 'effects that are out can be read');
    const end = start + batch.length;
    const effects = batch.flatMap((effect, n): NumberedEffect[] =>
      this.#isWanted(effect) ? [{ number: start + n, effect }] : [],
    );
    this.#given = end;
    if (effects.length === 0) {
      this.acknowledge(end);
      return;
    }
    this.#gaveMs = performance.now();
    this.#options.send({ kind: 'effects', tenant: this.tenant, effects, end });
  }

  #isWanted(effect: Effect): boolean {
    return SINK_KINDS.has(effect.kind) || (effect.kind === 'decision' && this.#followsDecisions);
  }

  /** Runs a query on the state of now, until `signal` calls it off. The answer is packed. */
  async query(request: QueryRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { fold } = await this.running();
    try {
      return await this.#queries.run(fold, request, signal);
    } catch (error) {
      // The copy for queries is made of the fold's own graph.
      if (isLost(error)) this.#stop(error);
      throw error;
    }
  }

  /** Kept effects by number or position. */
  async effects({ from, kinds, limit = LIMITS.effectsPageMax }: EffectsRequest): Promise<EffectPage> {
    const { worker, fold } = await this.running();
    const { start, end } = worker.effectNumbers;
    const first = from.kind === 'number' ? from.number : await worker.firstEffectAt(from.from);
    if (from.kind === 'number' && first < start) throw new RingwatchError('EFFECTS_FORGOTTEN', { start });
    const most = Math.max(1, Math.min(limit, LIMITS.effectsPageMax));
    const wanted = kinds === undefined ? null : new Set(kinds);
    const found: NumberedEffect[] = [];
    let next = Math.max(first, start);
    let isOver = false;
    while (next < end && found.length < most && !isOver) {
      const asked = worker.effects(next, LIMITS.effectsPerBatch);
      const batch = from.kind === 'number' ? await asked : await keptOf(asked);
      if (batch.length === 0) break;
      for (const effect of batch) {
        // A deadline speaks of a position before it.
        const position = effect.kind === 'deadline' ? -1 : effect.position;
        isOver = from.kind === 'positions' && position > from.to;
        if (isOver || found.length === most) break;
        if (isWithin(effect, from) && (wanted === null || wanted.has(effect.kind))) {
          found.push({ number: next, effect });
        }
        next++;
      }
    }
    const goesOn = !isOver && next < end;
    const answered = found.flatMap(({ effect }) => {
      const told = effect.kind === 'decision' ? fold.answeredAt(effect.position) : null;
      return told === null ? [] : [[effect.position, told] as const];
    });
    return {
      effects: found,
      answered: Object.fromEntries(answered),
      next: goesOn ? next : null,
      position: fold.position,
      start,
      end,
    };
  }
}

/** A segment on disk cannot be had back. */
function isLost(error: unknown): boolean {
  return error instanceof RingwatchError && error.code === 'SEGMENT_LOST';
}

interface MadeDecision {
  readonly effect: DecisionEffect;
  readonly alerts: readonly AlertEffect[];
}

function isWithin(effect: Effect, from: EffectsRequest['from']): boolean {
  return from.kind === 'number' || (effect.position >= from.from && effect.position <= from.to);
}

/** The effects asked for; none where they have been forgotten. */
async function keptOf(asked: Promise<Effect[]>): Promise<Effect[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RingwatchError && error.code === 'EFFECTS_FORGOTTEN') return [];
    throw error;
  }
}

/** `timing`: null for an event that was decided before. */
function answerOf(
  effect: DecisionEffect,
  alerts: readonly AlertEffect[],
  answered: string | null,
  timing: DecisionTiming | null,
): DecisionAnswer {
  const { decision, source, key, position, outcome } = effect;
  const afterDeadline = answered !== null;
  return {
    outcome: answered ?? outcome,
    decision,
    source,
    key,
    afterDeadline,
    durable: true,
    duplicate: timing === null,
    position,
    effect,
    alerts,
    timing,
  };
}
