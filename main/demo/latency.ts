/** Percentiles of waits, in milliseconds. */
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

/** Nearest-rank percentiles, or null without samples. */
export function latencyOf(samplesMs: readonly number[]): Latency | null {
  const sorted = Float64Array.from(samplesMs).sort();
  if (sorted.length === 0) return null;
  const at = (share: number): number => sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), samples: sorted.length };
}

/** `p50 8.21 ms, p99 40.3 ms`. */
export function latencyWords({ p50Ms, p99Ms }: Latency): string {
  return `p50 ${millis(p50Ms)}, p99 ${millis(p99Ms)}`;
}

function millis(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}
