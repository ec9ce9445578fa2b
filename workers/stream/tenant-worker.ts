import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { assert, present, unreachable } from '../../core/assert.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter, hasRows } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import type { CheckpointHead, Checkpoints } from '../../core/ports/checkpoints.ts';
import type { ReadLevel } from '../../core/ports/engine.ts';
import {
  isShared,
  type LogFrame,
  type SharedLog,
  spanOf,
  type TenantLog,
} from '../../core/ports/tenant-log.ts';
import { SEMANTICS_VERSION } from '../../engine/fold.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import type { JobThreads } from '../jobs/job-threads.ts';
import { type FrameFate, FrameFolding } from './apply-frame.ts';
import { Outbox } from './outbox.ts';
import { ReadBarrier } from './read-barrier.ts';
import { type RecoverySummary, recover } from './recovery.ts';
import { historyOf, needsHistory } from './refold.ts';
import type { TenantFold } from './tenant-fold.ts';
import { type Turns, UNSHARED_TURNS } from './turns.ts';

/** What a tenant worker is made of. */
export interface TenantWorkerOptions {
  /** What is appended here alone is folded as it becomes durable; a SharedLog is followed. */
  readonly log: TenantLog;
  readonly checkpoints: Checkpoints;
  /** An empty fold that hands its effects to `emit`. Called again when a damaged checkpoint is thrown away. */
  readonly createFold: (emit: (effect: Effect) => void) => TenantFold;
  /**
   * Takes effects once the records that caused them are durable, in order, with their number, from 0 on at every start
   * (the ones that a checkpoint covers from its store). Must not throw.
   */
  readonly onEffect: (effect: Effect, number: number) => void;
  /** Why a checkpoint was thrown away before the worker got the store, if so: part of the recovery summary. */
  readonly discardedCheckpoint?: string | null;
  /** Called with every durable frame before it is folded, at recovery too. */
  readonly onFrame?: (frame: LogFrame) => void;
  /** Threads for jobs that only report; then `createFold` makes folds whose jobs are deferred. Closed with the worker. */
  readonly jobs?: JobThreads | null;
  /** Told when a checkpoint could not be written; the worker goes on, and recovery takes longer. */
  readonly onWarning?: (error: RingwatchError) => void;
  /** Told what stops the worker; called once. */
  readonly onFailure?: (error: unknown) => void;
  /** When to make checkpoints; LIMITS says the default. Null: never, for runs that keep nothing. */
  readonly policy?: CheckpointPolicy | null;
  /** Whose turn it is, where several workers share the thread; not together with `jobs`. */
  readonly turns?: Turns;
  /** The first effect to let out of those that a checkpoint covers: 0 without it; Infinity: none. */
  readonly effectsFrom?: number;
  /**
   * An empty fold that runs all its jobs itself: with it effects from `effectsFrom` on that are not kept any more are let
   * out too, by folding the log again; without it those that are kept.
   */
  readonly createRepeater?: (emit: (effect: Effect) => void) => TenantFold;
  /** Called with a checkpoint: what to note with it of the effects that are out (Checkpoints.effectNotes). */
  readonly noteOnEffects?: () => string;
}

/** A checkpoint is made once this much has changed or been folded since the last one. */
export interface CheckpointPolicy {
  readonly changedBytes: number;
  readonly records: number;
  /** Bytes of folded log that make an archived segment. */
  readonly segmentBytes: number;
  /** Of the effects that were taken (TenantWorker.acknowledge), how many of the newest stay; all without it. */
  readonly effectsKept?: number;
}

/** Figures of checkpoints since the start: how long the fold stood still for each. */
export interface CheckpointFigures {
  readonly count: number;
  /** Milliseconds that each stopped the fold, the newest LIMITS.checkpointPausesKept of them. */
  readonly pausesMs: readonly number[];
}

