import { describe, expect, it } from '@jest/globals';
import { readRedisUrl } from './redis-server.ts';

describe('the address of a Redis server', () => {
  it('is read, with TLS where it says so', async () => {
    expect(await readRedisUrl('redis://127.0.0.1', 'x')).toEqual({
      host: '127.0.0.1',
      port: 6379,
      user: null,
      password: null,
      tls: null,
    });
    const secure = await readRedisUrl('rediss://ring:p%40ss@[::1]:6380/', 'x');
    expect(secure).toEqual({ host: '::1', port: 6380, user: 'ring', password: 'p@ss', tls: { ca: null } });
  });

  it.each([
    ['http://a:hidden@h', 'it is no redis://'],
    ['redis://a:hidden@h/3', 'it names a database'],
    ['redis://a:hidden@h?ca=f', 'ca is for rediss://'],
    ['rediss://a:hidden@h?ca=/none/ca.pem', 'cannot read /none/ca.pem: ENOENT'],
    ['redis://a:hidden@h?db=f', 'there is no parameter db'],
  ])('is refused without its password where it is wrong: %s', async (text, reason) => {
    const error: Error = await readRedisUrl(text, 'x').then(
      () => new Error('none'),
      (refused: Error) => refused,
    );
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('hidden');
  });
});
