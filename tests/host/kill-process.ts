import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Checkpoints } from '../../core/ports/checkpoints.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { folderStorage, startEnginesHere } from '../../main/run-engines.ts';
import type { EngineStorage } from '../../workers/host/engine-storage.ts';
import { manyPayments, PAYMENTS, paymentFrame } from './host-case.ts';

/**
 * A process that sends payments to a tenant, asks for decisions, and takes effects: `kill-process FOLDER KILL_AT FAILING`.
 * It goes on with what FOLDER/sent does not say to be acknowledged. At step number KILL_AT (from 1; 0: never) it kills
 * itself: before and after each write of the log and of checkpoints, and before and after effects are taken. With
 * FAILING 1 every other batch of effects is refused once.
 *
 * - FOLDER/sent: a line for each frame that was acknowledged
 * - FOLDER/effects: a line for each effect that was taken: its number and JSON
 * - FOLDER/answers: a line for each decision: key and outcome
 *
 * On standard output, in the end: the steps, and what the tenant's engine tells of itself, as JSON.
 */
const [folder = '', killAt = '0', failing = '0'] = process.argv.slice(2);
const TENANT = 'ten_01JAAAAAAAAAAAAAAAAAAAAAAA' as TenantId;
const FRAMES = 7;
const ROWS = 12;

let steps = 0;

function step(): void {
  if (++steps === Number(killAt)) process.kill(process.pid, 'SIGKILL');
}

async function between<T>(work: () => Promise<T>): Promise<T> {
  step();
  const result = await work();
  step();
  return result;
}

/** The folder's storage with a step before and after each of its writes. */
function steppedStorage(inner: EngineStorage): EngineStorage {
  return {
    open: async (tenant, create) => {
      const opened = await between(() => inner.open(tenant, create));
      return { ...opened, log: steppedLog(opened.log), checkpoints: steppedCheckpoints(opened.checkpoints) };
    },
    remove: (tenant) => inner.remove(tenant),
  };
}

function steppedLog(log: TenantLog): TenantLog {
  return {
    get start() {
      return log.start;
    },
    get end() {
      return log.end;
    },
    append: (frame, records) => between(() => log.append(frame, records)),
    trim: (offset) => between(() => log.trim(offset)),
    read: (offset) => log.read(offset),
    close: () => log.close(),
  };
}

function steppedCheckpoints(checkpoints: Checkpoints): Checkpoints {
  return new Proxy(checkpoints, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const call = (...args: unknown[]): unknown =>
        (value as (...all: unknown[]) => unknown).apply(target, args);
      const writes = name === 'publish' || name === 'acknowledge' || name === 'archive';
      return writes ? (...args: unknown[]) => between(async () => call(...args)) : call;
    },
  });
}

function linesOf(file: string): string[] {
  const place = path.join(folder, file);
  return existsSync(place) ? readFileSync(place, 'utf8').split('\n').slice(0, -1) : [];
}

function note(file: string, line: string): void {
  appendFileSync(path.join(folder, file), `${line}\n`);
}

async function run(): Promise<void> {
  const policy = { changedBytes: 6_000, records: 30, segmentBytes: 1_200 };
  const host = startEnginesHere({ folder, policy, tickMs: 60_000 }, steppedStorage(folderStorage(folder)));
  let batches = 0;
  host.onEffects(async (_, effects) => {
    step();
    if (failing === '1' && ++batches % 2 === 1) throw new Error('not now');
    for (const { number, effect } of effects) note('effects', `${number} ${JSON.stringify(effect)}`);
    step();
  });
  await host.create(TENANT);
  const engine = host.engine(TENANT);
  if ((await engine.definitions()) === null) await engine.publish(PAYMENTS, { allowDrop: false });
  const sent = new Set(linesOf('sent'));
  for (let n = 0; n < FRAMES; n++) {
    if (!sent.has(`frame ${n}`)) {
      await engine.append(paymentFrame(manyPayments(n * ROWS * 7, ROWS, 8)), ROWS);
      note('sent', `frame ${n}`);
    }
    const id = `d${n}`;
    const payment = { id, payer: 'A1', payee: 'A2', cents: n * 20_000, seconds: n * ROWS * 7 + 1 };
    if (n % 3 !== 0 || sent.has(id)) continue;
    const { outcome, duplicate } = await engine.decide(paymentFrame([payment]), null);
    note('answers', `${id} ${outcome} ${duplicate ? 'again' : 'first'}`);
    note('sent', id);
  }
  const { position, definitionsVersion, effects, log, archive } = await engine.describe();
  await host.close();
  const result = { position, definitionsVersion, effects: effects.end, log, archive };
  process.stdout.write(`${JSON.stringify({ steps, ...result })}\n`);
}

await run();
