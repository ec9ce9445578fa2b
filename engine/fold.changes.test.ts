import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../core/record.ts';
import {
  alertsOf,
  at,
  definitions,
  event,
  remove,
  runFold,
  runWithRestarts,
  upsert,
} from '../tests/engine/run-fold.ts';

const SOURCE = `
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);`;
const COUNTED = `
CREATE VIEW counted AS SELECT tx_id, payer, at, COUNT(*) OVER (PARTITION BY payer ORDER BY at
  RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) AS n FROM transfers;`;
const SEEN = `CREATE RULE seen ON counted DO ALERT 'x' KEY (payer);`;

function graph(retain: string, label = 'TRANSFER'): string {
  return `
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL ${label})
  WITH (event_time = 'at', retain = '${retain}');`;
}

function pairs(label = 'TRANSFER'): string {
  return `CREATE RULE pairs ON transfers THEN USE flow
    MATCH p = (a:Account WHERE a.id = $payee)-[t:${label}]->(b:Account WHERE b.id = $payer)
    RETURN p, a.name AS name DO ALERT 'x' KEY (payer);`;
}

function transfer(id: string, payer: string, payee: string, seconds: number, ...more: string[]): LogRecord {
  return event('transfers', id, payer, payee, 100, at(seconds), ...more);
}

/** Values of the alerts, by name, in order. */
function valuesOf(records: readonly LogRecord[], name: string): unknown[] {
  const whole = runFold(records);
  const restarted = runWithRestarts(records, () => true);
  expect(restarted.effects).toEqual(whole.effects);
  expect(restarted.hash).toBe(whole.hash);
  return alertsOf(whole.effects).map(({ values }) => values[name]);
}

