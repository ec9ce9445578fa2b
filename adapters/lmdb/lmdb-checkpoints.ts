import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '../../core/assert.ts';
import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import {
  type CheckpointChange,
  type CheckpointHead,
  type Checkpoints,
  type CheckpointStats,
  type EffectNote,
  withNote,
} from '../../core/ports/checkpoints.ts';
import type { LogFrame } from '../../core/ports/tenant-log.ts';
import type { SegmentArchive } from '../files/segment-archive.ts';
import { LmdbStore, numberKey, numberOf, type StoreChange, sealed, textOf, unsealed } from './lmdb-store.ts';

/** The head; effects by the number of their first; entries by part, a zero byte, and key; effects that have been taken. */
const HEAD_KEY = Buffer.from([0x01]);
const EFFECTS = 0x02;
const ENTRIES = 0x03;
const ACKNOWLEDGED_KEY = Buffer.from([0x04]);
const EFFECTS_FROM = numberKey(EFFECTS, 0);
const ENTRIES_FROM = Buffer.from([ENTRIES]);
const ENTRIES_TO = Buffer.from([ENTRIES + 1]);

/** LMDB's keys are at most 1,978 bytes: longer ones keep their beginning and are told apart by a hash. */
const KEY_BYTES_MAX = 1900;
const LONG_KEY_BYTES = KEY_BYTES_MAX + 32;

/** Milliseconds of work before others come to their turn: the fold shares the thread. */
const SLICE_MS = 1;

interface StoredHead extends CheckpointHead {
  readonly format: 1;
  readonly entries: number;
  /** Bytes of all entries, keys and checksums included. */
  readonly bytes: number;
  /** Sum of the entries' checksums modulo 2^48: an entry that is missing or left over is noticed. */
  readonly sum: number;
  /** The number of the oldest effect that is kept; 0 where it is missing. */
  readonly effectsStart?: number;
  readonly effectNotes?: readonly EffectNote[];
}

interface Entry {
  readonly part: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** Checkpoints in one LMDB file, a transaction for each, beside a folder of archived segments. */
export class LmdbCheckpoints implements Checkpoints {
  readonly #store: LmdbStore;
  readonly #archive: SegmentArchive;
  #head: StoredHead | null;
  #acknowledged: number;
  /** Effects before it are gone, or about to go by the commit under way: no reader may look for them. */
  #effectsStart: number;

  private constructor(store: LmdbStore, archive: SegmentArchive, head: StoredHead | null) {
    this.#store = store;
    this.#archive = archive;
    this.#head = head;
    this.#effectsStart = head?.effectsStart ?? 0;
    this.#acknowledged = readAcknowledged(store);
  }

