import type { Effect } from '../core/effects.ts';
import type { Program } from '../language/plan.ts';
import type { RuleOutcome } from './dag/rule-outcome.ts';
import type { JobSharing } from './job-sharing.ts';

/** What a fold is made of. */
export interface FoldOptions {
  /** Part of every effect id. */
  readonly tenant: string;
  /** Binds a definition text; throws what its author has to know. */
  readonly compile: (text: string) => Program;
  /** Takes effects in the order of the log. They may be let out once their record is durable. */
  readonly emit: (effect: Effect) => void;
  readonly jobs?: JobSharing;
  /** Whether alerts carry the vertices and edges of their paths, for drawing; not without. */
  readonly alertElements?: boolean;
}

/** What is in force before the first definitions. */
export const NO_PROGRAM: Program = {
  sources: [],
  tables: [],
  views: [],
  graphs: [],
  decisions: [],
  rules: [],
  queries: [],
};

/** How far the time of a source has come. Microseconds; null before its first event. */
export interface SourceTime {
  readonly name: string;
  readonly watermarkMicros: number | null;
  readonly lastArrivalMicros: number | null;
  readonly idle: boolean;
}

/** A job that runs elsewhere, and what will be said of it. */
export interface PendingJob {
  ready: boolean;
  outcome: RuleOutcome | null;
  say(): void;
}
