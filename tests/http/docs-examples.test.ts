import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inTemporaryFolder, REPOSITORY } from '../tools/spawn-ringwatch.ts';
import { matchesLine, readTutorial } from '../tools/tutorial.ts';
import { startTestService } from './test-service.ts';

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

describe('docs/api.md', () => {
  it('has examples that print what they show', async () => {
    const steps = readTutorial(readFileSync(path.join(REPOSITORY, 'docs/api.md'), 'utf8'));
    const commands = steps.flatMap((step) => (step.kind === 'command' ? [step] : []));
    expect(commands.length).toBeGreaterThan(10);
    const service = await startTestService();
    try {
      await inTemporaryFolder(async (folder) => {
        const env = { ADDRESS: service.address, ADMIN: service.adminToken };
        const printed = await runInShell(
          commands.map(({ command }) => command),
          folder,
          env,
        );
        expect(printed).toHaveLength(commands.length);
        commands.forEach(({ command, output }, n) => {
          const shown = output.join('\n').trim();
          const matches = matchesLine(shown, printed[n] as string);
          expect({ command, printed: matches ? shown : printed[n] }).toEqual({ command, printed: shown });
        });
      });
    } finally {
      await service.end();
    }
  });
});
