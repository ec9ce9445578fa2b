import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { inTemporaryFolder, REPOSITORY } from './tools/spawn-ringwatch.ts';
import { matchesLine, readTutorial, type TutorialStep } from './tools/tutorial.ts';

jest.setTimeout(120_000);

/** Documents whose files and commands are run, and how many commands each has at least. */
const TUTORIALS = [
  ['docs/files.md', 5],
  ['docs/rules.md', 4],
] as const;

async function runStep(step: TutorialStep, work: string, tools: string): Promise<string[]> {
  if (step.kind === 'file') {
    if (step.append) appendFileSync(path.join(work, step.name), step.text);
    else writeFileSync(path.join(work, step.name), step.text);
    return [];
  }
  // What the reader's terminal shows: both streams, in the order they were written.
  const { stdout } = await promisify(execFile)('sh', ['-c', `${step.command} 2>&1 || true`], {
    cwd: work,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', PATH: `${tools}:${process.env.PATH}` },
  });
  return stdout.trimEnd().split('\n');
}

describe.each(TUTORIALS)('the tutorial of %s', (file, commands) => {
  it('works as it is printed', async () => {
    const steps = readTutorial(readFileSync(path.join(REPOSITORY, file), 'utf8'));
    expect(steps.filter((step) => step.kind === 'command').length).toBeGreaterThanOrEqual(commands);
    await inTemporaryFolder(async (folder) => {
      const work = path.join(folder, 'work');
      mkdirSync(work);
      const command = path.join(folder, 'ringwatch');
      writeFileSync(
        command,
        `#!/bin/sh\nexec "${process.execPath}" "${REPOSITORY}/bin/ringwatch.mjs" "$@"\n`,
      );
      chmodSync(command, 0o755);
      for (const step of steps) {
        const printed = await runStep(step, work, folder);
        if (step.kind === 'file') continue;
        const same =
          printed.length === step.output.length &&
          printed.every((line, index) => matchesLine(step.output[index] as string, line));
        if (!same) expect({ command: step.command, output: printed }).toEqual(step);
      }
    });
  });
});

describe('a shown line', () => {
  it.each([
    ['a … b', 'a 12 b', true],
    ['a … b', 'a 12 c', false],
    ['…', 'anything', true],
    ['1 alert.', '1 alerts', false],
  ])('%j and the printed %j: %s', (shown, printed, expected) => {
    expect(matchesLine(shown, printed)).toBe(expected);
  });
});
