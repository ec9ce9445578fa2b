import { describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { startServe } from '../tools/serve-process.ts';
import { ShellSession } from '../tools/shell-session.ts';
import { inTemporaryFolder, REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { matchesLine, readTutorial, type TutorialStep } from '../tools/tutorial.ts';
import { startTestService } from './test-service.ts';

jest.setTimeout(600_000);

interface ServiceToAsk {
  readonly address: string;
  readonly adminToken: string | null;
}

function read(file: string): string {
  return readFileSync(path.join(REPOSITORY, file), 'utf8');
}

/** Does the steps in one shell that knows the service's address and token, in a folder; what they print has to be what they show. */
async function runSteps(
  steps: readonly TutorialStep[],
  folder: string,
  service: ServiceToAsk,
): Promise<void> {
  const shell = new ShellSession(folder, {
    ADDRESS: service.address,
    ADMIN: service.adminToken ?? '',
    PATH: `${path.join(REPOSITORY, 'node_modules/.bin')}:${process.env.PATH}`,
  });
  try {
    for (const step of steps) {
      const printed = await shell.step(step);
      if (printed !== null) expect({ ...step, output: printed.split('\n') }).toEqual(step);
    }
  } finally {
    await shell.end();
  }
}

function count(steps: readonly TutorialStep[], kind: TutorialStep['kind']): number {
  return steps.filter((step) => step.kind === kind).length;
}

describe('docs/api.md', () => {
  it('has examples that print what they show', async () => {
    const steps = readTutorial(read('docs/api.md'));
    expect(count(steps, 'command')).toBeGreaterThan(30);
    expect(count(steps, 'file')).toBeGreaterThan(7);
    const service = await startTestService();
    // Beside node_modules, where programs find their packages.
    const folder = await mkdtemp(path.join(REPOSITORY, 'node_modules/.cache/ringwatch-docs-'));
    try {
      await runSteps(steps, folder, service);
    } finally {
      await service.end();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the tutorial of README.md', () => {
  const readme = read('README.md');
  const [, command = '', shown = ''] =
    /^```console service\n\$ npx ringwatch ([^\n]*)\n(.*?)^```$/ms.exec(readme) ?? [];

  it('works as it is printed, on a service that is started as it says', async () => {
    const steps = readTutorial(readme);
    expect(count(steps, 'command')).toBeGreaterThan(12);
    const [name, ...flags] = command.split(' ');
    expect([name, flags]).toEqual(['serve', ['--data', 'bank', '--webhook-allow', '127.0.0.1']]);
    await inTemporaryFolder(async (folder) => {
      const service = await startServe(path.join(folder, 'bank'), flags.slice(2));
      try {
        const printed = service.startLines.map((line) => line.replace(/(127\.0\.0\.1):\d+/, '$1:8080'));
        const same = shown
          .trim()
          .split('\n')
          .map((line, at) => matchesLine(line, printed[at] ?? ''));
        expect({ printed, same }).toEqual({ printed, same: [true, true, true] });
        await runSteps(steps, folder, service);
      } finally {
        await service.stop();
      }
    });
  });
});
