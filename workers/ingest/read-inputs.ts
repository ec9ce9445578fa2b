import { Worker } from 'node:worker_threads';
import { type ErrorCode, type ErrorDetails, RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { threadModule } from '../../core/thread-module.ts';
import { FileBytes } from './file-bytes.ts';
import type { InputFrame } from './input-frame.ts';
import { InputFrames, type ReadOptions } from './input-frames.ts';

/** Frames as they are read. Ends after the last row, or after `stop`. */
export interface InputReading extends AsyncIterable<InputFrame> {
  /** Ends the reading between two frames. Frames that were not handed out are forgotten: nothing of them was acknowledged. */
  stop(): void;
}

/** What the thread says. Frames are moved, not copied. */
export type FromReader =
  | { readonly kind: 'frame'; readonly frame: InputFrame }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly failure: ReadFailure };

/** What the thread is told: that it may read one frame more. It ends when it is terminated. */
export type ToReader = { readonly kind: 'more' };

/** An error on its way between threads. `code` null: a bug, told by its stack. */
export type ReadFailure =
  | {
      readonly code: ErrorCode;
      readonly details: ErrorDetails;
      readonly hint: string | null;
    }
  | { readonly code: null; readonly stack: string };

/**
 * Reads inputs in a thread of their own, up to LIMITS.inputFramesAhead frames ahead of the caller. What it gives, and in
 * which order, is said at InputFrames. The iteration throws FILE_NOT_FOUND, FILE_UNREADABLE, FILE_CHANGED and
 * HEADER_INVALID; a break ends the thread. Iterate once.
 */
export function readInputs(options: ReadOptions): InputReading {
  const ready: FromReader[] = [];
  let wake: (() => void) | null = null;
  let stopped = false;
  const push = (message: FromReader): void => {
    ready.push(message);
    wake?.();
  };
  return {
    stop: () => {
      stopped = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      if (stopped) return;
      const worker = startReader(options, push);
      try {
        for (let n = 0; n < LIMITS.inputFramesAhead; n++) worker.postMessage(MORE);
        while (!stopped) {
          const message = ready.shift();
          if (message === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            wake = null;
          } else if (message.kind === 'frame') {
            worker.postMessage(MORE);
            yield message.frame;
          } else if (message.kind === 'failed') throw revive(message.failure);
          else return;
        }
      } finally {
        await worker.terminate();
      }
    },
  };
}

const MORE: ToReader = { kind: 'more' };

function startReader(options: ReadOptions, push: (message: FromReader) => void): Worker {
  const { sources, tables } = options.program;
  const fed = new Set(options.inputs.map(({ relation }) => relation));
  // A program is much more than its relations; the thread is given what it reads.
  const program = {
    sources: sources.filter(({ name }) => fed.has(name)),
    tables: tables.filter(({ name }) => fed.has(name)),
  };
  const worker = new Worker(threadModule(new URL('./read-inputs.thread.ts', import.meta.url)), {
    workerData: { ...options, program },
  });
  const died = (stack: string): void => push({ kind: 'failed', failure: { code: null, stack } });
  worker.on('message', push);
  worker.on('error', (error) => died(error.stack ?? String(error)));
  worker.on('exit', (code) => died(`the thread that reads the inputs ended with code ${code}`));
  return worker;
}

/** The error for the thread's way: its class does not survive the passage. */
export function failureOf(error: unknown): ReadFailure {
  if (!(error instanceof RingwatchError)) {
    return { code: null, stack: (error as { stack?: string } | null)?.stack ?? String(error) };
  }
  return { code: error.code, details: error.details, hint: error.hint };
}

function revive(failure: ReadFailure): Error {
  if (failure.code !== null) {
    return new RingwatchError(failure.code, failure.details, { hint: failure.hint });
  }
  return new Error(`reading the inputs failed: ${failure.stack}`);
}

/** The same frames without a thread: read while the caller waits. */
export function openInputs(options: ReadOptions): InputFrames {
  const { arrivalMicros } = options;
  const clock = arrivalMicros === null ? () => Date.now() * 1000 : () => arrivalMicros;
  return new InputFrames(options, { clock, open: (path) => new FileBytes(path) });
}
