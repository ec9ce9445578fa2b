import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import { authorize } from '../../tenants/operations.ts';
import type { Revocation } from '../../tenants/principal.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import { auditActions, codeOf, codeThrown, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

let tenancy: TestTenancy;
let acme: Tenant;
let other: Tenant;

beforeAll(async () => {
  tenancy = await openTestTenancy();
  acme = await tenancy.addTenant('acme');
  other = await tenancy.addTenant('other');
});

afterAll(() => tenancy.remove());

describe('an API key', () => {
  it('opens the stores of its own tenant, under its own name and scopes', async () => {
    const { token, principal, stores, id } = await tenancy.withKey(acme, ['query', 'alerts']);
    expect(token).toMatch(/^rw_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}$/);
    expect(principal).toMatchObject({ kind: 'key', id, personId: id, scopes: ['query', 'alerts'] });
    expect(principal.creators).toEqual(['operator']);
    expect(stores.id).toBe(acme.id);
  });

  it('is kept as a hash only', async () => {
    const { token, id } = await tenancy.withKey(acme);
    const rows = await tenancy.catalog.asTenant(acme.id, (sql) =>
      sql.query('SELECT api_keys::text AS text, secret_hash FROM api_keys WHERE id = $1', [id]),
    );
    expect(rows[0]?.secret_hash).toHaveLength(32);
    expect(rows[0]?.text).not.toContain(token.slice(-43));
    const audit = await tenancy.catalog.asTenant(acme.id, (sql) => sql.query('SELECT entry FROM audit_log'));
    expect(audit.map((row) => row.entry).join()).not.toContain(token.slice(-43));
  });

  it('is refused in the same words whatever is wrong with it', async () => {
    const { token, stores, id } = await tenancy.withKey(acme);
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    const strange = `rw_${'0'.repeat(26)}_${token.slice(-43)}`;
    await stores.keys.revoke(id);
    const wrong = [
      token,
      flipped,
      strange,
      '',
      'x',
      `${token}x`,
      token.replace('rw_', 'rws_'),
      'rwo_',
      'é'.repeat(99),
    ];
    for (const text of wrong)
      expect(await codeOf(tenancy.directory.authenticate(text))).toBe('UNAUTHENTICATED');
  });

  it('ends with its time, to the millisecond', async () => {
    const { keys } = await tenancy.asOperator(acme);
    const expiresAt = new Date(tenancy.clock.nowMs + 60_000).toISOString();
    const { token } = await keys.create({ name: 'short', scopes: ['query'], expiresAt });
    tenancy.clock.nowMs += 59_999;
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('none');
    tenancy.clock.nowMs += 1;
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('UNAUTHENTICATED');
    expect(await codeOf(keys.create({ name: 'late', scopes: ['query'], expiresAt }))).toBe('FIELD_INVALID');
  });

  it('is refused from the moment it is revoked, and stays so after a restart', async () => {
    const { token, id } = await tenancy.withKey(acme);
    const kept = await tenancy.withKey(acme);
    const ended: Revocation[] = [];
    const stop = tenancy.directory.onRevoked((revocation) => ended.push(revocation));
    await (await tenancy.asOperator(acme)).keys.revoke(id);
    stop();
    expect(ended).toEqual([{ tenant: acme.id, credentialId: id }]);
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('UNAUTHENTICATED');
    tenancy = await tenancy.restart();
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('UNAUTHENTICATED');
    expect(await codeOf(tenancy.directory.authenticate(kept.token))).toBe('none');
    const again = await (await tenancy.asOperator(acme)).keys.revoke(id);
    expect(again.revokedAt).not.toBeNull();
  });

  it('cannot be revoked, read or listed by another tenant', async () => {
    const { token, id } = await tenancy.withKey(acme);
    const stranger = await tenancy.withKey(other);
    expect(await codeOf(stranger.stores.keys.revoke(id))).toBe('NOT_FOUND');
    expect(await stranger.stores.keys.get(id)).toBeNull();
    const page = await stranger.stores.keys.page({ first: 100, after: null });
    expect(page.rows.map(({ row }) => row.id)).not.toContain(id);
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('none');
  });

  it('gives no scope that its maker lacks, and a member no key beyond what they may', async () => {
    const { stores } = await tenancy.withKey(acme, ['admin', 'query']);
    expect(await codeOf(stores.keys.create({ name: 'more', scopes: ['publish'] }))).toBe('SCOPE_NOT_HELD');
    const ann = await stores.members.create({ name: 'Ann', email: 'ann@example.org', scopes: ['query'] });
    const beyond = { name: 'more', scopes: ['admin'] as const, memberId: ann.id };
    expect(await codeOf(stores.keys.create(beyond))).toBe('FIELD_INVALID');
    const promotion = stores.members.update(ann.id, { scopes: ['publish'] });
    expect(await codeOf(promotion)).toBe('SCOPE_NOT_HELD');
    for (const scopes of [[], ['root']] as never[]) {
      expect(await codeOf(stores.keys.create({ name: 'none', scopes }))).toBe('FIELD_INVALID');
    }
  });

  it('is told of by the minute of its last use', async () => {
    const { token, id } = await tenancy.withKey(acme);
    await tenancy.directory.authenticate(token);
    tenancy = await tenancy.restart();
    const key = await (await tenancy.asOperator(acme)).keys.get(id);
    expect(key?.lastUsedAt).toBe(new Date(tenancy.clock.nowMs).toISOString());
  });

  it('is one of as many as its tenant may have', async () => {
    const small = await tenancy.addTenant('small');
    const stores = await tenancy.asOperator(small);
    await stores.settings.update({ limits: { keys: 2 } });
    await tenancy.withKey(small);
    const { id } = await tenancy.withKey(small);
    expect(await codeOf(tenancy.withKey(small))).toBe('QUOTA_EXCEEDED');
    await stores.keys.revoke(id);
    expect(await codeOf(tenancy.withKey(small))).toBe('none');
  });
});

