import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { writeError } from '../../core/file-error.ts';
import { launcherFile } from '../version.ts';

/** A service that is not up: what it said, and the exit code of its process (null: a signal ended it). */
export class ServiceNotStarted extends Error {
  override readonly name = 'ServiceNotStarted';
  readonly lines: readonly string[];
  readonly exitCode: number | null;

  constructor(lines: readonly string[], exitCode: number | null) {
    super(lines.join('\n'));
    this.lines = lines;
    this.exitCode = exitCode;
  }
}

/** A process of `ringwatch serve`, as it says that it is. */
export interface ServeChild {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly console: string;
  /** Of the operator, for this start. */
  readonly adminToken: string;
  /** Seconds from its start to where it served. */
  readonly startSeconds: number;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Asks it to stop as it would be asked in production, and resolves when it has. */
  stop(): Promise<void>;
}

export interface ServeChildOptions {
  /** The data folder. */
  readonly folder: string;
  /** 0 takes one that is free. */
  readonly port: number;
  /** Where its logs are added. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/**
 * Starts `ringwatch serve` in a process of its own, on this machine only. It stops by itself when this process is gone, however
 * that ended. Throws ServiceNotStarted, FILE_UNWRITABLE, and the signal's reason.
 */
export async function startServeChild(options: ServeChildOptions): Promise<ServeChild> {
  const { log, from } = openLogFile(options.logFile);
  const child = spawn(process.execPath, [launcherFile(), 'serve', ...flagsOf(options)], {
    env: ownEnvironment(),
    stdio: ['ignore', 'pipe', log, 'ipc'],
    // Of a group of its own: a Ctrl-C is for the demo, which stops the service once it has no more use for it.
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const aborted = new Promise<never>((_, reject) => {
    options.signal.addEventListener('abort', () => reject(options.signal.reason as Error), { once: true });
  });
  aborted.catch(() => undefined);
  try {
    const over = ended.then(() => {
      throw new ServiceNotStarted(whatItSaid(options.logFile, from), child.exitCode);
    });
    return { ...(await Promise.race([readStart(child), over, aborted])), ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function flagsOf({ folder, port }: ServeChildOptions): string[] {
  const flags = { data: folder, host: '127.0.0.1', port: String(port), 'log-level': 'warn' };
  const more = { 'admin-token': 'on', 'webhook-allow': '127.0.0.1' };
  return Object.entries({ ...flags, ...more }).flatMap(([name, value]) => [`--${name}`, value]);
}

/** This process's, without the settings of another service. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RINGWATCH_')));
}

/** The file, open to add to, and where it ends now. */
function openLogFile(file: string): { readonly log: number; readonly from: number } {
  try {
    const log = openSync(file, 'a');
    return { log, from: fstatSync(log).size };
  } catch (error) {
    throw writeError(file, error);
  }
}

/** What it prints at its start; never resolves where it does not get that far. */
function readStart(child: ChildProcess): Promise<Omit<ServeChild, 'ended' | 'stop'>> {
  let address = '';
  let page = '';
  let startSeconds = 0;
  return new Promise((resolve) => {
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const serves = / serves (http\S+) \(started in ([\d.]+) s\)/.exec(line);
      if (serves !== null) [, address = '', startSeconds = 0] = [serves[0], serves[1], Number(serves[2])];
      page = /^console (http\S+)/.exec(line)?.[1] ?? page;
      const adminToken = /^admin token of this start: (\S+)/.exec(line)?.[1];
      if (adminToken !== undefined) resolve({ address, console: page, adminToken, startSeconds });
    });
  });
}

/** Its coded error, else its last lines. */
function whatItSaid(logFile: string, from: number): string[] {
  const lines = readFileSync(logFile).subarray(from).toString('utf8').trimEnd().split('\n');
  const error = lines.findIndex((line) => line.startsWith('ringwatch: '));
  return error < 0 ? lines.slice(-20) : lines.slice(error);
}
