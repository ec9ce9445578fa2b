import { useSyncExternalStore } from 'react';

/** Where the viewer is: kept behind the `#` of the address, so that no path needs a rule in a proxy. */
export interface Location {
  /** The parts of the path, decoded: `#/alerts/abc` is `['alerts', 'abc']`. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** The address of a place: `#/alerts/abc?state=OPEN`. Empty values are left out. */
export function address(
  path: readonly string[],
  query: Readonly<Record<string, string | null>> = {},
): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
  return `#/${path.map(encodeURIComponent).join('/')}${search}`;
}

/** Reads an address; what is no address is the start. */
export function readAddress(hash: string): Location {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  try {
    return {
      path: path
        .split('/')
        .filter((part) => part !== '')
        .map(decodeURIComponent),
      query: Object.fromEntries(new URLSearchParams(search)),
    };
  } catch {
    return { path: [], query: {} };
  }
}

let last = { hash: '', location: readAddress('') };

function current(): Location {
  const { hash } = window.location;
  if (last.hash !== hash) last = { hash, location: readAddress(hash) };
  return last.location;
}

function listen(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** Where the viewer is; changes as they go. */
export function useLocation(): Location {
  return useSyncExternalStore(listen, current);
}

/** Goes to a place, as following a link would. */
export function goTo(path: readonly string[], query?: Readonly<Record<string, string | null>>): void {
  window.location.hash = address(path, query);
}

/** Changes what the address says of the place at hand, without a step in the browser's history. */
export function replaceQuery(query: Readonly<Record<string, string | null>>): void {
  const { path } = current();
  window.history.replaceState(null, '', address(path, query));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
