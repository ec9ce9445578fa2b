import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../core/record.ts';
import { compileDefinitions } from '../language/compile.ts';
import type { Program } from '../language/plan.ts';
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
CREATE VIEW clean AS SELECT t.tx_id, t.payer, t.payee, t.amount, t.at FROM transfers t
  LEFT JOIN blocked FOR SYSTEM_TIME AS OF PROCTIME() AS b ON b.id = t.payer WHERE b.id IS NULL;
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (clean KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '100 seconds');
CREATE VIEW totals AS SELECT tx_id, payer, at, SUM(amount) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total, COUNT(*) OVER (PARTITION BY payee ORDER BY at
  ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS n FROM clean;
CREATE VIEW minutes AS SELECT payer, window_start, window_end, revision, COUNT(*) AS n
  FROM TUMBLE(clean, at, INTERVAL '30 seconds') GROUP BY payer, window_start, window_end;
CREATE RULE see_totals ON totals DO ALERT 'x' KEY (payer);
CREATE RULE see_minutes ON minutes DO ALERT 'x' KEY (payer);
CREATE RULE see_revisions ON REVISION OF minutes DO ALERT 'x' KEY (payer);`;

/** What is to be filled from the log is said by name here: views and graphs that are new in GRAPH. */
function compile(text: string): Program {
  const { views, graphs, ...rest } = compileDefinitions(text);
  return {
    ...rest,
    views: views.map((view) => ({ ...view, backfill: ['clean', 'totals', 'minutes'].includes(view.name) })),
    graphs: graphs.map((graph) => ({ ...graph, backfill: true })),
  };
}

function newFold(effects: Effect[] = []): Fold {
  return new Fold({ tenant: 'test', compile, emit: (effect) => effects.push(effect) });
}

/** What rules on the new views said, without what tells the two folds apart: versions of rules and positions. */
function seen(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'alert' || !effect.rule.startsWith('see')) return [];
    const { values } = JSON.parse(effect.line) as { values: unknown };
    return [[effect.rule, values]];
  });
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
      expect(fold.backfillsOf(text)).toEqual(['clean', 'totals', 'minutes', 'flow']);
      const history = new Backfill(text, compile);
      for (const record of before) history.apply(record);
      fold.apply(definitions(text), history);

      const saidAlways: Effect[] = [];
      const always = newFold(saidAlways);
      for (const record of [definitions(text), ...before.slice(1)]) always.apply(record);
      kept += edgesOf(always).length;
      expect(edgesOf(fold)).toEqual(edgesOf(always));
      saidAlways.length = 0;
      for (const record of [...transfers(seed + 1000 + round, 40, 120), END_OF_TIME]) {
        fold.apply(record);
        always.apply(record);
      }
      expect(edgesOf(fold)).toEqual(edgesOf(always));
      expect(seen(said).length).toBeGreaterThan(10);
      expect(seen(said)).toEqual(seen(saidAlways));
      expect(fold.backfillsOf(text)).toEqual([]);
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
    for (const record of before) {
      try {
        fold.apply(record);
      } catch (error) {
        expect(record.kind).toBe('definitions');
        expect(error).toBeInstanceOf(Error);
      }
    }
    expect(fold.counters.refused).toBe(1);
    const history = new Backfill(newer, compile);
    for (const record of before) history.apply(record);
    fold.apply(definitions(newer), history);
    expect(edgesOf(fold)).toEqual([
      ['t1', 'A', 'B', 1, null, at(1)],
      ['t3', 'A', 'B', 1, null, at(3)],
    ]);
  });

  it('is refused without its history, and needs none at the beginning', () => {
    const fold = newFold();
    expect(fold.backfillsOf(BASE + GRAPH)).toEqual([]);
    fold.apply(definitions(BASE));
    expect(() => fold.apply(definitions(BASE + GRAPH))).toThrow('filling what is new from the log');
    expect(fold.position).toBe(1);
  });
});
