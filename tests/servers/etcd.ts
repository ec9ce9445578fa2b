import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';
import { startServerProcess } from './server-process.ts';
import { serverFolder } from './server-cache.ts';

const VERSION = '3.7.3';

/** `go install` refuses etcd's own main, whose module replaces others: one of five lines calls the same. */
const MAIN = `package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
`;

const MODULE = `module ringwatch/etcd

go 1.24

require go.etcd.io/etcd/server/v3 v${VERSION}
`;

/** Time in which a member has to answer after its start; the machine may be busy. */
const READY_MS = 60_000;

/** A member of a cluster, a process. */
export interface EtcdMember {
  readonly name: string;
  /** Where clients reach it: `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Sends a signal; with SIGKILL and SIGTERM resolves once the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on its folder, after its end; `args` replace what it had. Does not wait until it answers: see `ready`. */
  restart(args?: readonly string[]): void;
  /** Resolves once it answers and knows of a leader. */
  ready(): Promise<void>;
  /** Its own id and its leader's, as it says; null where it does not answer. */
  status(): Promise<{ readonly id: string; readonly leader: string } | null>;
}

export interface EtcdServers {
  readonly endpoints: readonly string[];
  readonly members: readonly EtcdMember[];
  /** The member that leads now, as the members that answer agree. */
  leader(): Promise<EtcdMember>;
  /** Ends all members and removes their folders. */
  stop(): Promise<void>;
}

export interface EtcdOptions {
  /** 3 without it. */
  readonly members?: number;
  /** Bytes of a member's store at which it takes no more writes; 8 GiB without it. */
  readonly quotaBytes?: number;
  /** Further arguments of every member. */
  readonly args?: readonly string[];
}

/** The etcd binary, built by Go on first use (about three minutes, of which most is downloads and two cores' work). */
export async function etcdBinary(): Promise<string> {
  const folder = await serverFolder(`etcd-${VERSION}`, async (building) => {
    await writeFile(path.join(building, 'main.go'), MAIN);
    await writeFile(path.join(building, 'go.mod'), MODULE);
    const options = { cwd: building, env: { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' } };
    const nice = async (...args: string[]): Promise<unknown> =>
      promisify(execFile)('nice', ['-n', '10', ...args], options);
    await nice('go', 'mod', 'tidy');
    await nice('go', 'build', '-trimpath', '-o', 'etcd', '.');
  });
  return path.join(folder, 'etcd');
}

/** Starts a cluster of etcd members on free ports of 127.0.0.1 and waits until all answer. They sync and check what they store. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServers> {
  const binary = await etcdBinary();
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-etcd-'));
  const count = options.members ?? 3;
  const ports = await freePorts(2 * count);
  const peers = Array.from({ length: count }, (_, n) => `http://127.0.0.1:${ports[2 * n + 1]}`);
  const members = peers.map((peer, n) => {
    const name = `etcd${n + 1}`;
    const endpoint = `http://127.0.0.1:${ports[2 * n]}`;
    const args = [
      ...['--name', name, '--data-dir', path.join(folder, name)],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', peers.map((url, at) => `etcd${at + 1}=${url}`).join(',')],
      ...['--heartbeat-interval=100', '--election-timeout=1000'],
      `--quota-backend-bytes=${options.quotaBytes ?? 8 * 1024 ** 3}`,
      '--feature-gates=InitialCorruptCheck=true,CompactHashCheck=true',
      '--log-level=error',
      ...(options.args ?? []),
    ];
    return startMember(binary, name, endpoint, args);
  });
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.kill('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(members.map((member) => member.ready()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoints: members.map(({ endpoint }) => endpoint),
    members,
    leader: () => leaderOf(members),
    stop,
  };
}

function startMember(binary: string, name: string, endpoint: string, args: readonly string[]): EtcdMember {
  const start = (more: readonly string[] = []) => startServerProcess(binary, [...args, ...more]);
  let now = start();
  const status = async (): Promise<{ id: string; leader: string } | null> => {
    try {
      const answer = await fetch(`${endpoint}/v3/maintenance/status`, {
        method: 'POST',
        body: '{}',
        signal: AbortSignal.timeout(2000),
      });
      const { header, leader } = (await answer.json()) as { header: { member_id: string }; leader?: string };
      return { id: header.member_id, leader: leader ?? '0' };
    } catch {
      return null;
    }
  };
  return {
    name,
    endpoint,
    get pid() {
      return now.pid;
    },
    kill: (signal) => now.kill(signal),
    restart: (more) => {
      if (!now.hasEnded) throw new Error(`${name} runs`);
      now = start(more);
    },
    ready: async () => {
      for (const untilMs = performance.now() + READY_MS; performance.now() < untilMs; await sleep(50)) {
        if (now.hasEnded) throw new Error(`${name} has ended: ${now.said}`);
        if (((await status())?.leader ?? '0') !== '0') return;
      }
      throw new Error(`${name} does not answer: ${now.said}`);
    },
    status,
  };
}

async function leaderOf(members: readonly EtcdMember[]): Promise<EtcdMember> {
  for (const untilMs = performance.now() + READY_MS; performance.now() < untilMs; await sleep(50)) {
    const said = await Promise.all(members.map((member) => member.status()));
    const leader = said.findIndex((status) => status !== null && status.id === status.leader);
    const agree = said.filter((status) => status?.leader === said[leader]?.id).length;
    const member = members[leader];
    if (member !== undefined && agree > members.length / 2) return member;
  }
  throw new Error('there is no leader');
}
