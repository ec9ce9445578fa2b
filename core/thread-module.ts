/**
 * The file that a worker thread loads for the module `source` (`new URL('./x.thread.ts', import.meta.url)`). Threads run
 * built modules, because Node 20 strips no types; from a built module the URL is already right. This file must stay
 * directly in core/, since it finds dist/ from its own place.
 */
export function threadModule(source: URL): URL {
  if (!source.pathname.endsWith('.ts')) return source;
  const built = source.href.replace(/\.ts$/, '.js');
  const own = import.meta.url;
  if (!own.endsWith('.ts')) return new URL(built);
  const root = new URL('../', own).href;
  return new URL(`${root}dist/${built.slice(root.length)}`);
}
