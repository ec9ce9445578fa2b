import { readFile } from 'node:fs/promises';
import { RingwatchError } from '../../core/errors.ts';

/** Where Redis is. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** Null: the server asks for none. */
  readonly user: string | null;
  readonly password: string | null;
  /** Null: without TLS. `ca`: PEM; null: those authorities that Node trusts. */
  readonly tls: { readonly ca: string | null } | null;
}

/**
 * Reads `redis://user:password@host:port`, or `rediss://…?ca=FILE` with TLS. `from` says where the text was set. Throws
 * CONFIG_INVALID, which does not repeat the text: it may hold a password.
 */
export async function readRedisUrl(text: string, from: string): Promise<RedisServer> {
  const wrong = (reason: string): RingwatchError =>
    new RingwatchError('CONFIG_INVALID', { setting: 'redis', from, reason });
  const url = URL.canParse(text) ? new URL(text) : null;
  const isTls = url?.protocol === 'rediss:';
  if (url === null || !(isTls || url.protocol === 'redis:') || url.hostname === '') {
    throw wrong('it is no redis://user:password@host:port');
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'ca');
  if (unknown !== undefined) throw wrong(`there is no parameter ${unknown}, only ca`);
  if (!['', '/'].includes(url.pathname)) throw wrong('it names a database: channels are of none');
  const caFile = url.searchParams.get('ca');
  if (caFile !== null && !isTls) throw wrong('ca is for rediss://');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    tls: isTls ? { ca: caFile === null ? null : await readPem(caFile, wrong) } : null,
  };
}

async function readPem(file: string, wrong: (reason: string) => RingwatchError): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrong(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
