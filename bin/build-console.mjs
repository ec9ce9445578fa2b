// Builds the console into console/dist/, which the gateway serves. Vite takes seconds, so this is no part of the build that the
// launcher does before each start: `npm ci`, `npm run build` and `npm run demo` see to it.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { modifiedMs, newestMs } from './build.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** What is written last of a build. */
const PAGE = path.join(ROOT, 'console/dist/index.html');

/** Folders and files that the build is made of; the lockfile for the packages in it. */
const FOLDERS = ['console', 'schema'];
const FILES = ['language/grammar.ts', 'package-lock.json'];

/**
 * Whether anything that the console is made of is newer than its build, or there is none.
 * @returns {Promise<boolean>}
 */
export async function isConsoleStale() {
  const [built, newest] = await Promise.all([modifiedMs(PAGE), newestMs(FOLDERS, FILES)]);
  return built < newest;
}

/** Builds the console; throws what Vite throws. */
export async function buildConsole() {
  const { build } = await import('vite');
  await build({ configFile: path.join(ROOT, 'console/vite.config.ts'), logLevel: 'warn' });
}
