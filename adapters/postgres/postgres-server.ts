import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { RingwatchError } from '../../core/errors.ts';
import { isLoopback } from '../../core/loopback.ts';

/** As libpq has them; `prefer` and `allow` are not taken: whoever is between could switch encryption off. */
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof MODES)[number];

/** Where the catalog's database is, and how it is reached. */
export interface PostgresServer {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Null: the server asks for none. */
  readonly password: string | null;
  readonly tlsMode: TlsMode;
  /** PEM files; null: those authorities that Node trusts, and no certificate of our own. */
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

const PARAMETERS = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/**
 * Reads `postgresql://user:password@host:port/database?sslmode=verify-full&sslrootcert=FILE&sslcert=FILE&sslkey=FILE`, as
 * libpq writes it; `?host=/folder` names a Unix socket, whatever stands before. Without `sslmode` it is `disable` on this machine, and `verify-full`
 * to any other. `from` says where the text was set. Throws CONFIG_INVALID, which does not repeat the text: it may hold a password.
 */
export function parsePostgresUrl(text: string, from: string): PostgresServer {
  const wrong = (reason: string): RingwatchError =>
    new RingwatchError('CONFIG_INVALID', { setting: 'catalog', from, reason });
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw wrong('it is no postgresql://user:password@host:port/database');
  }
  const parameters = new Map(url.searchParams);
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw wrong(`there is no parameter ${unknown}, only ${PARAMETERS.join(', ')}`);
  const host = parameters.get('host') ?? url.hostname.replace(/^\[|\]$/g, '');
  const user = decode(url.username);
  const database = decode(url.pathname.slice(1));
  if (host === '') throw wrong('it names no host');
  if (user === '') throw wrong('it names no user');
  if (database === '') throw wrong('it names no database');
  const here = host.startsWith('/') || isLoopback(host);
  const mode = parameters.get('sslmode') ?? (here ? 'disable' : 'verify-full');
  const tlsMode = MODES.find((each) => each === mode);
  if (tlsMode === undefined) throw wrong(`sslmode is one of ${MODES.join(', ')}`);
  const certFile = parameters.get('sslcert') ?? null;
  const keyFile = parameters.get('sslkey') ?? null;
  if ((certFile === null) !== (keyFile === null)) throw wrong('sslcert and sslkey go together');
  const password = url.password === '' ? null : decode(url.password);
  const caFile = parameters.get('sslrootcert') ?? null;
  const port = url.port === '' ? 5432 : Number(url.port);
  return { host, port, database, user, password, tlsMode, caFile, certFile, keyFile };
}

/** The server as messages name it: without user and password. */
export function serverName({ host, port, database }: PostgresServer): string {
  return `postgresql://${host.includes(':') ? `[${host}]` : host}:${port}/${database}`;
}

/** What Node's TLS is asked for; false: no TLS. Throws CONFIG_INVALID where a file cannot be read. */
export async function tlsOptions(server: PostgresServer): Promise<ConnectionOptions | false> {
  const { tlsMode, caFile, certFile, keyFile } = server;
  if (tlsMode === 'disable') return false;
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  // libpq: with an authority of its own, `require` means `verify-ca`.
  const verifies = tlsMode !== 'require' || ca !== null;
  return {
    rejectUnauthorized: verifies,
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...(tlsMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function readPem(file: string | null): Promise<string | null> {
  if (file === null) return null;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`;
    throw new RingwatchError('CONFIG_INVALID', { setting: 'catalog', from: file, reason });
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