describe("a member's key", () => {
  it('acts for the member, never beyond what the member may do at the time', async () => {
    const stores = await tenancy.asOperator(acme);
    const member = { name: 'Bea', email: 'bea@example.org', scopes: ['define', 'query'] as const };
    const bea = await stores.members.create(member);
    const { token, principal, id } = await tenancy.withKey(acme, ['define', 'query'], bea.id);
    expect(principal).toMatchObject({ kind: 'member', id: bea.id, personId: bea.id, name: 'Bea' });
    const cut: string[] = [];
    tenancy.directory.onRevoked(({ credentialId }) => cut.push(credentialId));
    await stores.members.update(bea.id, { scopes: ['query'] });
    const now = await tenancy.directory.authenticate(token);
    expect(now.principal.scopes).toEqual(['query']);
    expect(cut).toEqual([id]);
  });

  it('ends with the member', async () => {
    const stores = await tenancy.asOperator(acme);
    const cid = await stores.members.create({ name: 'Cid', email: 'cid@example.org', scopes: ['query'] });
    const { token } = await tenancy.withKey(acme, ['query'], cid.id);
    const session = await tenancy.directory.openSession(token);
    await stores.members.disable(cid.id);
    for (const text of [token, session.token]) {
      expect(await codeOf(tenancy.directory.authenticate(text))).toBe('UNAUTHENTICATED');
    }
    tenancy = await tenancy.restart();
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('UNAUTHENTICATED');
    expect(await codeOf(tenancy.withKey(acme, ['query'], cid.id))).toBe('NOT_FOUND');
  });

  it('is one of as many as their tenant may have, under a name that is no text', async () => {
    const few = await tenancy.addTenant('few');
    const stores = await tenancy.asOperator(few);
    await stores.settings.update({ limits: { members: 1 } });
    const member = (name: string, email: string) =>
      stores.members.create({ name, email, scopes: ['query'] as const });
    const tooLong = 'x'.repeat(LIMITS.nameCharsMax + 1);
    expect(await codeOf(member(tooLong, 'a@example.org'))).toBe('FIELD_INVALID');
    const { id } = await member(tooLong.slice(1), 'a@example.org');
    expect(await codeOf(member('B', 'b@example.org'))).toBe('QUOTA_EXCEEDED');
    await stores.members.disable(id);
    expect(await codeOf(member('B', 'b@example.org'))).toBe('none');
  });

  it('keeps addresses apart, whatever their case, and lets one that is free be taken', async () => {
    const stores = await tenancy.asOperator(acme);
    const dan = { name: 'Dan', email: 'dan@example.org', scopes: ['query'] as const };
    const { id } = await stores.members.create(dan);
    expect(await codeOf(stores.members.create({ ...dan, email: 'DAN@example.org' }))).toBe('EMAIL_TAKEN');
    await stores.members.disable(id);
    expect(await codeOf(stores.members.create(dan))).toBe('none');
    expect(await codeOf(stores.members.create({ ...dan, email: 'no address' }))).toBe('FIELD_INVALID');
    expect(await codeOf(stores.members.create({ ...dan, name: 'a\u0000b', email: 'x@y.z' }))).toBe(
      'FIELD_INVALID',
    );
  });
});

