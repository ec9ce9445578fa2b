import { corrupt } from './segment-file.ts';

/**
 * Codes decisions one after the other, each at the price of how unlikely it was. The encoder takes what it is given; the
 * decoder is given anything and says what it was: so one piece of code describes both ways.
 *
 * A range coder with carry (Martin, 1979, in the form of LZMA), over binary decisions whose probability is the mean of two
 * averages of what came before in the same context, one fast and one slow. Whole numbers only: the same bytes everywhere.
 */
export interface BitCoder {
  /** Makes so many more contexts, where nothing is known yet; the first of them. */
  contexts(count: number): number;
  /** A decision, 0 or 1, in a context. */
  bit(context: number, bit: number): number;
  /** `width` bits of which nothing is known, at most 16. */
  raw(width: number, value: number): number;
}

const HALF = 1 << 15;
const ONE = (1 << 16) - 1;
const FAST = 4;
const SLOW = 7;
/** The range is kept at least so wide. */
const RANGE_MIN = 0x100_0000;
const FLUSH_BYTES = 5;

/** What came before, by context: chances of 1 in 65,536. */
class Contexts {
  fast = new Uint16Array(1024);
  slow = new Uint16Array(1024);
  private count = 0;

  add(count: number): number {
    const first = this.count;
    this.count += count;
    if (this.count > this.fast.length) {
      const size = Math.max(this.count, 2 * this.fast.length);
      const [fast, slow] = [new Uint16Array(size), new Uint16Array(size)];
      fast.set(this.fast);
      slow.set(this.slow);
      this.fast = fast;
      this.slow = slow;
    }
    this.fast.fill(HALF, first, this.count);
    this.slow.fill(HALF, first, this.count);
    return first;
  }
}

/** Writes decisions. */
export class RangeEncoder implements BitCoder {
  private readonly known = new Contexts();
  private bytes = new Uint8Array(4096);
  private length = 0;
  /** Below 2 to the power of 33: the bit above 32 is a carry into what was written. */
  private low = 0;
  private range = 0xffff_ffff;
  private held = 0;
  private heldOnes = 0;
  private hasHeld = false;

  contexts(count: number): number {
    return this.known.add(count);
  }

  bit(context: number, bit: number): number {
    const { fast, slow } = this.known;
    const [near, far] = [fast[context] as number, slow[context] as number];
    const bound = (this.range >>> 16) * ((near + far) >>> 1);
    if (bit === 1) {
      this.range = bound;
      fast[context] = near + ((ONE - near) >>> FAST);
      slow[context] = far + ((ONE - far) >>> SLOW);
    } else {
      this.low += bound;
      this.range -= bound;
      fast[context] = near - (near >>> FAST);
      slow[context] = far - (far >>> SLOW);
    }
    while (this.range < RANGE_MIN) this.shift();
    return bit;
  }

  raw(width: number, value: number): number {
    this.range = this.range >>> width;
    this.low += this.range * value;
    while (this.range < RANGE_MIN) this.shift();
    return value;
  }

  /** All that was written. Nothing may follow. */
  finish(): Uint8Array {
    for (let n = 0; n < FLUSH_BYTES; n++) this.shift();
    return this.bytes.slice(0, this.length);
  }

  /** Moves the highest byte out; ones wait for a carry that may come. */
  private shift(): void {
    if (this.low < 0xff00_0000 || this.low > 0xffff_ffff) {
      const carry = this.low > 0xffff_ffff ? 1 : 0;
      if (this.hasHeld) this.put(this.held + carry);
      for (; this.heldOnes > 0; this.heldOnes--) this.put(0xff + carry);
      this.held = (this.low >>> 24) & 255;
      this.hasHeld = true;
    } else this.heldOnes++;
    this.low = (this.low & 0xff_ffff) * 256;
    this.range = (this.range * 256) >>> 0;
  }

  private put(byte: number): void {
    if (this.length === this.bytes.length) {
      const wider = new Uint8Array(2 * this.length);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes[this.length++] = byte & 255;
  }
}

/** Reads what a RangeEncoder wrote. Throws SEGMENT_CORRUPT where the bytes end before the decisions do. */
export class RangeDecoder implements BitCoder {
  private readonly known = new Contexts();
  private readonly bytes: Uint8Array;
  private at = 0;
  private range = 0xffff_ffff;
  private code = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    for (let n = 0; n < FLUSH_BYTES - 1; n++) this.code = (this.code * 256 + this.next()) >>> 0;
  }

  contexts(count: number): number {
    return this.known.add(count);
  }

  bit(context: number): number {
    const { fast, slow } = this.known;
    const [near, far] = [fast[context] as number, slow[context] as number];
    const bound = (this.range >>> 16) * ((near + far) >>> 1);
    let bit = 0;
    if (this.code < bound) {
      bit = 1;
      this.range = bound;
      fast[context] = near + ((ONE - near) >>> FAST);
      slow[context] = far + ((ONE - far) >>> SLOW);
    } else {
      this.code -= bound;
      this.range -= bound;
      fast[context] = near - (near >>> FAST);
      slow[context] = far - (far >>> SLOW);
    }
    while (this.range < RANGE_MIN) this.shift();
    return bit;
  }

  raw(width: number): number {
    this.range = this.range >>> width;
    const value = Math.min(Math.floor(this.code / this.range), (1 << width) - 1);
    this.code -= value * this.range;
    while (this.range < RANGE_MIN) this.shift();
    return value;
  }

  /** Asserts that all bytes were used. Throws SEGMENT_CORRUPT. */
  finish(): void {
    if (this.at !== this.bytes.length) throw corrupt('something follows what was coded');
  }

  private shift(): void {
    this.code = (this.code * 256 + this.next()) >>> 0;
    this.range = (this.range * 256) >>> 0;
  }

  private next(): number {
    if (this.at >= this.bytes.length) throw corrupt('what was coded ends early');
    return this.bytes[this.at++] as number;
  }
}
