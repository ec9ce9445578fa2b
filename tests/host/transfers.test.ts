import { afterAll, describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../core/frame.ts';
import type { EngineHost, TenantEngine, TransferOutcome } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { numeric, type Row, TEXT, TIMESTAMPTZ } from '../../core/types.ts';
import { startEnginesHere } from '../../main/run-engines.ts';
import { Random } from '../model/random.ts';
import { newFolder, NOW_MICROS, removeFolders, startWithTenant } from './host-case.ts';

const DEFINITIONS = `CREATE TABLE users (id TEXT PRIMARY KEY, energy NUMERIC(12,2) NOT NULL CHECK (energy >= 0));
CREATE TABLE edges (id TEXT PRIMARY KEY, a TEXT, b TEXT);
CREATE PROPERTY GRAPH net VERTEX TABLES (users KEY (id) LABEL User) EDGE TABLES (edges KEY (id)
  SOURCE KEY (a) REFERENCES users (id) DESTINATION KEY (b) REFERENCES users (id) LABEL KNOWS);
CREATE QUERY balances AS USE net MATCH (u:User) RETURN u.id AS id, u.energy AS energy ORDER BY id;`;
const COLUMNS = [TEXT, TEXT, numeric(12, 2), TEXT, TIMESTAMPTZ];
const USERS = 40;
const EACH = 500;

function frameOf(rows: readonly Row[]): Uint8Array {
  const writer = new FrameWriter();
  for (const row of rows) writer.transfer('users.energy', row, COLUMNS, NOW_MICROS);
  return writer.finish();
}

/** A naive model: what each row holds, and what was answered under each key. */
class Model {
  readonly balances = new Map(Array.from({ length: USERS }, (_, n) => [`u${n}`, EACH]));
  readonly answers = new Map<string, string>();

  transfer([from, to, amount, key]: Row): string {
    const known = this.answers.get(String(key));
    if (known !== undefined) return known;
    const [has, other] = [this.balances.get(String(from)) ?? 0, this.balances.get(String(to)) ?? 0];
    const moves = from !== to && has >= Number(amount);
    if (moves) {
      this.balances.set(String(from), has - Number(amount));
      this.balances.set(String(to), other + Number(amount));
    }
    const after = moves ? [has - Number(amount), other + Number(amount)] : [has, other];
    const code = from === to ? 'TRANSFER_TO_ITSELF' : moves ? null : 'TRANSFER_INSUFFICIENT';
    const answer = JSON.stringify([code, ...after]);
    this.answers.set(String(key), answer);
    return answer;
  }
}

function told({ code, fromBalance, toBalance }: TransferOutcome): string {
  return JSON.stringify([code, fromBalance, toBalance]);
}

async function fill(engine: TenantEngine): Promise<void> {
  const writer = new FrameWriter();
  const types = [TEXT, numeric(12, 2)];
  for (let n = 0; n < USERS; n++) writer.upsert('users', [`u${n}`, EACH], types, NOW_MICROS);
  await (await engine.append(writer.finish(), USERS)).applied();
}

async function balancesOf(engine: TenantEngine): Promise<Map<unknown, number>> {
  const { rows } = await engine.query({ query: { kind: 'saved', name: 'balances' }, parameters: {} });
  return new Map(rows.map(([id, energy]) => [id, Math.round(Number(energy) * 100)]));
}

/** Random batches with retries of earlier ones, out of order; `between` may replace the host. */
async function carryOut(
  start: { readonly host: EngineHost; readonly tenant: TenantId },
  random: Random,
  between: (host: EngineHost, batch: number) => Promise<EngineHost>,
): Promise<{ host: EngineHost; model: Model }> {
  const model = new Model();
  const sent: Row[] = [];
  let { host } = start;
  await fill(host.engine(start.tenant));
  for (let batch = 0; batch < 60; batch++) {
    const rows: Row[] = Array.from({ length: 1 + random.below(60) }, (_, n) => {
      if (sent.length > 0 && random.chance(0.05)) return random.pick(sent);
      const [from, to] = [`u${random.below(USERS)}`, `u${random.below(USERS)}`];
      return [from, to, 1 + random.below(200), `k${batch}-${n}`, NOW_MICROS + batch];
    });
    sent.push(...rows);
    const { outcomes } = await host.engine(start.tenant).transfer(frameOf(rows), rows.length);
    expect(outcomes.map(told)).toEqual(rows.map((row) => model.transfer(row)));
    host = await between(host, batch);
  }
  return { host, model };
}

describe('transfers through a tenant’s engine', () => {
  afterAll(removeFolders);

  it('are those of a naive model, whatever is retried and however often the engine is started again', async () => {
    const seed = Number(process.env.RINGWATCH_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    const folder = await newFolder();
    const start = await startWithTenant({ folder }, DEFINITIONS);
    const restarts = new Random(seed + 1);
    let restarted = 0;
    const { host, model } = await carryOut(start, new Random(seed), async (running) => {
      if (!restarts.chance(0.1)) return running;
      restarted++;
      if (restarts.chance(0.5)) {
        await running.reopen(start.tenant);
        return running;
      }
      await running.close();
      const again = startEnginesHere({ folder });
      await again.open([start.tenant]);
      return again;
    });
    const balances = await balancesOf(host.engine(start.tenant));
    expect([...balances]).toEqual([...model.balances].sort(([a], [b]) => (a < b ? -1 : 1)));
    expect([...balances.values()].reduce((sum, each) => sum + each, 0)).toBe(USERS * EACH);
    expect(Math.min(...balances.values())).toBeGreaterThanOrEqual(0);
    await host.close();
    const calm = await startWithTenant({}, DEFINITIONS);
    const undisturbed = await carryOut(calm, new Random(seed), async (running) => running);
    const position = (engine: TenantEngine) => engine.progress().then((progress) => progress.position);
    const last = startEnginesHere({ folder });
    expect(await position(last.engine(start.tenant))).toBe(
      await position(undisturbed.host.engine(calm.tenant)),
    );
    await last.close();
    await undisturbed.host.close();
    console.log(`started again ${restarted} times`);
  });

  it('lists what a row gave and took, from the newest on', async () => {
    const { host, tenant } = await startWithTenant({}, DEFINITIONS);
    const engine = host.engine(tenant);
    await fill(engine);
    const rows: Row[] = [
      ['u1', 'u2', 5, 'a', null],
      ['u3', 'u1', 7, 'b', null],
      ['u2', 'u3', 9, 'c', null],
    ];
    await engine.transfer(frameOf(rows), rows.length);
    const list = (before: number | null, limit: number) =>
      engine.transfersOf({ relation: 'users.energy', account: ['u1'], before, limit });
    expect((await list(null, 9)).map(({ row }) => row[3])).toEqual(['b', 'a']);
    expect((await list(null, 1)).map(({ row }) => row[3])).toEqual(['b']);
    expect((await list(1, 9)).map(({ row }) => row[3])).toEqual(['a']);
    await host.close();
  });

  it('that fit the column no more are answered at their place among the others', async () => {
    const { host, tenant } = await startWithTenant({}, DEFINITIONS);
    const engine = host.engine(tenant);
    await fill(engine);
    const finer = COLUMNS.with(2, numeric(12, 3));
    const writer = new FrameWriter();
    writer.transfer('users.energy', ['u1', 'u2', 50, 'first', null], finer, NOW_MICROS);
    writer.transfer('users.energy', ['u1', 'u2', 5, 'second', null], COLUMNS, NOW_MICROS);
    writer.transfer('users.energy', ['u1', 'u2', 50, 'third', null], finer, NOW_MICROS);
    const { outcomes } = await engine.transfer(writer.finish(), 3);
    expect(outcomes.map(({ code, fromBalance }) => [code, fromBalance])).toEqual([
      ['ROW_MISFIT', null],
      [null, EACH - 5],
      ['ROW_MISFIT', null],
    ]);
    await host.close();
  });

  it('are refused where the frame has another number of records', async () => {
    const { host, tenant } = await startWithTenant({}, DEFINITIONS);
    const frame = frameOf([['u1', 'u2', 5, 'a', null]]);
    await expect(host.engine(tenant).transfer(frame, 2)).rejects.toMatchObject({ code: 'FRAME_CORRUPT' });
    await host.close();
  });
});
