import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EngineHost, TenantEngine } from '../../core/ports/engine.ts';
import { PublicationTurn } from '../../tenants/publication-turn.ts';
import type { Tenant } from '../../tenants/tenant-directory.ts';
import type { TenantStores } from '../../tenants/tenant-stores.ts';
import { codeOf } from '../tenancy/test-tenancy.ts';
import {
  newKey,
  outliveLease,
  startGateways,
  type TestGateway,
  type TestGateways,
  until,
} from './gateways.ts';

const TEXT = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, amount INTEGER);
CREATE RULE large ON transfers WHEN amount > 100 DO ALERT 'Large' KEY (id);`;
const LARGER = TEXT.replace('100', '200');

let servers: TestGateways;
let one: TestGateway;
let two: TestGateway;
let tenant: Tenant;
/** The same key's, at either gateway. */
let atOne: TenantStores;
let atTwo: TenantStores;
let count = 0;

/** Holds up publications, each until the next call of `open`. */
class Gate {
  open: () => void = () => undefined;
  #reached: () => void = () => undefined;
  #opened = Promise.resolve();

  /** From now on; resolves when a publication waits. */
  close(): Promise<void> {
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
    return new Promise((resolve) => {
      this.#reached = resolve;
    });
  }

  pass(): Promise<void> {
    this.#reached();
    return this.#opened;
  }
}

/** The engines, whose publications go through the gate. */
function gated(engines: EngineHost, gate: Gate): EngineHost {
  const engineOf = (engine: TenantEngine): TenantEngine =>
    new Proxy(engine, {
      get: (target, name) => {
        if (name === 'publish') {
          return async (...wanted: Parameters<TenantEngine['publish']>) => {
            await gate.pass();
            return await target.publish(...wanted);
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return new Proxy(engines, {
    get: (target, name) => {
      if (name === 'engine')
        return (...wanted: Parameters<EngineHost['engine']>) => engineOf(target.engine(...wanted));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const gate = new Gate();

beforeAll(async () => {
  servers = await startGateways();
  two = await servers.open();
});

afterAll(() => servers.stop());

beforeEach(async () => {
  one = await servers.open({ wrap: (engines) => gated(engines, gate) });
  tenant = await one.addTenant(`bank-${++count}`);
  // The operator drafts, and the key that publishes is the operator's making.
  await (await one.asOperator(tenant)).settings.update({ twoPersonRule: false });
  const { token } = await newKey(await one.asOperator(tenant));
  [atOne, atTwo] = [await one.withToken(token), await two.withToken(token)];
});

afterEach(async () => {
  gate.open();
  await one.close();
});

describe('a process of the catalog', () => {
  it('is refused with another secret.key than the catalog began with', async () => {
    expect(await codeOf(servers.open({ secret: 8 }))).toBe('SECRET_KEY_DIFFERS');
    const third = await servers.open({ secret: 7 });
    await third.close();
  });

  it('counts the gateways that are alive, until their time is over', async () => {
    const third = await servers.open();
    expect(third.lease.gateways).toBe(3);
    await until(() => two.lease.gateways === 3);
    third.freeze();
    await until(() => two.lease.gateways === 2);
    expect(third.lease.holds).toBe(false);
    third.freeze(false);
    await until(() => two.lease.gateways === 3 && third.lease.holds);
    await third.close();
    await until(() => two.lease.gateways === 2);
  });
});

describe('a request with an idempotency key', () => {
  it('is done once by whichever gateway, and answered by each as before', async () => {
    let done = 0;
    const ask = (stores: TenantStores) =>
      stores.idempotency.run('once', 'op', { a: 1 }, async () => ({ n: ++done }));
    expect(await ask(atOne)).toEqual({ answer: { n: 1 }, replayed: false });
    expect(await ask(atTwo)).toEqual({ answer: { n: 1 }, replayed: true });
  });

  it('is left to the gateway that has it under way, for as long as that is alive', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = false;
    const first = atOne.idempotency.run('slow', 'op', {}, () => {
      begun = true;
      return finished.then(() => 'one');
    });
    await until(() => begun);
    const elsewhere = (): Promise<string> =>
      codeOf(atTwo.idempotency.run('slow', 'op', {}, async () => 'two'));
    expect(await elsewhere()).toBe('IDEMPOTENCY_IN_PROGRESS');
    await outliveLease(one, two);
    expect(await elsewhere()).toBe('IDEMPOTENCY_IN_PROGRESS');
    finish();
    expect((await first).answer).toBe('one');
    expect(await atTwo.idempotency.run('slow', 'op', {}, async () => 'two')).toMatchObject({ answer: 'one' });
  });

  it('is taken over from a gateway that is alive no more, which may have done it', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = false;
    const first = atOne.idempotency.run('cut', 'op', {}, () => {
      begun = true;
      return finished.then(() => 'one');
    });
    await until(() => begun);
    one.freeze();
    const told: boolean[] = [];
    const take = () =>
      atTwo.idempotency.run('cut', 'op', {}, async (mayBeDone) => {
        told.push(mayBeDone);
        return 'two';
      });
    await until(async () => (await codeOf(take())) === 'none');
    expect(told).toEqual([true]);
    // Who comes back does not write over what was told meanwhile.
    one.freeze(false);
    finish();
    expect((await first).answer).toBe('one');
    expect(await take()).toEqual({ answer: 'two', replayed: true });
    expect(await atOne.idempotency.run('cut', 'op', {}, async () => 'three')).toMatchObject({
      answer: 'two',
    });
  });
});

describe('a publication', () => {
  it('waits for that of another gateway, and is refused where it is outdated by it', async () => {
    const drafts = (await one.asOperator(tenant)).drafts;
    const [first, second] = [await drafts.create({ text: TEXT }), await drafts.create({ text: LARGER })];
    const reached = gate.close();
    const publishing = codeOf(atOne.drafts.publish(first.id));
    await reached;
    const waiting = codeOf(atTwo.drafts.publish(second.id));
    // Neither who waits nor who reads takes it for interrupted.
    expect((await atTwo.drafts.get(first.id))?.status).toBe('publishing');
    gate.open();
    expect(await Promise.all([publishing, waiting])).toEqual(['none', 'DRAFT_OUTDATED']);
    for (const stores of [atOne, atTwo]) {
      expect(await stores.definitions.current()).toMatchObject({ version: 1, text: TEXT, draftId: first.id });
      expect((await stores.drafts.get(second.id))?.status).toBe('open');
    }
    const again = await (await two.asOperator(tenant)).drafts.create({ text: LARGER });
    expect(await codeOf(atOne.drafts.publish(again.id))).toBe('none');
    expect(await atTwo.definitions.current()).toMatchObject({ version: 2, draftId: again.id });
  });

  it('that a gateway did not live to write down is written down by another', async () => {
    const draft = await (await one.asOperator(tenant)).drafts.create({ text: TEXT });
    expect(await atTwo.drafts.get(draft.id)).toMatchObject({ status: 'open' });
    const reached = gate.close();
    const publishing = codeOf(atOne.drafts.publish(draft.id));
    await reached;
    one.freeze();
    gate.open();
    expect(await publishing).toBe('CATALOG_CLOSED');
    await until(async () => (await atTwo.drafts.get(draft.id))?.status === 'published');
    expect(await atTwo.definitions.current()).toMatchObject({ version: 1, draftId: draft.id });
    const actions = await two.catalog.asTenant(tenant.id, (sql) =>
      sql.query(`SELECT action FROM audit_log WHERE action = 'definitions.publish'`),
    );
    expect(actions).toHaveLength(1);
    one.freeze(false);
    await until(() => one.lease.holds);
    expect(await atOne.definitions.current()).toMatchObject({ version: 1, draftId: draft.id });
  });

  it('is refused where that of another gateway takes too long', async () => {
    const waits = new PublicationTurn(two.lease, 50);
    const there = { tenant: tenant.id, catalog: two.catalog };
    const here = { tenant: tenant.id, catalog: one.catalog };
    let done = 0;
    const publish = async (): Promise<void> => {
      done++;
    };
    await new PublicationTurn(one.lease).run(here, async () => {
      expect(await codeOf(waits.run(there, publish))).toBe('PUBLICATION_UNDER_WAY');
      await waits.tryRun(there, publish);
      expect(done).toBe(0);
    });
    await waits.run(there, publish);
    expect(done).toBe(1);
  });

  it('does not begin in a gateway that others do not take for alive', async () => {
    const draft = await (await one.asOperator(tenant)).drafts.create({ text: TEXT });
    const lost = await servers.open({ leaseMs: 300 });
    const stores = await lost.asOperator(tenant);
    lost.freeze();
    await until(() => !lost.lease.holds);
    lost.freeze(false);
    // Until its next beat it waits for its turn; then it has it.
    expect(await codeOf(stores.drafts.publish(draft.id))).toBe('none');
    expect(lost.lease.holds).toBe(true);
    await lost.close();
  });
});
