/**
 * The work that a graph job may do, counted in adjacency entries examined: those inside the time window that a search
 * may use, each time it looks at one. The count depends on the graph's content alone, so a job that runs out stops at
 * the same place on every replay.
 */
export class WorkBudget {
  /** Entries that may still be examined. */
  left: number;
  /** Set once: the search ends with what it has. */
  stopped = false;
  private readonly total: number;

  constructor(total: number) {
    this.total = total;
    this.left = total;
  }

  get visited(): number {
    return this.total - this.left;
  }

  /** Starts anew, for the next job. */
  reset(): void {
    this.left = this.total;
    this.stopped = false;
  }

  /** Counts entries examined; false when there were not that many left, and the job must stop. */
  spend(entries: number): boolean {
    if (this.left >= entries) {
      this.left -= entries;
      return true;
    }
    this.left = 0;
    this.stopped = true;
    return false;
  }
}
