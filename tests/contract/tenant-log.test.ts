import { describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { FileLog } from '../../adapters/files/file-log.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import { MemoryLogServer, SharedMemoryLog } from '../../adapters/memory/shared-memory-log.ts';
import { describeSharedLog } from './shared-log.ts';
import { codeOf, describeTenantLog, frameOf, type LogAdapter, logFolders, readAll } from './tenant-log.ts';

// Those in real servers are tested by tests/cluster.
const ADAPTERS: LogAdapter[] = [
  { name: 'memory', durable: false, open: async () => new MemoryLog() },
  {
    name: 'files',
    durable: true,
    open: async (folder) =>
      (await readdir(folder)).length === 0 ? FileLog.create(folder) : FileLog.open(folder),
  },
];

for (const adapter of ADAPTERS) describeTenantLog(adapter);

const servers = new Map<string, MemoryLogServer>();
describeSharedLog({
  name: 'memory, shared',
  durable: true,
  open: async (folder) => {
    const server = servers.get(folder) ?? new MemoryLogServer();
    servers.set(folder, server);
    return new SharedMemoryLog(server);
  },
});

describe.each(ADAPTERS)('offsets of a tenant log in $name', ({ open }) => {
  const newFolder = logFolders();

  /** Appends frames of 1, 2, 3, … records. */
  async function openWithFrames(frames: number) {
    const log = await open(await newFolder());
    const sizes = Array.from({ length: frames }, (_, n) => n + 1);
    const offsets = await Promise.all(sizes.map((records) => log.append(frameOf(records, records), records)));
    return { log, offsets };
  }

  it('count records densely', async () => {
    const { log, offsets } = await openWithFrames(4);
    expect(offsets).toEqual([0, 1, 3, 6]);
    expect(log.end).toBe(10);
    await log.close();
  });

  it('are of the frame that holds them', async () => {
    const { log } = await openWithFrames(4);
    expect((await readAll(log, 2)).map(({ offset }) => offset)).toEqual([1, 3, 6]);
    expect((await readAll(log, 9)).map(({ offset }) => offset)).toEqual([6]);
    await log.trim(4);
    expect(log.start).toBe(3);
    await expect(codeOf(readAll(log, 2))).resolves.toBe('LOG_TRIMMED');
    await log.close();
  });
});
