import type { MatchClause, PathPattern } from '../../language/plan.ts';
import type { JobContext } from './job-context.ts';
import { MatchRunner } from './match-runner.ts';

/** A filter makes a scan's vertices fewer by about this much. */
const WHERE_FACTOR = 0.1;

/**
 * A MATCH clause that begins, where it has to scan, at the vertex pattern with the fewest rows at the time: labels
 * against tables that have rows. The choice depends on tables' rows alone, so a replay makes the same.
 */
export class AdaptiveMatch {
  /** Slots that the clause binds. */
  readonly slots: readonly number[];
  private readonly fixed: MatchRunner;
  private readonly path: PathPattern | null;
  private readonly context: JobContext;
  private readonly create: (scanAt: number) => MatchRunner;
  private readonly byStart = new Map<number, MatchRunner>();

  /**
   * `emit` is called for each binding, with it in `context.slots`; of walks in the groups of `mergeable` for one of each
   * length to each vertex.
   */
  constructor(
    clause: MatchClause,
    before: ReadonlySet<number>,
    context: JobContext,
    emit: () => void,
    mergeable: ReadonlySet<number>,
  ) {
    const known = new Set(before); // the caller goes on to add to its own
    this.fixed = new MatchRunner(clause, known, context, emit, mergeable);
    this.slots = this.fixed.plan.slots;
    this.context = context;
    this.create = (scanAt) => new MatchRunner(clause, known, context, emit, mergeable, scanAt);
    const { scannedPath } = this.fixed.plan;
    this.path = scannedPath === null ? null : (clause.paths[scannedPath] ?? null);
  }

  /** Finds every binding that extends `context.slots`, in no particular order. */
  run(): void {
    if (this.path === null) this.fixed.run();
    else this.startingAt(this.cheapest(this.path)).run();
  }

  private cheapest({ vertices }: PathPattern): number {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    vertices.forEach(({ slot, where }, position) => {
      let rows = 0;
      for (const table of this.fixed.plan.vertexTables.get(slot) ?? []) {
        // A table without rows says nothing of how many endpoints of edges there are.
        rows += this.context.graph.rowCount(table) || Number.POSITIVE_INFINITY;
      }
      const cost = where === null ? rows : rows * WHERE_FACTOR;
      if (cost >= least) return;
      least = cost;
      best = position;
    });
    return best;
  }

  private startingAt(position: number): MatchRunner {
    let runner = this.byStart.get(position);
    if (runner === undefined) {
      runner = this.create(position);
      this.byStart.set(position, runner);
    }
    return runner;
  }
}