describe('a session', () => {
  it('does what its key may, and ends with it', async () => {
    const { token, id, principal } = await tenancy.withKey(acme, ['alerts']);
    const session = await tenancy.directory.openSession(token);
    const who = await tenancy.directory.authenticate(session.token);
    expect(who).toEqual({ tenant: acme.id, principal: { ...principal, credentialId: expect.any(String) } });
    expect(await tenancy.directory.resumeSession(session.token)).toMatchObject({
      csrf: session.csrf,
      expiresAt: session.expiresAt,
    });
    await (await tenancy.asOperator(acme)).keys.revoke(id);
    expect(await codeOf(tenancy.directory.authenticate(session.token))).toBe('UNAUTHENTICATED');
  });

  it('is opened by a key, not by a session', async () => {
    const { token } = await tenancy.withKey(acme);
    const session = await tenancy.directory.openSession(token);
    expect(await codeOf(tenancy.directory.openSession(session.token))).toBe('UNAUTHENTICATED');
    expect(await codeOf(tenancy.directory.resumeSession(token))).toBe('UNAUTHENTICATED');
    expect(await codeOf(tenancy.directory.closeSession(token))).toBe('UNAUTHENTICATED');
  });

  it('ends when it is closed, and others of the key go on, after a restart too', async () => {
    const { token } = await tenancy.withKey(acme);
    const one = await tenancy.directory.openSession(token);
    const two = await tenancy.directory.openSession(token);
    await tenancy.directory.closeSession(one.token);
    for (let n = 0; n < 2; n++) {
      expect(await codeOf(tenancy.directory.authenticate(one.token))).toBe('UNAUTHENTICATED');
      expect(await codeOf(tenancy.directory.authenticate(two.token))).toBe('none');
      tenancy = await tenancy.restart();
    }
  });

  it('lasts its hours and no longer', async () => {
    const { token } = await tenancy.withKey(acme);
    const session = await tenancy.directory.openSession(token);
    expect(Date.parse(session.expiresAt)).toBe(tenancy.clock.nowMs + LIMITS.sessionMs);
    tenancy.clock.nowMs += LIMITS.sessionMs;
    expect(await codeOf(tenancy.directory.authenticate(session.token))).toBe('UNAUTHENTICATED');
    expect(await codeOf(tenancy.directory.authenticate(token))).toBe('none');
  });

  it('is one of a few of its key: the oldest ends', async () => {
    const { token } = await tenancy.withKey(acme);
    const sessions: string[] = [];
    for (let n = 0; n <= LIMITS.sessionsPerKeyMax; n++) {
      sessions.push((await tenancy.directory.openSession(token)).token);
    }
    const codes = await Promise.all(sessions.map((text) => codeOf(tenancy.directory.authenticate(text))));
    expect(codes.filter((code) => code === 'UNAUTHENTICATED')).toHaveLength(1);
    expect(codes[0]).toBe('UNAUTHENTICATED');
  });

  it('has a mark against forged requests, which is its own', async () => {
    const { token } = await tenancy.withKey(acme);
    const one = await tenancy.directory.openSession(token);
    const two = await tenancy.directory.openSession(token);
    expect(tenancy.directory.checkCsrf(one.token, one.csrf)).toBe(true);
    for (const wrong of [two.csrf, '', `${one.csrf}x`, one.token]) {
      expect(tenancy.directory.checkCsrf(one.token, wrong)).toBe(false);
    }
  });
});

