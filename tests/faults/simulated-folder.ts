import type { LogFile, LogFolder } from '../../adapters/files/log-folder.ts';

/** Thrown by every call from the one on at which the machine stops. */
export class PowerLoss extends Error {
  override readonly name = 'PowerLoss';
}

interface Write {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file: what is on the disk for sure, and the writes since. */
class Content {
  durable: Buffer;
  writes: Write[] = [];

  constructor(durable: Buffer) {
    this.durable = durable;
  }

  /** What a reader sees now. */
  get seen(): Buffer {
    return applied(this.durable, this.writes);
  }

  sync(): void {
    this.durable = this.seen;
    this.writes = [];
  }
}

type Names = ReadonlyMap<string, Content>;

/** What happens in a folder instead of what should. */
export interface Faults {
  /** The call, counted from 0, at which the machine stops. */
  readonly stopAt?: number;
  /** A call that fails with a code of the system, after a part of what it should write. */
  readonly fail?: { readonly at: number; readonly code: string };
  /** Syncs of files do nothing, as on a disk that lies. */
  readonly liesAboutSyncs?: boolean;
}

/**
 * A folder of a log in memory that knows what a loss of power would leave. Each call that changes something is counted, and can
 * be the one at which power is lost or the disk fails.
 */
export class SimulatedFolder implements LogFolder {
  readonly path = 'simulated';
  readonly #faults: Faults;
  readonly #random: () => number;
  /** The names on the disk, and those after each change since. */
  #durableNames: Names;
  #changedNames: Names[] = [];
  calls = 0;
  /** Syncs of files. */
  syncs = 0;
  /** Files that are open. */
  opened = 0;

  constructor(random: () => number, faults: Faults = {}, names: Names = new Map()) {
    this.#random = random;
    this.#faults = faults;
    this.#durableNames = names;
  }

  get #names(): Names {
    return this.#changedNames.at(-1) ?? this.#durableNames;
  }

  /** What a reader sees of a file now. */
  contentOf(name: string): Buffer {
    return this.#file(name).seen;
  }

  /** The same folder, with its files as they are seen and one of them as given, or gone. */
  with(name: string, content: Buffer | null): SimulatedFolder {
    const names = new Map([...this.#names].map(([each, file]) => [each, new Content(file.seen)] as const));
    if (content === null) names.delete(name);
    else names.set(name, new Content(content));
    return new SimulatedFolder(this.#random, {}, names);
  }

  /** What is found after a loss of power: of what was not synced some writes, whole or in part, and the names up to some change. */
  afterPowerLoss(faults: Faults = {}): SimulatedFolder {
    const states = [this.#durableNames, ...this.#changedNames];
    const found = states[Math.floor(this.#random() * states.length)] ?? this.#durableNames;
    const names = new Map([...found].map(([name, file]) => [name, new Content(this.#leftOf(file))] as const));
    return new SimulatedFolder(this.#random, faults, names);
  }

  #leftOf({ durable, writes }: Content): Buffer {
    const kept: Write[] = [];
    for (const { at, bytes } of writes) {
      const fate = this.#random();
      if (fate < 0.3) continue;
      const length = fate < 0.6 ? bytes.length : Math.floor(this.#random() * bytes.length);
      // A later part may reach the disk before an earlier one: then there are zeros in between.
      if (fate > 0.9) kept.push({ at: at + length, bytes: bytes.subarray(length) });
      else kept.push({ at, bytes: bytes.subarray(0, length) });
    }
    return applied(durable, kept);
  }

  /** Counts a call; `part` does a part of it where it fails. */
  #call(part: () => void = () => undefined): void {
    const call = this.calls++;
    const { stopAt = Number.POSITIVE_INFINITY, fail } = this.#faults;
    if (call > stopAt) throw new PowerLoss();
    if (call === stopAt) {
      part();
      throw new PowerLoss();
    }
    if (call !== fail?.at) return;
    part();
    throw Object.assign(new Error(fail.code), { code: fail.code });
  }

  #file(name: string): Content {
    const file = this.#names.get(name);
    if (file === undefined) throw Object.assign(new Error(`no ${name}`), { code: 'ENOENT' });
    return file;
  }

  #rename(change: (names: Map<string, Content>) => void): void {
    const names = new Map(this.#names);
    change(names);
    this.#changedNames.push(names);
  }

  async names(): Promise<readonly string[]> {
    return [...this.#names.keys()];
  }

  async open(name: string): Promise<LogFile> {
    const file = this.#file(name);
    this.opened++;
    const write = (bytes: Uint8Array, at: number): void => {
      const copy = new Uint8Array(bytes);
      this.#call(() => file.writes.push({ at, bytes: copy.subarray(0, this.#random() * copy.length) }));
      file.writes.push({ at, bytes: copy });
    };
    const sync = (): void => {
      this.#call();
      this.syncs++;
      if (this.#faults.liesAboutSyncs !== true) file.sync();
    };
    return {
      size: async () => file.seen.length,
      read: async (into, length, at) => file.seen.copy(into, 0, at, at + length),
      writeNow: write,
      syncNow: sync,
      write: async (pieces, at) => write(Buffer.concat(pieces), at),
      sync: async () => sync(),
      close: async () => {
        this.opened--;
      },
    };
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const file = new Content(Buffer.alloc(0));
    this.#call();
    this.#rename((names) => names.set(name, file));
    file.writes.push({ at: 0, bytes: new Uint8Array(bytes) });
    this.#call();
    file.sync();
  }

  async get(name: string): Promise<Buffer> {
    return Buffer.from(this.#file(name).seen);
  }

  async cut(name: string, size: number): Promise<void> {
    this.#call();
    const file = this.#file(name);
    file.durable = file.seen.subarray(0, size);
    file.writes = [];
  }

  async rename(from: string, to: string): Promise<void> {
    this.#call();
    const file = this.#file(from);
    this.#rename((names) => {
      names.delete(from);
      names.set(to, file);
    });
  }

  async remove(name: string): Promise<void> {
    this.#call();
    this.#rename((names) => names.delete(name));
  }

  async sync(): Promise<void> {
    this.#call();
    this.#durableNames = this.#names;
    this.#changedNames = [];
  }
}

function applied(durable: Buffer, writes: readonly Write[]): Buffer {
  const end = writes.reduce((most, { at, bytes }) => Math.max(most, at + bytes.length), durable.length);
  const seen = Buffer.alloc(end);
  durable.copy(seen);
  for (const { at, bytes } of writes) seen.set(bytes, at);
  return seen;
}
