/**
 * A file that the build makes, by its path in the built tree. From sources it is found in dist/, which tests and the
 * launcher bring up to date. This file must stay directly in core/, since it finds the tree from its own place.
 */
export function builtFile(path: string): URL {
  const own = import.meta.url;
  const root = new URL('../', own);
  return new URL(own.endsWith('.ts') ? `dist/${path}` : path, root);
}
