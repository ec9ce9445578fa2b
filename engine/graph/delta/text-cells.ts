import { mapBytes } from '../../../core/heap-bytes.ts';
import { LIVE_CHUNK_LOG2 } from '../../kernels/memory-layout.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';

/** Texts of a segment's column by place. */
export interface BaseTexts {
  text(place: number): string;
  has(place: number, text: string): boolean;
}

/** Places from here on are addresses of texts that came since the segment. */
const DELTA = 0x1_0000_0000;
const CHUNK_BYTES_MIN = 1 << 12;
const CHUNK_BYTES_MAX = 1 << 16;
/** A length that follows in four bytes. */
const LONG = 255;
const SHORT_BYTES = 24;
/** Texts that are remembered, so that those which come again are kept once. */
const KNOWN_MAX = 4096;
/** Of one of them and its place, about. */
const KNOWN_TEXT_BYTES = 48;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The texts of one column of a shard: those of the segment, and those that came since, as UTF-8 after their length. Texts
 * that come again are found again as long as that happens often; a column of transaction ids stops trying.
 */
export class TextCells {
  private readonly memory: GraphMemory;
  private readonly base: BaseTexts | null;
  private readonly edges: () => number;
  /** Oldest first; edges before `until` are the only ones that lead there. */
  private readonly chunks: { readonly address: number; readonly size: number; until: number }[] = [];
  /** Of the chunks before this one it is known when they can go. */
  private sealed = 0;
  private chunkBytes = 0;
  private next = 0;
  private end = 0;
  private known: Map<string, number> | null = new Map();
  private hits = 0;

  /** `edges`: those of the delta so far; a text is of one of the next 4,096. */
  constructor(memory: GraphMemory, base: BaseTexts | null, edges: () => number) {
    this.memory = memory;
    this.base = base;
    this.edges = edges;
  }

  /** Bytes of the texts that came since the segment. */
  get bytes(): number {
    return this.chunkBytes;
  }

  /** Bytes, about, of the texts that are remembered, on the engine's heap. */
  get heapBytes(): number {
    const { known } = this;
    return known === null ? 0 : mapBytes(known.size) + known.size * KNOWN_TEXT_BYTES;
  }

  /** The place of a text. */
  place(text: string): number {
    const { known } = this;
    if (known === null) return this.write(text);
    const found = known.get(text);
    if (found !== undefined) {
      this.hits++;
      return found;
    }
    if (known.size === KNOWN_MAX) {
      known.clear();
      this.seal();
      if (this.hits < KNOWN_MAX) this.known = null;
      this.hits = 0;
    }
    const place = this.write(text);
    known.set(text, place);
    return place;
  }

  /** The text at a place. */
  text(place: number): string {
    if (place < DELTA) return (this.base as BaseTexts).text(place);
    const { u8 } = this.memory;
    const length = this.lengthAt(place - DELTA);
    const begin = place - DELTA + (length < LONG ? 1 : 5);
    if (length > SHORT_BYTES) return decoder.decode(u8.slice(begin, begin + length));
    let text = '';
    for (let at = begin; at < begin + length; at++) {
      const byte = u8[at] as number;
      if (byte >= 0x80) return decoder.decode(u8.slice(begin, begin + length));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** Whether this text is at the place. */
  has(place: number, text: string): boolean {
    if (place < DELTA) return (this.base as BaseTexts).has(place, text);
    const { u8 } = this.memory;
    const length = this.lengthAt(place - DELTA);
    const begin = place - DELTA + (length < LONG ? 1 : 5);
    for (let n = 0; n < length; n++) {
      const byte = u8[begin + n] as number;
      if (byte >= 0x80) return this.text(place) === text;
      if (n >= text.length || text.charCodeAt(n) !== byte) return false;
    }
    return text.length === length;
  }

  /** Gives back what only edges before this one led to. */
  letGo(firstHeld: number): void {
    let done = 0;
    while (done < this.sealed && (this.chunks[done]?.until as number) <= firstHeld) done++;
    for (const { address, size } of this.chunks.splice(0, done)) {
      this.memory.release(address);
      this.chunkBytes -= size;
    }
    this.sealed -= done;
  }

  /** Gives its memory back. */
  release(): void {
    for (const { address } of this.chunks) this.memory.release(address);
    this.chunks.length = 0;
  }

  /** No edge but those that come next leads to the chunks before this one. The one in use is left out: more is to come. */
  private seal(): void {
    const until = this.edges() + (1 << LIVE_CHUNK_LOG2);
    for (; this.sealed < this.chunks.length - 1; this.sealed++)
      (this.chunks[this.sealed] as { until: number }).until = until;
  }

  private lengthAt(address: number): number {
    const short = this.memory.u8[address] as number;
    return short < LONG ? short : this.memory.view.getUint32(address + 1, true);
  }

  private write(text: string): number {
    const { length } = text;
    let address = this.room(length + 5);
    const { u8 } = this.memory;
    let n = 0;
    for (; n < length && length < LONG; n++) {
      const code = text.charCodeAt(n);
      if (code >= 0x80) break;
      u8[address + 1 + n] = code;
    }
    if (n === length && length < LONG) {
      u8[address] = length;
      this.next = address + 1 + length;
      return DELTA + address;
    }
    const bytes = encoder.encode(text);
    address = this.room(bytes.length + 5);
    const { u8: now } = this.memory;
    const head = bytes.length < LONG ? 1 : 5;
    now[address] = Math.min(bytes.length, LONG);
    if (head === 5) this.memory.view.setUint32(address + 1, bytes.length, true);
    now.set(bytes, address + head);
    this.next = address + head + bytes.length;
    return DELTA + address;
  }

  /** Where so many bytes have room. */
  private room(bytes: number): number {
    if (this.next + bytes > this.end) {
      const size = Math.max(bytes, Math.min(Math.max(CHUNK_BYTES_MIN, this.chunkBytes), CHUNK_BYTES_MAX));
      this.next = this.memory.allocate(size);
      this.end = this.next + size;
      this.chunks.push({ address: this.next, size, until: Number.POSITIVE_INFINITY });
      this.chunkBytes += size;
      if (this.known === null) this.seal();
    }
    return this.next;
  }
}
