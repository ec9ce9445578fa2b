import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../core/limits.ts';
import {
  alertsOf,
  at,
  definitions,
  END_OF_TIME,
  event,
  remove,
  runFold,
  upsert,
  valuesOf,
} from '../tests/engine/run-fold.ts';

const TRANSFERS = `
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
    WATERMARK FOR at AS at - INTERVAL '5 seconds')
  WITH (allowed_lateness = '1 minute', max_ahead = '1 hour');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
`;
const GRAPH = `
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '1 hour');
`;
const LOOP = `
CREATE RULE loop ON transfers
THEN USE flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:TRANSFER]->{1,5}(b:Account WHERE b.id = $payer)-[last:TRANSFER WHERE last.tx_id = $tx_id]->(a)
       ASCENDING BY at
     RETURN p, SUM(t.amount) + last.amount AS total
DO ALERT 'loop' SEVERITY HIGH KEY (payer, payee);
`;

function transfer(id: string, payer: string, payee: string, seconds: number, amount = 100) {
  return event('transfers', id, payer, payee, amount, at(seconds));
}

describe('the fold', () => {
  it('finds a loop when its last edge in time arrives', () => {
    const { effects, fold } = runFold([
      definitions(TRANSFERS + GRAPH + LOOP),
      transfer('t1', 'A', 'B', 1),
      transfer('t2', 'B', 'C', 2),
      transfer('t3', 'C', 'A', 3),
    ]);
    const [alert, ...others] = alertsOf(effects);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      rule: 'loop',
      version: 1,
      key: { payer: 'C', payee: 'A' },
      position: 4,
      severity: 'HIGH',
      partial: false,
      time: '2026-01-01T00:00:03.000Z',
      paths: [
        { name: 'p', vertices: ['A', 'B', 'C', 'A'], edges: ['t1', 't2', 't3'], values: { total: '3.00' } },
      ],
    });
    expect(fold.counters.rule('loop')).toMatchObject({ firings: 3, jobs: 3, partial: 0 });
  });

  it('writes the fields of an alert in the order that is promised', () => {
    const { effects } = runFold([
      definitions(`${TRANSFERS} CREATE RULE all_of_them ON transfers DO ALERT 'x' KEY (payer);`),
      transfer('t1', 'A', 'B', 1),
    ]);
    const alert = effects.find(({ kind }) => kind === 'alert');
    expect(Object.keys(JSON.parse(alert?.kind === 'alert' ? alert.line : '{}'))).toEqual([
      'id',
      'rule',
      'version',
      'key',
      'time',
      'severity',
      'position',
      'partial',
      'paths',
      'values',
      'trace',
    ]);
  });

  it('counts a repeated key, and takes it anew once it is forgotten', () => {
    const { fold } = runFold([
      definitions(TRANSFERS),
      transfer('t1', 'A', 'B', 100),
      transfer('t1', 'A', 'B', 100),
      transfer('t1', 'A', 'B', 160),
      transfer('t2', 'A', 'B', 166),
      // The watermark is at 161, and a minute of lateness reaches back to 101.
      transfer('t1', 'A', 'B', 170),
    ]);
    expect(fold.counters).toMatchObject({ accepted: 3, duplicates: 2, late: 0 });
    expect(fold.position).toBe(4);
  });

  it('sends what is late beyond lateness to the side, with a position and no more', () => {
    const { fold, effects } = runFold([
      definitions(`${TRANSFERS} CREATE RULE seen ON transfers DO ALERT 'x' KEY (tx_id);`),
      transfer('t1', 'A', 'B', 100),
      transfer('late', 'A', 'B', 34.9),
      transfer('just', 'A', 'B', 35),
    ]);
    expect(fold.counters).toMatchObject({ accepted: 3, late: 1 });
    expect(alertsOf(effects).map(({ position, values }) => [position, values.tx_id])).toEqual([
      [2, 't1'],
      [4, 'just'],
    ]);
    expect(effects.filter(({ kind }) => kind === 'late')).toMatchObject([
      { relation: 'transfers', position: 3, line: expect.stringContaining('"tx_id":"late"') },
    ]);
  });

  it('rejects events without a time or too far ahead, which have no position', () => {
    const { fold } = runFold([
      definitions(TRANSFERS),
      event('transfers', 't1', 'A', 'B', 1, null),
      transfer('t2', 'A', 'B', 3601),
      transfer('t3', 'A', 'B', 3600),
    ]);
    expect([...fold.counters.rejected]).toEqual([
      ['EVENT_TIME_MISSING', 1],
      ['EVENT_TOO_FAR_AHEAD', 1],
    ]);
    expect(fold.position).toBe(2);
  });

  it('drops source-fed edges by the watermark', () => {
    const { effects } = runFold([
      definitions(TRANSFERS + GRAPH + LOOP),
      transfer('t1', 'A', 'B', 0),
      transfer('t2', 'B', 'A', 3600),
      transfer('t3', 'C', 'D', 0.1),
      transfer('t4', 'D', 'C', 3606),
    ]);
    expect(alertsOf(effects).map(({ paths }) => paths[0]?.edges)).toEqual([['t1', 't2']]);
  });

  it('runs rules in name order and rows in key order, on the state that includes the record', () => {
    const text = `${TRANSFERS}
      CREATE TABLE tags (account TEXT, tag TEXT, PRIMARY KEY (account, tag));
      CREATE VIEW tagged AS SELECT t.tx_id, g.tag, t.at FROM transfers t
        JOIN tags FOR SYSTEM_TIME AS OF PROCTIME() AS g ON g.account = t.payer;
      CREATE RULE b_rule ON tagged DO ALERT 'x' KEY (tag);
      CREATE RULE a_rule ON tagged DO ALERT 'x' KEY (tag);`;
    const { effects } = runFold([
      definitions(text),
      upsert('tags', 'A', 'z'),
      upsert('tags', 'A', 'b'),
      upsert('tags', 'B', 'c'),
      transfer('t1', 'A', 'B', 1),
    ]);
    expect(alertsOf(effects).map(({ rule, values }) => [rule, values.tag])).toEqual([
      ['a_rule', 'b'],
      ['a_rule', 'z'],
      ['b_rule', 'b'],
      ['b_rule', 'z'],
    ]);
  });

  it('tells inserts, updates and deletes of a table apart', () => {
    const text = `${TRANSFERS}
      CREATE VIEW named AS SELECT id, name FROM accounts WHERE name IS NOT NULL;
      CREATE RULE added ON named DO ALERT 'x' KEY (id);
      CREATE RULE changed AFTER UPDATE ON named WHEN $old.name <> name DO ALERT 'x' KEY (id);
      CREATE RULE gone AFTER DELETE ON named DO ALERT 'x' KEY (id);`;
    const { effects } = runFold([
      definitions(text),
      upsert('accounts', 'A', null),
      upsert('accounts', 'A', 'first'),
      upsert('accounts', 'A', 'second'),
      upsert('accounts', 'A', 'second'),
      upsert('accounts', 'A', null),
      upsert('accounts', 'A', 'third'),
      remove('accounts', 'A', null),
      remove('accounts', 'A', null),
    ]);
    expect(alertsOf(effects).map(({ rule, position, values }) => [rule, position, values.name])).toEqual([
      ['added', 3, 'first'],
      ['changed', 4, 'second'],
      ['gone', 6, 'second'],
      ['added', 7, 'third'],
      ['gone', 8, 'third'],
    ]);
  });

  it('inserts after the rules of the record have run, each row like a record of its own without a position', () => {
    const text = `${TRANSFERS}
      CREATE TABLE seen (account TEXT PRIMARY KEY, tx TEXT);
      CREATE TABLE log (tx TEXT PRIMARY KEY);
      CREATE RULE a_first ON transfers DO INSERT INTO seen (account, tx) VALUES (payer, tx_id), INSERT INTO seen (account, tx) VALUES (payee, tx_id);
      CREATE RULE b_new ON seen DO ALERT 'x' KEY (account), INSERT INTO log (tx) VALUES (tx);
      CREATE RULE c_again AFTER UPDATE ON seen DO ALERT 'x' KEY (account);
      CREATE RULE d_logged ON log DO ALERT 'x' KEY (tx);`;
    const { effects, fold } = runFold([
      definitions(text),
      transfer('t1', 'A', 'B', 1),
      transfer('t2', 'B', 'C', 2),
    ]);
    expect(
      alertsOf(effects).map(({ rule, position, values }) => [rule, position, ...Object.values(values)]),
    ).toEqual([
      ['b_new', 2, 'A', 't1'],
      ['d_logged', 2, 't1'],
      ['b_new', 2, 'B', 't1'],
      ['c_again', 3, 'B', 't2'],
      ['b_new', 3, 'C', 't2'],
      ['d_logged', 3, 't2'],
    ]);
    expect(new Set(alertsOf(effects).map(({ id }) => id)).size).toBe(6);
    expect(fold.position).toBe(3);
  });

  it('answers a decision for each event, with the outcome listed first of those named', () => {
    const text = `${TRANSFERS}
      CREATE DECISION payment ON transfers OUTCOMES (deny, review, approve) DEFAULT approve;
      CREATE RULE large ON transfers WHEN amount > 500 DO DECIDE review;
      CREATE RULE larger ON transfers WHEN amount > 5000 DO DECIDE deny;
      CREATE RULE odd ON transfers WHEN payer = payee DO DECIDE deny;`;
    const { effects, fold } = runFold([
      definitions(text),
      transfer('t1', 'A', 'B', 1, 50_000),
      transfer('t2', 'A', 'A', 2, 500_001),
      transfer('t3', 'A', 'B', 3, 60_000),
    ]);
    expect(fold.counters.decisions.get('payment')).toEqual(
      new Map([
        ['approve', 1],
        ['deny', 1],
        ['review', 1],
      ]),
    );
    expect(effects).toMatchObject([
      { kind: 'decision', decision: 'payment', key: 't1', outcome: 'approve', rules: [], position: 2 },
      { kind: 'decision', key: 't2', outcome: 'deny', rules: ['larger', 'odd'], position: 3 },
      { kind: 'decision', key: 't3', outcome: 'review', rules: ['large'], position: 4 },
    ]);
  });

  it('names with a decision the alerts of its event, of rules that run beside too', () => {
    const text = `${TRANSFERS}
      CREATE DECISION payment ON transfers OUTCOMES (review, approve) DEFAULT approve;
      CREATE RULE large ON transfers WHEN amount > 500 DO ALERT 'x' KEY (payer), DECIDE review, WEBHOOK 'desk';
      CREATE RULE seen ON transfers DO ALERT 'x' KEY (payer), WEBHOOK 'desk', WEBHOOK 'mail';`;
    const { effects, fold } = runFold([
      definitions(text),
      transfer('t1', 'A', 'B', 1, 100),
      transfer('t2', 'A', 'A', 2, 60_000),
      transfer('t0', 'A', 'A', -100, 60_000),
    ]);
    const ids = alertsOf(effects).map(({ id }) => id);
    expect(effects.filter(({ kind }) => kind === 'decision')).toMatchObject([
      {
        source: 'transfers',
        key: 't1',
        outcome: 'approve',
        alerts: [ids[0]],
        time: '2026-01-01T00:00:01.000Z',
      },
      { source: 'transfers', key: 't2', outcome: 'review', alerts: [ids[1], ids[2]] },
    ]);
    expect(fold.counters.webhooks).toEqual(
      new Map([
        ['desk', 3],
        ['mail', 2],
      ]),
    );
    expect(fold.counters.late).toBe(1);
  });

  it('suppresses repeats by event time and key, after the last that was raised', () => {
    const text = `${TRANSFERS} CREATE RULE again ON transfers DO ALERT 'x' KEY (payer) SUPPRESS INTERVAL '20 seconds';`;
    const { effects, fold } = runFold([
      definitions(text),
      transfer('t1', 'A', 'B', 100),
      transfer('t2', 'A', 'B', 119),
      transfer('t3', 'B', 'B', 119),
      transfer('t4', 'A', 'B', 80),
      transfer('t5', 'A', 'B', 120),
      transfer('t6', 'A', 'B', 139),
    ]);
    expect(alertsOf(effects).map(({ values }) => values.tx_id)).toEqual(['t1', 't3', 't5']);
    expect(fold.counters).toMatchObject({ alerts: 3, suppressed: 3 });
  });

  it('fires windows when time has passed them, and lets them flow on', () => {
    const text = `${TRANSFERS}
      CREATE VIEW minutes AS SELECT payer, window_start, window_end, revision, COUNT(*) AS n
        FROM TUMBLE(transfers, at, INTERVAL '1 minute') GROUP BY payer, window_start, window_end;
      CREATE RULE busy ON minutes WHEN n >= 2 DO ALERT 'x' KEY (payer);
      CREATE RULE corrected ON REVISION OF minutes DO ALERT 'x' KEY (payer);`;
    const { effects } = runFold([
      definitions(text),
      transfer('t1', 'B', 'X', 10),
      transfer('t2', 'A', 'X', 20),
      transfer('t3', 'B', 'X', 30),
      transfer('t4', 'A', 'X', 59),
      transfer('t5', 'A', 'X', 65),
      transfer('t6', 'A', 'X', 58),
      END_OF_TIME,
    ]);
    expect(
      alertsOf(effects).map(({ rule, position, values }) => [rule, position, values.payer, values.n]),
    ).toEqual([
      ['busy', 6, 'A', '2'],
      ['busy', 6, 'B', '2'],
      ['corrected', 7, 'A', '3'],
    ]);
    expect(valuesOf(effects, 'corrected')[0]?.slice(1, 4)).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-01T00:01:00.000Z',
      1,
    ]);
  });

  it('bounds what the jobs of one record do together, those of rules that only report apart', () => {
    const rule = (name: string, action: string) => `
CREATE RULE ${name} ON transfers WHEN amount = 7
THEN USE flow MATCH p = TRAIL (a:Account WHERE a.id = $payee)-[t:TRANSFER]->{1,9}(b:Account WHERE b.name = 'x') ASCENDING BY at
     RETURN COUNT(*) AS n BUDGET 900000 EDGES
DO ALERT 'x' KEY (payer)${action};`;
    const decision = `CREATE DECISION d ON transfers OUTCOMES (deny, approve) DEFAULT approve FALLBACK deny DEADLINE 1 SECOND;`;
    const decide = ', DECIDE deny';
    const rules = [
      rule('a', decide),
      rule('b', decide),
      rule('c', decide),
      rule('d', ''),
      rule('e', decide),
    ].join('');
    const transfers = Array.from({ length: 240 }, (_, n) =>
      transfer(`t${n}`, `A${(n * 7) % 10}`, `A${(n * 3 + (n >> 3)) % 10}`, n),
    );
    const { fold } = runFold([
      definitions(TRANSFERS + GRAPH + decision + rules),
      ...transfers,
      transfer('last', 'A1', 'A0', 241, 700),
    ]);
    const visited = ['a', 'b', 'c', 'd', 'e'].map((name) => fold.counters.rule(name).edgesVisited);
    expect(visited).toEqual([900_000, 900_000, 200_000, 900_000, 0]);
    expect(LIMITS.recordEdgesMax).toBe(2_000_000);
    expect(['c', 'e'].map((name) => fold.counters.rule(name).partial)).toEqual([1, 1]);
  });
});
