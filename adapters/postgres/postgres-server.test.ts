import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RingwatchError } from '../../core/errors.ts';
import { type PostgresServer, parsePostgresUrl, serverName, tlsOptions } from './postgres-server.ts';

function refusal(text: string): string {
  try {
    parsePostgresUrl(text, 'RINGWATCH_CATALOG');
    return 'none';
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message;
  }
}

describe('the address of a PostgreSQL server', () => {
  it('is read as libpq reads it', () => {
    expect(parsePostgresUrl('postgresql://ring:p%40ss@db.bank.example:6432/cat', 'x')).toEqual({
      host: 'db.bank.example',
      port: 6432,
      database: 'cat',
      user: 'ring',
      password: 'p@ss',
      tlsMode: 'verify-full',
      caFile: null,
      certFile: null,
      keyFile: null,
    });
    const socket = parsePostgresUrl('postgres://ring@localhost/cat?host=/run/postgresql', 'x');
    expect(socket).toMatchObject({ host: '/run/postgresql', port: 5432, password: null, tlsMode: 'disable' });
    expect(parsePostgresUrl('postgresql://ring@[::1]/cat', 'x')).toMatchObject({ host: '::1' });
  });

  it('goes without TLS on this machine alone, unless it is said', () => {
    const modeOf = (text: string): string => parsePostgresUrl(text, 'x').tlsMode;
    expect(modeOf('postgresql://a@127.0.0.1/c')).toBe('disable');
    expect(modeOf('postgresql://a@localhost/c?sslmode=verify-full')).toBe('verify-full');
    expect(modeOf('postgresql://a@10.0.0.7/c')).toBe('verify-full');
    expect(modeOf('postgresql://a@10.0.0.7/c?sslmode=disable')).toBe('disable');
  });

  it('is refused where it is wrong, without its password', () => {
    for (const [text, reason] of [
      ['mysql://a:hidden@h/c', 'it is no postgresql://'],
      ['hidden', 'it is no postgresql://'],
      ['postgresql://:hidden@h/c', 'it names no user'],
      ['postgresql://a:hidden@h', 'it names no database'],
      ['postgresql:///c?sslmode=hidden', 'it names no host'],
      ['postgresql://a:hidden@h/c?sslmode=prefer', 'sslmode is one of'],
      ['postgresql://a:hidden@h/c?sslkey=k', 'go together'],
      ['postgresql://a:hidden@h/c?pool=3', 'there is no parameter pool'],
    ] as const) {
      expect(refusal(text)).toContain(reason);
      expect(refusal(text)).not.toContain('hidden');
    }
  });

  it('is named without user and password', () => {
    expect(serverName(parsePostgresUrl('postgresql://a:b@[::1]:1/c', 'x'))).toBe('postgresql://[::1]:1/c');
  });
});

describe('TLS to it', () => {
  const server = (parameters: string): PostgresServer =>
    parsePostgresUrl(`postgresql://a@db.bank.example/c?${parameters}`, 'x');

  it('checks authority and name, the authority alone, or nothing, as the mode says', async () => {
    const full = await tlsOptions(server('sslmode=verify-full'));
    expect(full).toEqual({ rejectUnauthorized: true });
    const chain = await tlsOptions(server('sslmode=verify-ca'));
    expect(chain).toMatchObject({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) });
    const encrypted = await tlsOptions(server('sslmode=require'));
    expect(encrypted).toMatchObject({ rejectUnauthorized: false });
    expect(await tlsOptions(server('sslmode=disable'))).toBe(false);
  });

  it('takes an authority, which `require` then checks, and a certificate of its own, from files', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-tls-'));
    try {
      const file = path.join(folder, 'ca.pem');
      await writeFile(file, 'PEM');
      const own = `sslrootcert=${file}&sslcert=${file}&sslkey=${file}`;
      expect(await tlsOptions(server(`sslmode=require&${own}`))).toMatchObject({
        rejectUnauthorized: true,
        ca: 'PEM',
        cert: 'PEM',
        key: 'PEM',
      });
      const missing = await tlsOptions(server(`sslrootcert=${folder}/none.pem`)).then(
        () => 'none',
        (error: RingwatchError) => error.code,
      );
      expect(missing).toBe('CONFIG_INVALID');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
