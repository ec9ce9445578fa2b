import type { Program } from '../../language/plan.ts';
import type { Log } from '../log.ts';
import type { InputOption } from './input-option.ts';
import type { EffectFiles } from './run-outputs.ts';

/** All that one run needs, checked. Paths are as given; null where an output is not wanted. */
export interface RunOptions {
  /** The definition text and what it means. */
  readonly text: string;
  readonly program: Program;
  readonly inputs: readonly InputOption[];
  /** JSON lines of effects: alerts, decisions, webhooks, late events. */
  readonly effects: EffectFiles;
  /** JSON lines of rows that could not be read. */
  readonly rejects: string | null;
  /** Rows of a frame: what is made durable together. */
  readonly batch: number;
  /** Threads beside the fold for jobs that only report. */
  readonly threads: number;
  /** The data folder; null keeps everything in memory. */
  readonly data: string | null;
  /** Whether all watermarks go to infinity at the end. */
  readonly final: boolean;
  readonly allowDrop: boolean;
  readonly log: Log;
}

/** The bounds of `--batch` and `--threads`, and their defaults. */
export const RUN_BOUNDS = {
  batchDefault: 1_000,
  batchMax: 100_000,
  threadsDefault: 0,
  threadsMax: 64,
} as const;
