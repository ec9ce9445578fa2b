import { assert } from '../../../core/assert.ts';
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
  readonly memory: WasmMemory | null;
  u8: Uint8Array = new Uint8Array(0);
  u32: Uint32Array = new Uint32Array(0);
  i32: Int32Array = new Int32Array(0);
  f64: Float64Array = new Float64Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Bytes allocated, what alignment takes included. */
  allocatedBytes = 0;
  private readonly plain: GrowableBuffer | null;
  private readonly bytesMax: number;
  private readonly sizes = new Map<number, number>();
  /** Free extents between others, in order of address. */
  private free: { address: number; size: number }[] = [];
  private top = MEMORY_START;
  /** What is above it was never used, so that it is zeros. */
  private used = MEMORY_START;

  /** `bytesMax`: what it may grow to, at most 4 GiB less a page. */
  constructor(bytesMax: number = BYTES_MAX) {
    this.bytesMax = Math.min(bytesMax, BYTES_MAX);
    const engine = wasmEngine();
    // The module declares this maximum; a memory that has a smaller one is taken, too.
    const maximum = Math.ceil(this.bytesMax / PAGE);
    this.memory = engine === null ? null : new engine.Memory({ initial: 1, maximum, shared: true });
    this.plain = engine === null ? new Growable(PAGE, { maxByteLength: maximum * PAGE }) : null;
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
    return this.u8.length;
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
    const buffer = this.memory === null ? (this.plain as GrowableBuffer) : this.memory.buffer;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.view = new DataView(buffer);
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
