import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { registerConsoleFiles } from './console-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-console-'));
const SCRIPT = `// ${'x'.repeat(2000)}\n`;
let app: FastifyInstance;

beforeAll(async () => {
  const dist = path.join(folder, 'dist');
  mkdirSync(path.join(dist, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'secret.txt'), 'secret');
  writeFileSync(path.join(dist, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(dist, 'assets/main-a1B2c3D4.js'), SCRIPT);
  writeFileSync(path.join(dist, 'assets/notes.md'), 'no type of ours');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(dist, 'link.txt'));
  app = Fastify();
  registerConsoleFiles(app, dist);
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Asks for the path letter by letter. */
function get(path: string, headers: Record<string, string> = {}): Promise<Got> {
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          bytes: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('the console', () => {
  it('is one page under a strict policy, wherever in it one is', async () => {
    for (const url of ['/console/', '/console/alerts', '/console/alerts/abc']) {
      const { status, headers, bytes } = await get(url);
      expect([status, bytes.toString()]).toEqual([200, '<!doctype html>']);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers['cache-control']).toBe('no-cache');
    }
    for (const url of ['/', '/console']) expect((await get(url)).headers.location).toBe('/console/');
  });

  it('has files that browsers keep, packed for those that take it', async () => {
    const url = '/console/assets/main-a1B2c3D4.js';
    const plain = await get(url);
    expect(plain.bytes.toString()).toBe(SCRIPT);
    expect(plain.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' });
    expect(plain.headers['cache-control']).toContain('immutable');
    const packed = await get(url, { 'accept-encoding': 'br, gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.bytes).toString()).toBe(SCRIPT);
    const again = await get(url, { 'if-none-match': String(plain.headers.etag) });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  it.each([
    '/console/../secret.txt',
    '/console/..%2fsecret.txt',
    '/console/%2e%2e/secret.txt',
    '/console/..%5csecret.txt',
    '/console/assets/../../secret.txt',
    '/console//etc/passwd.txt',
    '/console/link.txt',
    '/console/assets/notes.md',
    '/console/__proto__.js',
    '/console/secret.txt%00.js',
  ])('has nothing at %s', async (url) => {
    const { status, bytes } = await get(url);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(bytes.toString()).not.toBe('secret');
  });
});
