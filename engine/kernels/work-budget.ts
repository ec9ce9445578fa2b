import { LIMITS } from '../../core/limits.ts';

/**
 * The work that a graph job may do, counted in edges visited: adjacency entries that a search reads. What a search
 * remembers it does not count again; that has a limit of its own, in hops tried. Both counts depend on the graph's
 * content alone, so a job that runs out stops at the same place on every replay.
 */
export class WorkBudget {
  /** Entries that may still be examined. */
  left: number;
  /** Set once: nothing more is read, and the search ends with what it has. */
  stopped = false;
  /** Set once, and `stopped` with it: nothing that is known already is tried any more, either. */
  ended = false;
  private readonly total: number;
  private readonly hops: number;
  private job = 0;
  private hopsLeft: number;

  constructor(total: number, hops: number = LIMITS.jobHopsMax) {
    this.total = total;
    this.left = total;
    this.hops = hops;
    this.hopsLeft = hops;
  }

  get visited(): number {
    return this.total - this.left;
  }

  /** Starts anew, for the next job. */
  reset(): void {
    this.left = this.total;
    this.hopsLeft = this.hops;
    this.stopped = false;
    this.ended = false;
    this.job++;
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

  /** Counts hops tried over entries that were counted when they were read; false when the job must stop. */
  tryHops(hops: number): boolean {
    this.hopsLeft -= hops;
    if (this.hopsLeft >= 0) return true;
    this.end();
    return false;
  }

  /** Ends the job. */
  end(): void {
    this.stopped = true;
    this.ended = true;
  }

  /** What one step of the job's search has read. */
  reads(): ReadVertices {
    return new ReadVertices(() => this.job);
  }
}

/** Vertices whose lists one step has read in the job at hand, so that what it reads again is not counted again. */
export class ReadVertices {
  private readonly seen = new Set<number>();
  private readonly currentJob: () => number;
  private job = -1;

  constructor(currentJob: () => number) {
    this.currentJob = currentJob;
  }

  /** Whether the vertex's list is read for the first time; it has been, then. */
  isFirst(vertex: number): boolean {
    if (this.currentJob() !== this.job) {
      this.seen.clear();
      this.job = this.currentJob();
    }
    if (this.seen.has(vertex)) return false;
    this.seen.add(vertex);
    return true;
  }
}
