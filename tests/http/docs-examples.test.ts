import { describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { matchesLine, readTutorial, type TutorialStep } from '../tools/tutorial.ts';
import { startTestService } from './test-service.ts';

jest.setTimeout(600_000);

const END = '-- end of the command --';

/** Runs commands one after the other in one shell, so that what one sets the next ones see; resolves with what each printed. */
async function runInShell(commands: readonly string[], cwd: string, env: object): Promise<string[]> {
  const shell = spawn('bash', ['-s'], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for (const command of commands) shell.stdin.write(`${command}\nprintf '\\n${END}\\n'\n`);
  shell.stdin.end();
  const printed: string[] = [];
  let lines: string[] = [];
  for await (const line of createInterface({ input: shell.stdout })) {
    if (line === END) {
      printed.push(lines.join('\n').trim());
      lines = [];
    } else lines.push(line);
  }
  return printed;
}

/** What a step does in the shell: a command as it stands, a file as it is. */
function shellCommand(step: TutorialStep): string {
  if (step.kind === 'command') return step.command;
  const bytes = Buffer.from(step.text).toString('base64');
  return `echo ${bytes} | base64 -d > ${step.name}`;
}

describe('docs/api.md', () => {
  it('has examples that print what they show', async () => {
    const steps = readTutorial(readFileSync(path.join(REPOSITORY, 'docs/api.md'), 'utf8'));
    expect(steps.filter(({ kind }) => kind === 'command').length).toBeGreaterThan(30);
    expect(steps.filter(({ kind }) => kind === 'file').length).toBeGreaterThan(7);
    const service = await startTestService();
    // Beside node_modules, where programs find their packages.
    const folder = await mkdtemp(path.join(REPOSITORY, 'node_modules/.cache/ringwatch-docs-'));
    try {
      const env = {
        ADDRESS: service.address,
        ADMIN: service.adminToken,
        PATH: `${path.join(REPOSITORY, 'node_modules/.bin')}:${process.env.PATH}`,
        NODE_OPTIONS: '',
        NO_COLOR: '1',
      };
      const printed = await runInShell(steps.map(shellCommand), folder, env);
      expect(printed).toHaveLength(steps.length);
      const wrong = steps.flatMap((step, n) => {
        const shown = step.kind === 'command' ? step.output.join('\n').trim() : '';
        if (matchesLine(shown, printed[n] as string)) return [];
        return [{ step: step.kind === 'command' ? step.command : step.name, shown, printed: printed[n] }];
      });
      expect(wrong).toEqual([]);
    } finally {
      await service.end();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
