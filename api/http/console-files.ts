import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RingwatchError } from '../../core/errors.ts';

interface ConsoleFile {
  readonly bytes: Buffer;
  readonly gzipped: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** Whether its name changes with its content. */
  readonly hashed: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Nothing but the console's own files, and the service that it came from. */
const POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/**
 * Serves the console under /console/ from memory: what is no file of its build cannot be asked for, whatever the path is
 * made of. `folder` is where the build lies; null, or one that is empty, has no console.
 */
export function registerConsoleFiles(app: FastifyInstance, folder: string | null): void {
  const files = folder === null ? new Map<string, ConsoleFile>() : readFiles(folder);
  app.get('/', async (_request, reply) => reply.redirect('/console/', 302));
  app.get('/console', async (_request, reply) => reply.redirect('/console/', 302));
  app.get<{ Params: { '*': string } }>('/console/*', async (request, reply) => {
    const name = request.params['*'];
    // Addresses of the console's own pages have no dot, and all are the one page.
    const file = files.get(name === '' || !name.includes('.') ? 'index.html' : name);
    if (file === undefined) {
      throw new RingwatchError(
        'ROUTE_UNKNOWN',
        { method: 'GET', path: '/console/…' },
        {
          hint: files.size === 0 ? 'The console is not built: `npm run build:console`.' : null,
        },
      );
    }
    return send(file, request, reply);
  });
}

function send(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('content-security-policy', POLICY);
  reply.header('cache-control', file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  reply.header('etag', file.etag);
  reply.header('vary', 'accept-encoding');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  reply.header('content-type', file.type);
  const accepts = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (file.gzipped === null || !accepts) return reply.send(file.bytes);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}

function readFiles(folder: string): Map<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>();
  for (const entry of listed(folder)) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath, entry.name);
    const type = TYPES[path.extname(entry.name)];
    if (type === undefined) continue;
    const bytes = readFileSync(full);
    const packs = /^(text|application|image\/svg)/.test(type) && bytes.length > 1024;
    files.set(path.relative(folder, full).split(path.sep).join('/'), {
      bytes,
      type,
      gzipped: packs ? gzipSync(bytes, { level: 9 }) : null,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      hashed: /-[\w-]{8}\.\w+$/.test(entry.name),
    });
  }
  return files;
}

function listed(folder: string): ReturnType<typeof readFolder> {
  try {
    return readFolder(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readFolder(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}
