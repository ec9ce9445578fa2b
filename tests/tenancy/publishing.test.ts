import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import { auditActions, codeOf, type KeyHolder, openTestTenancy, type TestTenancy } from './test-tenancy.ts';

const TEXT = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at AS at);
CREATE RULE large ON transfers WHEN amount > 100 DO ALERT 'Large' SEVERITY HIGH KEY (payer);`;
const LARGER = TEXT.replace('100', '200');
const BROKEN = 'CREATE RULE nonsense ON nothing;';

let tenancy: TestTenancy;
let tenant: Tenant;
let drafter: KeyHolder;
let publisher: KeyHolder;
let count = 0;

beforeAll(async () => {
  tenancy = await openTestTenancy();
});

afterAll(() => tenancy.remove());

beforeEach(async () => {
  tenant = await tenancy.addTenant(`bank-${++count}`);
  drafter = await tenancy.withKey(tenant, ['define', 'query']);
  publisher = await tenancy.withKey(tenant, ['publish', 'query']);
});

describe('a draft', () => {
  it('is published by another key, and is in force then', async () => {
    const draft = await drafter.stores.drafts.create({ text: TEXT, comment: 'first' });
    expect(draft).toMatchObject({ status: 'open', baseVersion: 0, publishable: false, text: TEXT });
    expect((await publisher.stores.drafts.get(draft.id))?.publishable).toBe(true);
    const { version, draft: after, position } = await publisher.stores.drafts.publish(draft.id);
    expect(after).toMatchObject({ status: 'published', version: 1, publishable: false });
    expect(version).toMatchObject({
      version: 1,
      text: TEXT,
      comment: 'first',
      draftId: draft.id,
      twoPersons: true,
      draftedBy: { personId: drafter.id },
      publishedBy: { personId: publisher.id },
    });
    expect(version.position).toBe(position);
    expect((await tenancy.engines.engine(tenant.id).definitions())?.text).toBe(TEXT);
    expect(await auditActions(tenancy, tenant.id)).toEqual(
      expect.arrayContaining(['definitions.draft', 'definitions.publish']),
    );
  });

  it('is published once, and not when something else came into force since', async () => {
    const one = await drafter.stores.drafts.create({ text: TEXT });
    const two = await drafter.stores.drafts.create({ text: LARGER });
    const attempts = [one, two, one].map(({ id }) => codeOf(publisher.stores.drafts.publish(id)));
    expect(await Promise.all(attempts)).toEqual(['none', 'DRAFT_OUTDATED', 'DRAFT_CLOSED']);
  });

  it('stays open where the engine refuses its text, and says why', async () => {
    const draft = await drafter.stores.drafts.create({ text: BROKEN });
    expect(await codeOf(publisher.stores.drafts.publish(draft.id))).not.toBe('none');
    expect((await drafter.stores.drafts.get(draft.id))?.status).toBe('open');
    expect(await publisher.stores.definitions.current()).toBeNull();
    const good = await drafter.stores.drafts.create({ text: TEXT });
    expect(await codeOf(publisher.stores.drafts.publish(good.id))).toBe('none');
  });

  it('is withdrawn by its drafter or an admin, and not published then', async () => {
    const [one, two] = [
      await drafter.stores.drafts.create({ text: TEXT }),
      await drafter.stores.drafts.create({ text: TEXT }),
    ];
    expect(await codeOf(publisher.stores.drafts.withdraw(one.id))).toBe('FORBIDDEN');
    expect((await drafter.stores.drafts.withdraw(one.id)).status).toBe('withdrawn');
    const admin = await tenancy.withKey(tenant, ['admin']);
    expect((await admin.stores.drafts.withdraw(two.id)).status).toBe('withdrawn');
    for (const { id } of [one, two]) {
      expect(await codeOf(publisher.stores.drafts.publish(id))).toBe('DRAFT_CLOSED');
    }
  });

  it('is another tenant’s for nobody', async () => {
    const draft = await drafter.stores.drafts.create({ text: TEXT });
    const elsewhere = await tenancy.withKey(await tenancy.addTenant(`spy-${count}`));
    expect(await elsewhere.stores.drafts.get(draft.id)).toBeNull();
    expect(await codeOf(elsewhere.stores.drafts.publish(draft.id))).toBe('NOT_FOUND');
    expect(await codeOf(elsewhere.stores.drafts.withdraw(draft.id))).toBe('NOT_FOUND');
  });

  it('is one of as many as may be open at once, and makes room when it is withdrawn', async () => {
    const crowded = await tenancy.withKey(await tenancy.addTenant('crowded'));
    const { drafts } = crowded.stores;
    const [first] = await Promise.all(
      Array.from({ length: LIMITS.openDraftsMax }, () => drafts.create({ text: TEXT })),
    );
    expect(await codeOf(drafts.create({ text: TEXT }))).toBe('QUOTA_EXCEEDED');
    await drafts.withdraw(first?.id ?? '');
    expect(await codeOf(drafts.create({ text: TEXT }))).toBe('none');
    expect(await codeOf(drafts.create({ text: TEXT }))).toBe('QUOTA_EXCEEDED');
  });

  it('of a text that is too large, or no text, is refused', async () => {
    const tooLarge = drafter.stores.drafts.create({ text: 'é'.repeat(300_000) });
    expect(await codeOf(tooLarge)).toBe('TEXT_TOO_LARGE');
    expect(await codeOf(drafter.stores.drafts.create({ text: 'a\u0000' }))).toBe('FIELD_INVALID');
    const comment = 'x'.repeat(10_001);
    expect(await codeOf(drafter.stores.drafts.create({ text: TEXT, comment }))).toBe('FIELD_INVALID');
  });
});

describe('the second person', () => {
  const attempt = async (from: KeyHolder, by: KeyHolder): Promise<string> => {
    const draft = await from.stores.drafts.create({ text: TEXT });
    expect((await by.stores.drafts.get(draft.id))?.publishable).toBe(
      by.principal.scopes.includes('publish') &&
        draft.publishable === false &&
        !(await refusedPair(from, by)),
    );
    return await codeOf(by.stores.drafts.publish(draft.id));
  };
  /** Whether the two are one person by what the principals say. */
  const refusedPair = async (from: KeyHolder, by: KeyHolder): Promise<boolean> =>
    from.principal.personId === by.principal.personId ||
    from.principal.creators.includes(by.principal.personId) ||
    by.principal.creators.includes(from.principal.personId);

  it('is not who drafted it', async () => {
    const both = await tenancy.withKey(tenant);
    expect(await attempt(both, both)).toBe('SECOND_PERSON_NEEDED');
    expect(await auditActions(tenancy, tenant.id)).toContain('definitions.publish.refused');
  });

  it('is not another key of the same member, nor their session', async () => {
    const { members } = await tenancy.asOperator(tenant);
    const ann = await members.create({ name: 'Ann', email: 'a@b.c', scopes: ['define', 'publish'] });
    const one = await tenancy.withKey(tenant, ['define', 'publish'], ann.id);
    const two = await tenancy.withKey(tenant, ['define', 'publish'], ann.id);
    expect(await attempt(one, two)).toBe('SECOND_PERSON_NEEDED');
    const session = await tenancy.directory.authenticate(
      (await tenancy.directory.openSession(one.token)).token,
    );
    const stores = await tenancy.directory.bind(session, null);
    const bySession = { ...one, principal: session.principal, stores };
    expect(await attempt(two, bySession)).toBe('SECOND_PERSON_NEEDED');
    const bob = await members.create({ name: 'Bob', email: 'b@b.c', scopes: ['publish'] });
    expect(await attempt(one, await tenancy.withKey(tenant, ['publish'], bob.id))).toBe('none');
  });

  it('is not who made the key that drafted, nor a key that the drafter made, at any remove', async () => {
    const maker = await tenancy.withKey(tenant);
    const made = await holderOf(maker, 'made');
    const remade = await holderOf(made, 'remade');
    for (const [from, by] of [
      [maker, made],
      [made, maker],
      [maker, remade],
      [remade, maker],
    ] as const) {
      expect(await attempt(from, by)).toBe('SECOND_PERSON_NEEDED');
    }
    const operator = {
      ...maker,
      principal: tenancy.operator.principal,
      stores: await tenancy.asOperator(tenant),
    };
    expect(await attempt(operator, made)).toBe('SECOND_PERSON_NEEDED');
    expect(await attempt(made, operator)).toBe('SECOND_PERSON_NEEDED');
  });

  it('may be a key whose maker is the same', async () => {
    const maker = await tenancy.withKey(tenant);
    expect(await attempt(await holderOf(maker, 'one'), await holderOf(maker, 'two'))).toBe('none');
  });

  it('is not needed where the tenant has switched it off, which the version says', async () => {
    const both = await tenancy.withKey(tenant);
    await both.stores.settings.update({ twoPersonRule: false });
    const draft = await both.stores.drafts.create({ text: TEXT });
    expect(draft.publishable).toBe(true);
    const { version } = await both.stores.drafts.publish(draft.id);
    expect(version.twoPersons).toBe(false);
    await both.stores.settings.update({ twoPersonRule: true });
    const next = await both.stores.drafts.create({ text: LARGER });
    expect(await codeOf(both.stores.drafts.publish(next.id))).toBe('SECOND_PERSON_NEEDED');
  });

  it('has the scope, and is no loop of the service', async () => {
    const draft = await drafter.stores.drafts.create({ text: TEXT });
    const reader = await tenancy.withKey(tenant, ['query', 'define', 'admin']);
    expect(await codeOf(reader.stores.drafts.publish(draft.id))).toBe('FORBIDDEN');
    const loop = tenancy.directory.bindSystem(tenant.id, 'delivery');
    expect(await codeOf(loop.drafts.publish(draft.id))).toBe('FORBIDDEN');
  });

  async function holderOf(maker: KeyHolder, name: string): Promise<KeyHolder> {
    const scopes = maker.principal.scopes;
    const { key, token } = await maker.stores.keys.create({ name, scopes });
    const who = await tenancy.directory.authenticate(token);
    return { token, id: key.id, principal: who.principal, stores: await tenancy.directory.bind(who, null) };
  }
});

describe('what is in force', () => {
  const publish = async (text: string): Promise<number> => {
    const draft = await drafter.stores.drafts.create({ text });
    return (await publisher.stores.drafts.publish(draft.id)).version.version;
  };

  it('goes back to an older text by a draft like any other', async () => {
    await publish(TEXT);
    await publish(LARGER);
    const draft = await drafter.stores.drafts.rollBack(1, 'too strict');
    expect(draft).toMatchObject({ text: TEXT, purpose: { kind: 'rollBack', version: 1 } });
    const { version } = await publisher.stores.drafts.publish(draft.id);
    expect(version).toMatchObject({ version: 3, text: TEXT, comment: 'too strict' });
    const page = await publisher.stores.definitions.page({ first: 2, after: null });
    expect(page.rows.map(({ row }) => row.version)).toEqual([3, 2]);
    const rest = await publisher.stores.definitions.page({ first: 2, after: page.rows[1]?.cursor ?? null });
    expect(rest).toMatchObject({ rows: [{ row: { version: 1 } }], hasNextPage: false });
    expect(await codeOf(drafter.stores.drafts.rollBack(9))).toBe('NOT_FOUND');
  });

  it('has one rule as it was, by a draft', async () => {
    await publish(TEXT);
    await publish(`${LARGER}\nCREATE RULE any ON transfers WHEN amount > 0 DO ALERT 'Any' KEY (payer);`);
    const draft = await drafter.stores.drafts.rollBackRule('large', 1);
    expect(draft.text).toContain('amount > 100');
    expect(draft.text).toContain('RULE any');
    expect(await codeOf(publisher.stores.drafts.publish(draft.id))).toBe('none');
    expect(await codeOf(drafter.stores.drafts.rollBackRule('any', 1))).toBe('NOT_FOUND');
    expect(await codeOf(drafter.stores.drafts.rollBackRule('toString', 1))).toBe('NOT_FOUND');
  });

  it('has a rule switched off and on again by two persons, and no new version', async () => {
    await publish(TEXT);
    const enabled = async (): Promise<boolean | undefined> =>
      (await tenancy.engines.engine(tenant.id).definitions())?.rules[0]?.enabled;
    const off = await drafter.stores.drafts.disableRule('large');
    expect(await enabled()).toBe(true);
    const { draft, version } = await publisher.stores.drafts.publish(off.id);
    expect(await enabled()).toBe(false);
    expect(draft).toMatchObject({ status: 'published', version: null });
    expect(version.version).toBe(1);
    expect(await codeOf(drafter.stores.drafts.disableRule('large'))).toBe('RULE_STATE');
    const on = await drafter.stores.drafts.enableRule('large');
    await publisher.stores.drafts.publish(on.id);
    expect(await enabled()).toBe(true);
    expect(await codeOf(drafter.stores.drafts.enableRule('none'))).toBe('NOT_FOUND');
  });

  it('is what the log says, wherever a publication was interrupted', async () => {
    await publish(TEXT);
    let outcomes = '';
    for (let transactions = 0; transactions < 8; transactions++) {
      const draft = await drafter.stores.drafts.create({
        text: `${TEXT}-- ${transactions}`,
        allowDrop: true,
      });
      tenancy.life.transactions = transactions;
      const code = await codeOf(publisher.stores.drafts.publish(draft.id));
      outcomes += code === 'none' ? '+' : '-';
      tenancy = await tenancy.restart();
      drafter = await reopen(drafter);
      publisher = await reopen(publisher);
      const inForce = await tenancy.engines.engine(tenant.id).definitions();
      const current = await publisher.stores.definitions.current();
      expect(current).toMatchObject({
        version: inForce?.version,
        text: inForce?.text,
        position: inForce?.position,
      });
      const after = await publisher.stores.drafts.get(draft.id);
      const published = inForce?.text === draft.text;
      expect(after).toMatchObject({ status: published ? 'published' : 'open' });
      if (published) expect(current).toMatchObject({ draftId: draft.id, twoPersons: true });
      if (code === 'none') expect(published).toBe(true);
      if (!published) await drafter.stores.drafts.withdraw(draft.id);
    }
    expect(outcomes).toMatch(/^-+\++$/);
  });

  it.each([
    ['the catalog failed', false],
    ['the process was killed', true],
  ])(
    'is told under its idempotency key and done once, wherever %s before its answer was kept',
    async (_, isKilled) => {
      await publish(TEXT);
      let outcomes = '';
      for (let transactions = 0; transactions < 10; transactions++) {
        const draft = await drafter.stores.drafts.create({
          text: `${TEXT}-- ${transactions}`,
          allowDrop: true,
        });
        const ask = () =>
          publisher.stores.idempotency.run(
            `key${transactions}`,
            'publishDefinitions',
            { draft: draft.id },
            (mayBeDone) => publisher.stores.drafts.publish(draft.id, { mayBeDone }),
          );
        const engine = () => tenancy.engines.engine(tenant.id).definitions();
        const before = await engine();
        tenancy.life.transactions = transactions;
        outcomes += (await codeOf(ask())) === 'none' ? '+' : '-';
        tenancy.life.transactions = null;
        if (isKilled) {
          tenancy = await tenancy.restart();
          drafter = await reopen(drafter);
          publisher = await reopen(publisher);
        }
        const { answer } = await ask();
        const inForce = await engine();
        expect(inForce).toMatchObject({ version: (before?.version ?? 0) + 1, text: draft.text });
        expect(answer).toMatchObject({
          position: inForce?.position,
          version: { version: inForce?.version, text: draft.text, draftId: draft.id },
          draft: { id: draft.id, status: 'published' },
        });
      }
      // Catching up after a start takes transactions of its own.
      expect(outcomes).toMatch(/^-.*\+$/);
    },
  );

  it('is not told to another person, nor without having been asked for before', async () => {
    const draft = await drafter.stores.drafts.create({ text: TEXT });
    await publisher.stores.drafts.publish(draft.id);
    expect(await codeOf(publisher.stores.drafts.publish(draft.id))).toBe('DRAFT_CLOSED');
    const other = await tenancy.withKey(tenant, ['publish']);
    expect(await codeOf(other.stores.drafts.publish(draft.id, { mayBeDone: true }))).toBe('DRAFT_CLOSED');
  });

  async function reopen(holder: KeyHolder): Promise<KeyHolder> {
    const who = await tenancy.directory.authenticate(holder.token);
    return { ...holder, principal: who.principal, stores: await tenancy.directory.bind(who, null) };
  }
});
