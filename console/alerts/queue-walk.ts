/** The alerts of the queue as it was last on show, so that one can go from one to the next without coming back to it. */
let walk: readonly string[] = [];
let queue = '#/alerts';

/** Remembers what the queue shows, by alertId, in its order, and its address with the filter. */
export function rememberWalk(alertIds: readonly string[], hash: string): void {
  walk = alertIds;
  queue = hash;
}

/** The address of the queue as it was last on show. */
export function queueAddress(): string {
  return queue;
}

/** Where an alert is in it: the number from 1, of how many, and its neighbours; null where it is not in it. */
export function placeInWalk(alertId: string): {
  readonly number: number;
  readonly of: number;
  readonly previous: string | null;
  readonly next: string | null;
} | null {
  const index = walk.indexOf(alertId);
  if (index < 0) return null;
  return {
    number: index + 1,
    of: walk.length,
    previous: walk[index - 1] ?? null,
    next: walk[index + 1] ?? null,
  };
}
