import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { RingwatchError } from '../../core/errors.ts';

/**
 * The installation's secret: 32 bytes, in `secret.key` of the data folder as 64 hexadecimal digits, readable by its
 * owner only. It is made at the first call and never again: a file that is not as it should be is an error, since
 * another key would leave every stored secret unreadable. Throws FILE_UNREADABLE, FILE_UNWRITABLE.
 */
export async function readSecretKey(folder: string): Promise<Uint8Array> {
  const file = path.join(folder, 'secret.key');
  const present = await readText(file);
  if (present !== null) return parse(file, present);
  try {
    await create(folder, file);
  } catch (cause) {
    throw new RingwatchError('FILE_UNWRITABLE', { path: file, reason: (cause as Error).message }, { cause });
  }
  return parse(file, (await readText(file)) ?? '');
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new RingwatchError('FILE_UNREADABLE', { path: file, reason: (cause as Error).message }, { cause });
  }
}

function parse(file: string, text: string): Uint8Array {
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new RingwatchError('FILE_UNREADABLE', {
      path: file,
      reason: 'it does not hold 64 hexadecimal digits',
    });
  }
  return new Uint8Array(Buffer.from(text.trim(), 'hex'));
}

/** Written and synced beside its place, then linked there: it is whole or absent, and never replaces another. */
async function create(folder: string, file: string): Promise<void> {
  const making = `${file}.${randomBytes(6).toString('hex')}.new`;
  const handle = await open(making, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(32).toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(making, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  } finally {
    await rm(making, { force: true });
  }
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
