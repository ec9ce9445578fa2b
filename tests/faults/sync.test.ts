import { describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildIfStale } from '../../bin/build.mjs';

jest.setTimeout(120_000);

const PROGRAM = path.join(import.meta.dirname, '../../dist/tests/faults/load-process.js');

/** What a process did to a segment of the log, in order: wrote, synced what was written, acknowledged. */
type Act = 'write' | 'sync' | 'ack';

/** The acts in a trace of system calls; a call counts when it returns. */
function actsIn(trace: string): Act[] {
  const acts: Act[] = [];
  const segments = new Set<string>();
  const unfinished = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const match = /^(\d+)\s+(?:<\.\.\. \w+ resumed>)?(.*)$/.exec(line);
    if (match === null) continue;
    const [, thread = '', rest = ''] = match;
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, rest);
      continue;
    }
    const call = line.includes('resumed>') ? `${unfinished.get(thread) ?? ''}${rest}` : rest;
    const opened = /openat\(.*\/log\/\d{16}\.log", [A-Z_|]+.* = (\d+)$/.exec(call);
    if (opened !== null) segments.add(opened[1] ?? '');
    const [, name = '', descriptor = ''] = /^\s*(\w+)\((\d+)/.exec(call) ?? [];
    if (/^p?writev?/.test(name) && segments.has(descriptor)) acts.push('write');
    else if (name === 'fdatasync' && segments.has(descriptor)) acts.push('sync');
    else if (name === 'write' && call.includes('"ack ')) acts.push('ack');
  }
  return acts;
}

describe('an acknowledgement', () => {
  it('is found in a trace of system calls, finished or not', () => {
    const trace = [
      '10 openat(AT_FDCWD, "/d/log/0000000000000000.log", O_RDWR|O_CLOEXEC) = 19',
      '10 openat(AT_FDCWD, "/d/log/bounds", O_RDONLY|O_CLOEXEC) = 20',
      '11 pwrite64(20, "x", 128, 40) = 128',
      '11 pwritev(19, [{iov_base="x", iov_len=1}], 1, 32) = 1',
      '11 fdatasync(19 <unfinished ...>',
      '10 write(1, "start 0\\n", 8) = 8',
      '11 <... fdatasync resumed>) = 0',
      '10 write(1, "ack 5\\n", 6) = 6',
    ].join('\n');
    expect(actsIn(trace)).toEqual(['write', 'sync', 'ack']);
  });

  // Killing a process leaves its writes in the page cache, so it cannot show this; only the system calls can.
  if (canTrace()) {
    it('comes after the sync of what it acknowledges', async () => {
      await buildIfStale();
      const work = mkdtempSync(path.join(tmpdir(), 'ringwatch-sync-'));
      try {
        const trace = path.join(work, 'trace');
        const calls = 'trace=openat,write,writev,pwrite64,pwritev,fdatasync';
        const traced = [process.execPath, PROGRAM, path.join(work, 'data'), '1', '25', 'serial'];
        execFileSync('strace', ['-f', '-e', calls, '-o', trace, ...traced]);
        const acts = actsIn(readFileSync(trace, 'utf8')).join(' ').split(' ack');
        expect(acts).toHaveLength(26);
        for (const before of acts.slice(0, -1)) expect(before).toMatch(/write sync$/);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    });
  }
});

function canTrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
