import { type ChildProcess, spawn } from 'node:child_process';

/** One life of a server's process. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves once it has ended. */
  readonly ended: Promise<void>;
  readonly hasEnded: boolean;
  /** The last that it said. */
  readonly said: string;
  /** Sends a signal; with SIGKILL and SIGTERM resolves once the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

const SAID_CHARS = 10_000;

/** Starts a server's program; it ends with this process at the latest. */
export function startServerProcess(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): ServerProcess {
  const child: ChildProcess = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-SAID_CHARS);
    });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true;
      process.off('exit', end);
      resolve();
    });
  });
  return {
    pid: child.pid as number,
    ended,
    get hasEnded() {
      return hasEnded;
    },
    get said() {
      return said;
    },
    kill: async (signal) => {
      if (hasEnded) return;
      child.kill(signal);
      if (signal !== 'SIGKILL' && signal !== 'SIGTERM') return;
      // One that is stopped cannot be told to end.
      if (signal === 'SIGTERM') child.kill('SIGCONT');
      await ended;
    },
  };
}
