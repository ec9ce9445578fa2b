import type { CheckpointHead } from '../../core/ports/checkpoints.ts';
import type { JobResult } from '../../engine/job-sharing.ts';
import type { LogHistory } from '../../engine/log-history.ts';
import type { CheckpointEntry } from '../stream/tenant-fold.ts';

/** What a job thread is told. Each message is carried out before the next is looked at. */
export type ToReplica =
  /** Begins with an empty fold; answers of the one before are void. */
  | { readonly kind: 'restart'; readonly generation: number }
  | { readonly kind: 'restore'; readonly entries: readonly CheckpointEntry[]; readonly head: CheckpointHead }
  /** `history` is what its definitions fill from the log. */
  | { readonly kind: 'frame'; readonly bytes: Uint8Array; readonly history: LogHistory | null };

/** What a job thread answers to each frame: the results of its share of the jobs that the frame started. */
export interface FromReplica {
  readonly generation: number;
  readonly results: readonly JobResult[];
}

/** What a job thread is made with: which positions are its share. */
export interface ReplicaShare {
  readonly tenant: string;
  readonly index: number;
  readonly of: number;
}
