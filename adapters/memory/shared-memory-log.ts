import { assert } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { LogFrame, SharedLog } from '../../core/ports/tenant-log.ts';
import { MemoryLog } from './memory-log.ts';

/** Frames that several logs of this process append to and follow: what a server would keep. */
export class MemoryLogServer {
  readonly frames = new MemoryLog();
  #waiters: (() => void)[] = [];

  async append(frame: Uint8Array, records: number): Promise<number> {
    const offset = await this.frames.append(frame, records);
    this.wake();
    return offset;
  }

  /** Resolves at the next frame, or when whoever waits is woken. */
  grown(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

/**
 * One process's log of a MemoryLogServer, for tests of what follows a log: a frame comes by `follow` before or after the word
 * that it is durable, as `pause` has it.
 */
export class SharedMemoryLog implements SharedLog {
  readonly consistency: SharedLog['consistency'];
  readonly #server: MemoryLogServer;
  readonly #pause: () => Promise<void>;
  #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(
    server: MemoryLogServer,
    pause: () => Promise<void> = async () => undefined,
    consistency: SharedLog['consistency'] = 'STRONG',
  ) {
    this.consistency = consistency;
    this.#server = server;
    this.#pause = pause;
  }

  get start(): number {
    return this.#server.frames.start;
  }

  get end(): number {
    return this.#server.frames.end;
  }

  append(frame: Uint8Array, records: number): Promise<number> {
    if (this.#closed) return Promise.reject(new RingwatchError('LOG_CLOSED', { path: 'memory' }));
    const appending = this.#server.append(frame, records).then(async (offset) => {
      await this.#pause();
      return offset;
    });
    this.#underWay.add(appending);
    return appending.finally(() => this.#underWay.delete(appending));
  }

  read(offset: number): AsyncIterable<LogFrame> {
    return this.#server.frames.read(offset);
  }

  async *follow(offset: number, signal: AbortSignal): AsyncIterable<LogFrame> {
    signal.addEventListener('abort', () => this.#server.wake(), { once: true });
    for (let next = offset; ; ) {
      const grown = this.#server.grown();
      for await (const frame of this.#server.frames.read(next)) {
        await this.#pause();
        if (signal.aborted) return;
        assert(frame.offset === next || next === offset, 'frames follow one another');
        yield frame;
        next = frame.next;
      }
      if (!signal.aborted && next === this.end) await grown;
      if (signal.aborted) return;
    }
  }

  async head(): Promise<number> {
    return this.end;
  }

  trim(offset: number): Promise<void> {
    return this.#server.frames.trim(offset);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#underWay);
  }
}
