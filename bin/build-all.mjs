// `npm run build`: builds the program and the console. `--if-stale` builds what is older than its sources only.
// npm runs it after every `npm ci` in a checkout, and before it packs (`prepare`).

import { build, buildIfStale, isInstalled } from './build.mjs';
import { buildConsole, isConsoleStale } from './build-console.mjs';

const ifStale = process.argv.includes('--if-stale');
const parts = [
  { what: 'dist/', tool: 'esbuild', run: ifStale ? buildIfStale : build },
  { what: 'console/dist/', tool: 'vite', run: () => (ifStale ? buildConsoleIfStale() : buildConsole()) },
];

for (const { what, tool, run } of parts) {
  const startedMs = performance.now();
  if (isInstalled(tool)) {
    const done = await run();
    if (done !== false) console.error(`built ${what} in ${Math.round(performance.now() - startedMs)} ms`);
  } else if (ifStale || process.env.npm_lifecycle_event === 'prepare') {
    console.error(`ringwatch: ${what} was not built, because the development dependencies are left out`);
  } else {
    console.error(
      `${tool} is not installed: run \`npm ci\` (with its development dependencies) to build ${what}`,
    );
    process.exitCode = 1;
  }
}

async function buildConsoleIfStale() {
  if (!(await isConsoleStale())) return false;
  console.error('the console is older than its sources: it is built, which takes seconds');
  await buildConsole();
  return true;
}
