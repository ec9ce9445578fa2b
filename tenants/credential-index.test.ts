import { describe, expect, it } from '@jest/globals';
import type { Catalog, SqlRow } from '../core/ports/catalog.ts';
import { newTenantId, newUlid } from '../core/tenant-id.ts';
import { CredentialIndex } from './credential-index.ts';
import type { KnownKey } from './credential-rows.ts';
import { hashToken, newToken, type Token } from './token.ts';

const TENANT = newTenantId();

interface TestKey {
  readonly token: Token;
  readonly key: KnownKey;
  readonly row: SqlRow;
}

function newKey(): TestKey {
  const ulid = newUlid();
  const token = newToken('rw', ulid);
  const shared = { id: `key_${ulid}`, name: 'k', scopes: ['query'] as const, creators: [] };
  const hash = hashToken(token);
  return {
    token,
    key: { ...shared, tenant: TENANT, hash, memberId: null, expiresMs: Number.POSITIVE_INFINITY },
    row: { ...shared, tenant_id: TENANT, secret_hash: hash, member_id: null, expires_at: null },
  };
}

/** A catalog with these keys; it answers once `meanwhile` has run. */
function catalogOf(keys: readonly TestKey[], meanwhile: () => void = () => undefined): Catalog {
  const query = async (text: string): Promise<readonly SqlRow[]> => {
    if (!text.includes('FROM api_keys')) return [];
    const rows = keys.map(({ row }) => row);
    meanwhile();
    return rows;
  };
  return {
    asTenant: (_, work) => work({ query }),
    asPlatform: (work) => work({ query }),
    close: async () => undefined,
  };
}

const isIn = (index: CredentialIndex, { token }: TestKey): boolean => index.find(token, 0) !== null;

describe('the index of credentials, when it follows what others have changed', () => {
  it('lets in what is new, ends what is over and says so, and tells nobody else', async () => {
    const [old, kept, fresh] = [newKey(), newKey(), newKey()];
    const index = new CredentialIndex();
    index.putKey(old.key);
    index.putKey(kept.key);
    const ended: string[] = [];
    let told = 0;
    index.onRevoked(({ credentialId }) => ended.push(credentialId));
    index.onChange(() => told++);
    await index.refresh(catalogOf([kept, fresh]), TENANT, 0);
    expect([old, kept, fresh].map((each) => isIn(index, each))).toEqual([false, true, true]);
    expect(ended).toEqual([old.key.id]);
    expect(told).toBe(0);
  });

  it('leaves the keys of other tenants alone', async () => {
    const { key, token } = newKey();
    const index = new CredentialIndex();
    index.putKey({ ...key, tenant: newTenantId() });
    await index.refresh(catalogOf([]), TENANT, 0);
    expect(index.find(token, 0)).not.toBeNull();
  });

  it('leaves as it is what is changed here while the catalog is read', async () => {
    const [made, ended, other] = [newKey(), newKey(), newKey()];
    const index = new CredentialIndex();
    index.putKey(ended.key);
    const meanwhile = (): void => {
      index.putKey(made.key);
      index.end(ended.key.id);
    };
    await index.refresh(catalogOf([ended, other], meanwhile), TENANT, 0);
    expect([made, ended, other].map((each) => isIn(index, each))).toEqual([true, false, true]);
    await index.refresh(catalogOf([other]), TENANT, 0);
    expect(isIn(index, made)).toBe(false);
  });

  it('lets nobody in again by what was ended here and may stand in the catalog', async () => {
    const one = newKey();
    const index = new CredentialIndex();
    index.putKey(one.key);
    index.refuse(one.key.id);
    await index.refresh(catalogOf([one]), TENANT, 0);
    expect(isIn(index, one)).toBe(false);
  });
});
