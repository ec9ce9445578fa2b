import { describe, expect, test } from '@jest/globals';
import { compileDefinitions } from '../../language/compile.ts';
import type { LogRecord } from '../../core/record.ts';
import { observeEngine } from './engine-observed.ts';
import { type Observed, observeModel } from './run-case.ts';
import {
  clock,
  define,
  END,
  event,
  firstRow,
  iso,
  pathsFound,
  remove,
  run,
  upsert,
  valuesFound,
} from './scenarios.ts';

const FOLDS: readonly (readonly [string, () => Observed])[] = [
  ['the naive model', () => observeModel(compileDefinitions, 10_000_000)],
  ['the engine', () => observeEngine(compileDefinitions)],
];

const TRANSFERS = `
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(12,2), at TIMESTAMPTZ,
  WATERMARK FOR at AS at - INTERVAL '5 seconds') WITH (allowed_lateness = '10 seconds');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, risk INTEGER);
`;

const NET = `${TRANSFERS}
CREATE PROPERTY GRAPH net VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAID)
  WITH (event_time = 'at', retain = '60 seconds');
`;

/** A transfer of 10.00. */
function pay(id: string, payer: string | null, payee: string | null, at: string, amount = 1000) {
  return event('transfers', id, payer, payee, amount, clock(at));
}

/** A rule on every transfer with the pattern given. */
function search(pattern: string, rest = 'RETURN p'): string {
  return `${NET} CREATE RULE found ON transfers THEN USE net MATCH ${pattern} ${rest} DO ALERT 'found';`;
}