describe('a change of definitions', () => {
  it('keeps the state of operators whose plan is unchanged', () => {
    const records = [
      definitions(SOURCE + COUNTED + SEEN),
      transfer('t1', 'A', 'B', 1),
      definitions(
        `${SOURCE}${COUNTED.replace('AS n', 'AS n_1h')}${SEEN.replace('seen', 'seen_again')}`,
        true,
      ),
      transfer('t2', 'A', 'B', 2),
    ];
    expect(valuesOf(records, 'n_1h')).toEqual([undefined, '2']);
  });

  it('lets operators with another plan start empty', () => {
    const records = [
      definitions(SOURCE + COUNTED + SEEN),
      transfer('t1', 'A', 'B', 1),
      definitions(SOURCE + COUNTED.replace('1 hour', '2 hours') + SEEN),
      transfer('t2', 'A', 'B', 2),
    ];
    expect(valuesOf(records, 'n')).toEqual(['1', '1']);
  });

  it('takes effect at its position, and counts as one', () => {
    const { fold, effects } = runFold([
      definitions(SOURCE + COUNTED + SEEN),
      transfer('t1', 'A', 'B', 1),
      definitions(SOURCE + COUNTED + SEEN.replace("'x'", "'y'")),
      transfer('t2', 'A', 'B', 2),
    ]);
    expect(fold.position).toBe(4);
    expect(alertsOf(effects).map(({ position, version }) => [position, version])).toEqual([
      [2, 1],
      [4, 2],
    ]);
  });

  it('raises the version of a rule by one with each other plan, and goes on after a drop', () => {
    const other = SEEN.replace("'x'", "'y'");
    const texts = [SEEN, SEEN, other, '', other, SEEN];
    const records = texts.flatMap((rule, n) => [
      definitions(SOURCE + COUNTED + rule, true),
      transfer(`t${n}`, 'A', 'B', n),
    ]);
    const { effects } = runFold(records);
    expect(alertsOf(effects).map(({ version }) => version)).toEqual([1, 1, 2, 3, 4]);
  });

  it('of a rule forgets which alerts it has raised', () => {
    const quiet = SEEN.replace('KEY (payer)', "KEY (payer) SUPPRESS INTERVAL '1 hour'");
    const records = [
      definitions(SOURCE + COUNTED + quiet),
      transfer('t1', 'A', 'B', 1),
      transfer('t2', 'A', 'B', 2),
      definitions(SOURCE + COUNTED + quiet.replace("'x'", "'y'")),
      transfer('t3', 'A', 'B', 3),
      transfer('t4', 'A', 'B', 4),
    ];
    expect(valuesOf(records, 'tx_id')).toEqual(['t1', 't3']);
  });

  it('fills a new graph with the rows of its tables', () => {
    const records = [
      definitions(SOURCE),
      upsert('accounts', 'B', 'Bee'),
      upsert('accounts', 'C', 'Sea'),
      remove('accounts', 'C', null),
      definitions(SOURCE + graph('1 hour') + pairs()),
      transfer('t1', 'B', 'A', 1),
      transfer('t2', 'A', 'B', 2),
    ];
    const { effects } = runFold(records);
    expect(alertsOf(effects).map(({ paths }) => paths)).toEqual([
      [{ name: 'p', vertices: ['B', 'A'], edges: ['t1'], values: { name: 'Bee' } }],
    ]);
    expect(valuesOf(records, 'tx_id')).toEqual(['t2']);
  });

  it('keeps the edges of a graph of which only something else changes, and drops them with their plan', () => {
    const change = (second: string) => [
      definitions(SOURCE + graph('1 hour') + pairs()),
      transfer('t1', 'B', 'A', 1),
      definitions(second),
      transfer('t2', 'A', 'B', 2),
    ];
    expect(valuesOf(change(SOURCE + graph('2 hours') + pairs()), 'tx_id')).toEqual(['t2']);
    expect(valuesOf(change(SOURCE + graph('1 hour', 'PAID') + pairs('PAID')), 'tx_id')).toEqual(['t2']);
    const otherKey = graph('1 hour').replace('KEY (tx_id)', 'KEY (tx_id, payer)');
    expect(valuesOf(change(SOURCE + otherKey + pairs()), 'tx_id')).toEqual([]);
  });

  it('starts the edges of a graph anew where they show more than was kept of them', () => {
    const showing = (properties: string, source = SOURCE): string =>
      source +
      graph('1 hour').replace('LABEL TRANSFER', `LABEL TRANSFER PROPERTIES (${properties})`) +
      `CREATE RULE back ON transfers THEN USE flow
        MATCH p = (a:Account WHERE a.id = $payee)-[t:TRANSFER]->(b:Account WHERE b.id = $payer)
        RETURN p, t.amount AS amount DO ALERT 'x' KEY (payer);`;
    const change = (second: string) =>
      valuesOf(
        [
          definitions(showing('amount')),
          transfer('t1', 'B', 'A', 1),
          definitions(second),
          transfer('t2', 'A', 'B', 2),
        ],
        'tx_id',
      );
    const wider = SOURCE.replace('at TIMESTAMPTZ,', 'at TIMESTAMPTZ, note TEXT,');
    // `at` is the event time, which is kept with each edge; `note` was in no row that came before.
    expect(change(showing('amount, at'))).toEqual(['t2']);
    expect(change(showing('amount, note', wider))).toEqual(['t2']);
    const without = showing('at').replace('t.amount', 't.at');
    expect(change(without)).toEqual(['t2']);
    expect(
      valuesOf(
        [
          definitions(without),
          transfer('t1', 'B', 'A', 1),
          definitions(showing('amount, at')),
          transfer('t2', 'A', 'B', 2),
        ],
        'tx_id',
      ),
    ).toEqual([]);
  });

  it('lets sources and tables gain columns, NULL where rows are older', () => {
    const wider = SOURCE.replace('at TIMESTAMPTZ,', 'at TIMESTAMPTZ, note TEXT,').replace(
      'name TEXT',
      'name TEXT, region TEXT',
    );
    const rules = `
      CREATE VIEW joined AS SELECT t.tx_id, t.note, a.region, a.name, t.at FROM transfers t
        JOIN accounts FOR SYSTEM_TIME AS OF PROCTIME() AS a ON a.id = t.payer;
      CREATE RULE joined_seen ON joined DO ALERT 'x' KEY (tx_id);`;
    const records = [
      definitions(SOURCE + COUNTED),
      upsert('accounts', 'A', 'Ah'),
      transfer('t1', 'A', 'B', 1),
      definitions(wider + COUNTED + rules),
      transfer('t2', 'A', 'B', 2, 'hello'),
      // A row written before the change is shorter.
      transfer('t3', 'A', 'B', 3),
      upsert('accounts', 'A', 'Ah', 'north'),
      transfer('t4', 'A', 'B', 4, 'bye'),
    ];
    const { effects } = runFold(records);
    expect(alertsOf(effects).map(({ values }) => [values.note, values.region, values.name])).toEqual([
      ['hello', null, 'Ah'],
      [null, null, 'Ah'],
      ['bye', 'north', 'Ah'],
    ]);
    expect(valuesOf(records, 'tx_id')).toEqual(['t2', 't3', 't4']);
  });

  it('changes nothing when it cannot take effect', () => {
    const { fold } = runFold([definitions(SOURCE + COUNTED + SEEN), transfer('t1', 'A', 'B', 1)]);
    const before = fold.stateHash();
    const attempts: [LogRecord, string][] = [
      [definitions('CREATE RUBBISH'), 'SYNTAX'],
      [definitions(SOURCE + COUNTED), 'DROP_NOT_ALLOWED'],
      [definitions(SOURCE.replace('name TEXT', 'name INTEGER') + COUNTED + SEEN), 'INCOMPATIBLE_CHANGE'],
      [
        definitions(SOURCE.replace('name TEXT', 'name TEXT, n INTEGER NOT NULL') + COUNTED + SEEN),
        'INCOMPATIBLE_CHANGE',
      ],
      [definitions(SOURCE.replace(', name TEXT', '') + COUNTED + SEEN), 'INCOMPATIBLE_CHANGE'],
      [
        definitions(SOURCE.replace('name TEXT', 'name TEXT NOT NULL') + COUNTED + SEEN),
        'INCOMPATIBLE_CHANGE',
      ],
    ];
    for (const [record, code] of attempts) {
      expect(() => fold.apply(record)).toThrow();
      try {
        fold.apply(record);
      } catch (error) {
        const codes =
          'errors' in (error as object) ? (error as { errors: { code: string }[] }).errors : [error];
        expect((codes as { code: string }[]).map((each) => each.code)).toEqual([code]);
      }
      expect(fold.stateHash()).toBe(before);
      expect(fold.position).toBe(2);
    }
  });

  it('is in no state that a build restores which names its plans differently', () => {
    const { fold } = runFold([definitions(SOURCE + COUNTED + SEEN), transfer('t1', 'A', 'B', 1)]);
    const entries = fold.saveChanges().flatMap(({ part, key, bytes }) => {
      return key === null || bytes === null ? [] : [{ part: part.replace(/^over\/./, 'over/?'), key, bytes }];
    });
    const head = { offset: 2, position: 2, semantics: 1, effects: 1 };
    expect(() => runFold([]).fold.restore(entries, head)).toThrow('nothing here holds over/?');
  });

  it('drops the state of what is dropped, also from checkpoints', () => {
    const records = [
      definitions(SOURCE + COUNTED + graph('1 hour')),
      transfer('t1', 'A', 'B', 1),
      definitions(SOURCE, true),
      transfer('t2', 'A', 'B', 2),
      definitions(SOURCE + COUNTED + SEEN),
      transfer('t3', 'A', 'B', 3),
    ];
    expect(valuesOf(records, 'n')).toEqual(['1']);
    const { fold } = runFold(records.slice(0, 3));
    expect(Object.keys(fold.describe())).toEqual(['rules', 'source/transfers', 'table/accounts']);
  });
});
