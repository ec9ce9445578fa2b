import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { checkFrame } from '../../core/frame.ts';
import type { LogFrame, TenantLog } from '../../core/ports/tenant-log.ts';

/**
 * A log without a disk, for runs that keep nothing and for tests: it ends with the process. With `keep` false it
 * forgets every frame at once, so that a run without a data folder does not grow; then nothing can be read.
 */
export class MemoryLog implements TenantLog {
  readonly #keep: boolean;
  #frames: LogFrame[] = [];
  #start = 0;
  #end = 0;
  #closed = false;

  constructor(options: { readonly keep?: boolean } = {}) {
    this.#keep = options.keep ?? true;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  async append(frame: Uint8Array, records: number): Promise<number> {
    assert(records > 0, 'a frame has at least one record');
    if (this.#closed) throw new RingwatchError('LOG_CLOSED', { path: 'memory' });
    const offset = this.#end;
    this.#end += records;
    if (this.#keep) this.#frames.push({ offset, next: this.#end, records, bytes: new Uint8Array(frame) });
    else this.#start = this.#end;
    return offset;
  }

  async *read(offset: number): AsyncIterable<LogFrame> {
    const end = this.#end;
    if (offset < this.#start) throw new RingwatchError('LOG_TRIMMED', { start: this.#start, offset });
    for (const frame of this.#frames.slice()) {
      if (frame.next <= offset || frame.offset >= end) continue;
      checkFrame(frame.bytes);
      yield { ...frame, bytes: new Uint8Array(frame.bytes) };
    }
  }

  async trim(offset: number): Promise<void> {
    this.#frames = this.#frames.filter((frame) => frame.next > offset);
    this.#start = Math.max(this.#start, this.#frames[0]?.offset ?? Math.min(offset, this.#end));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
