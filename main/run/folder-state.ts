import type { InputProgress } from '../../core/record.ts';
import { describeProgram } from '../console/describe-program.ts';
import { lookInto } from './open-folder.ts';
import { recoveryLine } from './recovery-line.ts';
import { buildReport, type RuleReport, type RunReport } from './report.ts';

/** What `ringwatch state` says. */
export interface FolderState {
  readonly position: number;
  /** Offsets of the records still in the log: from `start` up to but without `end`; older ones are archived. */
  readonly log: { readonly start: number; readonly end: number };
  readonly checkpoint: {
    readonly offset: number;
    readonly position: number;
    readonly entries: number;
    readonly bytes: number;
  } | null;
  readonly archive: { readonly segments: number; readonly bytes: number; readonly endOffset: number };
  /** What opening the folder came to. */
  readonly recovery: string;
  /** How many of each kind of statement are in force. */
  readonly definitions: string;
  readonly stateHash: string;
  readonly alerts: number;
  /** As in the report of a run. */
  readonly decisions: RunReport['decisions'];
  readonly webhooks: RunReport['webhooks'];
  readonly inputs: readonly InputProgress[];
  /** Sizes by part of the state. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Names of graphs by the part that holds each. */
  readonly graphs: Readonly<Record<string, string>>;
  readonly rules: Readonly<Record<string, RuleReport>>;
}

/** The state of a data folder, which is left as it is. Throws what lookInto throws. */
export function describeDataFolder(folder: string): Promise<FolderState> {
  return lookInto(folder, async ({ storage, worker, fold }) => {
    const stats = await storage.checkpoints.describe();
    const head = worker.recovery.checkpoint;
    const report = buildReport(fold, 0, 0);
    return {
      position: fold.position,
      log: { start: storage.log.start, end: storage.log.end },
      checkpoint:
        head === null
          ? null
          : { offset: head.offset, position: head.position, entries: stats.entries, bytes: stats.bytes },
      archive: { segments: stats.archivedSegments, bytes: stats.archivedBytes, endOffset: stats.archivedEnd },
      recovery: recoveryLine(worker.recovery) ?? 'nothing to recover',
      definitions: describeProgram(fold.program),
      stateHash: report.stateHash,
      alerts: report.alerts,
      decisions: report.decisions,
      webhooks: report.webhooks,
      inputs: fold.inputProgress,
      parts: fold.describe(),
      graphs: Object.fromEntries(fold.program.graphs.map((plan) => [`graph/${plan.fingerprint}`, plan.name])),
      rules: report.rules,
    };
  });
}
