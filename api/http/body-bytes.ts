import type { IncomingMessage } from 'node:http';
import { type Readable, pipeline } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';

export interface BodyLimits {
  /** Bytes of the body, unpacked. */
  readonly bytesMax: number;
  /** LIMITS.bodySilenceMs and so on, unless a test says otherwise. */
  readonly silenceMs?: number;
  readonly patienceMs?: number;
}

const UNPACKED_CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a request's body, unpacked, as they are asked for: nothing is read ahead but what Node and the system
 * buffer. Iterating throws BODY_BROKEN_OFF, BODY_TOO_SLOW, BODY_TOO_LARGE, BODY_RATIO, BODY_CORRUPT, and what `stop` was
 * called with.
 */
export class BodyBytes {
  /** Bytes handed out. */
  bytes = 0;
  readonly #request: IncomingMessage;
  readonly #packed: boolean;
  readonly #limits: BodyLimits;
  #stopped: RingwatchError | null = null;
  #wake: (() => void) | null = null;
  /** Milliseconds that the sender was waited for, and bytes that came meanwhile. */
  #waitedMs = 0;
  #wireBytes = 0;

  constructor(request: IncomingMessage, encoding: 'identity' | 'gzip', limits: BodyLimits) {
    this.#request = request;
    this.#packed = encoding === 'gzip';
    this.#limits = limits;
  }

  /** Ends the body with this error where it has not ended. */
  stop(error: RingwatchError): void {
    this.#stopped ??= error;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const chunks = this.#packed ? this.#unpacked() : this.#wire();
    const { bytesMax } = this.#limits;
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      if (this.bytes > bytesMax) throw new RingwatchError('BODY_TOO_LARGE', { limit: bytesMax });
      yield chunk;
    }
  }

  /** Bytes as they come over the connection. */
  async *#wire(): AsyncGenerator<Buffer> {
    const request = this.#request;
    const wake = (): void => this.#wake?.();
    const events = ['readable', 'end', 'close', 'error'] as const;
    for (const event of events) request.on(event, wake);
    try {
      for (;;) {
        if (this.#stopped !== null) throw this.#stopped;
        const chunk = request.read() as Buffer | null;
        if (chunk !== null) {
          this.#wireBytes += chunk.length;
          yield chunk;
        } else if (request.readableEnded && request.complete) return;
        else if (request.destroyed || request.readableEnded) throw new RingwatchError('BODY_BROKEN_OFF');
        else await this.#patience();
      }
    } finally {
      for (const event of events) request.off(event, wake);
      // Without a listener an error of the connection would end the process.
      request.on('error', () => undefined);
    }
  }

  /** Waits for the sender. Throws BODY_TOO_SLOW. */
  async #patience(): Promise<void> {
    const { silenceMs = LIMITS.bodySilenceMs, patienceMs = LIMITS.bodyPatienceMs } = this.#limits;
    const begun = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const silent = await new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, silenceMs, true);
      this.#wake = () => resolve(false);
    });
    clearTimeout(timer);
    this.#wake = null;
    if (silent) {
      throw new RingwatchError('BODY_TOO_SLOW', { reason: `no byte of it came for ${silenceMs} ms` });
    }
    this.#waitedMs += performance.now() - begun;
    const least = LIMITS.bodyBytesPerSecondMin;
    if (this.#waitedMs > patienceMs && this.#wireBytes * 1000 < this.#waitedMs * least) {
      throw new RingwatchError('BODY_TOO_SLOW', {
        reason: `fewer than ${least} bytes of it come in a second`,
      });
    }
  }

  async *#unpacked(): AsyncGenerator<Uint8Array> {
    const gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES });
    let failure: unknown = null;
    // A failure shows where the unpacked bytes are read.
    pipeline(this.#wire(), gunzip, (error) => {
      failure = error ?? null;
    });
    try {
      yield* this.#withinRatio(gunzip);
    } catch (error) {
      throw error instanceof RingwatchError ? error : corrupt(error);
    } finally {
      gunzip.destroy();
    }
    if (failure !== null) throw failure;
    if (gunzip.bytesWritten !== this.#wireBytes) throw corrupt({ code: 'bytes follow its end' });
  }

  async *#withinRatio(gunzip: Gunzip): AsyncGenerator<Uint8Array> {
    const { bodyRatioMax, bodyRatioFromBytes } = LIMITS;
    let unpacked = 0;
    for await (const chunk of gunzip as Readable as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (unpacked > bodyRatioFromBytes && unpacked > this.#wireBytes * bodyRatioMax) {
        throw new RingwatchError('BODY_RATIO', { limit: bodyRatioMax });
      }
      yield chunk;
    }
  }
}

function corrupt(error: unknown): RingwatchError {
  const reason = String((error as { code?: unknown } | null)?.code ?? 'it is damaged');
  return new RingwatchError('BODY_CORRUPT', { reason }, { cause: error });
}

/** Bytes of a body since this was last asked. */
export function bytesSince(body: BodyBytes): () => number {
  let told = 0;
  return () => {
    const more = body.bytes - told;
    told = body.bytes;
    return more;
  };
}
