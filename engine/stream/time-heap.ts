/** Times that are not in use any more are thrown out when they may be this many more than those that are. */
const STALE_MAX = 64;

/**
 * The times of `live`, the least of them first: a binary heap that learns what is added, and finds out what has gone
 * when it comes to it. A time may be in it more than once.
 */
export class TimeHeap {
  readonly #live: ReadonlyMap<number, unknown>;
  #times: number[] = [];

  constructor(live: ReadonlyMap<number, unknown>) {
    this.#live = live;
  }

  /** The least time; +Infinity where there is none. */
  get least(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  /** To be called when a time is added to `live`. */
  add(time: number): void {
    if (this.#times.length > 2 * this.#live.size + STALE_MAX) {
      // A sorted array is a heap.
      this.#times = [...this.#live.keys()].sort((a, b) => a - b);
      return;
    }
    const times = this.#times;
    let at = times.length;
    times.push(time);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = times[parent] as number;
      if (above <= time) break;
      times[at] = above;
      at = parent;
    }
    times[at] = time;
  }

  /** Takes the least time out and returns it; +Infinity where there is none. */
  take(): number {
    const times = this.#times;
    const least = this.least;
    const last = times.pop();
    if (last === undefined || times.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number)) child++;
      if ((times[child] as number) >= last) break;
      times[at] = times[child] as number;
      at = child;
    }
    times[at] = last;
    return least;
  }
}