describe('the operator', () => {
  it('is bound to the tenant that a request names, and to none without', async () => {
    expect(tenancy.operator.tenant).toBeNull();
    expect(await codeOf(tenancy.directory.bind(tenancy.operator, null))).toBe('TENANT_MISSING');
    expect((await tenancy.directory.bind(tenancy.operator, 'acme')).id).toBe(acme.id);
    expect(await codeOf(tenancy.directory.bind(tenancy.operator, 'nobody'))).toBe('TENANT_UNKNOWN');
  });

  it('has a session that ends when it is closed', async () => {
    const session = await tenancy.directory.openSession(tenancy.operatorToken);
    expect((await tenancy.directory.authenticate(session.token)).principal.kind).toBe('operator');
    await tenancy.directory.closeSession(session.token);
    expect(await codeOf(tenancy.directory.authenticate(session.token))).toBe('UNAUTHENTICATED');
  });

  it('is another after a restart', async () => {
    const before = tenancy.operatorToken;
    tenancy = await tenancy.restart();
    expect(await codeOf(tenancy.directory.authenticate(before))).toBe('UNAUTHENTICATED');
  });

  it('alone makes and lists tenants', async () => {
    const { principal } = await tenancy.withKey(acme);
    const attempt = tenancy.directory.createTenant(principal, { slug: 'mine', name: 'mine' });
    expect(await codeOf(attempt)).toBe('FORBIDDEN');
    expect(await codeOf(tenancy.directory.listTenants(principal))).toBe('FORBIDDEN');
    const slugs = (await tenancy.directory.listTenants(tenancy.operator.principal)).map(({ slug }) => slug);
    expect(slugs).toEqual(['acme', 'few', 'other', 'small']);
  });

  it('gives each slug once', async () => {
    expect(await codeOf(tenancy.addTenant('acme'))).toBe('SLUG_TAKEN');
    for (const slug of ['', 'a', 'ab', 'Upper', '1st', 'a_b', 'a-', '../etc', 'x'.repeat(41), acme.id]) {
      expect(await codeOf(tenancy.addTenant(slug))).toBe('SLUG_INVALID');
    }
  });
});

describe('a tenant', () => {
  it('is not to be had by a key of another, which cannot tell it from none', async () => {
    const stranger = await tenancy.directory.authenticate((await tenancy.withKey(other)).token);
    for (const name of [acme.id, acme.slug, 'nobody']) {
      expect(await codeOf(tenancy.directory.bind(stranger, name))).toBe('TENANT_UNKNOWN');
      expect(await tenancy.directory.findTenant(stranger, name)).toBeNull();
    }
    expect((await tenancy.directory.bind(stranger, other.slug)).id).toBe(other.id);
  });

  it('has its settings and limits after a restart, and says who changed them', async () => {
    const stores = await tenancy.asOperator(other);
    await stores.settings.update({ twoPersonRule: false });
    await stores.settings.update({ limits: { requestsPerSecond: 5 } });
    await stores.settings.update({ name: 'Other Ltd' });
    tenancy = await tenancy.restart();
    const after = await tenancy.asOperator(other);
    expect(await after.settings.get()).toMatchObject({ twoPersonRule: false });
    expect((await after.settings.get()).limits.requestsPerSecond).toBe(5);
    expect(await after.settings.profile()).toMatchObject({ slug: 'other', name: 'Other Ltd' });
    expect(await auditActions(tenancy, other.id)).toEqual(
      expect.arrayContaining(['settings.update', 'twoPersonRule.off', 'tenant.rename']),
    );
  });

  it('does not say itself how much it may use', async () => {
    const { stores } = await tenancy.withKey(acme);
    expect(await codeOf(stores.settings.update({ limits: { keys: 9999 } }))).toBe('FORBIDDEN');
    const wrong = [{ name: '' }, { twoPersonRule: 'no' }] as never[];
    for (const change of wrong) expect(await codeOf(stores.settings.update(change))).toBe('FIELD_INVALID');
    const operator = await tenancy.asOperator(acme);
    for (const limits of [{ nothing: 1 }, { keys: -1 }, { keys: 0.5 }] as never[]) {
      expect(await codeOf(operator.settings.update({ limits }))).toBe('FIELD_INVALID');
    }
  });
});

describe('an operation', () => {
  it('is for who has its scope', async () => {
    const { principal } = await tenancy.withKey(acme, ['query']);
    expect(codeThrown(() => authorize(principal, 'Query.sources'))).toBe('none');
    expect(codeThrown(() => authorize(principal, 'Query.viewer'))).toBe('none');
    expect(codeThrown(() => authorize(principal, 'Mutation.publishDefinitions'))).toBe('FORBIDDEN');
    expect(codeThrown(() => authorize(principal, 'Mutation.createTenant'))).toBe('FORBIDDEN');
    expect(codeThrown(() => authorize(tenancy.operator.principal, 'Mutation.createTenant'))).toBe('none');
    expect(codeThrown(() => authorize(null, 'Query.sources'))).toBe('UNAUTHENTICATED');
  });

  it('that is in no table is nobody’s', () => {
    for (const name of ['Query.everything', 'toString', '__proto__', 'constructor', '']) {
      expect(codeThrown(() => authorize(tenancy.operator.principal, name))).toBe('OPERATION_UNKNOWN');
    }
  });
});
