import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert, present } from '../../core/assert.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import type { CheckpointHead, Checkpoints } from '../../core/ports/checkpoints.ts';
import type { LogFrame, TenantLog } from '../../core/ports/tenant-log.ts';
import { SEMANTICS_VERSION } from '../../engine/fold.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import type { JobThreads } from '../jobs/job-threads.ts';
import { applyFrame } from './apply-frame.ts';
import { type RecoverySummary, recover } from './recovery.ts';
import { historyOf, needsHistory } from './refold.ts';
import type { TenantFold } from './tenant-fold.ts';

/** What a tenant worker is made of. */
export interface TenantWorkerOptions {
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
  /** When to make checkpoints; LIMITS says the default. Null: never, for runs that keep nothing. */
  readonly policy?: CheckpointPolicy | null;
}

/** A checkpoint is made once this much has changed or been folded since the last one. */
export interface CheckpointPolicy {
  readonly changedBytes: number;
  readonly records: number;
  /** Bytes of folded log that make an archived segment. */
  readonly segmentBytes: number;
}

/** Figures of checkpoints since the start: how long the fold stood still for each. */
export interface CheckpointFigures {
  readonly count: number;
  /** Milliseconds that each stopped the fold, the newest LIMITS.checkpointPausesKept of them. */
  readonly pausesMs: readonly number[];
}

interface Queued {
  readonly frame: LogFrame;
  readonly folded: (refused: RingwatchError | null) => void;
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
  readonly #outbox: Outbox;
  #queue: Queued[] = [];
  #folding: Promise<void> | null = null;
  #backlog = 0;
  #waiters: (() => void)[] = [];
  #failure: unknown = null;
  #closed = false;
  /** Offset of the next record to fold. */
  #offset: number;
  #checkpointOffset: number;
  #publishing: Promise<void> | null = null;
  #archiving: Promise<void> | null = null;
  /** Bytes of the log that are folded and not archived; of those before the last start, a guess. */
  #unarchivedBytes: number;
  #checkpoints = 0;
  readonly #pausesMs: number[] = [];

