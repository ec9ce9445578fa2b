/**
 * An offset is the number of the frame's batch (its record's offset in Kafka), times this, plus the frame's place in the batch. It
 * is part of what is stored (checkpoints and tokens hold offsets), so it never changes, and a batch holds at most so many frames.
 */
export const FRAMES_PER_BATCH = 256;

/** The offset after the last frame of the batches before the number `count`. */
export function offsetAfter(count: number): number {
  return count * FRAMES_PER_BATCH;
}
