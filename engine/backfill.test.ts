import { describe, expect, it } from '@jest/globals';
import type { DefinitionsRecord, LogRecord } from '../core/record.ts';
import { compileDefinitions } from '../language/compile.ts';
import { at, definitions, END_OF_TIME, event, remove, upsert } from '../tests/engine/run-fold.ts';
import type { Effect } from '../core/effects.ts';
import { Backfill } from './backfill.ts';
import { Fold } from './fold.ts';

const BASE = `
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at)
  WITH (allowed_lateness = '20 seconds');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE blocked (id TEXT PRIMARY KEY);
CREATE VIEW counted AS SELECT tx_id, payer, payee, at, COUNT(*) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN INTERVAL '30 seconds' PRECEDING AND CURRENT ROW) AS n FROM transfers;
CREATE RULE too_many ON counted WHEN n > 3 DO ALERT 'x' KEY (payer), REFUSE;
CREATE RULE block ON counted WHEN n > 2 DO INSERT INTO blocked (id) VALUES (payer);`;

/** Edges of a view of its own, over a table that rules fill. */
const GRAPH = `
CREATE VIEW clean WITH (backfill = 'log') AS SELECT t.tx_id, t.payer, t.payee, t.amount, t.at FROM transfers t
  LEFT JOIN blocked FOR SYSTEM_TIME AS OF PROCTIME() AS b ON b.id = t.payer WHERE b.id IS NULL;
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (clean KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '100 seconds', backfill = 'log');
CREATE VIEW totals WITH (backfill = 'log') AS SELECT tx_id, payer, at, SUM(amount) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total, COUNT(*) OVER (PARTITION BY payee ORDER BY at
  ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS n FROM clean;
CREATE VIEW minutes WITH (backfill = 'log') AS SELECT payer, window_start, window_end, revision, COUNT(*) AS n
  FROM TUMBLE(clean, at, INTERVAL '30 seconds') GROUP BY payer, window_start, window_end;
CREATE RULE see_totals ON totals DO ALERT 'x' KEY (payer);
CREATE RULE see_minutes ON minutes DO ALERT 'x' KEY (payer);
CREATE RULE see_revisions ON REVISION OF minutes DO ALERT 'x' KEY (payer);`;

function newFold(effects: Effect[] = []): Fold {
  return new Fold({ tenant: 'test', compile: compileDefinitions, emit: (effect) => effects.push(effect) });
}

/** What rules on the new views said, without what tells the two folds apart: versions of rules and positions. */
function seen(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'alert' || !effect.rule.startsWith('see')) return [];
    const { values } = JSON.parse(effect.line) as { values: unknown };
    return [[effect.rule, values]];
  });
}

function defining(text: string): DefinitionsRecord {
  return definitions(text) as DefinitionsRecord;
}

/** Applies a record; definitions may be refused, as a worker lets them be. */
function applyOrRefuse(to: Fold | Backfill, record: LogRecord): void {
  try {
    to.apply(record);
  } catch (error) {
    expect(record.kind).toBe('definitions');
    expect(error).toBeInstanceOf(Error);
  }
}

/** Applies records as a worker does: what definitions fill comes from the log before them. */
function feed(to: Fold | Backfill, records: readonly LogRecord[], earlier: readonly LogRecord[] = []): void {
  const log = [...earlier];
  for (const record of records) {
    if (record.kind === 'definitions' && to.backfillsOf(record).length > 0) {
      const history = new Backfill(record.text, compileDefinitions);
      feed(history, log);
      to.apply(record, history.finish());
    } else to.apply(record);
    log.push(record);
  }
}

function edgesOf(fold: Fold): unknown[] {
  const rows: unknown[] = [];
  fold.graph('flow')?.forEachEdgeRow(0, (row) => rows.push(row));
  return rows;
}

function transfers(seed: number, count: number, first = 0): LogRecord[] {
  let state = seed | 1;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  return Array.from({ length: count }, (_, place): LogRecord => {
    const n = first + place;
    if (random(9) === 0) return upsert('accounts', `A${random(4)}`, `name ${n}`);
    if (random(4) === 0) return remove('blocked', `A${random(4)}`);
    const time = at(n * 3 - random(3) * random(40));
    return event('transfers', `t${n - random(2)}`, `A${random(4)}`, `A${random(4)}`, random(1000), time);
  });
}

