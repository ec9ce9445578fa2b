import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSecretKey } from './secret-key.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-secret-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the installation’s secret', () => {
  it('is made once, for its owner only', async () => {
    const secret = await readSecretKey(folder);
    expect(secret).toHaveLength(32);
    expect(await readSecretKey(folder)).toEqual(secret);
    const { mode } = await stat(path.join(folder, 'secret.key'));
    expect(mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['secret.key']);
  });

  it('is one, however many ask for it first', async () => {
    const [one, two] = await Promise.all([readSecretKey(folder), readSecretKey(folder)]);
    expect(one).toEqual(two);
    expect(await readSecretKey(folder)).toEqual(one);
  });

  it('is never made anew where the file is not as it should be', async () => {
    for (const text of ['', 'short', 'z'.repeat(64)]) {
      await writeFile(path.join(folder, 'secret.key'), text);
      await expect(readSecretKey(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
      expect(await readFile(path.join(folder, 'secret.key'), 'utf8')).toBe(text);
    }
  });
});