  /** Opens or creates the checkpoint store in the folder `path`. Throws CHECKPOINT_CORRUPT. */
  static async open(path: string, archive: SegmentArchive): Promise<LmdbCheckpoints> {
    const store = new LmdbStore(path);
    try {
      return new LmdbCheckpoints(store, archive, readHead(store));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async latest(): Promise<CheckpointHead | null> {
    const head = this.#head;
    if (head === null) return null;
    return { offset: head.offset, position: head.position, semantics: head.semantics, effects: head.effects };
  }

  async *entries(): AsyncIterable<Entry> {
    const head = this.#head;
    if (head === null) return;
    let count = 0;
    let sum = 0;
    let group: Entry[] = [];
    let groupStart: Buffer | null = null;
    for (const found of this.#store.keys(ENTRIES_FROM, ENTRIES_TO)) {
      const key = Buffer.from(found);
      const value = this.#store.get(key);
      const payload = value === null ? null : unsealed(key, value);
      if (value === null || payload === null) throw this.#corrupt(`entry ${count} has a wrong checksum`);
      count++;
      sum = added(sum, value.readUInt32LE(0));
      const entry = entryOf(key, payload);
      // Long keys with the same beginning come in the order of their hashes; they are put in their own.
      if (groupStart !== null && key.length === LONG_KEY_BYTES && key.indexOf(groupStart) === 0)
        group.push(entry);
      else {
        yield* group.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
        group = [entry];
        groupStart = key.length === LONG_KEY_BYTES ? key.subarray(0, KEY_BYTES_MAX) : null;
      }
    }
    yield* group.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    if (count !== head.entries || sum !== head.sum) {
      throw this.#corrupt(`it has ${count} entries, and not the ${head.entries} that it should`);
    }
  }

  async publish(
    head: CheckpointHead,
    changes: readonly CheckpointChange[],
    effects: readonly Effect[],
    keepFrom = 0,
    note?: string,
  ): Promise<void> {
    const before = this.#head ?? { effects: 0, entries: 0, bytes: 0, sum: 0 };
    assert(
      before.effects + effects.length === head.effects,
      'every effect up to the head is handed over once',
    );
    const prepared = await this.#prepare(changes);
    let { entries, bytes, sum } = before;
    for (const { key, value, old } of prepared.values()) {
      if (old !== null) {
        entries--;
        bytes -= old.bytes + key.length;
        sum = added(sum, -old.checksum);
      }
      if (value !== null) {
        entries++;
        bytes += value.length + key.length;
        sum = added(sum, value.readUInt32LE(0));
      }
    }
    const forgotten = this.#effectKeysBefore(Math.min(keepFrom, before.effects));
    const noted = note === undefined ? null : { number: head.effects, note };
    const effectNotes = withNote(this.effectNotes, noted, forgotten.start);
    const next: StoredHead = {
      ...head,
      format: 1,
      entries,
      bytes,
      sum,
      effectsStart: forgotten.start,
      effectNotes,
    };
    const batch: StoreChange[] = forgotten.keys.map((key) => ({ key, value: null }));
    for (const { key, value, old } of prepared.values())
      if (value !== null || old !== null) batch.push({ key, value });
    for await (const change of effectChanges(before.effects, effects)) batch.push(change);
    batch.push({ key: HEAD_KEY, value: sealed(HEAD_KEY, Buffer.from(JSON.stringify(next))) });
    this.#effectsStart = forgotten.start;
    await this.#commit(batch);
    this.#head = next;
  }

  /** Entries of effects that lie wholly before `number`, a bounded number of them, and where the rest begins. */
  #effectKeysBefore(number: number): { readonly keys: readonly Buffer[]; readonly start: number } {
    if (number <= this.effectsStart) return { keys: [], start: this.effectsStart };
    const first = this.#store.floor(numberKey(EFFECTS, number), EFFECTS_FROM);
    const end = first === null ? this.effectsStart : numberOf(first);
    const keys: Buffer[] = [];
    for (const key of this.#store.keys(EFFECTS_FROM, numberKey(EFFECTS, end))) {
      if (keys.length === LIMITS.effectEntriesForgottenMax) return { keys, start: numberOf(key) };
      keys.push(Buffer.from(key));
    }
    return { keys, start: end };
  }

  async #commit(batch: readonly StoreChange[]): Promise<void> {
    try {
      await this.#store.commit(batch);
    } catch (error) {
      const reason = textOf(error);
      throw new RingwatchError(
        'CHECKPOINT_WRITE_FAILED',
        { path: this.#store.path, reason },
        { cause: error },
      );
    }
  }

  /** What becomes of each stored key, the last change of a key counting; what it replaces was read before. */
  async #prepare(changes: readonly CheckpointChange[]): Promise<Map<string, Prepared>> {
    const prepared = new Map<string, Prepared>();
    const slices = new Slices();
    const set = (key: Buffer, value: Buffer | null): void => {
      const name = key.toString('latin1');
      const known = prepared.get(name);
      prepared.set(name, { key, value, old: known === undefined ? this.#old(key) : known.old });
    };
    for (const change of changes) {
      if (change.key === null) {
        for (const { key } of [...prepared.values()]) if (isOfPart(key, change.part)) set(key, null);
        const from = storedKey(change.part, '').key;
        const to = Buffer.concat([from.subarray(0, -1), Buffer.from([1])]);
        for (const key of this.#store.keys(from, to)) set(Buffer.from(key), null);
        continue;
      }
      const { key, long } = storedKey(change.part, change.key);
      set(key, change.bytes === null ? null : sealedEntry(key, long, change.bytes));
      if (slices.isOver()) await slices.next();
    }
    return prepared;
  }

  #old(key: Buffer): Prepared['old'] {
    const value = this.#store.peek(key);
    return value === null ? null : { bytes: value.length, checksum: value.readUInt32LE(0) };
  }

  get effectsStart(): number {
    return this.#effectsStart;
  }

  get effectNotes(): readonly EffectNote[] {
    return this.#head?.effectNotes ?? [];
  }

  async *effects(from: number): AsyncIterable<Effect> {
    const end = this.#head?.effects ?? 0;
    const first = this.#store.floor(numberKey(EFFECTS, Math.max(from, this.effectsStart)), EFFECTS_FROM);
    let next = first === null ? this.effectsStart : numberOf(first);
    while (next < end) {
      const reader = this.#effectEntry(next);
      while (reader.at < reader.end) {
        const text = reader.text();
        if (next++ >= from) yield JSON.parse(text) as Effect;
      }
    }
  }

  #effectEntry(number: number): ByteReader {
    const key = numberKey(EFFECTS, number);
    const value = this.#store.get(key);
    if (value === null && number < this.effectsStart)
      throw new RingwatchError('EFFECTS_FORGOTTEN', { start: this.effectsStart });
    const payload = value === null ? null : unsealed(key, value);
    if (payload === null)
      throw this.#corrupt(`effect ${number} is ${value === null ? 'missing' : 'damaged'}`);
    return new ByteReader(payload);
  }

  async firstEffectAt(position: number): Promise<number> {
    // The last entry that begins before `position` is found by halves; what is looked for is in it, or right behind.
    let low = this.effectsStart;
    let high = this.#head?.effects ?? 0;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const entry = this.#store.floor(numberKey(EFFECTS, middle), EFFECTS_FROM);
      const start = entry === null ? low : numberOf(entry);
      if (start <= low) break;
      const first = this.#firstPosition(start, high);
      if (first === null || first.position >= position) high = start;
      else low = first.number;
    }
    const end = this.#head?.effects ?? 0;
    for (const found of this.#positions(low, end)) if (found.position >= position) return found.number;
    return end;
  }

  #firstPosition(from: number, end: number): { readonly number: number; readonly position: number } | null {
    for (const found of this.#positions(from, end)) return found;
    return null;
  }

  /** Numbers and positions of the effects from `from`, up to `end`, but those of deadlines. */
  *#positions(from: number, end: number): Iterable<{ readonly number: number; readonly position: number }> {
    const first = this.#store.floor(numberKey(EFFECTS, from), EFFECTS_FROM);
    let next = first === null ? this.effectsStart : numberOf(first);
    while (next < end) {
      const reader = this.#effectEntry(next);
      while (reader.at < reader.end) {
        const text = reader.text();
        const number = next++;
        if (number < from || number >= end || text.startsWith('{"kind":"deadline"')) continue;
        // No text within an effect holds these characters unescaped, and its own position comes first.
        const position = Number(/"position":(\d+)/.exec(text)?.[1]);
        yield { number, position };
      }
    }
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  async acknowledge(number: number): Promise<void> {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(number));
    await this.#commit([{ key: ACKNOWLEDGED_KEY, value: sealed(ACKNOWLEDGED_KEY, bytes) }]);
    this.#acknowledged = number;
  }

