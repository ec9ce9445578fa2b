import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';

const BIN = '/usr/lib/postgresql/15/bin';

/** What has to be installed for `startPostgres`; null: nothing. It refuses to run as root, and only root becomes another. */
export function postgresMissing(): string | null {
  if (!existsSync(path.join(BIN, 'postgres'))) return "Debian's package postgresql-15";
  return process.getuid?.() === 0 ? null : 'root, which starts the server as the user postgres';
}

/** A PostgreSQL 15 of a test's own on 127.0.0.1. `app` owns the database `catalog`, may create roles, and is no superuser. */
export interface TestPostgres {
  readonly port: number;
  /** `postgresql://app:secret@127.0.0.1:PORT/catalog` */
  readonly url: string;
  /** Of the postmaster that runs, or ran last. */
  readonly pid: number;
  /** Another database, empty, of the same owner: its address. */
  addDatabase(name: string): Promise<string>;
  /** Statements as the superuser, in `catalog`. */
  asSuperuser(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Ends it: SIGINT (also without one) as an operator does, SIGQUIT or SIGKILL as a crash. Its files stay. */
  end(signal?: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same files and port, and waits until it answers. */
  startAgain(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Makes a database in a folder of its own, starts the server and waits until it answers: about two seconds. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-pg-'));
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
  ) as [number, number];
  chownSync(folder, uid, gid);
  chmodSync(folder, 0o700);
  const data = path.join(folder, 'data');
  const auth = ['--auth-local=trust', '--auth-host=scram-sha-256'];
  execFileSync(path.join(BIN, 'initdb'), ['-D', data, ...auth, '-U', 'root', '-E', 'UTF8', '--no-sync'], {
    uid,
    gid,
    cwd: '/',
    stdio: 'ignore',
  });
  const port = await freePort();
  const asSuperuser = async (sql: string, database = 'catalog'): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ host: folder, port, user: 'root', database });
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  let running: ChildProcess;
  const start = async (): Promise<void> => {
    const settings = { unix_socket_directories: folder, listen_addresses: '127.0.0.1', fsync: 'off' };
    const options = Object.entries({ ...settings, shared_buffers: '32MB', port }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const log = openSync(path.join(folder, 'log'), 'a');
    running = spawn(path.join(BIN, 'postgres'), ['-D', data, ...options], {
      uid,
      gid,
      cwd: '/',
      stdio: ['ignore', log, log],
    });
    await answering(running, () => asSuperuser('SELECT 1', 'postgres'), path.join(folder, 'log'));
  };
  const end = async (signal: NodeJS.Signals = 'SIGINT'): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  };
  await start();
  await asSuperuser(`CREATE ROLE app LOGIN CREATEROLE NOSUPERUSER PASSWORD 'secret'`, 'postgres');
  const addDatabase = async (name: string): Promise<string> => {
    await asSuperuser(`CREATE DATABASE ${name} OWNER app`, 'postgres');
    return `postgresql://app:secret@127.0.0.1:${port}/${name}`;
  };
  const url = await addDatabase('catalog');
  return {
    port,
    url,
    get pid() {
      return running.pid as number;
    },
    addDatabase,
    asSuperuser,
    end,
    startAgain: start,
    stop: async () => {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the probe does not fail any more. */
async function answering(
  server: ChildProcess,
  probe: () => Promise<unknown>,
  logFile: string,
): Promise<void> {
  for (;;) {
    try {
      await probe();
      return;
    } catch (error) {
      if (server.exitCode !== null) throw new Error(readFileSync(logFile, 'utf8'), { cause: error });
    }
    await sleep(50);
  }
}
