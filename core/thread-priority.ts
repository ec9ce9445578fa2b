import os from 'node:os';

/** As `nice` counts: the processor is given to threads of 0 about nine times as much. */
const BEHIND_OTHERS = 10;

/**
 * Has the calling thread come after those of the process that do not say so, where the system has a priority for each
 * thread: on Linux. Elsewhere it would be the whole process's, and nothing is done.
 */
export function yieldToOtherThreads(): void {
  if (process.platform === 'linux') os.setPriority(BEHIND_OTHERS);
}
