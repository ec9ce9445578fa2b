import { expect, it } from '@jest/globals';
import type { RequestContext } from '../request-context.ts';
import { Loaders } from './loaders.ts';

it('loaders of a request read what is asked for once, and nothing before', async () => {
  const read: string[] = [];
  const reads = <T>(what: string, answer: T): T => {
    read.push(what);
    return answer;
  };
  const context = {
    tenant: {
      alerts: { get: async (id: string) => reads(`alert ${id}`, { id }) },
      members: {
        get: async (id: string) => {
          read.push(`member ${id}`);
          throw new Error('gone');
        },
      },
    },
    engine: { definitions: async () => reads('definitions', null) },
  } as unknown as RequestContext;
  const loaders = new Loaders(context);
  expect(read).toEqual([]);
  expect(loaders.alert).toBe(loaders.alert);
  const found = await Promise.all([
    loaders.alert.load('a'),
    loaders.alert.load('b'),
    loaders.alert.load('a'),
  ]);
  expect(found).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'a' }]);
  await expect(loaders.member.load('m')).rejects.toThrow('gone');
  expect(await Promise.all([loaders.definitions(), loaders.definitions()])).toEqual([null, null]);
  expect(read).toEqual(['alert a', 'alert b', 'member m', 'definitions']);
});

it('loaders refuse an operator who has named no tenant, when they are asked', async () => {
  const loaders = new Loaders({ tenant: null, engine: null } as unknown as RequestContext);
  await expect(loaders.definitions()).rejects.toMatchObject({ code: 'TENANT_MISSING' });
  await expect(loaders.alert.load('a')).rejects.toMatchObject({ code: 'TENANT_MISSING' });
});
