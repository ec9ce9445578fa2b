/**
 * Which workers of a cluster are alive, as whoever asks was told last. It is no lock: two processes may for a while know
 * different workers. While its servers are away what was known last holds.
 */
export interface Membership {
  /** Addresses, in any order. */
  readonly workers: readonly string[];
  /** Told after each change. */
  onChange(listener: () => void): void;
  /** Resolves once the workers are known. */
  known(): Promise<void>;
  /** A member leaves. */
  close(): Promise<void>;
}
