import { resolve } from 'node:path';
import type { Effect } from '../../core/effects.ts';
import { LIMITS } from '../../core/limits.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { InputFrame } from '../../workers/ingest/input-frame.ts';
import { findProgress } from '../../workers/ingest/find-progress.ts';
import { readInputs } from '../../workers/ingest/read-inputs.ts';
import { JobThreads } from '../../workers/jobs/job-threads.ts';
import { CHECKPOINT_POLICY, TenantWorker } from '../../workers/stream/tenant-worker.ts';
import { ProgressBar } from '../console/progress-bar.ts';
import type { Terminal } from '../console/terminal.ts';
import { groupThousands } from '../drawing/ring.ts';
import { openStorage, type Storage } from '../storage.ts';
import { definitionChanges } from './definition-changes.ts';
import { recoveryLine } from './recovery-line.ts';
import { buildReport, type RunReport } from './report.ts';
import type { RunOptions } from './run-options.ts';
import { RunOutputs } from './run-outputs.ts';
import { watchSignals } from './stop-signals.ts';

/** The one tenant of files and folders: part of every effect's id. */
export const TENANT = 'default';

/** What a run came to. */
export interface RunOutcome {
  readonly report: RunReport;
  /** The signal that stopped it before the end of its inputs, or null. */
  readonly stoppedBy: 'SIGINT' | 'SIGTERM' | null;
}

/** Where a run shows how far it is. */
export interface RunView {
  readonly terminal: Terminal;
  /** The name before the bar. */
  readonly title: string;
}

interface Session {
  readonly options: RunOptions;
  readonly view: RunView;
  readonly outputs: RunOutputs;
  readonly worker: TenantWorker;
  readonly fold: Fold;
}

/**
 * Runs inputs through the engine: opens the storage, recovers, brings the definitions into effect, reads what was not
 * read yet, and writes alerts and side outputs. Throws what opening, recovering, reading and writing throw.
 */
export async function executeRun(options: RunOptions, view: RunView): Promise<RunOutcome> {
  const storage = await openStorage(options.data, true);
  try {
    const session = await openSession(storage, options, view);
    try {
      return await runSession(session);
    } finally {
      await session.worker.close({ checkpoint: false });
      session.outputs.close();
    }
  } finally {
    await storage.close();
  }
}

/** Recovers the tenant. What earlier runs said goes into the outputs again, which are then right up to here. */
async function openSession(storage: Storage, options: RunOptions, view: RunView): Promise<Session> {
  const notes = options.data === null ? null : storage.checkpoints.effectNotes;
  const outputs = new RunOutputs(options.effects, options.rejects, notes);
  const jobs = options.threads === 0 ? null : JobThreads.start({ tenant: TENANT, threads: options.threads });
  const foldWith = (kind: 'inline' | 'deferred') => (emit: (effect: Effect) => void) =>
    new Fold({ tenant: TENANT, compile: compileDefinitions, emit, jobs: { kind } });
  const worker = await TenantWorker.open({
    log: storage.log,
    checkpoints: storage.checkpoints,
    discardedCheckpoint: storage.discardedCheckpoint,
    jobs,
    createFold: foldWith(jobs === null ? 'inline' : 'deferred'),
    createRepeater: foldWith('inline'),
    effectsFrom: outputs.effectsFrom,
    onEffect: (effect, number) => outputs.take(effect, number),
    noteOnEffects: () => outputs.note(),
    onWarning: (error) => options.log.warn({ code: error.code }, error.message),
    policy: options.data === null ? null : { ...CHECKPOINT_POLICY, effectsKept: LIMITS.runEffectsKept },
  });
  // Nobody waits for effects: what is not kept can be said again by folding the log.
  worker.acknowledge(Number.POSITIVE_INFINITY);
  outputs.recovered();
  const line = recoveryLine(worker.recovery);
  if (line !== null) view.terminal.err(line);
  options.log.info({ recovery: worker.recovery }, 'recovered');
  return { options, view, outputs, worker, fold: worker.fold as Fold };
}

async function runSession(session: Session): Promise<RunOutcome> {
  const { options, worker, fold, outputs } = session;
  const signals = watchSignals();
  try {
    await publishIfChanged(session);
    const startedMs = performance.now();
    const reading = readInputs({
      inputs: options.inputs.map(({ relation, path: given, format }) => {
        const path = resolve(given);
        return { relation, path, format, progress: findProgress(relation, path, fold.inputProgress) };
      }),
      program: options.program,
      batch: options.batch,
      final: options.final,
      arrivalMicros: null,
    });
    signals.onStop(() => reading.stop());
    const rows = await appendAll(reading, session);
    await worker.drained();
    const seconds = (performance.now() - startedMs) / 1000;
    outputs.close();
    await worker.close();
    return {
      report: buildReport(fold, rows, seconds),
      stoppedBy: signals.signal,
    };
  } finally {
    signals.release();
  }
}

/** Appends frames as they are read, a bounded number ahead of the fold, and gives the rows they held. */
async function appendAll(reading: AsyncIterable<InputFrame>, session: Session): Promise<number> {
  const { options, view, outputs, worker } = session;
  const bar = new ProgressBar(view.terminal, view.title, performance.now());
  const total = options.inputs.reduce((sum, input) => sum + input.bytes, 0);
  let rows = 0;
  let done = 0;
  const progress = () => ({ done, total, events: rows, alerts: outputs.alerts });
  for await (const frame of reading) {
    await worker.ready();
    outputs.reject(frame.rejections);
    const appended = worker.append(frame.frame, frame.records);
    // A failed append stops the worker, which the next ready() or drained() throws.
    appended.catch(() => undefined);
    rows += frame.rows;
    done = frame.progress.reduce((sum, input) => sum + input.bytes, 0);
    bar.update(progress(), performance.now());
    outputs.flush();
  }
  await worker.drained();
  bar.finish(progress(), performance.now());
  return rows;
}

/**
 * Brings the definitions into effect unless the very same text already is, and says what they change. What may not be
 * does not get into the log. Throws INCOMPATIBLE_CHANGE, DROP_NOT_ALLOWED, CHECK_UNMET.
 */
async function publishIfChanged({ options, view, worker, fold }: Session): Promise<void> {
  const { text, program, allowDrop } = options;
  if (fold.definitions === text) return;
  const { position, lines, errors } = definitionChanges(fold, program, allowDrop);
  if (lines.length > 0) {
    view.terminal.err(`the definitions change at position ${groupThousands(String(position))}:`);
    for (const line of lines) view.terminal.err(`  ${line}`);
  }
  if (errors[0] !== undefined) throw errors[0];
  fold.checkNext(program, allowDrop);
  await worker.publish(text, allowDrop, Date.now() * 1000);
}
