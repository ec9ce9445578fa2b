import type { Value } from '../../core/types.ts';

/**
 * One piece of a fold's state: a window's rows, a table, a graph view, the counters. All parts together are the one
 * store that checkpoints. A part keeps its content in its own compact form and knows what changed since it was last
 * saved, so that a checkpoint costs what changed.
 *
 * Duties of an implementation: `saveChanges` after `restore` of its own entries gives back the same logical content;
 * what can be derived (indexes, running sums, adjacency) is not saved but rebuilt by `restore`; `hashContent` covers
 * the logical content only, in key order or as a bag, the same however it came about (batching, restarts, layout, expiry).
 */
export interface StatePart {
  /** Stable across restarts, e.g. `over/<fingerprint>`; parts of dropped plans are deleted by name. */
  readonly name: string;
  /** Hands over what changed since the last call: `null` deletes the key. The bytes are the sink's to keep. */
  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void;
  /** Rough count of bytes that saveChanges would hand over now; cheap. */
  changedBytes(): number;
  /** Takes the entries of a checkpoint (in key byte order) into an empty part. */
  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void;
  hashContent(hash: ContentHash): void;
  /** Sizes for `ringwatch state`. */
  describe(): Readonly<Record<string, number>>;
}

/** Takes values one by one, unambiguously framed; `text` marks sections. */
export interface ContentHash {
  text(value: string): void;
  value(value: Value): void;
  row(values: readonly Value[]): void;
  /** Rows whose order means nothing, as often as they are given to `add`: not kept, not sorted. */
  bag(fill: (add: (values: readonly Value[]) => void) => void): void;
}