/** A frame under way. */
export interface Submitted {
  /** The frame's offset, once it is durable: that is the acknowledgement. */
  readonly durable: Promise<number>;
  /** What became of it, once it is folded and its effects are out. Rejects with what stopped the fold. */
  readonly folded: Promise<FoldedFrame>;
}

export interface FoldedFrame extends FrameFate {
  /** The effects of the frame, where they were asked for; else empty. */
  readonly effects: readonly Effect[];
  /** What folding it took. */
  readonly foldMs: number;
}

/** Whoever waits for a frame to be folded. */
interface Waiting {
  readonly folded: (frame: FoldedFrame) => void;
  readonly failed: (error: unknown) => void;
}

interface Queued extends Waiting {
  readonly frame: LogFrame;
  /** When it was durable, by `performance.now()`. */
  readonly sinceMs: number;
  readonly urgent: boolean;
  readonly wantsEffects: boolean;
}

/**
 * Folds one tenant's log: appends frames, folds what is durable in their order, and lets effects out after that.
 * While frame k is folded, frame k + 1 commits. The log's order is the only order: nothing here reads a clock to
 * decide anything but when to checkpoint.
 */
export class TenantWorker {
  readonly fold: TenantFold;
  readonly recovery: RecoverySummary;
  readonly #options: TenantWorkerOptions;
  readonly #policy: CheckpointPolicy | null;
  readonly #head: ReadBarrier;
  readonly #outbox: Outbox;
  readonly #turns: Turns;
  #queue: Queued[] = [];
  /** Frames of the queue that are urgent: those before them are urgent with them. */
  #urgent = 0;
  #recordsQueued = 0;
  #folding: Promise<void> | null = null;
  #foldingSinceMs: number | null = null;
  #backlog = 0;
  #waiters: (() => void)[] = [];
  #failure: unknown = null;
  #closed = false;
  #closing: Promise<void> | null = null;
  /** Offset of the next frame to fold. */
  #offset: number;
  #recordsSinceCheckpoint = 0;
  // Of a shared log: it brings a frame by another way than the word that it is durable, before or after it.
  readonly #following = new AbortController();
  #followed: Promise<void> | null = null;
  /** Appends under way here, the oldest first: their frames come at `floor` or later. */
  readonly #appends: { readonly floor: number; isDone: boolean }[] = [];
  /** Of those, and of #awaited, how many are urgent, and how many want effects. */
  #hurrying = 0;
  #wanting = 0;
  /** Appended here and not folded yet, by offset. */
  readonly #awaited = new Map<number, Waiting>();
  /** Folded while appends were under way, by offset: one of them may be it. */
  readonly #fates = new Map<number, FoldedFrame>();
  #checkpointOffset: number;
  #publishing: Promise<void> | null = null;
  #archiving: Promise<void> | null = null;
  /** Bytes of the log that are folded and not archived; of those before the last start, a guess. */
  #unarchivedBytes: number;
  #checkpoints = 0;
  #acknowledged = 0;
  readonly #pausesMs: number[] = [];

  private constructor(
    options: TenantWorkerOptions,
    fold: TenantFold,
    outbox: Outbox,
    recovery: RecoverySummary,
  ) {
    this.#options = options;
    this.#head = new ReadBarrier(options.log);
    this.#policy = options.policy === undefined ? CHECKPOINT_POLICY : options.policy;
    this.#outbox = outbox;
    this.#turns = options.turns ?? UNSHARED_TURNS;
    this.fold = fold;
    this.recovery = recovery;
    this.#offset = recovery.offset;
    this.#checkpointOffset = recovery.checkpoint?.offset ?? 0;
    this.#unarchivedBytes = (recovery.offset - options.log.start) * RECORD_BYTES_GUESS;
    if (isShared(options.log)) this.#followed = this.#follow(options.log);
  }

  /** Recovers the tenant's state (see recover) and is ready to append. Closing it closes the log, the checkpoints and `jobs`. */
  static async open(options: TenantWorkerOptions): Promise<TenantWorker> {
    try {
      return await TenantWorker.#open(options);
    } catch (error) {
      await options.jobs?.close();
      throw error;
    }
  }

