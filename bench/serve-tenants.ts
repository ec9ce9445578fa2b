import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FrameWriter } from '../core/frame.ts';
import { newTenantId, type TenantId } from '../core/tenant-id.ts';
import { numeric, type SqlType, TEXT, TIMESTAMPTZ } from '../core/types.ts';
import { startEngines } from '../main/engines.ts';
import { median, printTable, short, spread } from './figures.ts';

/**
 * 64 tenants against 1 with the same events in all: `node bin/run.mjs bench/serve-tenants.ts [events] [rounds]`. Durable, a
 * frame of 500 events at a time, as many in flight as each gate lets in; timed from the first append until all is folded.
 * Rounds take turns, so that what else the machine does falls on both. Memory is the process' at the end of its round.
 */
const FRAME_ROWS = 500;
const ACCOUNTS = 2_000;

const DEFINITIONS = `
CREATE SOURCE transfers (id TEXT PRIMARY KEY, src TEXT, dst TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id TEXT PRIMARY KEY);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (id) SOURCE KEY (src) REFERENCES accounts (id)
    DESTINATION KEY (dst) REFERENCES accounts (id) LABEL SENT) WITH (event_time = 'at', retain = '1 day');
CREATE RULE ring ON transfers THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $dst)-[t:SENT]->{1,3}(b:Account WHERE b.id = $src)-[last:SENT WHERE last.id = $id]->(a)
    ASCENDING BY at WITHIN INTERVAL '1 hour'
  RETURN p DO ALERT 'Ring' KEY (src, dst);
`;

const COLUMNS: readonly SqlType[] = [TEXT, TEXT, TEXT, numeric(18, 2), TIMESTAMPTZ];
const START_MICROS = 1_790_000_000_000_000;

/** The same rows for the same place in the load, whoever sends them. */
function frameOf(first: number): Uint8Array {
  let seed = first + 1;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (seed >> 8) % below;
  };
  const writer = new FrameWriter();
  for (let n = first; n < first + FRAME_ROWS; n++) {
    const at = START_MICROS + n * 1_000_000;
    writer.event(
      'transfers',
      [`t${n}`, `A${draw(ACCOUNTS)}`, `A${draw(ACCOUNTS)}`, draw(1e6), at],
      COLUMNS,
      at,
    );
  }
  return writer.finish();
}

interface Round {
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly residentMebibytes: number;
}

async function measure(tenants: number, events: number): Promise<Round> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-tenants-'));
  const host = startEngines({ folder });
  host.onEffects(async () => undefined);
  try {
    const ids: TenantId[] = Array.from({ length: tenants }, () => newTenantId());
    for (const id of ids) {
      await host.create(id);
      await host.engine(id).publish(DEFINITIONS, { allowDrop: false });
    }
    const each = Math.floor(events / tenants / FRAME_ROWS) * FRAME_ROWS;
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    await Promise.all(
      ids.map(async (id) => {
        const engine = host.engine(id);
        let last: Promise<unknown> = Promise.resolve();
        for (let n = 0; n < each; n += FRAME_ROWS * 8) {
          const frames = Math.min(8, (each - n) / FRAME_ROWS);
          const appended = await Promise.all(
            Array.from({ length: frames }, (_, k) => engine.append(frameOf(n + k * FRAME_ROWS), FRAME_ROWS)),
          );
          last = appended.at(-1)?.applied() ?? last;
        }
        await last;
      }),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return {
      eventsPerSecond: (each * tenants) / seconds,
      cpuMicrosPerEvent: (user + system) / (each * tenants),
      residentMebibytes: process.memoryUsage.rss() / 2 ** 20,
    };
  } finally {
    await host.close();
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const events = Number(process.argv[2] ?? 640_000);
  const rounds = Number(process.argv[3] ?? 3);
  await measure(1, Math.min(events, 64_000));
  const found = new Map<number, Round[]>([
    [1, []],
    [64, []],
  ]);
  for (let round = 0; round < rounds; round++) {
    for (const [tenants, figures] of found) figures.push(await measure(tenants, events));
  }
  const rows = [['tenants', 'events/s', 'spread', 'CPU us/event', 'MiB resident']];
  for (const [tenants, figures] of found) {
    const rates = figures.map(({ eventsPerSecond }) => eventsPerSecond);
    rows.push([
      String(tenants),
      short(median(rates)),
      `${short(100 * spread(rates))} %`,
      short(median(figures.map(({ cpuMicrosPerEvent }) => cpuMicrosPerEvent))),
      short(median(figures.map(({ residentMebibytes }) => residentMebibytes))),
    ]);
  }
  printTable(rows);
  const [one = [], many = []] = [...found.values()];
  const ratio =
    median(many.map((round) => round.eventsPerSecond)) / median(one.map((round) => round.eventsPerSecond));
  console.error(`64 tenants take ${short(100 * ratio)} % of the events a second that 1 takes`);
}

await main();
