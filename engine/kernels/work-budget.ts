import { LIMITS } from '../../core/limits.ts';

/** Asked by a job after each slice of its work. */
export interface WorkWatch {
  /** Edges visited, or hops tried, of one slice. */
  readonly slice: number;
  /** `visited`: edges so far. False: the job is to end at once, with what it has. */
  mayGoOn(visited: number): boolean;
}

/** What the jobs of one record may do together: each takes what it does from it. */
export class WorkAllowance {
  edges: number = LIMITS.recordEdgesMax;
  hops: number = LIMITS.recordHopsMax;

  /** For the next record. */
  reset(): void {
    this.edges = LIMITS.recordEdgesMax;
    this.hops = LIMITS.recordHopsMax;
  }
}

/**
 * The work that a graph job may do, counted in edges visited: adjacency entries that a search reads. What a search
 * remembers it does not count again; that has a limit of its own, in hops tried. Both counts depend on the graph's
 * content alone, so a job that runs out stops at the same place on every replay.
 *
 * A budget with a watch is given out in slices, and the watch asked between them; without one it is a single slice.
 */
export class WorkBudget {
  /** Entries that may still be examined in this slice; at 0 ask `renew`. */
  left = 0;
  /** Set once: nothing more is read, and the search ends with what it has. */
  stopped = false;
  /** Set once, and `stopped` with it: nothing that is known already is tried any more, either. */
  ended = false;
  /** Whether it was the watch that ended the job. */
  interrupted = false;
  private readonly total: number;
  private readonly hops: number;
  private readonly watch: WorkWatch | null;
  private job = 0;
  /** Of `total` and `hops`, what the job at hand may use. */
  private edgesGiven = 0;
  private hopsGiven = 0;
  private hopsLeft = 0;
  /** Entries and hops of later slices. */
  private reserve = 0;
  private hopsReserve = 0;

  constructor(total: number, hops: number = LIMITS.jobHopsMax, watch: WorkWatch | null = null) {
    this.total = total;
    this.hops = hops;
    this.watch = watch;
    this.reset();
  }

  get visited(): number {
    return this.edgesGiven - this.left - this.reserve;
  }

  /** Starts anew, for the next job, with no more than is left of `allowance`. */
  reset(allowance: WorkAllowance | null = null): void {
    const slice = this.watch?.slice ?? Number.POSITIVE_INFINITY;
    this.edgesGiven = Math.min(this.total, allowance?.edges ?? Number.POSITIVE_INFINITY);
    this.hopsGiven = Math.min(this.hops, allowance?.hops ?? Number.POSITIVE_INFINITY);
    this.left = Math.min(this.edgesGiven, slice);
    this.reserve = this.edgesGiven - this.left;
    this.hopsLeft = Math.min(this.hopsGiven, slice);
    this.hopsReserve = this.hopsGiven - this.hopsLeft;
    this.stopped = false;
    this.ended = false;
    this.interrupted = false;
    this.job++;
  }

  /** Takes what the job has done from what it was given it of. */
  chargeTo(allowance: WorkAllowance): void {
    allowance.edges -= this.visited;
    allowance.hops = Math.max(0, allowance.hops - (this.hopsGiven - this.hopsLeft - this.hopsReserve));
  }

  /** Counts entries examined; false when there were not that many left, and the job must stop. */
  spend(entries: number): boolean {
    while (this.left < entries) if (!this.renew()) return false;
    this.left -= entries;
    return true;
  }

  /** Adds the next slice to `left`; false when the budget is spent or the watch ends the job, and the job must stop. */
  renew(): boolean {
    if (this.reserve === 0) {
      this.left = 0;
      this.stopped = true;
      return false;
    }
    if (!this.mayGoOn()) return false;
    const slice = Math.min(this.reserve, this.watch?.slice ?? this.reserve);
    this.left += slice;
    this.reserve -= slice;
    return true;
  }

  /** Counts hops tried over entries that were counted when they were read; false when the job must stop. */
  tryHops(hops: number): boolean {
    this.hopsLeft -= hops;
    while (this.hopsLeft < 0) {
      if (this.hopsReserve === 0) {
        this.end();
        return false;
      }
      if (!this.mayGoOn()) return false;
      const slice = Math.min(this.hopsReserve, this.watch?.slice ?? this.hopsReserve);
      this.hopsLeft += slice;
      this.hopsReserve -= slice;
    }
    return true;
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

  private mayGoOn(): boolean {
    if (this.interrupted) return false;
    if (this.watch === null || this.watch.mayGoOn(this.visited)) return true;
    this.interrupted = true;
    this.end();
    return false;
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
