import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ColdFiles } from './cold-files.ts';

describe('cold files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-cold-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('give back what was written last under a name, and refuse another length', async () => {
    const files = new ColdFiles(path.join(folder, 'cold'));
    await files.write('a', new Uint8Array([1, 2, 3]));
    await files.write('a', new Uint8Array([4, 5]));
    const into = new Uint8Array(2);
    expect(() => files.read('a', new Uint8Array(3))).toThrow('it has 2 bytes where 3 were written');
    files.read('a', into);
    expect([...into]).toEqual([4, 5]);
    await files.write('a', into);
    await files.clear();
    expect(() => files.read('a', into)).toThrow('ENOENT');
  });

  it('harm nobody where what is left cannot be removed', async () => {
    const taken = path.join(folder, 'taken');
    await writeFile(taken, 'a file where a folder of the path would be');
    await expect(new ColdFiles(path.join(taken, 'cold')).clear()).resolves.toBeUndefined();
  });

  it('take no room once they were read, nor where they could not be written', async () => {
    const files = new ColdFiles(folder);
    await files.write('a', new Uint8Array(3));
    expect(await readdir(folder)).toEqual(['a']);
    files.read('a', new Uint8Array(3));
    expect(await readdir(folder)).toEqual([]);
    // A folder of that name, so that the last step fails.
    await mkdir(path.join(folder, 'b', 'c'), { recursive: true });
    await expect(files.write('b', new Uint8Array(3))).rejects.toMatchObject({ code: 'COLD_WRITE_FAILED' });
    expect(await readdir(folder)).toEqual(['b']);
  });

  it('say where they cannot be written', async () => {
    const taken = path.join(folder, 'taken');
    await writeFile(taken, 'a file where the folder would be');
    await expect(new ColdFiles(taken).write('a', new Uint8Array(1))).rejects.toMatchObject({
      code: 'COLD_WRITE_FAILED',
      retryable: true,
    });
  });
});
