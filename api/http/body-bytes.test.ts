import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { BodyBytes, type BodyLimits } from './body-bytes.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly bytes: number;
  readonly md5: string;
  /** The code of what ended it, or null. */
  readonly code: string | null;
  readonly reason: string;
}

/** Reads a body as it is sent by `send`, and tells what came of it. */
async function read(
  send: (write: (chunk: Uint8Array | string) => void, end: () => void, cut: () => void) => void,
  options: {
    encoding?: 'identity' | 'gzip';
    limits?: Partial<BodyLimits>;
    stop?: (body: BodyBytes) => void;
  } = {},
): Promise<Seen> {
  return await new Promise((resolve, reject) => {
    const server = createServer((incoming, response) => {
      const body = new BodyBytes(incoming, options.encoding ?? 'identity', {
        bytesMax: 1e9,
        ...options.limits,
      });
      options.stop?.(body);
      const hash = createHash('md5');
      (async () => {
        for await (const chunk of body) hash.update(chunk);
      })()
        .then(
          () => ({ code: null, reason: '' }),
          (error: unknown) => {
            if (!(error instanceof RingwatchError)) throw error;
            return { code: error.code, reason: error.message };
          },
        )
        .then(({ code, reason }) => {
          response.end();
          resolve({ bytes: body.bytes, md5: hash.digest('hex'), code, reason });
        }, reject);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const outgoing = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
      outgoing.on('error', () => undefined);
      outgoing.on('response', (incoming) => incoming.resume());
      send(
        (chunk) => outgoing.write(chunk),
        () => outgoing.end(),
        () => outgoing.destroy(),
      );
    });
  });
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Bytes that do not pack well. */
const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * n * 31 + (n >> 3)) % 251));

describe('a body', () => {
  it('is read whole, plain and packed, packed in several pieces as well', async () => {
    const plain = await read((write, end) => {
      write(BYTES);
      end();
    });
    expect(plain).toEqual({ bytes: BYTES.length, md5: md5(BYTES), code: null, reason: '' });
    const half = BYTES.length / 2;
    for (const packed of [
      gzipSync(BYTES),
      Buffer.concat([gzipSync(BYTES.subarray(0, half)), gzipSync(BYTES.subarray(half))]),
    ]) {
      for (const size of [packed.length, 10_000, 997]) {
        const seen = await read(
          (write, end) => {
            for (let at = 0; at < packed.length; at += size) write(packed.subarray(at, at + size));
            end();
          },
          { encoding: 'gzip' },
        );
        expect(seen).toEqual({ bytes: BYTES.length, md5: md5(BYTES), code: null, reason: '' });
      }
    }
  });

  it('may be empty', async () => {
    expect(await read((_, end) => end())).toMatchObject({ bytes: 0, code: null });
    const packed = await read(
      (write, end) => {
        write(gzipSync(''));
        end();
      },
      { encoding: 'gzip' },
    );
    expect(packed).toMatchObject({ bytes: 0, code: null });
  });

  it('that is damaged, cut or followed by something else is no packed body', async () => {
    const packed = gzipSync(BYTES);
    const flipped = Buffer.from(packed);
    flipped[packed.length - 5] = (flipped[packed.length - 5] as number) ^ 1;
    const wrong = [
      Buffer.from('no gzip at all'),
      packed.subarray(0, packed.length - 1),
      packed.subarray(0, 100),
      flipped,
      Buffer.concat([packed, Buffer.from('more')]),
    ];
    for (const bytes of wrong) {
      const seen = await read(
        (write, end) => {
          write(bytes);
          end();
        },
        { encoding: 'gzip' },
      );
      expect(seen.code).toBe('BODY_CORRUPT');
    }
  });

  it('that unpacks to too much is refused after little of it', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * LIMITS.bodyRatioFromBytes), { level: 9 });
    const seen = await read(
      (write, end) => {
        write(bomb);
        end();
      },
      { encoding: 'gzip' },
    );
    expect(seen.code).toBe('BODY_RATIO');
    // What Node reads of a connection at once may be unpacked before it is looked at.
    expect(seen.bytes).toBeLessThan(LIMITS.bodyRatioMax * 128 * 1024);
  });

  it('that packs well because it is small is none of that', async () => {
    const small = Buffer.alloc(LIMITS.bodyRatioFromBytes);
    const seen = await read(
      (write, end) => {
        write(gzipSync(small));
        end();
      },
      { encoding: 'gzip' },
    );
    expect(seen).toEqual({ bytes: small.length, md5: md5(small), code: null, reason: '' });
  });

  it('ends at its limit, unpacked', async () => {
    for (const encoding of ['identity', 'gzip'] as const) {
      const bytes = encoding === 'gzip' ? gzipSync(BYTES) : BYTES;
      const reading = (bytesMax: number): Promise<Seen> =>
        read(
          (write, end) => {
            write(bytes);
            end();
          },
          { encoding, limits: { bytesMax } },
        );
      expect((await reading(BYTES.length)).code).toBeNull();
      expect((await reading(BYTES.length - 1)).code).toBe('BODY_TOO_LARGE');
    }
  });

  it('that breaks off is told from one that ends', async () => {
    for (const encoding of ['identity', 'gzip'] as const) {
      const seen = await read(
        (write, _, cut) => {
          write(gzipSync(BYTES).subarray(0, 5000));
          setTimeout(cut, 20);
        },
        { encoding },
      );
      expect(seen.code).toBe('BODY_BROKEN_OFF');
    }
  });

  it('that falls silent is given up, as is one that drips', async () => {
    const silent = await read((write) => write('a'), { limits: { silenceMs: 30 } });
    expect(silent).toMatchObject({
      bytes: 1,
      code: 'BODY_TOO_SLOW',
      reason: expect.stringContaining('30 ms'),
    });
    let timer: NodeJS.Timeout | undefined;
    const dripping = await read(
      (write) => {
        timer = setInterval(() => write('a'), 5);
      },
      { limits: { silenceMs: 10_000, patienceMs: 60 } },
    );
    clearInterval(timer);
    expect(dripping).toMatchObject({ code: 'BODY_TOO_SLOW', reason: expect.stringContaining('bytes') });
  });

  it('ends where it is stopped, also while nothing comes', async () => {
    const seen = await read((write) => write('a'), {
      stop: (body) => setTimeout(() => body.stop(new RingwatchError('SERVICE_STOPPING')), 20),
    });
    expect(seen).toMatchObject({ bytes: 1, code: 'SERVICE_STOPPING' });
  });
});