  async clear(): Promise<void> {
    const batch: StoreChange[] = [{ key: HEAD_KEY, value: null }];
    for (const key of this.#store.keys(EFFECTS_FROM, ENTRIES_TO))
      batch.push({ key: Buffer.from(key), value: null });
    await this.#commit(batch);
    this.#head = null;
    this.#effectsStart = 0;
  }

  archive(frames: readonly LogFrame[]): Promise<void> {
    return this.#archive.store(frames);
  }

  archived(offset: number): AsyncIterable<LogFrame> {
    return this.#archive.read(offset);
  }

  async describe(): Promise<CheckpointStats> {
    const { segments, bytes, end } = await this.#archive.describe();
    return {
      entries: this.#head?.entries ?? 0,
      bytes: this.#head?.bytes ?? 0,
      archivedSegments: segments,
      archivedBytes: bytes,
      archivedEnd: end,
    };
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #corrupt(reason: string): RingwatchError {
    return new RingwatchError('CHECKPOINT_CORRUPT', { path: this.#store.path, reason });
  }
}

interface Prepared {
  readonly key: Buffer;
  readonly value: Buffer | null;
  readonly old: { readonly bytes: number; readonly checksum: number } | null;
}

const SUM_MODULUS = 2 ** 48;

function added(sum: number, checksum: number): number {
  const next = (sum + checksum) % SUM_MODULUS;
  return next < 0 ? next + SUM_MODULUS : next;
}

/** Unreadable, it counts as none: effects then come again, under the ids that they had. */
function readAcknowledged(store: LmdbStore): number {
  const value = store.get(ACKNOWLEDGED_KEY);
  const payload = value === null ? null : unsealed(ACKNOWLEDGED_KEY, value);
  return payload === null || payload.length !== 8 ? 0 : Number(payload.readBigUInt64LE(0));
}

function readHead(store: LmdbStore): StoredHead | null {
  const value = store.get(HEAD_KEY);
  if (value === null) {
    for (const _ of store.keys(EFFECTS_FROM, ENTRIES_TO)) {
      throw new RingwatchError('CHECKPOINT_CORRUPT', { path: store.path, reason: 'its head is missing' });
    }
    return null;
  }
  const payload = unsealed(HEAD_KEY, value);
  if (payload === null) {
    throw new RingwatchError('CHECKPOINT_CORRUPT', {
      path: store.path,
      reason: 'its head has a wrong checksum',
    });
  }
  const head = JSON.parse(payload.toString()) as StoredHead;
  if (head.format !== 1) {
    throw new RingwatchError('DATA_FOLDER_UNSUPPORTED', { path: store.path, format: String(head.format) });
  }
  return head;
}

function storedKey(part: string, key: string): { readonly key: Buffer; readonly long: string | null } {
  assert(!part.includes('\0'), 'the name of a part has no zero character');
  const whole = Buffer.from(`${String.fromCharCode(ENTRIES)}${part}\0${key}`);
  if (whole.length <= KEY_BYTES_MAX) return { key: whole, long: null };
  assert(Buffer.byteLength(part) < 200, 'the name of a part is short');
  const hash = createHash('sha256').update(whole).digest();
  return { key: Buffer.concat([whole.subarray(0, KEY_BYTES_MAX), hash]), long: key };
}

function isOfPart(key: Buffer, part: string): boolean {
  return key.indexOf(storedKey(part, '').key) === 0;
}

/** An entry's payload: its key where the stored one is cut (else an empty text), then its bytes. */
function sealedEntry(key: Buffer, long: string | null, bytes: Uint8Array): Buffer {
  const writer = new ByteWriter(bytes.length + 1 + (long === null ? 0 : long.length * 3 + 5));
  writer.text(long ?? '');
  writer.raw(bytes);
  return sealed(key, writer.written());
}

function entryOf(key: Buffer, payload: Buffer): Entry {
  const zero = key.indexOf(0, 1);
  const reader = new ByteReader(payload);
  const long = reader.text();
  return {
    part: key.toString('utf8', 1, zero),
    key: key.length === LONG_KEY_BYTES ? long : key.toString('utf8', zero + 1),
    bytes: payload.subarray(reader.at),
  };
}

/** Effects in entries of up to LIMITS.effectsPerEntryMax, each a text of JSON. */
async function* effectChanges(first: number, effects: readonly Effect[]): AsyncIterable<StoreChange> {
  const slices = new Slices();
  for (let n = 0; n < effects.length; n += LIMITS.effectsPerEntryMax) {
    const writer = new ByteWriter(4096);
    for (const effect of effects.slice(n, n + LIMITS.effectsPerEntryMax)) {
      writer.text(JSON.stringify(effect));
      if (slices.isOver()) await slices.next();
    }
    const key = numberKey(EFFECTS, first + n);
    yield { key, value: sealed(key, writer.written()) };
  }
}

/** Cuts work into slices, between which others come to their turn. */
class Slices {
  #endMs = performance.now() + SLICE_MS;

  isOver(): boolean {
    return performance.now() >= this.#endMs;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#endMs = performance.now() + SLICE_MS;
  }
}
