import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

const BINARY = '/usr/bin/redis-server';

/** What has to be installed for `startRedis`; null: nothing. */
export function redisMissing(): string | null {
  return existsSync(BINARY) ? null : "Debian's package redis-server";
}

/** A Redis of a test's own on 127.0.0.1, without a file. */
export interface TestRedis {
  readonly port: number;
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  /** Of the process that runs, or ran last. */
  readonly pid: number;
  /** Ends it: SIGTERM without one. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port, and waits until it answers. */
  startAgain(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Starts Redis and waits until it answers: about a tenth of a second. */
export async function startRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-redis-'));
  const port = await freePort();
  let running: ChildProcess;
  const start = async (): Promise<void> => {
    const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder };
    const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    running = spawn(BINARY, options, { stdio: 'ignore', cwd: folder });
    while (!(await answers(port))) {
      if (running.exitCode !== null) throw new Error(`redis-server ended with ${running.exitCode}`);
      await sleep(20);
    }
  };
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.pid as number;
    },
    end,
    startAgain: start,
    stop: async () => {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString() === '+PONG\r\n';
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
