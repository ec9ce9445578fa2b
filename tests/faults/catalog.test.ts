import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PGliteCatalog } from '../../adapters/pglite/pglite-catalog.ts';
import { readMigrations } from '../../adapters/sql/migrations.ts';
import { buildIfStale } from '../../bin/build.mjs';
import type { TenantId } from '../../core/tenant-id.ts';
import { seededRandom } from './load.ts';

const PROGRAM = path.join(import.meta.dirname, '../../dist/tests/faults/catalog-process.js');
const SEED = 20_261_122;
const KILLS = 8;

let work: string;

beforeAll(async () => {
  await buildIfStale();
  work = mkdtempSync(path.join(tmpdir(), 'ringwatch-catalog-'));
});

afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Runs the process until it has acknowledged so many transactions, then kills it; what it acknowledged last. */
async function killAfter(
  folder: string,
  acknowledgements: number,
): Promise<{ readonly tenant: TenantId; readonly acknowledged: number }> {
  const child = spawn(process.execPath, [PROGRAM, folder, '100000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let tenant = '';
  let acknowledged = -1;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, value = ''] = line.split(' ');
    if (word === 'start') tenant = value;
    if (word === 'ack') {
      acknowledged = Number(value);
      count++;
    }
    if (count === acknowledgements) child.kill('SIGKILL');
  }
  await exited;
  return { tenant: tenant as TenantId, acknowledged };
}

async function stored(folder: string, tenant: TenantId): Promise<{ alerts: number[]; comments: number[] }> {
  const migrations = await readMigrations(path.join(import.meta.dirname, '../../migrations'));
  const catalog = await PGliteCatalog.open(folder, migrations);
  const answer = await catalog.asTenant(tenant, async (sql) => ({
    alerts: (await sql.query('SELECT effect FROM alerts ORDER BY effect')).map((row) => Number(row.effect)),
    comments: (await sql.query(`SELECT substr(id, 9)::bigint AS n FROM alert_comments ORDER BY n`)).map(
      (row) => Number(row.n),
    ),
  }));
  await catalog.close();
  return answer;
}

describe('a catalog whose process is killed', () => {
  it(`holds what was acknowledged, and no half of a transaction, after each of ${KILLS} kills`, async () => {
    const folder = path.join(work, 'killed');
    const random = seededRandom(SEED);
    for (let kill = 0; kill < KILLS; kill++) {
      const { tenant, acknowledged } = await killAfter(folder, 1 + Math.floor(random() * 60));
      const { alerts, comments } = await stored(folder, tenant);
      expect(alerts.length).toBeGreaterThanOrEqual(acknowledged + 1);
      expect(alerts).toEqual(alerts.map((_, n) => n));
      expect(comments).toEqual(alerts);
    }
  });

  it('makes a new database again where the first start was killed', async () => {
    const folder = path.join(work, 'unborn');
    const child = spawn(process.execPath, [PROGRAM, folder, '1'], { stdio: 'ignore' });
    setTimeout(() => child.kill('SIGKILL'), 1000);
    await once(child, 'exit');
    const { tenant, acknowledged } = await killAfter(folder, 3);
    expect((await stored(folder, tenant)).alerts.length).toBeGreaterThanOrEqual(acknowledged + 1);
  });
});

/** The acts of one transaction up to its acknowledgement, as they have to be. */
const DURABLE = /begin( log| sync)* log sync$/;

/** What a process did: began a transaction, wrote to the write-ahead log, synced it, acknowledged. */
function actsIn(trace: string): string[] {
  const acts: string[] = [];
  const unfinished = new Map<string, string>();
  const logs = new Set<string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(?:<\.\.\. \w+ resumed>)?(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, rest);
      continue;
    }
    const call = line.includes('resumed>') ? `${unfinished.get(thread) ?? ''}${rest}` : rest;
    const opened = /openat\(.*"([^"]*)".* = (\d+)$/.exec(call);
    if (opened !== null) {
      if (opened[1]?.includes('/pg_wal/0')) logs.add(opened[2] as string);
      else logs.delete(opened[2] as string);
    }
    const [, name = '', descriptor = ''] = /^\s*(\w+)\((\d+)/.exec(call) ?? [];
    if (/^p?write/.test(name) && logs.has(descriptor)) acts.push('log');
    else if (name === 'fsync' && logs.has(descriptor)) acts.push('sync');
    else if (name === 'write' && call.includes('"begin ')) acts.push('begin');
    else if (name === 'write' && call.includes('"ack ')) acts.push('ack');
  }
  return acts;
}

// Killing a process leaves its writes in the page cache, so it cannot show this; only the system calls can.
if (canTrace())
  describe('an acknowledged transaction', () => {
    const trace = (mode: string): string[] => {
      const file = path.join(work, `trace${mode}`);
      const calls = 'trace=openat,write,pwrite64,pwritev,fsync';
      const traced = [process.execPath, PROGRAM, path.join(work, 'traced'), '20', mode];
      execFileSync('strace', ['-f', '-e', calls, '-o', file, ...traced]);
      return actsIn(readFileSync(file, 'utf8')).join(' ').split(' ack').slice(0, -1);
    };

    it('is written to the write-ahead log and synced before', () => {
      const acts = trace('');
      expect(acts).toHaveLength(20);
      for (const before of acts) expect(before).toMatch(DURABLE);
    });

    it('would be seen if it came too early', () => {
      for (const before of trace('early')) expect(before).not.toMatch(DURABLE);
    });
  });

function canTrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
