import { assert, present } from '../../../core/assert.ts';
import { RingwatchError } from '../../../core/errors.ts';
import { listBytes, mapBytes } from '../../../core/heap-bytes.ts';
import { LANE_SHIFTS, MASKS, MEMORY_START } from '../../kernels/memory-layout.ts';
import { type WasmMemory, wasmEngine } from '../../kernels/wasm-engine.ts';

const PAGE = 65_536;
const ALIGNMENT = 64;
/** Kernels load whole vectors and words, a few bytes beyond what they need. */
const SLACK = 64;
/** The most that 32-bit addresses reach, less a page: an end address still fits. */
const BYTES_MAX = 65_535 * PAGE;
/** Of the object that tells of a free extent. */
const FREE_BYTES = 40;

/** What Node 20 has already and the types of ES2023 do not. */
interface GrowableBuffer extends SharedArrayBuffer {
  grow(byteLength: number): void;
}
const Growable = SharedArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => GrowableBuffer;

/**
 * Memory that holds segments and what searches need: one WASM linear memory, shared, so that any number of threads
 * read it without copying. One thread allocates. Addresses are bytes from its start; 0 is none.
 */
export class GraphMemory {
  /** What kernels import; null where the engine has no WebAssembly. */
  memory: WasmMemory | null;
  /** Views of it; null while the next look at them has something to do first. */
  private bytes: Uint8Array | null = null;
  private words32: Uint32Array | null = null;
  private integers: Int32Array | null = null;
  private numbers: Float64Array | null = null;
  private anyView: DataView | null = null;
  /** Bytes allocated, what alignment takes included. */
  allocatedBytes = 0;
  private plain: GrowableBuffer | null;
  private readonly bytesMax: number;
  private readonly sizes = new Map<number, number>();
  /** Free extents between others, in order of address. */
  private free: { address: number; size: number }[] = [];
  private top = MEMORY_START;
  /** What is above it was never used, so that it is zeros. */
  private used = MEMORY_START;
  private heldBytes = 0;
  /** What the next look at its bytes does first. */
  private guard: (() => void) | null = null;
  private resting = false;

  /** `bytesMax`: what it may grow to, at most 4 GiB less a page. */
  constructor(bytesMax: number = BYTES_MAX) {
    this.bytesMax = Math.min(bytesMax, BYTES_MAX);
    this.memory = null;
    this.plain = null;
    this.create(1);
  }

  private create(pages: number): void {
    const engine = wasmEngine();
    // The module declares this maximum; a memory that has a smaller one is taken, too.
    const maximum = Math.ceil(this.bytesMax / PAGE);
    try {
      if (engine === null) {
        this.plain = new Growable(PAGE, { maxByteLength: maximum * PAGE });
        if (pages > 1) this.plain.grow(pages * PAGE);
      } else this.memory = new engine.Memory({ initial: pages, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The process has no addresses or no memory left for it.
      const details = { size: pages * PAGE, limit: this.bytesMax };
      throw new RingwatchError('GRAPH_MEMORY_FULL', details, { cause: error });
    }
    this.look();
    this.u8.fill(255, MASKS, MASKS + 32);
    for (let shift = 0; shift < 4; shift++) {
      for (let byte = 0; byte < 16; byte++) {
        const from = byte + 4 * shift;
        this.u8[LANE_SHIFTS + 16 * shift + byte] = from < 16 ? from : 0x80;
      }
    }
  }

  /** Bytes taken from the system. */
  get byteLength(): number {
    return this.heldBytes;
  }

  /** Whether its bytes lie elsewhere until somebody looks at them. */
  get isResting(): boolean {
    return this.resting;
  }

  /** Whether nobody has looked at its bytes since `watch`, or they rest. */
  get isWatched(): boolean {
    return this.guard !== null;
  }

  /** From now on it can be told whether somebody has looked at its bytes. Costs the next look a little, and no further one. */
  watch(): void {
    assert(this.guard === null, 'it is not watched yet');
    this.guardWith(() => this.look());
  }

  /** Bytes, not copied, without this counting as a look at them. */
  bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.buffer, address, length);
  }

  /**
   * Gives its memory back to the system. The next look at its bytes takes as much again and has `fill` write what was
   * allocated, at the same addresses; where that throws, so does the look, and the next one tries again.
   */
  rest(fill: () => void): void {
    const pages = this.heldBytes / PAGE;
    this.memory = null;
    this.plain = null;
    this.heldBytes = 0;
    this.resting = true;
    const bringBack = (): void => {
      this.resting = false;
      try {
        this.create(pages);
        fill();
      } catch (error) {
        this.memory = null;
        this.plain = null;
        this.heldBytes = 0;
        this.resting = true;
        this.guardWith(bringBack);
        throw error;
      }
    };
    this.guardWith(bringBack);
  }

