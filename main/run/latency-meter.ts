/** Percentiles of decision latency in microseconds. */
export interface Latency {
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly decisions: number;
}

const SAMPLES_MAX = 1_000_000;

/**
 * Measures how long events wait for their decision: from the append of the batch that holds them until the decision
 * is let out, which includes the disk's sync. Batches are folded in the order in which they were appended.
 */
export class LatencyMeter {
  readonly #appended: number[] = [];
  #current: number | null = null;
  #started = false;
  readonly #samplesMs: number[] = [];

  /** Decisions before this call belong to recovery and are not measured. */
  start(): void {
    this.#started = true;
  }

  /** A batch is appended now. */
  append(): void {
    this.#appended.push(performance.now());
  }

  /** The next appended batch is about to be folded. */
  folding(): void {
    if (this.#started) this.#current = this.#appended.shift() ?? null;
  }

  /** An event of the batch at hand has its decision. */
  decided(): void {
    if (this.#current === null || this.#samplesMs.length >= SAMPLES_MAX) return;
    this.#samplesMs.push(performance.now() - this.#current);
  }

  /** Nearest-rank percentiles, or null without decisions. */
  result(): Latency | null {
    const sorted = Float64Array.from(this.#samplesMs).sort();
    if (sorted.length === 0) return null;
    const at = (share: number): number => {
      const rank = Math.max(1, Math.ceil(share * sorted.length));
      return Math.round((sorted[rank - 1] ?? 0) * 1000);
    };
    return { p50Micros: at(0.5), p99Micros: at(0.99), decisions: sorted.length };
  }
}