  private constructor(
    options: TenantWorkerOptions,
    fold: TenantFold,
    outbox: Outbox,
    recovery: RecoverySummary,
  ) {
    this.#options = options;
    this.#policy = options.policy === undefined ? DEFAULT_POLICY : options.policy;
    this.#outbox = outbox;
    this.fold = fold;
    this.recovery = recovery;
    this.#offset = recovery.offset;
    this.#checkpointOffset = recovery.checkpoint?.offset ?? 0;
    this.#unarchivedBytes = (recovery.offset - options.log.start) * RECORD_BYTES_GUESS;
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
    const { jobs } = options;
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
        options.onFrame?.(frame);
        jobs?.fold(frame.bytes, history);
        applyFrame(fold, frame.bytes, history, () => undefined);
        outbox.release();
      },
      startEffects: (number) => outbox.startAt(number),
      letOut: (effect, number) => outbox.letOut(effect, number),
      pause: async () => {
        await nextTurn();
        await jobs?.room();
      },
    });
    const { fold, checkpoint, discarded, archivedRecords, logRecords } = recovered;
    await jobs?.idle();
    return new TenantWorker(options, fold, outbox, {
      checkpoint,
      discarded: options.discardedCheckpoint ?? discarded,
      archivedRecords,
      logRecords,
      effects: outbox.next,
      offset: options.log.end,
      position: fold.position,
      seconds: (performance.now() - startedMs) / 1000,
    });
  }

  /** Frames appended and not folded yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /** The offset of the next record to fold. */
  get offset(): number {
    return this.#offset;
  }

  get checkpointFigures(): CheckpointFigures {
    return { count: this.#checkpoints, pausesMs: this.#pausesMs };
  }

  /**
   * Appends a frame. Resolves with its offset once it is durable: that is the acknowledgement. Folding follows by
   * itself. Rejects with what the log throws, or with what stopped the fold.
   */
  append(frame: Uint8Array, records: number): Promise<number> {
    return this.#append(frame, records, () => undefined);
  }

  /** Appends definitions and resolves once they are in effect; rejects when they are refused (the log keeps them). */
  async publish(text: string, allowDrop: boolean, arrivalMicros: number): Promise<void> {
    const writer = new FrameWriter();
    writer.definitions(text, allowDrop, arrivalMicros);
    let folded: (refused: RingwatchError | null) => void = () => undefined;
    const applied = new Promise<RingwatchError | null>((resolve) => {
      folded = resolve;
    });
    await this.#append(writer.finish(), 1, folded);
    const refused = await Promise.race([applied, this.#stopped()]);
    if (refused !== null) throw refused;
  }

  async #append(frame: Uint8Array, records: number, folded: Queued['folded']): Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    assert(!this.#closed, 'a closed worker appends nothing');
    this.#backlog++;
    try {
      const offset = await this.#options.log.append(frame, records);
      this.#queue.push({ frame: { offset, records, bytes: frame }, folded });
      this.#folding ??= this.#foldAll();
      return offset;
    } catch (error) {
      this.#backlog--;
      this.#fail(error);
      throw error;
    }
  }

  /** Resolves when fewer than `LIMITS.framesInFlightMax` frames wait: call it before each append. Rejects on failure. */
  async ready(): Promise<void> {
    while (this.#failure === null && this.#backlog >= LIMITS.framesInFlightMax) await this.#change();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when everything appended is folded and its effects are out. Rejects with what stopped the fold. */
  async drained(): Promise<void> {
    while (this.#failure === null && this.#backlog > 0) await this.#change();
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

  /** Folds what is appended, makes a last checkpoint (unless `checkpoint` is false) and closes log and checkpoints. */
  async close(options: { readonly checkpoint?: boolean } = {}): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#failure === null && options.checkpoint !== false) await this.checkpoint();
    } finally {
      this.#closed = true;
      if (this.#folding !== null) await this.#folding;
      if (this.#publishing !== null) await this.#publishing;
      if (this.#archiving !== null) await this.#archiving;
      await this.#options.jobs?.close();
      await this.#options.log.close();
      await this.#options.checkpoints.close();
    }
  }

  async #foldAll(): Promise<void> {
    for (let queued = this.#queue.shift(); queued !== undefined; queued = this.#queue.shift()) {
      // A turn of the event loop lets the log start the next commit, which then runs beside this fold.
      await nextTurn();
      if (this.#failure !== null) break;
      try {
        await this.#options.jobs?.room();
        const history = needsHistory(this.fold, queued.frame) ? await this.#historyOf(queued.frame) : null;
        this.#foldFrame(queued, history);
        await this.#checkpointIfDue();
      } catch (error) {
        this.#fail(error);
        break;
      }
      this.#backlog--;
      this.#wake();
    }
    this.#folding = null;
  }

  /** Archiving would move frames while they are read. */
  async #historyOf(frame: LogFrame): Promise<LogHistory> {
    while (this.#publishing !== null || this.#archiving !== null) await this.#change();
    return historyOf(frame, this.#options);
  }

  #foldFrame({ frame, folded }: Queued, history: LogHistory | null): void {
    this.#options.onFrame?.(frame);
    this.#options.jobs?.fold(frame.bytes, history);
    let refused: RingwatchError | null = null;
    applyFrame(this.fold, frame.bytes, history, (error) => {
      refused = error;
    });
    this.#offset = frame.offset + frame.records;
    this.#unarchivedBytes += frame.bytes.length;
    this.#outbox.release();
    folded(refused);
  }

  async #checkpointIfDue(): Promise<void> {
    const policy = this.#policy;
    if (policy === null) return;
    // The first few come early and are small: code that has not run yet is slow.
    const due = Math.min(policy.changedBytes, LIMITS.firstCheckpointBytes * 2 ** this.#checkpoints);
    const changed = this.fold.changedBytes();
    const records = this.#offset - this.#checkpointOffset;
    if (records < policy.records && changed < due) return;
    if (this.#publishing !== null) {
      // Waiting for a slow disk is better than a pause that grows with what has changed meanwhile.
      if (changed < 2 * policy.changedBytes) return;
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
    this.#checkpointOffset = head.offset;
    this.#pausesMs.push(performance.now() - startedMs);
    if (this.#pausesMs.length > LIMITS.checkpointPausesKept) this.#pausesMs.shift();
    return { head, changes, effects };
  }

  #publish({ head, changes, effects }: Checkpoint): void {
    const publish = async (): Promise<void> => {
      await this.#options.checkpoints.publish(head, changes, effects);
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
    let frames: Uint8Array[] = [];
    let bytes = 0;
    let start = log.start;
    let end = log.start;
    const store = async (): Promise<void> => {
      await checkpoints.archive(start, end, frames);
      await log.trim(end);
      this.#unarchivedBytes = Math.max(0, this.#unarchivedBytes - bytes);
      frames = [];
      bytes = 0;
      start = end;
    };
    for await (const frame of log.read(start)) {
      if (frame.offset + frame.records > offset) break;
      frames.push(frame.bytes);
      bytes += frame.bytes.length;
      end = frame.offset + frame.records;
      if (bytes >= LIMITS.archiveSegmentBytes) await store();
      // Reading a frame checks it: a few in a turn keep the fold going.
      if (frames.length % 8 === 0) await nextTurn();
    }
    if (frames.length > 0) await store();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  async #stopped(): Promise<never> {
    while (this.#failure === null) await this.#change();
    throw this.#failure;
  }
}

interface Checkpoint {
  readonly head: CheckpointHead;
  readonly changes: ReturnType<TenantFold['saveChanges']>;
  readonly effects: readonly Effect[];
}

/** Of a record in the log, for deciding when to archive. */
const RECORD_BYTES_GUESS = 32;

const DEFAULT_POLICY: CheckpointPolicy = {
  changedBytes: LIMITS.checkpointChangedBytes,
  records: LIMITS.checkpointRecords,
  segmentBytes: LIMITS.archiveSegmentBytes,
};

/** Numbers effects, lets each out once, and holds those that no checkpoint covers yet. */
class Outbox {
  readonly #onEffect: TenantWorkerOptions['onEffect'];
  readonly #covered: boolean;
  /** Emitted and not let out: their records may not be durable yet. */
  #held: Effect[] = [];
  /** Let out, and in no checkpoint. */
  #uncovered: Effect[] = [];
  /** The number of the next effect. */
  next = 0;
  /** Effects below this number were let out before: a fold from the start says them again. */
  #out = 0;

  /** `covered`: whether checkpoints are made at all. */
  constructor(onEffect: TenantWorkerOptions['onEffect'], covered: boolean) {
    this.#onEffect = onEffect;
    this.#covered = covered;
  }

  add(effect: Effect): void {
    this.#held.push(effect);
  }

  startAt(number: number): void {
    this.#held = [];
    this.#uncovered = [];
    this.next = number;
  }

  release(): void {
    for (const effect of this.#held) {
      if (this.#covered) this.#uncovered.push(effect);
      this.letOut(effect, this.next++);
    }
    this.#held.length = 0;
  }

  letOut(effect: Effect, number: number): void {
    if (number < this.#out) return;
    this.#out = number + 1;
    this.#onEffect(effect, number);
  }

  /** The effects since the last call, for the checkpoint that covers them. */
  take(): Effect[] {
    const effects = this.#uncovered;
    this.#uncovered = [];
    return effects;
  }
}