  static async #open(options: TenantWorkerOptions): Promise<TenantWorker> {
    const startedMs = performance.now();
    const outbox = new Outbox(options.onEffect, options.policy !== null);
    const { jobs, turns = UNSHARED_TURNS } = options;
    const recovered = await recover({
      log: options.log,
      checkpoints: options.checkpoints,
      newFold: () => {
        const fold = options.createFold((effect) => outbox.add(effect));
        jobs?.connect(
          (result) => present(fold.deliver, 'a fold that takes results').call(fold, result),
          () => outbox.release(),
        );
        jobs?.restart();
        return fold;
      },
      restored: (entries, head) => jobs?.restore(entries, head),
      apply: async (fold, frame) => {
        const history = needsHistory(fold, frame) ? await historyOf(frame, options) : null;
        const folding = new FrameFolding(fold, frame, history);
        let first = true;
        for (let done = false; !done; ) {
          await turns.take(false, (endMs) => {
            // A replica's results come in a later turn than its frame: after this fold has begun to wait for them.
            if (first) options.onFrame?.(frame);
            if (first) jobs?.fold(frame.bytes, history);
            first = false;
            done = folding.step(endMs);
          });
        }
        outbox.release();
      },
      effectsFrom: options.effectsFrom ?? 0,
      createRepeater: options.createRepeater ?? null,
      startEffects: (number) => outbox.startAt(number),
      letOut: (effect, number) => outbox.letOut(effect, number),
      pause: async () => jobs?.room(),
    });
    const { fold, checkpoint, discarded, archivedRecords, logRecords, offset } = recovered;
    await jobs?.idle();
    return new TenantWorker(options, fold, outbox, {
      checkpoint,
      discarded: options.discardedCheckpoint ?? discarded,
      archivedRecords,
      logRecords,
      effects: outbox.next,
      offset,
      position: fold.position,
      seconds: (performance.now() - startedMs) / 1000,
    });
  }

  /** Frames that are under way or durable, and not folded yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /** The offset of the next frame to fold. */
  get offset(): number {
    return this.#offset;
  }

  /** What is appended and not folded: how many frames and records, and for how long the oldest has been durable. */
  get lag(): { readonly frames: number; readonly records: number; readonly ms: number } {
    const ms = this.#foldingSinceMs === null ? 0 : performance.now() - this.#foldingSinceMs;
    return { frames: this.#backlog, records: this.#recordsQueued, ms };
  }

  /** The offset up to which the newest checkpoint has folded. */
  get checkpointOffset(): number {
    return this.#checkpointOffset;
  }

  get checkpointFigures(): CheckpointFigures {
    return { count: this.#checkpoints, pausesMs: this.#pausesMs };
  }

  /** Resolves once what is folded is as new as `level` asks. Throws CONSISTENCY_UNAVAILABLE, WRITE_UNKNOWN, LOG_UNAVAILABLE. */
  async catchUp(level: ReadLevel): Promise<void> {
    const { log } = this.#options;
    switch (level.kind) {
      case 'EVENTUAL':
        return;
      case 'DEFAULT':
        if (isShared(log) && log.consistency === 'STRONG') await this.#folded(await this.#head.since(0));
        return;
      case 'LINEARIZABLE':
        if (isShared(log) && log.consistency === 'EVENTUAL')
          throw new RingwatchError('CONSISTENCY_UNAVAILABLE', { level: level.kind, consistency: 'EVENTUAL' });
        return this.#folded(await this.#head.since(0));
      case 'BOUNDED':
        return this.#folded(await this.#head.since(level.ms));
      case 'SESSION':
        if (level.offset < this.#offset) return;
        if (level.offset >= (await this.#head.since(0)))
          throw new RingwatchError('WRITE_UNKNOWN', { offset: level.offset });
        return this.#folded(level.offset + 1);
      default:
        return unreachable(level);
    }
  }

  /** Resolves when everything before `offset` is folded. Rejects with what stopped the fold. */
  async #folded(offset: number): Promise<void> {
    while (this.#failure === null && !this.#closed && this.#offset < offset) await this.#change();
    if (this.#failure !== null) throw this.#failure;
    if (this.#offset < offset) throw new RingwatchError('ENGINE_CLOSED');
  }

  /** Effects from `number` on, at most `limit`. Throws EFFECTS_FORGOTTEN, also where they go meanwhile; CHECKPOINT_CORRUPT. */
  async effects(number: number, limit: number): Promise<Effect[]> {
    const { checkpoints } = this.#options;
    const outbox = this.#outbox;
    const found: Effect[] = [];
    let next = number;
    // A checkpoint that becomes durable meanwhile takes effects out of memory: then it is read again.
    while (found.length < limit && next < outbox.memoryStart) {
      const start = checkpoints.effectsStart;
      if (next < start) throw new RingwatchError('EFFECTS_FORGOTTEN', { start });
      const before = next;
      for await (const effect of checkpoints.effects(next)) {
        found.push(effect);
        next++;
        if (found.length === limit || next === outbox.memoryStart) break;
      }
      assert(next > before, 'what is not in memory is in the checkpoint');
    }
    return [...found, ...outbox.read(next, limit - found.length)];
  }

  /** The number of the first kept effect of `position` or later, deadlines aside; the number after the last if none. */
  async firstEffectAt(position: number): Promise<number> {
    const inMemory = this.#outbox.firstAt(position);
    if (inMemory.isBounded) return inMemory.number;
    const { checkpoints } = this.#options;
    return Math.min(await checkpoints.firstEffectAt(position), inMemory.number);
  }

  /** The number of the oldest effect that is kept, and the one after the newest that is out. */
  get effectNumbers(): { readonly start: number; readonly end: number } {
    const start = Math.min(this.#options.checkpoints.effectsStart, this.#outbox.memoryStart);
    return { start, end: this.#outbox.next };
  }

  /** Effects before this number have been taken: checkpoints may forget them (CheckpointPolicy.effectsKept). */
  acknowledge(number: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, number);
  }

  /**
   * Appends a frame. Resolves with its offset once it is durable: that is the acknowledgement. Folding follows by
   * itself. Rejects with what the log throws, or with what stopped the fold.
   */
  append(frame: Uint8Array, records: number): Promise<number> {
    const { durable, folded } = this.submit(frame, records);
    folded.catch(() => undefined);
    return durable;
  }

  /** Appends definitions and resolves once they are in effect; rejects when they are refused (the log keeps them). */
  async publish(text: string, allowDrop: boolean, arrivalMicros: number): Promise<void> {
    const writer = new FrameWriter();
    writer.definitions(text, allowDrop, arrivalMicros);
    const { durable, folded } = this.submit(writer.finish(), 1);
    folded.catch(() => undefined);
    await durable;
    const { refused } = await folded;
    if (refused !== null) throw refused;
  }

  /**
   * Appends a frame and tells both when it is durable and what became of it. `urgent` frames are folded before the
   * frames of other workers that share the thread; `wantsEffects` asks for the frame's effects.
   */
  submit(
    frame: Uint8Array,
    records: number,
    options: { readonly urgent?: boolean; readonly wantsEffects?: boolean } = {},
  ): Submitted {
    const { urgent = false, wantsEffects = false } = options;
    let waiting: Waiting | null = null;
    const folded = new Promise<FoldedFrame>((resolve, reject) => {
      waiting = { folded: resolve, failed: reject };
    });
    const whoWaits = present<Waiting>(waiting);
    const durable = isShared(this.#options.log)
      ? this.#appendShared(frame, records, whoWaits, { urgent, wantsEffects })
      : this.#append(frame, records, { ...whoWaits, urgent, wantsEffects });
    return { durable, folded };
  }

  async #append(
    bytes: Uint8Array,
    records: number,
    waiting: Omit<Queued, 'frame' | 'sinceMs'>,
  ): Promise<number> {
    try {
      if (this.#failure !== null) throw this.#failure;
      assert(!this.#closed, 'a closed worker appends nothing');
      this.#backlog++;
      try {
        const offset = await this.#options.log.append(bytes, records);
        const frame = { offset, next: offset + records, records, bytes };
        this.#queued({ ...waiting, frame, sinceMs: performance.now() });
        return offset;
      } catch (error) {
        this.#backlog--;
        this.#fail(error);
        throw error;
      }
    } catch (error) {
      waiting.failed(error);
      throw error;
    }
  }

  #queued(queued: Queued): void {
    if (queued.urgent) this.#urgent++;
    this.#recordsQueued += queued.frame.records;
    this.#queue.push(queued);
    this.#folding ??= this.#foldAll();
  }

  /** Appends to a log that is followed, which brings the frame. What fails leaves the others be. */
  async #appendShared(
    bytes: Uint8Array,
    records: number,
    waiting: Waiting,
    { urgent, wantsEffects }: { readonly urgent: boolean; readonly wantsEffects: boolean },
  ): Promise<number> {
    const append = { floor: this.#offset, isDone: false };
    this.#appends.push(append);
    if (urgent) this.#hurrying++;
    if (wantsEffects) this.#wanting++;
    const settled = (): void => {
      if (urgent) this.#hurrying--;
      if (wantsEffects) this.#wanting--;
    };
    const fail = (error: unknown): void => {
      settled();
      waiting.failed(error);
    };
    this.#backlog++;
    try {
      if (this.#failure !== null) throw this.#failure;
      // Another worker has the tenant now.
      if (this.#closed) throw new RingwatchError('ENGINE_CLOSED');
      const offset = await this.#options.log.append(bytes, records);
      const fate = this.#fates.get(offset);
      if (fate !== undefined) {
        this.#fates.delete(offset);
        settled();
        waiting.folded(fate);
      } else if (this.#failure !== null || this.#closed) {
        // It is durable all the same.
        fail(this.#failure ?? new RingwatchError('ENGINE_CLOSED'));
      } else {
        this.#awaited.set(offset, {
          folded: (frame) => {
            settled();
            waiting.folded(frame);
          },
          failed: fail,
        });
      }
      return offset;
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      this.#backlog--;
      append.isDone = true;
      this.#forgetFates();
      this.#wake();
    }
  }

  /** Drops what was folded before the oldest append that is under way began: it is of no one here. */
  #forgetFates(): void {
    while (this.#appends[0]?.isDone === true) this.#appends.shift();
    const floor = this.#appends[0]?.floor ?? Number.POSITIVE_INFINITY;
    for (const offset of this.#fates.keys()) {
      if (offset >= floor) return;
      this.#fates.delete(offset);
    }
  }

  /** Queues what a shared log brings, no more than may wait. */
  async #follow(log: SharedLog): Promise<void> {
    try {
      for await (const frame of log.follow(this.#offset, this.#following.signal)) {
        if (this.#failure !== null) return;
        this.#backlog++;
        this.#queued({
          frame,
          sinceMs: performance.now(),
          urgent: this.#hurrying > 0,
          wantsEffects: this.#wanting > 0,
          folded: (folded) => this.#foldedShared(frame, folded),
          failed: () => undefined,
        });
        while (this.#failure === null && this.#queue.length >= LIMITS.framesInFlightMax) await this.#change();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #foldedShared({ offset }: LogFrame, folded: FoldedFrame): void {
    const waiting = this.#awaited.get(offset);
    if (waiting !== undefined) {
      this.#awaited.delete(offset);
      waiting.folded(folded);
    } else if (this.#appends.length > 0) this.#fates.set(offset, folded);
  }

  /** Resolves when fewer than `LIMITS.framesInFlightMax` frames wait: call it before each append. Rejects on failure. */
  async ready(): Promise<void> {
    while (this.#failure === null && this.#backlog >= LIMITS.framesInFlightMax) await this.#change();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when everything appended here is folded and its effects are out. Rejects with what stopped the fold. */
  async drained(): Promise<void> {
    const { log } = this.#options;
    if (isShared(log)) {
      // What others append has no end. What is durable may not come while the log's servers are away.
      while (this.#failure === null && this.#appends.length + this.#awaited.size > 0) {
        if (await this.#changeWithin(LIMITS.ownerWaitMs)) continue;
        const reason = `what is durable has not come for ${LIMITS.ownerWaitMs / 1000} s`;
        throw new RingwatchError('LOG_UNAVAILABLE', { path: 'of the tenant', reason });
      }
    } else while (this.#failure === null && this.#backlog > 0) await this.#change();
    if (this.#failure !== null) throw this.#failure;
    await this.#options.jobs?.idle();
  }

  /** Makes a checkpoint of all that was appended; archives and trims the log before it if that is a segment's worth. */
  async checkpoint(): Promise<void> {
    if (this.#policy === null) return this.drained();
    await this.drained();
    while (this.#publishing !== null) await this.#publishing;
    if (this.#offset > this.#checkpointOffset) this.#publish(this.#takeCheckpoint());
    if (this.#publishing !== null) await this.#publishing;
    while (this.#archiving !== null) await this.#archiving;
    this.#archive(this.#checkpointOffset, this.#policy.segmentBytes);
    if (this.#archiving !== null) await this.#archiving;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Folds what is appended, makes a last checkpoint (unless `checkpoint` is false) and closes log and checkpoints; the first call counts. */
  close(options: { readonly checkpoint?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(options.checkpoint !== false);
    return this.#closing;
  }

  async #close(withCheckpoint: boolean): Promise<void> {
    try {
      if (this.#followed !== null && this.#failure === null && withCheckpoint) await this.drained();
      await this.#followNoMore();
      if (this.#failure === null && withCheckpoint) await this.checkpoint();
    } finally {
      this.#closed = true;
      if (this.#folding !== null) await this.#folding;
      if (this.#publishing !== null) await this.#publishing;
      if (this.#archiving !== null) await this.#archiving;
      try {
        await this.#options.jobs?.close();
        await this.#options.log.close();
      } finally {
        await this.#options.checkpoints.close();
      }
    }
  }

  /** Ends following a shared log, and folds what it has brought; whoever waits for more is told. */
  async #followNoMore(): Promise<void> {
    if (this.#followed === null) return;
    this.#closed = true;
    this.#following.abort();
    await this.#followed;
    while (this.#folding !== null) await this.#folding;
    const error = this.#failure ?? new RingwatchError('ENGINE_CLOSED');
    for (const { failed } of this.#awaited.values()) failed(error);
    this.#awaited.clear();
  }

  async #foldAll(): Promise<void> {
    for (let queued = this.#queue.shift(); queued !== undefined; queued = this.#queue.shift()) {
      this.#foldingSinceMs = queued.sinceMs;
      try {
        if (this.#failure !== null) throw this.#failure;
        await this.#options.jobs?.room();
        const history = needsHistory(this.fold, queued.frame) ? await this.#historyOf(queued.frame) : null;
        await this.#foldFrame(queued, history);
        await this.#checkpointIfDue();
      } catch (error) {
        queued.failed(error);
        this.#fail(error);
      }
      this.#leave(queued);
    }
    this.#folding = null;
    this.#foldingSinceMs = null;
  }

  #leave({ urgent, frame }: Queued): void {
    if (urgent) this.#urgent--;
    this.#recordsQueued -= frame.records;
    this.#backlog--;
    this.#wake();
  }

  /** Archiving would move frames while they are read. */
  async #historyOf(frame: LogFrame): Promise<LogHistory> {
    while (this.#publishing !== null || this.#archiving !== null) await this.#change();
    return historyOf(frame, this.#options);
  }

  /**
   * Slice by slice. The first turn of the event loop lets the log start the next commit, which then runs beside this. In what
   * is left of the last slice the urgent frames behind it are folded.
   */
  async #foldFrame(queued: Queued, history: LogHistory | null): Promise<void> {
    let folding: FrameFolding | null = null;
    let foldMs = 0;
    for (let done = false; !done; ) {
      await this.#turns.take(this.#urgent > 0, (endMs) => {
        const startedMs = performance.now();
        folding ??= this.#begin(queued, history);
        done = folding.step(endMs);
        const endedMs = performance.now();
        foldMs += endedMs - startedMs;
        if (!done || this.#failure !== null) return;
        this.#end(queued, folding, foldMs);
        this.#foldUrgent(endedMs, endMs);
      });
      if (this.#failure !== null) throw this.#failure;
    }
  }

  /** Folds urgent frames of one record until the time `endMs`, if the turn has an end: those of one commit so share a turn. */
  #foldUrgent(nowMs: number, endMs: number): void {
    if (endMs === Number.POSITIVE_INFINITY || (this.#options.jobs ?? null) !== null) return;
    for (let startedMs = nowMs; startedMs < endMs && this.#failure === null; ) {
      const queued = this.#queue[0];
      if (!queued?.urgent || queued.frame.records > 1 || !hasRows(queued.frame.bytes)) return;
      if (this.#isCheckpointDue()) return;
      this.#queue.shift();
      this.#foldingSinceMs = queued.sinceMs;
      try {
        const folding = this.#begin(queued, null);
        folding.step(Number.POSITIVE_INFINITY);
        const endedMs = performance.now();
        this.#end(queued, folding, endedMs - startedMs);
        startedMs = endedMs;
      } catch (error) {
        queued.failed(error);
        this.#fail(error);
      }
      this.#leave(queued);
    }
  }

  #begin({ frame }: Queued, history: LogHistory | null): FrameFolding {
    this.#options.onFrame?.(frame);
    this.#options.jobs?.fold(frame.bytes, history);
    return new FrameFolding(this.fold, frame, history);
  }

  /** A frame is folded: lets its effects out, and tells. */
  #end({ frame, wantsEffects, folded }: Queued, folding: FrameFolding, foldMs: number): void {
    const firstEffect = this.#outbox.next;
    this.#offset = frame.next;
    this.#recordsSinceCheckpoint += frame.records;
    this.#unarchivedBytes += frame.bytes.length;
    const effects = this.#outbox.release(wantsEffects);
    assert(this.#outbox.next - firstEffect >= effects.length, 'effects are those of the frame');
    folded({ ...folding.fate(), effects, foldMs });
  }

  #isCheckpointDue(): boolean {
    const policy = this.#policy;
    if (policy === null) return false;
    // The first few come early and are small: code that has not run yet is slow.
    const due = Math.min(policy.changedBytes, LIMITS.firstCheckpointBytes * 2 ** this.#checkpoints);
    return this.#recordsSinceCheckpoint >= policy.records || this.#changedBytes() >= due;
  }

  /** Bytes that a checkpoint would have to write. */
  #changedBytes(): number {
    return this.fold.changedBytes() + this.#outbox.uncoveredBytes;
  }

  async #checkpointIfDue(): Promise<void> {
    const policy = this.#policy;
    if (policy === null || !this.#isCheckpointDue()) return;
    if (this.#publishing !== null) {
      // Waiting for a slow disk is better than a pause that grows with what has changed meanwhile.
      if (this.#changedBytes() < 2 * policy.changedBytes) return;
      await this.#publishing;
    }
    await this.#options.jobs?.idle();
    this.#publish(this.#takeCheckpoint());
  }

  /** The pause: what changed is copied out. All the rest happens beside the fold. */
  #takeCheckpoint(): Checkpoint {
    const startedMs = performance.now();
    const head: CheckpointHead = {
      offset: this.#offset,
      position: this.fold.position,
      semantics: SEMANTICS_VERSION,
      effects: this.#outbox.next,
    };
    const changes = this.fold.saveChanges();
    const effects = this.#outbox.take();
    const note = this.#options.noteOnEffects?.();
    this.#checkpointOffset = head.offset;
    this.#recordsSinceCheckpoint = 0;
    this.#pausesMs.push(performance.now() - startedMs);
    if (this.#pausesMs.length > LIMITS.checkpointPausesKept) this.#pausesMs.shift();
    return { head, changes, effects, note };
  }

  #publish({ head, changes, effects, note }: Checkpoint): void {
    const publish = async (): Promise<void> => {
      const kept = this.#policy?.effectsKept ?? Number.POSITIVE_INFINITY;
      const keepFrom = Math.min(this.#acknowledged, head.effects - kept);
      await this.#options.checkpoints.publish(head, changes, effects, Math.max(0, keepFrom), note);
      this.#outbox.published();
      this.#checkpoints++;
      this.#archive(head.offset, this.#policy?.segmentBytes ?? 0);
    };
    this.#publishing = publish()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#publishing = null;
        this.#wake();
      });
  }

  /** Archives and trims the log before `offset`, which a checkpoint covers, once that is `segmentBytes`. */
  #archive(offset: number, segmentBytes: number): void {
    if (this.#archiving !== null || this.#unarchivedBytes < segmentBytes) return;
    if (this.#options.log.start >= offset) return;
    this.#archiving = this.#archiveSegments(offset)
      .catch((error: unknown) => {
        // Another process has archived it.
        if (isShared(this.#options.log) && (error as { code?: unknown }).code === 'LOG_TRIMMED') return;
        // The log keeps what could not be archived: nothing is lost, and the next checkpoint tries again.
        if (error instanceof RingwatchError && error.retryable) this.#options.onWarning?.(error);
        else this.#fail(error);
      })
      .finally(() => {
        this.#archiving = null;
        this.#wake();
      });
  }

  async #archiveSegments(offset: number): Promise<void> {
    const { log, checkpoints } = this.#options;
    let frames: LogFrame[] = [];
    let bytes = 0;
    const store = async (): Promise<void> => {
      await checkpoints.archive(frames);
      await log.trim(spanOf(frames).end);
      this.#unarchivedBytes = Math.max(0, this.#unarchivedBytes - bytes);
      frames = [];
      bytes = 0;
    };
    for await (const frame of log.read(log.start)) {
      if (frame.next > offset) break;
      frames.push(frame);
      bytes += frame.bytes.length;
      if (bytes >= LIMITS.archiveSegmentBytes) await store();
      // Reading a frame checks it: a few in a turn keep the fold going.
      if (frames.length % 8 === 0) await nextTurn();
    }
    if (frames.length > 0) await store();
  }

  #fail(error: unknown): void {
    const isFirst = this.#failure === null;
    this.#failure ??= error;
    for (const { failed } of this.#awaited.values()) failed(error);
    this.#awaited.clear();
    this.#wake();
    if (isFirst) this.#options.onFailure?.(error);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  /** Whether something changed within so many milliseconds. */
  async #changeWithin(ms: number): Promise<boolean> {
    const over = new AbortController();
    const late = sleep(ms, false, { signal: over.signal }).catch(() => false);
    try {
      return await Promise.race([this.#change().then(() => true), late]);
    } finally {
      over.abort();
    }
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

interface Checkpoint {
  readonly head: CheckpointHead;
  readonly changes: ReturnType<TenantFold['saveChanges']>;
  readonly effects: readonly Effect[];
  readonly note: string | undefined;
}

/** Of a record in the log, for deciding when to archive. */
const RECORD_BYTES_GUESS = 32;

/** When checkpoints are made by default, as LIMITS says; all effects are kept. */
export const CHECKPOINT_POLICY: CheckpointPolicy = {
  changedBytes: LIMITS.checkpointChangedBytes,
  records: LIMITS.checkpointRecords,
  segmentBytes: LIMITS.archiveSegmentBytes,
};
