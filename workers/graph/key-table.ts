import type { Keys } from '../../engine/graph/segment/key-column.ts';
import { GrowingNumbers } from './growing-array.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
/** Digits that a safe integer has at least. */
const DIGITS_MAX = 15;

/** External keys in order of first appearance: numbers while all are canonical whole numbers, else text. */
export class KeyTable {
  private numbers: NumberTable | null = new NumberTable();
  private texts: TextTable | null = null;

  get count(): number {
    return this.numbers?.count ?? (this.texts as TextTable).count;
  }

  /** The number of the key whose UTF-8 bytes these are; a new one where it was not seen before. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (this.numbers !== null) {
      const number = canonicalInteger(bytes, start, end);
      if (!Number.isNaN(number)) return this.numbers.add(number);
      this.texts = textsOf(this.numbers);
      this.numbers = null;
    }
    return (this.texts as TextTable).add(bytes, start, end);
  }

  /** The keys by number. Throws TypeError where one is no UTF-8. */
  take(): Keys {
    if (this.numbers !== null) return { kind: 'numbers', numbers: this.numbers.keys.take() };
    return { kind: 'texts', texts: (this.texts as TextTable).take() };
  }
}

/**
 * The whole number that the bytes spell in the only way that String() spells it, of at most 15 digits; NaN for anything
 * else: '007' and '+7' are other keys than '7'.
 */
export function canonicalInteger(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d;
  const first = isNegative ? start + 1 : start;
  const digits = end - first;
  if (digits < 1 || digits > DIGITS_MAX) return Number.NaN;
  if (bytes[first] === 0x30 && (digits > 1 || isNegative)) return Number.NaN;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

function textsOf(numbers: NumberTable): TextTable {
  const texts = new TextTable();
  for (let n = 0; n < numbers.count; n++) {
    const bytes = Buffer.from(String(numbers.keys.at(n)));
    texts.add(bytes, 0, bytes.length);
  }
  return texts;
}

/** Whole numbers to places: open addressing, at most half full. */
class NumberTable {
  readonly keys = new GrowingNumbers();
  private slots = new Int32Array(2048).fill(-1);
  private mask = 2047;

  get count(): number {
    return this.keys.length;
  }

  add(key: number): number {
    let slot = hashNumber(key) & this.mask;
    for (;;) {
      const place = this.slots[slot] as number;
      if (place < 0) break;
      if (this.keys.at(place) === key) return place;
      slot = (slot + 1) & this.mask;
    }
    const place = this.keys.length;
    this.keys.push(key);
    this.slots[slot] = place;
    if (this.keys.length * 2 > this.slots.length) this.grow();
    return place;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    this.mask = this.slots.length - 1;
    for (let place = 0; place < this.keys.length; place++) {
      let slot = hashNumber(this.keys.at(place)) & this.mask;
      while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = place;
    }
  }
}

function hashNumber(key: number): number {
  let hash = (key | 0) ^ Math.imul(Math.floor(key / 4_294_967_296), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** Byte strings to places. */
class TextTable {
  count = 0;
  private bytes = new Uint8Array(4096);
  private size = 0;
  /** Where each key's bytes end; they begin where the one before ends. */
  private ends = new Uint32Array(1024);
  private hashes = new Int32Array(1024);
  private slots = new Int32Array(2048).fill(-1);
  private mask = 2047;

  add(source: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(source, start, end);
    let slot = hash & this.mask;
    for (;;) {
      const place = this.slots[slot] as number;
      if (place < 0) break;
      if (this.hashes[place] === hash && this.isAt(place, source, start, end)) return place;
      slot = (slot + 1) & this.mask;
    }
    return this.append(slot, hash, source, start, end);
  }

  take(): string[] {
    return Array.from({ length: this.count }, (_, place) =>
      decoder.decode(this.bytes.subarray(place === 0 ? 0 : this.ends[place - 1], this.ends[place])),
    );
  }

  private append(slot: number, hash: number, source: Uint8Array, start: number, end: number): number {
    const place = this.count++;
    const size = this.size + end - start;
    if (size > this.bytes.length) {
      const wider = new Uint8Array(Math.max(size, this.bytes.length * 2));
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes.set(source.subarray(start, end), this.size);
    this.size = size;
    if (place === this.ends.length) {
      const ends = new Uint32Array(place * 2);
      ends.set(this.ends);
      this.ends = ends;
      const hashes = new Int32Array(place * 2);
      hashes.set(this.hashes);
      this.hashes = hashes;
    }
    this.ends[place] = size;
    this.hashes[place] = hash;
    this.slots[slot] = place;
    if (this.count * 2 > this.slots.length) this.grow();
    return place;
  }

  private isAt(place: number, source: Uint8Array, start: number, end: number): boolean {
    const from = place === 0 ? 0 : (this.ends[place - 1] as number);
    if ((this.ends[place] as number) - from !== end - start) return false;
    for (let n = 0; n < end - start; n++) if (this.bytes[from + n] !== source[start + n]) return false;
    return true;
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    this.mask = this.slots.length - 1;
    for (let place = 0; place < this.count; place++) {
      let slot = (this.hashes[place] as number) & this.mask;
      while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = place;
    }
  }
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
