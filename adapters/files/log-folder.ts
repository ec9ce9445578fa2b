import { close, fdatasync, fdatasyncSync, fstat, open, read, write, writeSync, writev } from 'node:fs';
import { open as openHandle, readdir, rename, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from './segment-archive.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const syncFile = promisify(fdatasync);
const statFile = promisify(fstat);
const readFile = promisify(read);
const writeFile = promisify(write);
const writeFiles = promisify(writev);

/** A file of a log. What is written is durable once a sync that began after it has ended. */
export interface LogFile {
  /** Its bytes. */
  size(): Promise<number>;
  /** Reads up to `length` bytes at `at` into the start of `into`; fewer only where the file ends. */
  read(into: Buffer, length: number, at: number): Promise<number>;
  /** Writes and returns when the system has it, holding up this thread. */
  writeNow(bytes: Uint8Array, at: number): void;
  /** Syncs, holding up this thread. */
  syncNow(): void;
  /** Writes pieces one after the other. */
  write(pieces: readonly Uint8Array[], at: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The folder of a log. Names are durable after `sync`. Everything throws the system's errors. */
export interface LogFolder {
  readonly path: string;
  names(): Promise<readonly string[]>;
  /** Opens a file that is there, to read and write it. */
  open(name: string): Promise<LogFile>;
  /** Writes a file whole and syncs it; one that is there is replaced. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** All bytes of a file. */
  get(name: string): Promise<Buffer>;
  /** Cuts a file off at a size, and syncs it. */
  cut(name: string, size: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes the names of the folder durable. */
  sync(): Promise<void>;
}

/** A folder on the disk. It is there. */
export class DiskLogFolder implements LogFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  names(): Promise<readonly string[]> {
    return readdir(this.path);
  }

  async open(name: string): Promise<LogFile> {
    return new DiskLogFile(await openFile(this.#place(name), 'r+'));
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const handle = await openHandle(this.#place(name), 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async get(name: string): Promise<Buffer> {
    const handle = await openHandle(this.#place(name), 'r');
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  async cut(name: string, size: number): Promise<void> {
    await truncate(this.#place(name), size);
    const handle = await openHandle(this.#place(name), 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.#place(from), this.#place(to));
  }

  remove(name: string): Promise<void> {
    return rm(this.#place(name), { force: true });
  }

  sync(): Promise<void> {
    return syncFolder(this.path);
  }

  #place(name: string): string {
    return path.join(this.path, name);
  }
}

/** A file by its descriptor: the plain calls are cheaper than those of a FileHandle. */
class DiskLogFile implements LogFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async size(): Promise<number> {
    return (await statFile(this.#descriptor)).size;
  }

  async read(into: Buffer, length: number, at: number): Promise<number> {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await readFile(this.#descriptor, into, done, length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  writeNow(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, at + done);
    }
  }

  syncNow(): void {
    fdatasyncSync(this.#descriptor);
  }

  async write(pieces: readonly Uint8Array[], at: number): Promise<void> {
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    let { bytesWritten: done } = await writeFiles(this.#descriptor, pieces, at);
    if (done === total) return;
    // A full disk takes a part: what is left is tried for the reason.
    const whole = Buffer.concat(pieces);
    while (done < total) {
      done += (await writeFile(this.#descriptor, whole, done, total - done, at + done)).bytesWritten;
    }
  }

  sync(): Promise<void> {
    return syncFile(this.#descriptor);
  }

  close(): Promise<void> {
    return closeFile(this.#descriptor);
  }
}
