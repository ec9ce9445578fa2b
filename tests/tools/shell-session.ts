import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { matchesLine, type TutorialStep } from './tutorial.ts';

const END = '-- end of the command --';

/** One shell, as a reader of a tutorial has it open: what one command sets the next ones see. */
export class ShellSession {
  readonly #folder: string;
  readonly #shell: ChildProcess;
  #printed: string[] = [];
  #finish: (printed: string) => void = () => undefined;

  /** `folder`: where its files are, and it is. */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#shell = spawn('bash', ['-s'], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      // What it leaves running ends with it.
      detached: true,
    });
    createInterface({ input: this.#shell.stdout as Readable }).on('line', (line) => {
      if (line !== END) this.#printed.push(line);
      else {
        this.#finish(this.#printed.join('\n').trim());
        this.#printed = [];
      }
    });
  }

  /**
   * Does a step: writes its file, or runs its command. Resolves with what the command printed where that is not what it shows;
   * null where all is well.
   */
  async step(step: TutorialStep): Promise<string | null> {
    if (step.kind === 'file') {
      const file = path.join(this.#folder, step.name);
      if (step.append) appendFileSync(file, step.text);
      else writeFileSync(file, step.text);
      return null;
    }
    const printed = await this.#run(step.command);
    return matchesLine(step.output.join('\n').trim(), printed) ? null : printed;
  }

  #run(command: string): Promise<string> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      (this.#shell.stdin as Writable).write(`${command}\nprintf '\\n${END}\\n'\n`);
    });
  }

  /** Ends the shell and all that it has started. */
  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#shell.once('close', () => resolve()));
    process.kill(-(this.#shell.pid as number), 'SIGKILL');
    await ended;
  }
}
