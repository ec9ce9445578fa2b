import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';

/** What the console is built from, beside the packages of the lockfile. */
const SOURCES = ['console', 'language/grammar.ts', 'package-lock.json'];

/** Builds the console where a source is newer than its build. Throws where it cannot be built. */
export function buildConsole(): void {
  const built = modifiedMs(path.join(REPOSITORY, 'console/dist/index.html'));
  if (built > Math.max(...SOURCES.map((name) => newestMs(path.join(REPOSITORY, name))))) return;
  const { status } = spawnSync('npm', ['run', '-s', 'build:console'], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`the console could not be built: npm ended with ${status}`);
}

function newestMs(place: string): number {
  if (!statSync(place).isDirectory()) return modifiedMs(place);
  const times = readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('dist'))
    .map((name) => modifiedMs(path.join(place, name)));
  return Math.max(0, ...times);
}

function modifiedMs(place: string): number {
  return statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
