import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { postgresMissing } from '../servers/postgres.ts';
import { suiteWithout } from '../servers/suite-without.ts';
import { openPostgresCatalog } from './test-catalog.ts';
import { codeOf, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

const missing = postgresMissing();
const suite = missing === null ? describe : (name: string, _: () => void) => suiteWithout(name, missing);

// PGlite runs one transaction after the other: what counts and then adds cannot be overtaken there.
suite('a quota, where transactions run beside each other', () => {
  let tenancy: TestTenancy;

  beforeAll(async () => {
    tenancy = await openTestTenancy(openPostgresCatalog());
  });

  afterAll(() => tenancy.remove());

  it('holds for keys, members and endpoints that are made at once', async () => {
    const tenant = await tenancy.addTenant('crowded');
    const { settings, keys, members, endpoints } = await tenancy.asOperator(tenant);
    await settings.update({ limits: { keys: 2, members: 2, endpoints: 2 } });
    const attempts = Array.from({ length: 8 }, (_, n) => n);
    const makers = [
      (n: number) => keys.create({ name: `k${n}`, scopes: ['query'] }),
      (n: number) => members.create({ name: `m${n}`, email: `m${n}@example.org`, scopes: ['query'] }),
      (n: number) =>
        endpoints?.create({ name: `e${n}`, url: 'https://example.org/hook', description: null, rules: null }),
    ];
    for (const make of makers) {
      const codes = await Promise.all(attempts.map((n) => codeOf(Promise.resolve(make(n)))));
      expect(codes.filter((code) => code === 'none')).toHaveLength(2);
      expect(codes.filter((code) => code === 'QUOTA_EXCEEDED')).toHaveLength(6);
    }
  });
});