describe('what is filled from the log', () => {
  const seed = Date.now() % 1_000_000;
  it(`holds what it would hold had it been there from the beginning (seed ${seed})`, () => {
    let refused = 0;
    let kept = 0;
    for (let round = 0; round < 10; round++) {
      const before = [definitions(BASE), ...transfers(seed + round, 120)];
      const text = BASE + GRAPH;
      const said: Effect[] = [];
      const fold = newFold(said);
      for (const record of before) fold.apply(record);
      refused += fold.counters.refused;
      expect(fold.backfillsOf(defining(text))).toEqual(['clean', 'totals', 'minutes', 'flow']);
      const history = new Backfill(text, compileDefinitions);
      for (const record of before) history.apply(record);
      fold.apply(definitions(text), history.finish());

      const saidAlways: Effect[] = [];
      const always = newFold(saidAlways);
      for (const record of [definitions(text), ...before.slice(1)]) always.apply(record);
      kept += edgesOf(always).length;
      expect(edgesOf(fold)).toEqual(edgesOf(always));
      saidAlways.length = 0;
      for (const record of [...transfers(seed + 1000 + round, 80, 120), END_OF_TIME]) {
        fold.apply(record);
        always.apply(record);
      }
      expect(edgesOf(fold)).toEqual(edgesOf(always));
      expect(seen(said).length).toBeGreaterThan(10);
      expect(seen(said)).toEqual(seen(saidAlways));
      expect(fold.backfillsOf(defining(text))).toEqual([]);
    }
    expect(Math.min(refused, kept)).toBeGreaterThan(0);
  });

  it('repeats definitions at their places, and leaves out those that took no effect', () => {
    const older = BASE.replace(
      'amount NUMERIC(18,2), at TIMESTAMPTZ',
      'amount NUMERIC(18,2), at TIMESTAMPTZ',
    ).replace('n > 3', 'n > 1');
    const newer =
      BASE.replace('WATERMARK FOR at)', 'note TEXT, WATERMARK FOR at)') +
      GRAPH.replace('t.amount,', 't.amount, t.note,');
    const transfer = (id: string, seconds: number): LogRecord =>
      event('transfers', id, 'A', 'B', 1, at(seconds));
    const before = [
      definitions(older),
      transfer('t1', 1),
      transfer('t2', 2),
      definitions('CREATE RUBBISH'),
      definitions('CREATE TABLE other (id TEXT PRIMARY KEY);'),
      definitions(BASE),
      transfer('t3', 3),
    ];
    const fold = newFold();
    for (const record of before) applyOrRefuse(fold, record);
    expect(fold.counters.refused).toBe(1);
    const history = new Backfill(newer, compileDefinitions);
    for (const record of before) applyOrRefuse(history, record);
    fold.apply(definitions(newer), history.finish());
    expect(edgesOf(fold)).toEqual([
      ['t1', 'A', 'B', 1, null, at(1)],
      ['t3', 'A', 'B', 1, null, at(3)],
    ]);
  });

  it('takes in relations that came later, and columns that they gained since', () => {
    const source = BASE.slice(0, BASE.indexOf('CREATE TABLE'));
    const joined = `
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, region TEXT);
CREATE TABLE regions (id TEXT PRIMARY KEY, name TEXT);
CREATE VIEW placed WITH (backfill = 'log') AS SELECT t.tx_id, t.payer, t.payee, t.at, a.name AS region FROM transfers t
  LEFT JOIN regions FOR SYSTEM_TIME AS OF PROCTIME() AS a ON a.id = t.payer;
CREATE VIEW counts WITH (backfill = 'log') AS SELECT tx_id, payer, at, region, COUNT(*) OVER (PARTITION BY region
  ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM placed;
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (placed KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER) WITH (event_time = 'at', backfill = 'log');
CREATE RULE see_counts ON counts DO ALERT 'x' KEY (payer);`;
    const transfer = (id: string, seconds: number): LogRecord =>
      event('transfers', id, 'A', 'B', 1, at(seconds));
    const records = [
      definitions(source),
      transfer('t1', 1),
      definitions(`${source} CREATE TABLE accounts (id TEXT PRIMARY KEY);`),
      upsert('accounts', 'A'),
      transfer('t2', 2),
      definitions(`${source} CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
        CREATE TABLE regions (id TEXT PRIMARY KEY, name TEXT);`),
      upsert('regions', 'A', 'north'),
      transfer('t3', 3),
      definitions(source + joined),
      transfer('t4', 4),
    ];
    const said: Effect[] = [];
    const fold = newFold(said);
    feed(fold, records);
    expect(edgesOf(fold)).toEqual([
      ['t1', 'A', 'B', at(1), null],
      ['t2', 'A', 'B', at(2), null],
      ['t3', 'A', 'B', at(3), 'north'],
      ['t4', 'A', 'B', at(4), 'north'],
    ]);
    expect(seen(said)).toMatchObject([['see_counts', { tx_id: 't4', region: 'north', n: '2' }]]);
  });

  it(`is right after other definitions that were filled, too (seed ${seed})`, () => {
    // Which events are refused hangs on a view that was filled itself.
    const between = `${BASE}
CREATE VIEW ever WITH (backfill = 'log') AS SELECT tx_id, payer, at, COUNT(*) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM transfers;
CREATE RULE enough ON ever WHEN n > 12 AND n % 2 = 0 DO ALERT 'x' KEY (payer), REFUSE;`;
    let refused = 0;
    for (let round = 0; round < 5; round++) {
      const first = transfers(seed + round, 60);
      const second = transfers(seed + 50 + round, 60, 60);
      const third = transfers(seed + 90 + round, 30, 120);
      const fold = newFold();
      feed(fold, [definitions(BASE), ...first, definitions(between), ...second]);
      refused += fold.counters.rule('enough').firings;
      feed(
        fold,
        [definitions(between + GRAPH), ...third],
        [definitions(BASE), ...first, definitions(between), ...second],
      );
      const always = newFold();
      feed(always, [definitions(BASE + GRAPH), ...first, definitions(between + GRAPH), ...second, ...third]);
      expect(edgesOf(fold)).toEqual(edgesOf(always));
      const hashes = fold.partHashes();
      const parts = Object.entries(always.partHashes()).filter(([name]) =>
        /^(over|window|source|table)/.test(name),
      );
      expect(parts.length).toBeGreaterThan(5);
      for (const [name, hash] of parts) expect([name, hashes[name]]).toEqual([name, hash]);
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('is refused without its history, and needs none at the beginning', () => {
    const fold = newFold();
    expect(fold.backfillsOf(defining(BASE + GRAPH))).toEqual([]);
    fold.apply(definitions(BASE));
    expect(() => fold.apply(definitions(BASE + GRAPH))).toThrow('filling what is new from the log');
    expect(fold.position).toBe(1);
  });
});
