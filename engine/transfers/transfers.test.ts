import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../../core/record.ts';
import { at, definitions, runFold, runWithRestarts, upsert } from '../../tests/engine/run-fold.ts';
import { Random } from '../../tests/model/random.ts';
import { LIMITS } from '../../core/limits.ts';

const TEXT = `CREATE TABLE users (id TEXT PRIMARY KEY, energy NUMERIC(10,2) CHECK (energy >= 0), twice NUMERIC(10,2) AS energy + energy);
CREATE RULE rich AFTER UPDATE ON users WHEN energy >= 5 DO ALERT 'Rich' KEY (id);`;

/** Amounts in hundredths. */
function transfer(
  from: string,
  to: string,
  amount: number,
  key: string | null,
  issued: number | null = null,
): LogRecord {
  return {
    kind: 'transfer',
    arrivalMicros: at(0),
    relation: 'users.energy',
    row: [from, to, amount, key, issued],
  };
}

const START = [
  definitions(TEXT),
  upsert('users', 'a', 1000),
  upsert('users', 'b', 0),
  upsert('users', 'n', null),
];

/** Outcome, position and both balances of the last of the records. */
function outcomeOf(...records: LogRecord[]) {
  const { fold } = runFold([...START, ...records]);
  const { transferred, outcome } = fold;
  return [outcome, transferred?.position, transferred?.fromBalance, transferred?.toBalance];
}

