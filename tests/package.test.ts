import { describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { inTemporaryFolder, REPOSITORY } from './tools/spawn-ringwatch.ts';

const run = promisify(execFile);

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>;
}

/** The packages that `npm install --omit=dev` puts beside the product. */
function productPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(packages)
    .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
    .map(([place]) => /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1])
    .filter((name) => name !== undefined)
    .filter((name) => existsSync(path.join(REPOSITORY, 'node_modules', name)));
}

/** Packs this checkout and unpacks it as an installation, beside the packages that it needs and no others. */
async function install(folder: string): Promise<string> {
  await run(process.execPath, ['bin/build-all.mjs', '--if-stale'], {
    cwd: REPOSITORY,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: REPOSITORY, maxBuffer: 1 << 26 });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  const modules = path.join(folder, 'node_modules');
  const installed = path.join(modules, 'ringwatch');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', path.join(folder, filename), '--strip-components=1', '-C', installed]);
  for (const name of productPackages()) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(REPOSITORY, 'node_modules', name), path.join(modules, name));
  }
  return installed;
}

describe('the package', () => {
  it('runs the demo and serves the console where nothing of development is installed', async () => {
    await inTemporaryFolder(async (folder) => {
      const installed = await install(folder);
      expect(existsSync(path.join(folder, 'node_modules/vite'))).toBe(false);
      expect(existsSync(path.join(installed, 'main'))).toBe(false);
      const launcher = path.join(installed, 'bin/ringwatch.mjs');
      const data = path.join(folder, 'data');
      const demo = spawn(process.execPath, [launcher, 'demo', '--data', data], {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => demo.on('close', resolve));
      let page = '';
      for await (const line of createInterface({ input: demo.stdout })) {
        const console = /^console +(\S+)/.exec(line)?.[1];
        if (console === undefined) continue;
        const response = await fetch(console);
        expect(response.status).toBe(200);
        page = await response.text();
        const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
        expect((await fetch(`${console}${script}`)).headers.get('content-type')).toMatch(/javascript/);
        demo.kill('SIGINT');
      }
      expect(page).toContain('<title>');
      expect(await ended).toBe(130);
    });
  });
});