  /** Nobody gets at the bytes but by `first`. */
  private guardWith(first: () => void): void {
    this.guard = first;
    this.bytes = null;
    this.words32 = null;
    this.integers = null;
    this.numbers = null;
    this.anyView = null;
  }

  /** Does what the next look at its bytes does first. */
  private awake(): this {
    present(this.guard, 'a guard')();
    return this;
  }

  private get buffer(): SharedArrayBuffer {
    return this.memory === null ? (this.plain as GrowableBuffer) : this.memory.buffer;
  }

  get u8(): Uint8Array {
    return this.bytes ?? this.awake().u8;
  }

  get u32(): Uint32Array {
    return this.words32 ?? this.awake().u32;
  }

  get i32(): Int32Array {
    return this.integers ?? this.awake().i32;
  }

  get f64(): Float64Array {
    return this.numbers ?? this.awake().f64;
  }

  get view(): DataView {
    return this.anyView ?? this.awake().view;
  }

  /** Bytes, about, of what is known of its extents, on the engine's heap. */
  get heapBytes(): number {
    return mapBytes(this.sizes.size) + listBytes(this.free.length) + this.free.length * FREE_BYTES;
  }

  /** Room for `bytes` at a multiple of 64, zeros. Throws GRAPH_MEMORY_FULL. */
  allocate(bytes: number): number {
    assert(bytes >= 0 && Number.isSafeInteger(bytes), 'a size is a whole number');
    const size = Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
    const address = this.take(size);
    this.sizes.set(address, size);
    this.allocatedBytes += size;
    if (address < this.used) this.u8.fill(0, address, Math.min(address + size, this.used));
    if (address + size > this.used) this.used = address + size;
    return address;
  }

  /** Gives back what `allocate` gave. */
  release(address: number): void {
    const size = this.sizes.get(address);
    assert(size !== undefined, 'only what was allocated is released');
    this.sizes.delete(address);
    this.allocatedBytes -= size;
    const at = this.free.findIndex((extent) => extent.address > address);
    this.free.splice(at < 0 ? this.free.length : at, 0, { address, size });
    this.join();
  }

  /** Copies bytes into memory of their own; their address. */
  place(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length);
    this.u8.set(bytes, address);
    return address;
  }

  /** A copy of `count` words. */
  words(address: number, count: number): Uint32Array {
    return this.u32.slice(address >>> 2, (address >>> 2) + count);
  }

  private take(size: number): number {
    for (const [n, extent] of this.free.entries()) {
      if (extent.size < size) continue;
      const { address } = extent;
      extent.address += size;
      extent.size -= size;
      if (extent.size === 0) this.free.splice(n, 1);
      return address;
    }
    const address = this.top;
    if (address + size > this.bytesMax) this.refuse(size);
    if (address + size > this.u8.length) this.grow(address + size);
    this.top = address + size;
    return address;
  }

  private grow(needed: number): void {
    const pages = Math.ceil((needed - this.u8.length) / PAGE);
    try {
      if (this.memory !== null) this.memory.grow(pages);
      else (this.plain as GrowableBuffer).grow(this.u8.length + pages * PAGE);
    } catch {
      this.refuse(needed);
    }
    this.look();
  }

  private refuse(size: number): never {
    throw new RingwatchError('GRAPH_MEMORY_FULL', { size, limit: this.bytesMax });
  }

  /** Views of the buffer as it is now: older views end where it ended then. */
  private look(): void {
    const { buffer } = this;
    this.heldBytes = buffer.byteLength;
    this.guard = null;
    this.bytes = new Uint8Array(buffer);
    this.words32 = new Uint32Array(buffer);
    this.integers = new Int32Array(buffer);
    this.numbers = new Float64Array(buffer);
    this.anyView = new DataView(buffer);
  }

  /** Joins neighbouring free extents, and gives the last one back to what was never used. */
  private join(): void {
    const joined: { address: number; size: number }[] = [];
    for (const extent of this.free) {
      const last = joined.at(-1);
      if (last !== undefined && last.address + last.size === extent.address) last.size += extent.size;
      else joined.push(extent);
    }
    const last = joined.at(-1);
    if (last !== undefined && last.address + last.size === this.top) {
      this.top = last.address;
      joined.pop();
    }
    this.free = joined;
  }
}