describe('a transfer', () => {
  it('moves the amount, takes a position, and has rules run on both rows at once', () => {
    const { fold, effects } = runFold([...START, transfer('a', 'b', 500, 'k1')]);
    expect(fold.transferred).toMatchObject({ code: null, position: 5, fromBalance: 500, toBalance: 500 });
    expect(fold.position).toBe(5);
    expect(effects.map((effect) => effect.kind)).toEqual(['alert', 'alert']);
  });

  it('is answered again under its key, and moves nothing a second time', () => {
    const one = transfer('a', 'b', 300, 'k1');
    expect(outcomeOf(one, one)).toEqual(['duplicate', 5, 700, 300]);
    expect(outcomeOf(one, transfer('b', 'a', 100, 'k2'), one)).toEqual(['duplicate', 5, 700, 300]);
    const { fold } = runFold([...START, one, one, one]);
    expect([fold.position, fold.counters.duplicates]).toEqual([5, 2]);
  });

  it('whose key was used for another one is refused', () => {
    const one = transfer('a', 'b', 300, 'k1');
    expect(outcomeOf(one, transfer('a', 'b', 301, 'k1'))[0]).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(outcomeOf(one, transfer('a', 'n', 300, 'k1'))[0]).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(outcomeOf(one, transfer('a', 'b', 300, 'k1', 5))[0]).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it.each<[string, LogRecord]>([
    ['TRANSFER_INSUFFICIENT', transfer('a', 'b', 1001, 'k')],
    ['TRANSFER_INSUFFICIENT', transfer('b', 'a', 1, 'k')],
    ['TRANSFER_AMOUNT_INVALID', transfer('a', 'b', 0, 'k')],
    ['TRANSFER_AMOUNT_INVALID', transfer('a', 'b', -5, 'k')],
    ['TRANSFER_TO_ITSELF', transfer('a', 'a', 5, 'k')],
    ['TRANSFER_ROW_UNKNOWN', transfer('a', 'z', 5, 'k')],
    ['TRANSFER_ROW_UNKNOWN', transfer('z', 'a', 5, 'k')],
    ['TRANSFER_BALANCE_NULL', transfer('a', 'n', 5, 'k')],
    ['TRANSFER_AHEAD', transfer('a', 'b', 5, 'k', at(0) + LIMITS.transferAheadMs * 1000 + 1)],
    ['IDEMPOTENCY_KEY_INVALID', transfer('a', 'b', 5, 'x'.repeat(LIMITS.idempotencyKeyCharsMax + 1))],
    ['TRANSFER_COLUMN_UNKNOWN', { ...transfer('a', 'b', 5, 'k'), relation: 'users.id' } as LogRecord],
  ])('is declined with %s, without a position, and moves nothing', (code, record) => {
    const { fold, hash } = runFold([...START, record]);
    expect(fold.outcome).toBe(code);
    expect(fold.position).toBe(4);
    expect(fold.partHashes()['table/users']).toBe(runFold(START).fold.partHashes()['table/users']);
    expect(hash).toBe(runWithRestarts([...START, record], () => true).hash);
  });

  it('is declined where the taking row would overflow, and moves up to the last cent', () => {
    const most = [upsert('users', 'c', 9_999_999_999), upsert('users', 'd', 1)];
    expect(outcomeOf(...most, transfer('d', 'c', 1, 'k'))[0]).toBe('TRANSFER_OVERFLOW');
    expect(outcomeOf(...most, transfer('c', 'b', 9_999_999_999, 'k'))).toEqual([
      'taken',
      7,
      0,
      9_999_999_999,
    ]);
  });

  it('may be issued as far ahead of its arrival as clocks may differ', () => {
    const ahead = at(0) + LIMITS.transferAheadMs * 1000;
    expect(outcomeOf(transfer('a', 'b', 5, 'k', ahead))[0]).toBe('taken');
  });

  it('that was declined stays declined under its key, also when there is enough later', () => {
    const many = transfer('b', 'a', 5, 'k');
    expect(outcomeOf(many, upsert('users', 'b', 100), many)[0]).toBe('duplicate');
    const { fold } = runFold([...START, many, upsert('users', 'b', 100), many]);
    expect(fold.transferred?.code).toBe('TRANSFER_INSUFFICIENT');
  });

  it('is told from one whose key is forgotten by its issuedAt: what cannot be known is refused, not done again', () => {
    const limit = LIMITS.transfersRemembered;
    Object.assign(LIMITS, { transfersRemembered: 3 });
    try {
      const first = transfer('a', 'b', 1, 'k0', at(-9));
      const others = [1, 2, 3].map((n) => transfer('a', 'b', 1, `k${n}`, at(n - 9)));
      expect(outcomeOf(first, ...others.slice(0, 2), first)[0]).toBe('duplicate');
      expect(outcomeOf(first, ...others, first)[0]).toBe('TRANSFER_TOO_OLD');
      expect(outcomeOf(first, ...others, transfer('a', 'b', 1, 'new', at(-8)))[0]).toBe('taken');
      const records = [...START, first, ...others, first];
      expect(runWithRestarts(records, () => true).hash).toBe(runFold(records).hash);
      // Without issuedAt the key alone says nothing any more.
      expect(outcomeOf(transfer('a', 'b', 1, 'k0'), ...others, transfer('a', 'b', 1, 'k0'))[0]).toBe('taken');
    } finally {
      Object.assign(LIMITS, { transfersRemembered: limit });
    }
  });
});

describe('the memory of transfers', () => {
  const points = (n: number) =>
    ({ ...transfer('a', 'b', 1, `p${n}`, at(n)), relation: 'users.points' }) as LogRecord;

  it('tells what is forgotten by column: clocks of one have nothing to do with requests over another', () => {
    const limit = LIMITS.transfersRemembered;
    const text = TEXT.replace('twice', 'points INTEGER CHECK (points >= 0), twice');
    const start = [definitions(text), upsert('users', 'a', 1000, 9), upsert('users', 'b', 0, 0)];
    const records = [...start, transfer('a', 'b', 1, 'k', at(0.9)), ...[-9, -8, -7].map(points)];
    Object.assign(LIMITS, { transfersRemembered: 2 });
    try {
      const outcome = (record: LogRecord) => runFold([...records, record]).fold.outcome;
      expect(outcome(transfer('a', 'b', 1, 'k', at(0.9)))).toBe('TRANSFER_TOO_OLD');
      expect(outcome(transfer('a', 'b', 1, 'new', at(0.8)))).toBe('TRANSFER_TOO_OLD');
      expect(outcome(points(-9))).toBe('TRANSFER_TOO_OLD');
      expect(outcome(points(-8.5))).toBe('taken');
      const all = [...records, points(-8.5), points(0.5), points(-8.4)];
      expect(runWithRestarts(all, () => true).hash).toBe(runFold(all).hash);
      expect(runFold(all).fold.outcome).toBe('TRANSFER_TOO_OLD');
    } finally {
      Object.assign(LIMITS, { transfersRemembered: limit });
    }
  });

  const long = (n: number) => transfer('x'.repeat(1000), 'b', 1, `k${n}`, at(n - 10));

  it('is bounded by the characters of the texts, also of transfers that name no row', () => {
    const limit = LIMITS.transferCharsRemembered;
    try {
      Object.assign(LIMITS, { transferCharsRemembered: 5000 });
      const records = [...START, ...[1, 2, 3, 4, 5, 6].map(long)];
      const { fold, hash } = runFold(records);
      // Each has 1003 characters.
      expect(fold.describe().transfers?.remembered).toBe(4);
      const [first, second, third] = [long(1), long(2), long(3)];
      expect(runFold([...records, first]).fold.outcome).toBe('TRANSFER_TOO_OLD');
      expect(runFold([...records, second]).fold.outcome).toBe('TRANSFER_TOO_OLD');
      expect(runFold([...records, third]).fold.outcome).toBe('duplicate');
      expect(runWithRestarts([...records, long(7)], () => true).hash).toBe(
        runFold([...records, long(7)]).hash,
      );
      expect(runWithRestarts(records, () => true).hash).toBe(hash);
      // One alone is remembered whatever it has.
      Object.assign(LIMITS, { transferCharsRemembered: 5 });
      expect(runFold([...records, long(7), long(7)]).fold.outcome).toBe('duplicate');
    } finally {
      Object.assign(LIMITS, { transferCharsRemembered: limit });
    }
  });

  it('tells its bytes with those of the texts, in memory and to be saved', () => {
    const { fold } = runFold([...START, long(1), long(2)]);
    const before = fold.changedBytes();
    fold.apply(long(3));
    expect(fold.changedBytes() - before).toBeGreaterThan(1000);
    expect(fold.changedBytes() - before).toBeLessThan(1200);
    const [state] = fold.memory().filter(({ part }) => part === 'state');
    expect(state?.bytes).toBeGreaterThan(3 * 2 * 1000);
    fold.saveChanges();
    expect(fold.changedBytes()).toBe(0);
  });
});

describe('a table that is dropped and made anew', () => {
  const drop: LogRecord = {
    kind: 'definitions',
    arrivalMicros: 0,
    text: 'CREATE TABLE x (id TEXT PRIMARY KEY);',
    allowDrop: true,
  };
  const before = [transfer('a', 'b', 100, 'k1', at(-5)), transfer('a', 'b', 50, 'k2'), drop];
  const again = (text: string) => [
    ...before,
    { ...definitions(text), allowDrop: true } as LogRecord,
    upsert('users', 'a', 1000),
    upsert('users', 'b', 0),
  ];
  const FINER = TEXT.replaceAll('(10,2)', '(10,3)');
  const listed = (...records: LogRecord[]) => {
    const { fold } = runFold([...START, ...records]);
    return fold.transferMemory.transfersOf('users.energy', 'a', null, 9).map(({ row }) => row[3]);
  };

  it('goes on with the keys that are remembered, where its types are the same', () => {
    expect(outcomeOf(...again(TEXT), before[1] as LogRecord)[0]).toBe('duplicate');
    expect(listed(...again(TEXT))).toEqual(['k2', 'k1']);
  });

  it('has begun anew where its types are others: what was moved in another scale is not told as of this one', () => {
    const anew = again(FINER);
    expect(listed(...anew)).toEqual([]);
    expect(outcomeOf(...anew, before[0] as LogRecord)[0]).toBe('TRANSFER_TOO_OLD');
    expect(outcomeOf(...anew, transfer('a', 'b', 60, 'k2'))).toEqual(['taken', 11, 940, 60]);
    expect(listed(...anew, transfer('a', 'b', 60, 'k2'))).toEqual(['k2']);
    const { fold } = runFold([...START, ...anew]);
    expect(fold.transferMemory.transfersOf('users.energy', 'a', 1, 9)).toEqual([]);
    const records = [...START, ...anew, transfer('a', 'b', 60, 'k2'), transfer('b', 'a', 5, 'k3', at(-6))];
    const run = runFold(records);
    const restarted = runWithRestarts(records, () => true);
    expect([restarted.hash, run.fold.outcome]).toEqual([run.hash, 'TRANSFER_TOO_OLD']);
    expect(restarted.fold.transferMemory.transfersOf('users.energy', 'a', null, 9)).toHaveLength(1);
  });
});

describe('DO TRANSFER in a rule', () => {
  const RULES = `CREATE SOURCE collects (id TEXT PRIMARY KEY, me TEXT, friend TEXT, amount NUMERIC(10,2));
CREATE TABLE friendships (a TEXT, b TEXT, PRIMARY KEY (a, b));
CREATE PROPERTY GRAPH friends VERTEX TABLES (users KEY (id) LABEL User)
  EDGE TABLES (friendships KEY (a, b) SOURCE KEY (a) REFERENCES users (id) DESTINATION KEY (b) REFERENCES users (id) LABEL FRIEND);
CREATE RULE collect ON collects THEN USE friends
  MATCH (m:User WHERE m.id = $me)-[f:FRIEND]->(o:User WHERE o.id = $friend) RETURN f
  DO TRANSFER amount FROM friend TO me OF users.energy;`;
  const collect = (id: string, me: string, friend: string, amount: number): LogRecord => ({
    kind: 'event',
    arrivalMicros: at(0),
    relation: 'collects',
    row: [id, me, friend, amount],
  });
  const friends = [...START, definitions(`${TEXT}\n${RULES}`), upsert('friendships', 'b', 'a')];
  const balancesOf = ({ fold }: ReturnType<typeof runFold>) =>
    ['a', 'b'].map((name) => fold.table('users')?.find(name)?.[1]);

  it('moves at the position of the event, once, and rules on the rows run after it', () => {
    const records = [...friends, collect('1', 'b', 'a', 600), collect('1', 'b', 'a', 600)];
    const run = runFold(records);
    expect(balancesOf(run)).toEqual([400, 600]);
    expect(run.fold.position).toBe(7);
    expect(run.effects.map((effect) => effect.kind)).toEqual(['alert']);
    const [made] = run.fold.transferMemory.transfersOf('users.energy', 'b', null, 9);
    expect(made).toMatchObject({ position: 7, code: null, row: ['a', 'b', 600, null, null] });
    expect(runWithRestarts(records, () => true).hash).toBe(run.hash);
  });

  it('moves nothing where the rule finds nothing, and counts what is declined', () => {
    const run = runFold([...friends, collect('1', 'a', 'b', 1), collect('2', 'b', 'a', 1001)]);
    expect(balancesOf(run)).toEqual([1000, 0]);
    expect([...run.fold.counters.evaluationErrors]).toEqual([['TRANSFER_INSUFFICIENT', 1]]);
  });

  it('may not start itself again', () => {
    const again = `${TEXT}\nCREATE RULE more AFTER UPDATE ON users DO TRANSFER 1 FROM id TO 'b' OF users.energy;`;
    expect(() => runFold([definitions(again)])).toThrow(
      expect.objectContaining({ message: expect.stringContaining('more -> more') }),
    );
  });
});

describe('changes that follow from changes by rules', () => {
  /** Each transfer changes two rows, each of which starts a transfer in the next table: as many as 2 to the number of tables. */
  const chain = (tables: number) =>
    Array.from({ length: tables }, (_, n) => {
      const table = `CREATE TABLE t${n} (id TEXT PRIMARY KEY, n INTEGER CHECK (n >= 0));`;
      const rule = `CREATE RULE r${n} AFTER UPDATE ON t${n} DO TRANSFER 1 FROM 'a' TO 'b' OF t${n + 1}.n;`;
      return n + 1 < tables ? `${table}\n${rule}` : table;
    }).join('\n');
  const filled = (tables: number) =>
    Array.from({ length: tables }, (_, n) => [upsert(`t${n}`, 'a', 1_000_000), upsert(`t${n}`, 'b', 0)]);

  it('are all made up to a limit, and counted past it', () => {
    const limit = LIMITS.chainedChangesMax;
    const records = [
      definitions(chain(7)),
      ...filled(7).flat(),
      { ...transfer('a', 'b', 1, 'k'), relation: 't0.n' },
    ];
    const moved = (run: ReturnType<typeof runFold>) =>
      [1, 2, 3, 4, 5, 6].map((n) => run.fold.table(`t${n}`)?.find('b')?.[1]);
    const all = runFold(records as LogRecord[]);
    expect(moved(all)).toEqual([2, 4, 8, 16, 32, 64]);
    expect(all.fold.counters.evaluationErrors.size).toBe(0);
    try {
      // Those of the record's own rules are not counted.
      Object.assign(LIMITS, { chainedChangesMax: 124 });
      expect(moved(runFold(records as LogRecord[]))).toEqual([2, 4, 8, 16, 32, 64]);
      Object.assign(LIMITS, { chainedChangesMax: 30 });
      const { fold } = runFold(records as LogRecord[]);
      expect([...fold.counters.evaluationErrors]).toEqual([['TOO_MANY_CHANGES', expect.any(Number)]]);
      expect([2, 3, 4, 5, 6].reduce((sum, n) => sum + Number(fold.table(`t${n}`)?.find('b')?.[1]), 0)).toBe(
        30,
      );
    } finally {
      Object.assign(LIMITS, { chainedChangesMax: limit });
    }
  });

  it('end also where rules start one another for ever', () => {
    const text = `CREATE TABLE users (id TEXT PRIMARY KEY, n INTEGER);
CREATE VIEW rich AS SELECT id, n FROM users WHERE n > 100;
CREATE RULE again AFTER DELETE ON rich DO INSERT INTO users (id, n) VALUES ('a', 200), INSERT INTO users (id, n) VALUES ('a', 0);`;
    const { fold } = runFold([definitions(text), upsert('users', 'a', 200), upsert('users', 'a', 1)]);
    expect(fold.position).toBe(3);
    // Both that the last one asks for.
    expect([...fold.counters.evaluationErrors]).toEqual([['TOO_MANY_CHANGES', 2]]);
  });
});

describe('a table whose rows have versions', () => {
  const VERSIONED = `CREATE TABLE users (id TEXT PRIMARY KEY, energy INTEGER CHECK (energy >= 0), at TIMESTAMPTZ, WATERMARK FOR at);`;

  it('has no transfers, which would rewrite what its rows were in the past', () => {
    const rows = [upsert('users', 'a', 10, at(1)), upsert('users', 'b', 0, at(1))];
    const { fold } = runFold([definitions(VERSIONED), ...rows, transfer('a', 'b', 5, 'k')]);
    expect([fold.outcome, fold.table('users')?.find('a')?.[1]]).toEqual(['TRANSFER_COLUMN_UNKNOWN', 10]);
    const rule = `${VERSIONED}\nCREATE SOURCE s (id TEXT PRIMARY KEY);\nCREATE RULE r ON s DO TRANSFER 1 FROM 'a' TO 'b' OF users.energy;`;
    expect(() => runFold([definitions(rule)])).toThrow(
      expect.objectContaining({ message: expect.stringContaining('have versions') }),
    );
  });
});

describe('a column with CHECK (x >= 0)', () => {
  it('refuses a row that is negative, and takes no position', () => {
    const { fold } = runFold([...START, upsert('users', 'c', -1)]);
    expect(fold.outcome).toBe('CHECK_VIOLATED');
    expect(fold.position).toBe(4);
  });

  it('can be added to a table whose rows meet it, and to no other', () => {
    const before = TEXT.replace(' CHECK (energy >= 0)', '');
    const rows = (energy: number) => [definitions(before), upsert('users', 'a', energy), definitions(TEXT)];
    expect(runFold(rows(0)).fold.definitions).toBe(TEXT);
    expect(() => runFold(rows(-1))).toThrow(expect.objectContaining({ code: 'CHECK_UNMET' }));
  });
});

describe('random transfers', () => {
  it('are those of a naive model: the sum stays, nothing is negative, each is done once, restarted or not', () => {
    const seed = Number(process.env.RINGWATCH_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    const random = new Random(seed);
    const names = Array.from({ length: 12 }, (_, n) => `u${n}`);
    const balances = new Map(names.map((name) => [name, random.between(0, 400)]));
    const total = [...balances.values()].reduce((sum, each) => sum + each, 0);
    const records: LogRecord[] = [definitions(TEXT)];
    for (const [name, balance] of balances) records.push(upsert('users', name, balance));
    const done = new Map<string, LogRecord>();
    let moved = 0;
    for (let n = 0; n < 1500; n++) {
      if (done.size > 0 && random.chance(0.1)) {
        records.push(random.pick([...done.values()]));
        continue;
      }
      const [from, to] = [random.pick(names), random.pick(names)];
      const amount = random.between(1, 120);
      const record = transfer(from, to, amount, `k${n}`);
      records.push(record);
      done.set(`k${n}`, record);
      const left = (balances.get(from) as number) - amount;
      if (from === to || left < 0) continue;
      moved++;
      balances.set(from, left);
      balances.set(to, (balances.get(to) as number) + amount);
    }
    const run = runFold(records);
    const rows = names.map((name) => run.fold.table('users')?.find(name)?.[1] as number);
    expect(rows).toEqual(names.map((name) => balances.get(name)));
    expect(rows.reduce((sum, each) => sum + each, 0)).toBe(total);
    expect(Math.min(...rows)).toBeGreaterThanOrEqual(0);
    expect(run.fold.position).toBe(1 + names.length + moved);
    expect(runWithRestarts(records, () => random.chance(0.02)).hash).toBe(run.hash);
  });
});
