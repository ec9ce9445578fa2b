import type { TraceEntry } from './rule-outcome.ts';

/** What one task of a compiled job did in the run at hand. */
export interface TaskTrace {
  readonly task: string;
  /** Why it ran, given the rows it got. */
  readonly why: (rowsIn: number) => string;
  rowsIn: number;
  rowsOut: number;
  edgesVisited: number;
}

/**
 * The trace of a job: one place for each clause and branch of its plan, added up over the rows that ran it. Tasks that
 * did not run are not told.
 */
export class Trace {
  private readonly tasks: TaskTrace[] = [];

  /** A place for a task; the order of calls is that of the plan. */
  add(task: string, why: (rowsIn: number) => string): TaskTrace {
    const trace: TaskTrace = { task, why, rowsIn: 0, rowsOut: 0, edgesVisited: 0 };
    this.tasks.push(trace);
    return trace;
  }

  /** Begins another run. */
  reset(): void {
    for (const trace of this.tasks) {
      trace.rowsIn = 0;
      trace.rowsOut = 0;
      trace.edgesVisited = 0;
    }
  }

  entries(): readonly TraceEntry[] {
    return this.tasks
      .filter(({ rowsIn }) => rowsIn > 0)
      .map(({ task, why, rowsIn, rowsOut, edgesVisited }) => ({
        task,
        why: why(rowsIn),
        rows: rowsOut,
        edgesVisited,
      }));
  }
}

/** `1 row`, `2 rows`. */
export function rowsText(count: number): string {
  return `${count} row${count === 1 ? '' : 's'}`;
}