describe.each(FOLDS)('%s', (_, create) => {
  const found = (text: string, records: Parameters<typeof run>[2]) =>
    pathsFound(run(create(), text, records));

  describe('paths', () => {
    const LOOP = search(`p = SIMPLE (a WHERE a.id = $payee)-[t]->{1,3}(b WHERE b.id = $payer)
      -[last WHERE last.tx_id = $tx_id]->(a) ASCENDING BY at WITHIN INTERVAL '20 seconds'`);

    test('finds a loop once, on the edge that closes it', () => {
      const records = [pay('1', 'A', 'B', '01:00'), pay('2', 'B', 'C', '01:05'), pay('3', 'C', 'A', '01:10')];
      expect(found(LOOP, records)).toEqual([[], [], ['found:1>2>3']]);
    });

    test('finds nothing when an earlier edge of the loop arrives last', () => {
      const records = [pay('2', 'B', 'C', '01:05'), pay('3', 'C', 'A', '01:10'), pay('1', 'A', 'B', '01:00')];
      expect(found(LOOP, records)).toEqual([[], [], []]);
    });

    test('keeps parallel transfers apart', () => {
      const records = [pay('1', 'A', 'B', '01:00'), pay('2', 'A', 'B', '01:01'), pay('3', 'B', 'A', '01:10')];
      expect(found(LOOP, records)).toEqual([[], [], ['found:1>3', 'found:2>3']]);
    });

    test('ascends strictly, and includes the end of WITHIN', () => {
      const tied = [pay('1', 'A', 'B', '01:00'), pay('2', 'B', 'A', '01:00')];
      expect(found(LOOP, tied)).toEqual([[], []]);
      expect(found(LOOP, [pay('1', 'A', 'B', '01:00'), pay('2', 'B', 'A', '01:20')])).toEqual([
        [],
        ['found:1>2'],
      ]);
      expect(found(LOOP, [pay('1', 'A', 'B', '01:00'), pay('2', 'B', 'A', '01:20.000001')])).toEqual([
        [],
        [],
      ]);
    });

    test('keeps the latest edges at each vertex before ASCENDING has its say', () => {
      const text = search(
        `p = (a WHERE a.id = $payer)-[t]->{2}(c) ASCENDING BY at WITHIN INTERVAL '5 seconds' KEEP LATEST 1`,
      );
      const records = [pay('1', 'A', 'B', '01:10'), pay('2', 'B', 'C', '01:14'), pay('3', 'B', 'D', '01:12')];
      const tooFar = pay('4', 'B', 'E', '01:15.000001');
      const older = pay('5', 'A', 'X', '01:09');
      const newer = pay('5', 'A', 'X', '01:11');
      expect(found(text, [...records, older]).at(-1)).toEqual(['found:1>2']);
      expect(found(text, [...records, newer]).at(-1)).toEqual([]);
      expect(found(text, [...records, tooFar, older]).at(-1)).toEqual([]);
    });

    test('merges parallel edges that pass the WHERE of their hop', () => {
      const text = search(`p = (a WHERE a.id = $payee)-[t WHERE t.amount > 5]->(b) MERGE PARALLEL`);
      const records = [
        pay('1', 'B', 'C', '01:00'),
        pay('2', 'B', 'C', '01:01', 100),
        pay('3', 'B', 'C', '01:00'),
      ];
      const text2 = text.replace('RETURN p', 'RETURN p, SUM(t.amount) AS total');
      expect(found(text, [...records, pay('4', 'A', 'B', '01:02')]).at(-1)).toEqual(['found:1+3']);
      const observed = run(create(), text2, [...records, pay('4', 'A', 'B', '01:02')]);
      expect(firstRow(observed)).toEqual({ total: '20.00' });
    });

    test.each([
      ['WALK', ['1>2', '1>2>1', '1>2>1>2', '1>2>1>3', '1>3']],
      ['TRAIL', ['1>2', '1>3']],
      ['SIMPLE', ['1>2', '1>3']],
      ['ACYCLIC', ['1>3']],
    ])('%s repeats what it may', (mode, paths) => {
      const text = search(`p = ${mode} (a WHERE a.id = 'A')-[t]->{2,4}(c)`);
      const records = [pay('1', 'A', 'B', '01:00'), pay('2', 'B', 'A', '01:01'), pay('3', 'B', 'C', '01:02')];
      expect(found(text, records).at(-1)).toEqual(paths.map((path) => `found:${path}`));
    });

    test('TRAIL may come back to a vertex, SIMPLE only to its first', () => {
      const records = [pay('1', 'A', 'B', '01:00'), pay('2', 'B', 'C', '01:01'), pay('3', 'C', 'B', '01:02')];
      const paths = (mode: string) =>
        found(search(`p = ${mode} (a WHERE a.id = 'A')-[t]->{3}(c)`), records).at(-1);
      expect(paths('TRAIL')).toEqual(['found:1>2>3']);
      expect(paths('SIMPLE')).toEqual([]);
    });

    test('matches an undirected edge either way, and a self-loop once', () => {
      const text = search(`p = (a WHERE a.id = $payer)-[t]-(b)`);
      const records = [pay('1', 'B', 'A', '01:00'), pay('2', 'A', 'A', '01:01'), pay('3', 'A', 'C', '01:02')];
      expect(found(text, records).at(-1)).toEqual(['found:1', 'found:2', 'found:3']);
    });

    test('keeps a row without an optional match, with NULLs', () => {
      const rest = `OPTIONAL MATCH (b)-[next]->(c) RETURN p, next, c, c.name AS name`;
      const text = search(`p = (a WHERE a.id = $payer)-[t]->(b)`, rest);
      const alerts = run(create(), text, [pay('1', 'A', 'B', '01:00')])[0]?.alerts;
      expect(alerts?.[0]?.paths).toEqual([
        { name: 'p', vertices: ['A', 'B'], edges: ['1'], values: { next: null, c: null, name: null } },
      ]);
    });
  });

  describe('the graph', () => {
    const ALL = search('p = ()-[e]->()');

    test('drops source-fed edges strictly before the watermark less the retention', () => {
      const records = [
        pay('1', 'A', 'B', '01:00'),
        pay('2', 'A', 'B', '02:05'),
        pay('3', 'A', 'B', '02:05.000001'),
      ];
      expect(found(ALL, records)).toEqual([['found:1'], ['found:1', 'found:2'], ['found:2', 'found:3']]);
    });

    test('gives the endpoints of live edges without a row their key and label, all else NULL', () => {
      const text = search(
        'p = (a:Account)-[e]->(b:Account)',
        'RETURN p, a.id AS id, a.name AS from_name, b.name AS to_name',
      );
      const records = [upsert('accounts', 'B', 'Bea', 1), pay('1', 'A', 'B', '01:00')];
      expect(firstRow(run(create(), text, records))).toEqual({
        id: 'A',
        from_name: null,
        to_name: 'Bea',
      });
    });

    test('follows updates and deletes of table rows', () => {
      const text = search('p = (a WHERE a.id = $payer)', 'RETURN p, a.name AS name');
      const row = (records: Parameters<typeof run>[2]) => firstRow(run(create(), text, records));
      const first = upsert('accounts', 'A', 'Ann', 1);
      expect(row([first, pay('1', 'A', 'B', '01:00')])).toEqual({ name: 'Ann' });
      expect(row([first, upsert('accounts', 'A', 'Eve', 1), pay('1', 'A', 'B', '01:00')])).toEqual({
        name: 'Eve',
      });
      expect(row([first, remove('accounts', 'A', null, null), pay('1', 'A', 'B', '01:00')])).toEqual({
        name: null,
      });
    });
  });

  describe('time', () => {
    test('counts a duplicate until the watermark has passed its time and lateness', () => {
      const records = [
        pay('1', 'A', 'B', '01:00'),
        pay('1', 'A', 'B', '01:00'),
        pay('2', 'A', 'B', '01:15'), // watermark 01:10 = 01:00 + lateness: still remembered
        pay('1', 'A', 'B', '01:12'),
        pay('3', 'A', 'B', '01:15.000001'),
        pay('1', 'A', 'B', '01:12'),
      ];
      const counters = run(create(), TRANSFERS, records).map(({ counters: { duplicates, position } }) => [
        duplicates,
        position,
      ]);
      expect(counters).toEqual([
        [0, 2],
        [1, 2],
        [1, 3],
        [2, 3],
        [2, 4],
        [2, 5],
      ]);
    });

    test('puts what is later than the allowed lateness aside, and processes the rest', () => {
      const text = `${TRANSFERS} CREATE RULE seen ON transfers DO ALERT 'seen';`;
      const records = [
        pay('1', 'A', 'B', '01:20'), // watermark 01:15, horizon 01:05
        pay('2', 'A', 'B', '01:05'),
        pay('3', 'A', 'B', '01:04.999999'),
      ];
      const seen = run(create(), text, records);
      expect(seen.map(({ alerts }) => alerts.length)).toEqual([1, 1, 0]);
      expect(seen.at(-1)?.late).toEqual([{ relation: 'transfers', position: 4 }]);
      expect(seen.at(-1)?.counters).toMatchObject({ position: 4, accepted: 3, late: 1 });
    });

    test('rejects what has no event time or is too far ahead of its arrival', () => {
      const records = [
        pay('1', 'A', 'B', '01:00'),
        event('transfers', '2', 'A', 'B', 100, null),
        event('transfers', '3', 'A', 'B', 100, clock('59:59') + 86_400_000_000),
        event('transfers', '4', 'A', 'B', 100, clock('59:59') + 86_400_000_001),
      ];
      const counters = run(create(), TRANSFERS, records).map(({ counters: { rejected, position } }) => [
        rejected,
        position,
      ]);
      expect(counters).toEqual([
        [0, 2],
        [1, 2],
        [1, 3],
        [2, 3],
      ]);
    });

    test('keeps what was late once late, also under a text that allows more', () => {
      const wider = TRANSFERS.replace("'10 seconds'", "'60 seconds'");
      const stricter = TRANSFERS.replace("'10 seconds'", "'0 seconds'");
      const records = [pay('1', 'A', 'B', '01:20'), define(wider), pay('2', 'A', 'B', '01:04')];
      expect(run(create(), TRANSFERS, records).at(-1)?.counters.late).toBe(1);
      const strict = [pay('1', 'A', 'B', '01:20'), define(stricter), pay('2', 'A', 'B', '01:14')];
      expect(run(create(), TRANSFERS, strict).at(-1)?.counters.late).toBe(1);
    });

    test('leaves a silent source out of the least watermark, from a tick to its next event', () => {
      const source = (
        name: string,
        more: string,
      ) => `CREATE SOURCE ${name} (id TEXT PRIMARY KEY, a TEXT, b TEXT,
        at TIMESTAMPTZ, WATERMARK FOR at) WITH (max_ahead = '1 hour'${more});`;
      const edges = (name: string) => `${name} KEY (id) SOURCE KEY (a) REFERENCES accounts (id)
        DESTINATION KEY (b) REFERENCES accounts (id) LABEL PAID`;
      const text = `${source('loud', '')} ${source('quiet', ", idle_timeout = '10 seconds'")}
        CREATE TABLE accounts (id TEXT PRIMARY KEY); CREATE SOURCE probe (id TEXT PRIMARY KEY);
        CREATE PROPERTY GRAPH net VERTEX TABLES (accounts KEY (id) LABEL Account)
          EDGE TABLES (${edges('loud')}, ${edges('quiet')}) WITH (event_time = 'at', retain = '5 seconds');
        CREATE RULE seen ON probe THEN USE net MATCH ()-[e]->() RETURN e DO ALERT 'seen' KEY (e);`;
      const arriving = (at: string, relation: string, id: string): LogRecord => ({
        kind: 'event',
        arrivalMicros: clock(at),
        relation,
        row: [id, 'A', 'B', clock(at)],
      });
      const look = (id: string) => event('probe', id);
      const tick = (at: string): LogRecord => ({ kind: 'tick', arrivalMicros: clock(at) });
      const records = [
        arriving('00:02', 'loud', 'l1'),
        arriving('00:09', 'loud', 'l2'),
        tick('00:09.999999'), // 10 seconds since the definition are not over: nothing of quiet has come
        look('1'),
        tick('00:10'),
        look('2'),
        arriving('00:11', 'quiet', 'q1'),
        arriving('00:30', 'loud', 'l3'), // quiet holds time at 00:11
        look('3'),
        tick('00:21'),
        look('4'),
        arriving('00:12', 'quiet', 'q2'), // time does not fall back to 00:12
        look('5'),
      ];
      const observed = run(create(), text, records).filter((_, n) => 'row' in (records[n] as object));
      const seen = observed.map(({ alerts }) => alerts.map(({ key }) => Object.values(key)[0]).sort());
      expect(seen.filter((keys) => keys.length > 0)).toEqual([
        ['loud:l1', 'loud:l2'],
        ['loud:l2'],
        ['loud:l2', 'loud:l3', 'quiet:q1'],
        ['loud:l3'],
        ['loud:l3'],
      ]);
    });

    test('fires OVER with the event, ties and both ends of RANGE included, and never revises', () => {
      const text = `${TRANSFERS} CREATE VIEW sums AS SELECT tx_id, payer, at, COUNT(*) OVER w AS n, SUM(amount) OVER w AS total
        FROM transfers WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '10 seconds' PRECEDING AND CURRENT ROW);
        CREATE RULE seen ON sums DO ALERT 'seen';`;
      const records = [
        pay('1', 'A', 'B', '01:00'),
        pay('2', 'A', 'B', '01:10'),
        pay('3', 'A', 'B', '01:10'),
        pay('4', 'A', 'B', '01:05'), // late: counts itself and 1
        pay('5', 'A', 'B', '01:15'), // counts 2, 3, 4 and itself
        pay('6', 'B', 'B', '01:15'),
      ];
      expect(valuesFound(run(create(), text, records), 'n', 'total').map(([first]) => first)).toEqual([
        ['1', '10.00'],
        ['2', '20.00'],
        ['3', '30.00'],
        ['2', '20.00'],
        ['4', '40.00'],
        ['1', '10.00'],
      ]);
    });

    test('fires TUMBLE when the watermark reaches the end, and corrects within the lateness', () => {
      const text = `${TRANSFERS} CREATE VIEW tens AS SELECT payer, window_end, COUNT(*) AS n FROM TUMBLE(transfers, at, INTERVAL '10 seconds')
        GROUP BY payer, window_start, window_end;
        CREATE RULE first ON tens DO ALERT 'first'; CREATE RULE again ON REVISION OF tens DO ALERT 'again';`;
      const records = [
        pay('1', 'B', 'X', '01:01'),
        pay('2', 'A', 'X', '01:09'),
        pay('3', 'A', 'X', '01:14.999999'),
        pay('4', 'A', 'X', '01:15'),
        pay('5', 'A', 'X', '01:05'),
        END,
      ];
      const seen = run(create(), text, records).map(({ alerts }) =>
        alerts.map(({ rule, values }) => [rule, values.payer, values.window_end, values.n]),
      );
      expect(seen).toEqual([
        [],
        [],
        [],
        [
          ['first', 'A', iso('01:10'), '1'],
          ['first', 'B', iso('01:10'), '1'],
        ],
        [['again', 'A', iso('01:10'), '2']],
        [['first', 'A', iso('01:20'), '2']],
      ]);
    });
  });

  describe('joins', () => {
    const RATES = `${TRANSFERS} CREATE TABLE rates (code TEXT PRIMARY KEY, rate INTEGER, at TIMESTAMPTZ, WATERMARK FOR at);`;
    const view = (
      version: string,
    ) => `${RATES} CREATE VIEW rated AS SELECT s.tx_id, s.at, r.rate FROM transfers AS s
      LEFT JOIN rates FOR SYSTEM_TIME AS OF ${version} AS r ON r.code = s.payer; CREATE RULE seen ON rated DO ALERT 'seen';`;
    const records = [
      pay('1', 'A', 'B', '01:00'),
      upsert('rates', 'A', 1, clock('01:00')),
      upsert('rates', 'A', 2, clock('01:10')),
      pay('2', 'A', 'B', '01:05'),
      pay('3', 'A', 'B', '01:10'),
    ];

    test('take the table as it stands at the event', () => {
      expect(valuesFound(run(create(), view('PROCTIME()'), records), 'rate')).toEqual([
        [[null]],
        [],
        [],
        [[2]],
        [[2]],
      ]);
    });

    test('take the version that was valid then', () => {
      expect(valuesFound(run(create(), view('s.at'), records), 'rate')).toEqual([
        [[null]],
        [],
        [],
        [[1]],
        [[2]],
      ]);
    });
  });

  describe('rules', () => {
    test('REFUSE takes the event out of everything, and no other rule runs', () => {
      const text = `${NET} CREATE RULE stop ON transfers WHEN amount > 100 THEN USE net MATCH p = ()-[e WHERE e.tx_id = $tx_id]->()
        RETURN p DO ALERT 'stop', REFUSE;
        CREATE RULE all ON transfers THEN USE net MATCH p = ()-[e]->() RETURN p DO ALERT 'all';`;
      const observed = run(create(), text, [
        pay('1', 'A', 'B', '01:00'),
        pay('2', 'A', 'B', '01:01', 20_000),
        pay('2', 'A', 'B', '01:01'), // its key stays remembered
        pay('3', 'A', 'B', '01:02'),
      ]);
      expect(pathsFound(observed)).toEqual([['all:1'], ['stop:2'], [], ['all:1', 'all:3']]);
      expect(observed.at(-1)?.counters).toMatchObject({
        refused: 1,
        accepted: 3,
        duplicates: 1,
        position: 4,
      });
    });

    test('DECIDE takes the first listed of the outcomes named; a refused event answers so', () => {
      const text = `${TRANSFERS}
        CREATE DECISION verdict ON transfers OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 200 MILLISECONDS;
        CREATE RULE a ON transfers WHEN amount > 10 DO DECIDE review;
        CREATE RULE b ON transfers WHEN amount > 20 DO DECIDE deny;
        CREATE RULE c ON transfers WHEN amount > 30 DO REFUSE;`;
      const amounts = [1000, 1100, 2100, 3100];
      const records = amounts.map((amount, index) => pay(`t${index}`, 'A', 'B', '01:00', amount));
      const decided = run(create(), text, records).map(({ decisions }) =>
        decisions.map(({ outcome, rules, key }) => [outcome, rules, key]),
      );
      expect(decided).toEqual([
        [['approve', [], 't0']],
        [['review', ['a'], 't1']],
        [['deny', ['b'], 't2']],
        [['refused', ['c'], 't3']],
      ]);
    });

    test('SUPPRESS counts repeats since the last raised alert, in event time', () => {
      const text = `${TRANSFERS} CREATE RULE seen ON transfers DO ALERT 'seen' KEY (payer) SUPPRESS INTERVAL '10 seconds';`;
      const records = [
        pay('1', 'A', 'B', '01:00'),
        pay('2', 'A', 'B', '01:09.999999'),
        pay('3', 'B', 'B', '01:09'),
        pay('4', 'A', 'B', '01:10'),
        pay('5', 'A', 'B', '01:09'),
      ];
      const observed = run(create(), text, records);
      expect(observed.map(({ alerts }) => alerts.map(({ key }) => key.payer))).toEqual([
        ['A'],
        [],
        ['B'],
        ['A'],
        [],
      ]);
      expect(observed.at(-1)?.counters.suppressed).toBe(2);
    });

    test('raises one alert for each KEY, holding its rows', () => {
      const text = search('p = (a WHERE a.id = $payer)-[e]->(b)', 'RETURN p, b.id AS other').replace(
        "'found'",
        "'found' KEY (other)",
      );
      const records = [pay('1', 'A', 'C', '01:00'), pay('2', 'A', 'B', '01:01'), pay('3', 'A', 'C', '01:02')];
      const last = run(create(), text, records)
        .at(-1)
        ?.alerts.map(({ key, paths }) => [key.other, paths.length]);
      expect(last).toEqual([
        ['C', 2],
        ['B', 1],
      ]);
    });

    test('INSERT INTO upserts after the rules of the record, and triggers rules on its table', () => {
      const text = `${TRANSFERS} CREATE TABLE flags (id TEXT PRIMARY KEY, times INTEGER);
        CREATE RULE mark ON transfers DO INSERT INTO flags (id, times) VALUES (payer, 1);
        CREATE RULE new_flag ON flags DO ALERT 'new';
        CREATE RULE old_flag AFTER UPDATE ON flags WHEN $old.times = times DO ALERT 'again';`;
      const records = [pay('1', 'A', 'B', '01:00'), pay('2', 'A', 'B', '01:01')];
      const rules = run(create(), text, records).map(({ alerts }) =>
        alerts.map(({ rule, position }) => [rule, position]),
      );
      expect(rules).toEqual([[['new_flag', 2]], [['old_flag', 3]]]);
    });

    test('each row goes on in the first branch that holds, and ends without one', () => {
      const text = search(
        'p = (a WHERE a.id = $payer)-[e]->(b)',
        `WHEN e.amount > 20 THEN { RETURN p, 'high' AS kind } WHEN e.amount > 10 THEN { RETURN p, 'mid' AS kind }`,
      );
      const records = [
        pay('1', 'A', 'B', '01:00', 3000),
        pay('2', 'A', 'B', '01:01', 1000),
        pay('3', 'A', 'B', '01:02', 2000),
      ];
      const last = run(create(), text, records).at(-1)?.alerts[0]?.paths as {
        edges: string[];
        values: { kind: string };
      }[];
      expect(last.map(({ edges, values }) => [edges[0], values.kind])).toEqual([
        ['1', 'high'],
        ['3', 'mid'],
      ]);
    });

    test('a changed rule is a new version, and other definitions keep their state', () => {
      const sums = (
        limit: number,
      ) => `${TRANSFERS} CREATE VIEW sums AS SELECT tx_id, payer, at, COUNT(*) OVER w AS n
        FROM transfers WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);
        CREATE RULE seen ON sums WHEN n >= ${limit} DO ALERT 'seen';`;
      const observed = run(create(), sums(1), [
        pay('1', 'A', 'B', '01:00'),
        define(sums(2)),
        pay('2', 'A', 'B', '01:01'),
      ]);
      expect(
        observed.map(({ alerts }) =>
          alerts.map(({ version, position, values }) => [version, position, values.n]),
        ),
      ).toEqual([[[1, 2, '1']], [], [[2, 4, '2']]]);
    });
  });
});
