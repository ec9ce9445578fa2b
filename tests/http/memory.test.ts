import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { present } from '../../core/assert.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';
import { CSV, NDJSON, send } from './http-client.ts';

/** Rows are remembered by nothing: memory is that of taking them in. */
const DEFINITIONS = 'CREATE SOURCE clicks (page TEXT, n BIGINT, at TEXT);';
const CLICKS = '/v1/sources/clicks/events';
const BODY_BYTES = 100 * 1024 * 1024;
/** Memory that a body may take beside what the process has anyway; garbage that is not collected yet counts. */
const MORE_BYTES_MAX = 64 * 1024 * 1024;

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-memory-'));
let service: ServeProcess;
let token: string;

beforeAll(async () => {
  service = await startServe(path.join(folder, 'data'));
  token = await (await provision(service, 'bank', DEFINITIONS)).key(['INGEST']);
  // Warmed up, so that what code and buffers take for good is there.
  for (const packed of [false, true]) await post(chunksOf(BODY_BYTES / 4), packed);
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const CHUNK = Buffer.from(
  Array.from({ length: 2000 }, (_, n) => `{"page":"/a/page/${n}","n":${n},"at":"some text"}\n`).join(''),
);

async function* chunksOf(bytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += CHUNK.length) yield CHUNK;
}

async function* packed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Pieces of gzip one after the other are gzip.
  for await (const chunk of chunks) yield gzipSync(chunk, { level: 1 });
}

async function post(body: AsyncIterable<Uint8Array>, isPacked: boolean): Promise<number> {
  const headers = isPacked ? { ...NDJSON, 'content-encoding': 'gzip' } : NDJSON;
  const answer = await send(service.address, CLICKS, {
    token,
    headers,
    body: isPacked ? packed(body) : body,
  });
  expect([answer.status, answer.json.rejectedCount]).toEqual([200, 0]);
  return answer.json.accepted as number;
}

/** Bytes of memory that are of no file: files that are mapped may be dropped whenever the system needs them. */
function anonymousBytes(pid: number): number {
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** How much more memory the process had at most while `work` went on. */
async function growth(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = anonymousBytes(pid);
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, anonymousBytes(pid));
  };
  const timer = setInterval(look, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  look();
  return peak - before;
}

describe('a body of 100 MB', () => {
  it.each([false, true])('takes little memory; packed: %s', async (isPacked) => {
    let rows = 0;
    const more = await growth(service.pid, async () => {
      rows = await post(chunksOf(BODY_BYTES), isPacked);
    });
    expect(rows).toBe(Math.ceil(BODY_BYTES / CHUNK.length) * 2000);
    expect(more).toBeLessThan(MORE_BYTES_MAX);
  });

  it('of rows that are too long takes little memory as well', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('page,n,at\n"');
      for (let sent = 0; sent < BODY_BYTES; sent += CHUNK.length) yield Buffer.alloc(CHUNK.length, 'x');
    }
    const more = await growth(service.pid, async () => {
      const { status, json } = await send(service.address, CLICKS, { token, headers: CSV, body: endless() });
      expect([status, json.rejectedByCode]).toEqual([200, { ROW_TOO_LONG: 1 }]);
    });
    expect(more).toBeLessThan(MORE_BYTES_MAX);
  });

  it('would be seen if it were kept', async () => {
    // A process of its own has no memory left over that could be used again.
    const keeps = `process.stdin.once('data', () => {
      globalThis.kept = Array.from({ length: ${BODY_BYTES / 65_536} }, () => Buffer.alloc(65536, 1));
      console.log('kept');
    }); console.log('up');`;
    const child = spawn(process.execPath, ['-e', keeps], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const more = await growth(present(child.pid), async () => {
        child.stdin.write('go');
        await once(child.stdout, 'data');
      });
      expect(more).toBeGreaterThan(MORE_BYTES_MAX);
    } finally {
      child.kill();
    }
  });
});
