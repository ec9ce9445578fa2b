import { describe, expect, it, jest } from '@jest/globals';
import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import { FrameWriter } from '../../core/frame.ts';
import type { LogRecord } from '../../core/record.ts';
import { Fold } from '../../engine/fold.ts';
import { STATE_FORM } from '../../engine/state/checkpoint-form.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { at, definitions, event, runFold } from '../../tests/engine/run-fold.ts';
import { JobThreads } from '../jobs/job-threads.ts';
import { TenantWorker } from './tenant-worker.ts';

jest.setTimeout(60_000);

const BASE = `CREATE SOURCE transfers (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);`;

function withGraph(backfill: string): string {
  return `${BASE}
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER) WITH (retain = '300 seconds'${backfill});
CREATE RULE ring ON transfers THEN USE flow
  MATCH p = SIMPLE (a WHERE a.id = $payee)-[t]->{1,2}(b WHERE b.id = $payer)-[l WHERE l.id = $id]->(a) ASCENDING BY at WITHIN INTERVAL '60 seconds'
  RETURN p DO ALERT 'x' KEY (id);`;
}

const FILLED = withGraph(", backfill = 'log'");
const COUNTED = `${FILLED}
CREATE VIEW counts WITH (backfill = 'log') AS SELECT id, payer, at, COUNT(*) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM transfers;
CREATE RULE many ON counts WHEN n > 40 DO ALERT 'x' KEY (id);`;

function transfer(n: number): LogRecord {
  return event('transfers', `t${n}`, `A${(n * 7) % 11}`, `A${(n * n + Math.floor(n / 11)) % 11}`, at(n));
}

/** Definitions stand alone in their frame, rows ten to one. */
function frames(): { readonly bytes: Uint8Array; readonly records: number }[] {
  const shape = compileDefinitions(BASE).sources[0]?.columns.map(({ type }) => type) ?? [];
  const made: { readonly bytes: Uint8Array; readonly records: number }[] = [];
  const put = (records: readonly LogRecord[]): void => {
    const writer = new FrameWriter();
    for (const record of records) writer.record(record, () => shape);
    made.push({ bytes: writer.finish(), records: records.length });
  };
  const rows = (from: number): void => {
    for (let n = from; n < from + 200; n += 10) put(Array.from({ length: 10 }, (_, k) => transfer(n + k)));
  };
  put([definitions(BASE)]);
  rows(0);
  put([definitions(FILLED)]);
  rows(200);
  put([definitions(COUNTED)]);
  rows(400);
  return made;
}

const FRAMES = frames();

class LastingLog extends MemoryLog {
  override async close(): Promise<void> {}
}

class Lasting extends MemoryCheckpoints {
  override async close(): Promise<void> {}
}

interface Store {
  readonly log: MemoryLog;
  readonly checkpoints: MemoryCheckpoints;
}

/** Appends frames up to number `to` to those that the store has, and says what was said and is held. */
async function runTo(
  store: Store,
  to: number,
  threads = 0,
): Promise<{ effects: string[]; hash: string; discarded: string | null }> {
  const effects: string[] = [];
  const jobs = threads === 0 ? null : JobThreads.start({ tenant: 'test', threads });
  const worker = await TenantWorker.open({
    ...store,
    createFold: (emit) =>
      new Fold({
        tenant: 'test',
        compile: compileDefinitions,
        emit,
        jobs: { kind: jobs === null ? 'inline' : 'deferred' },
      }),
    onEffect: (effect) => effects.push(JSON.stringify(effect)),
    policy: { changedBytes: 4_000, records: 90, segmentBytes: 1_500 },
    jobs,
  });
  let offset = 0;
  for (const { bytes, records } of FRAMES.slice(0, to)) {
    if (offset >= store.log.end) {
      await worker.ready();
      await worker.append(bytes, records);
    }
    offset += records;
  }
  await worker.drained();
  const hash = (worker.fold as Fold).stateHash();
  await worker.close({ checkpoint: false });
  return { effects, hash, discarded: worker.recovery.discarded };
}

/** What a fold says that has had the last definitions from the beginning. */
function saidFromTheBeginning(): string[] {
  const { effects } = runFold([definitions(COUNTED), ...Array.from({ length: 600 }, (_, n) => transfer(n))]);
  return effects.map((effect) => JSON.stringify(contentOf(JSON.stringify(effect))));
}

/** Without what tells that definitions came in between: id, version, position and trace. */
function contentOf(effect: string): unknown {
  const { line } = JSON.parse(effect) as { line: string };
  const { rule, key, time, paths, values } = JSON.parse(line) as Record<string, unknown>;
  return { rule, key, time, paths, values };
}

describe('a checkpoint of a build that keeps state in another form', () => {
  it.each([1, STATE_FORM - 1])('is thrown away, and the log folded again (form %i)', async (form) => {
    const store = { log: new LastingLog(), checkpoints: new Lasting() };
    const plain = await runTo(store, FRAMES.length);
    const written = store.checkpoints.entries.bind(store.checkpoints);
    expect(await runTo(store, FRAMES.length)).toMatchObject({ hash: plain.hash, discarded: null });
    store.checkpoints.entries = async function* () {
      // The first form said nothing of itself.
      for await (const entry of written()) {
        if (entry.key !== 'form') yield entry;
        else if (form > 1) yield { ...entry, bytes: Uint8Array.of(form) };
      }
    };
    const again = await runTo(store, FRAMES.length);
    expect(again).toMatchObject({ hash: plain.hash, effects: plain.effects });
    expect(again.discarded).toContain(`in form ${form} there, in form ${STATE_FORM} here`);
  });
});

describe('definitions that fill from the log', () => {
  it('say what they would have said from the beginning, from where they take effect', async () => {
    const { effects } = await runTo({ log: new LastingLog(), checkpoints: new Lasting() }, FRAMES.length);
    const said = effects.map((effect) => JSON.stringify(contentOf(effect)));
    const always = saidFromTheBeginning();
    const isDue = (line: string): boolean => {
      const { rule, time } = JSON.parse(line) as { rule: string; time: string };
      return Date.parse(time) * 1000 >= at(rule === 'ring' ? 200 : 400);
    };
    expect(said).toEqual(always.filter(isDue));
    expect(said.length).toBeGreaterThan(100);
    expect(said.length).toBeLessThan(always.length);
    const { effects: unfilled } = runFold([
      definitions(BASE),
      ...Array.from({ length: 200 }, (_, n) => transfer(n)),
      definitions(withGraph('')),
      ...Array.from({ length: 20 }, (_, n) => transfer(200 + n)),
    ]);
    expect(said.slice(0, unfilled.length)).not.toEqual(
      unfilled.map((effect) => JSON.stringify(contentOf(JSON.stringify(effect)))),
    );
  });

  it.each([
    ['restarts around them', [21, 22, 23, 42, 43, 50], 0],
    ['a restart before, and job threads', [21, 63], 2],
  ] as const)('give one state and the same effects: %s', async (_, stops, threads) => {
    const plain = await runTo({ log: new LastingLog(), checkpoints: new Lasting() }, FRAMES.length);
    const store = { log: new LastingLog(), checkpoints: new Lasting() };
    for (const stop of stops) await runTo(store, stop, threads);
    const last = await runTo(store, FRAMES.length, threads);
    expect(last).toEqual(plain);
    expect(store.log.start).toBeGreaterThan(0);
    // Without the checkpoint all of it is folded again, from the archive on.
    await store.checkpoints.clear();
    expect(await runTo(store, FRAMES.length, threads)).toEqual(plain);
  });
});
