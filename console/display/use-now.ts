import { useSyncExternalStore } from 'react';

const EVERY_MS = 15_000;

let nowMs = Date.now();
let timer: number | undefined;
const listeners = new Set<() => void>();

function listen(listener: () => void): () => void {
  if (listeners.size === 0) {
    timer = window.setInterval(() => {
      nowMs = Date.now();
      for (const each of listeners) each();
    }, EVERY_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.clearInterval(timer);
  };
}

function current(): number {
  // Nobody has listened for a while: what is read first is to be right.
  if (listeners.size === 0) nowMs = Date.now();
  return nowMs;
}

/** The time of this machine in milliseconds since 1970, by one clock for the page; it goes on every quarter of a minute. */
export function useNow(): number {
  return useSyncExternalStore(listen, current);
}
