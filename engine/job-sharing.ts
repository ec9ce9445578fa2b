import type { RuleOutcome } from './dag/rule-outcome.ts';

/**
 * Where the jobs of rules that only report are run. Everything else runs in every fold.
 * - inline: here, with the record.
 * - deferred: elsewhere. The fold goes on; `Fold.deliver` brings the results, and effects leave in the order of the log.
 * - share: here, for every `of`th position; results go to `deliver`, and nothing else leaves this fold.
 */
export type JobSharing =
  | { readonly kind: 'inline' }
  | { readonly kind: 'deferred' }
  | {
      readonly kind: 'share';
      readonly index: number;
      readonly of: number;
      readonly deliver: (result: JobResult) => void;
    };

/** The result of one job that ran beside the fold. Plain data: it may cross threads. */
export interface JobResult {
  readonly position: number;
  /** Number of the job among those of its position, counted by every fold alike. */
  readonly job: number;
  readonly outcome: RuleOutcome | null;
  /** Evaluations that failed in the job, by code. */
  readonly errors: Readonly<Record<string, number>>;
}
