import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { buildConsole } from './build-console.ts';
import { findChromium, serveChromium } from './chromium.ts';
import { startConsoleService } from './service.ts';
import { STAGE } from './stage.ts';

// Runs the end-to-end tests: builds the console, starts one service and one Chromium for all of them, and hands its
// arguments on to jest. Where there is no Chromium they are left out, except where CI=true: there they fail.
async function run(args: readonly string[]): Promise<number> {
  const executable = findChromium();
  if (executable === null) {
    const line = 'there is no Chromium (/usr/bin/chromium, or RINGWATCH_CHROMIUM)';
    if (process.env.CI === 'true') throw new Error(`end-to-end tests cannot run: ${line}`);
    console.log(`end-to-end tests are SKIPPED: ${line}`);
    return 0;
  }
  buildConsole();
  const service = await startConsoleService();
  try {
    const chromium = await serveChromium(executable);
    try {
      const { address, adminToken } = service.serve;
      return await runJest(args, {
        [STAGE]: JSON.stringify({ address, adminToken, chromium: chromium.endpoint }),
      });
    } finally {
      await chromium.close();
    }
  } finally {
    await service.close();
  }
}

function runJest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const jest = path.join(REPOSITORY, 'node_modules/jest/bin/jest.js');
  const config = path.join(REPOSITORY, 'tests/e2e/jest.config.mjs');
  const child = spawn(process.execPath, [jest, '--config', config, ...args], {
    cwd: REPOSITORY,
    stdio: 'inherit',
    env: {
      ...process.env,
      ...env,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
