import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../core/record.ts';
import { alertsOf, at, definitions, event, runFold, upsert } from '../tests/engine/run-fold.ts';

const TEXT = `
CREATE SOURCE applications (id TEXT PRIMARY KEY, guarantor TEXT, beneficiary TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
    WATERMARK FOR at AS at) WITH (allowed_lateness = '1 hour');
CREATE TABLE companies (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE guarantees (id TEXT PRIMARY KEY, guarantor TEXT, beneficiary TEXT);
CREATE VIEW counted AS SELECT id, guarantor, beneficiary, at,
    COUNT(*) OVER w AS n, SUM(amount) OVER w AS total, MAX(amount) OVER w AS most
  FROM applications WINDOW w AS (PARTITION BY guarantor ORDER BY at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW);
CREATE VIEW minutes AS SELECT guarantor, window_start, window_end, revision, COUNT(*) AS n, MAX(amount) AS most
  FROM TUMBLE(applications, at, INTERVAL '1 minute') GROUP BY guarantor, window_start, window_end;
CREATE PROPERTY GRAPH net
  VERTEX TABLES (companies KEY (id) LABEL Company)
  EDGE TABLES (
    applications KEY (id) SOURCE KEY (guarantor) REFERENCES companies (id)
      DESTINATION KEY (beneficiary) REFERENCES companies (id) LABEL GUARANTEES,
    guarantees KEY (id) SOURCE KEY (guarantor) REFERENCES companies (id)
      DESTINATION KEY (beneficiary) REFERENCES companies (id) LABEL GUARANTEES)
  WITH (event_time = 'at', retain = '1 day');
CREATE DECISION answer ON applications OUTCOMES (review, grant) DEFAULT grant;
CREATE RULE circle ON applications WHEN guarantor <> beneficiary
THEN USE net
     MATCH p = SIMPLE (a:Company WHERE a.id = $guarantor)
       -[g:GUARANTEES WHERE ELEMENT_ID(g) = 'applications:' || $id]->(b:Company WHERE b.id = $beneficiary)
       -[h:GUARANTEES]->{1,7}(a)
     RETURN p
DO ALERT 'Guarantee circle' SEVERITY HIGH KEY (guarantor, beneficiary), REFUSE;
CREATE RULE all_seen ON counted DO ALERT 'x' KEY (id);
CREATE RULE fired ON minutes DO ALERT 'x' KEY (guarantor);
CREATE RULE revised ON REVISION OF minutes DO ALERT 'x' KEY (guarantor);
`;

function application(
  id: string,
  guarantor: string,
  beneficiary: string,
  seconds: number,
  amount = 100,
): LogRecord {
  return event('applications', id, guarantor, beneficiary, amount, at(seconds));
}

const CLOSED: readonly LogRecord[] = [
  definitions(TEXT),
  upsert('companies', 'A', 'Ah'),
  upsert('guarantees', 'g1', 'B', 'C'),
  application('a1', 'A', 'B', 10),
];

describe('REFUSE', () => {
  it('answers with the alerts that caused it, and lets no other rule run', () => {
    const { effects, fold } = runFold([...CLOSED, application('a2', 'C', 'A', 20)]);
    expect(fold.counters.refused).toBe(1);
    expect(effects.slice(2)).toMatchObject([
      { kind: 'alert', rule: 'circle', position: 5 },
      { kind: 'decision', outcome: 'refused', rules: ['circle'], key: 'a2', position: 5 },
    ]);
    expect(alertsOf(effects)[1]?.paths[0]).toMatchObject({
      vertices: ['C', 'A', 'B', 'C'],
      edges: ['applications:a2', 'applications:a1', 'guarantees:g1'],
    });
  });

  it('takes the event out of every view and graph', () => {
    const { effects } = runFold([
      ...CLOSED,
      application('a2', 'C', 'A', 20, 900),
      application('a3', 'C', 'D', 30, 7),
      application('a4', 'D', 'A', 40),
      // C and D lead nowhere now.
      application('a5', 'A', 'C', 50),
    ]);
    const seen = alertsOf(effects).filter(({ rule }) => rule === 'all_seen');
    expect(seen.map(({ values }) => [values.id, values.n, values.total, values.most])).toEqual([
      ['a1', '1', '1.00', '1.00'],
      ['a3', '1', '0.07', '0.07'],
      ['a5', '2', '2.00', '1.00'],
    ]);
    const refused = alertsOf(effects).filter(({ rule }) => rule === 'circle');
    expect(refused.map(({ values, paths }) => [values.id, paths.map(({ edges }) => edges.length)])).toEqual([
      ['a2', [3]],
      ['a4', [4]],
    ]);
  });

  it('leaves the state as if the event had never come, but for its key and its time', () => {
    const refused = runFold([...CLOSED, application('a2', 'C', 'A', 20)]);
    const other = runFold([...CLOSED, application('a2', 'C', 'C', 20)]);
    // The one that is not refused stays in the views; both have moved time and are remembered.
    expect(refused.hash).not.toBe(other.hash);
    expect(refused.fold.counters.accepted).toBe(other.fold.counters.accepted);
    const again = runFold([...CLOSED, application('a2', 'C', 'A', 20), application('a2', 'C', 'Z', 20)]);
    expect(again.fold.counters.duplicates).toBe(1);
    expect(again.hash).toBe(refused.hash);
  });

  it('leaves windows closed that its time has closed, without it, and lets rules run on them', () => {
    const { effects, fold } = runFold([
      ...CLOSED,
      application('a2', 'C', 'A', 70),
      application('a3', 'E', 'E', 130),
      application('a4', 'A', 'A', 30),
    ]);
    expect(fold.counters.refused).toBe(1);
    const fired = alertsOf(effects).filter(({ rule }) => rule === 'fired' || rule === 'revised');
    // The minute of a1 was closed by a2 and is not its row; the minute of a2 stays empty.
    expect(fired.map(({ rule, position, values }) => [rule, position, values.guarantor, values.n])).toEqual([
      ['fired', 5, 'A', '1'],
      ['revised', 7, 'A', '2'],
    ]);
    const ofRefused = effects.filter(({ position }) => position === 5);
    expect(ofRefused.map((effect) => ('rule' in effect ? effect.rule : effect.kind))).toEqual([
      'circle',
      'decision',
      'fired',
    ]);
  });

  it('inserts what rules on these windows insert', () => {
    const text = `${TEXT}
      CREATE TABLE quiet (guarantor TEXT PRIMARY KEY, n BIGINT);
      CREATE RULE kept ON minutes DO INSERT INTO quiet (guarantor, n) VALUES (guarantor, n);
      CREATE RULE noted ON quiet DO ALERT 'x' KEY (guarantor);`;
    const { effects } = runFold([definitions(text), ...CLOSED.slice(1), application('a2', 'C', 'A', 70)]);
    const noted = alertsOf(effects).filter(({ rule }) => rule === 'noted');
    expect(noted.map(({ position, values }) => [position, values.guarantor, values.n])).toEqual([
      [5, 'A', '1'],
    ]);
  });

  it('takes back what a late event has corrected', () => {
    const { effects } = runFold([
      ...CLOSED,
      application('b1', 'C', 'E', 15),
      application('a3', 'E', 'E', 130),
      application('a2', 'C', 'A', 20, 5000),
      application('b2', 'C', 'E', 25),
    ]);
    const revised = alertsOf(effects).filter(({ rule }) => rule === 'revised');
    expect(revised.map(({ values }) => [values.guarantor, values.n, values.most, values.revision])).toEqual([
      ['C', '2', '1.00', 1],
    ]);
  });

  it('is exact: refused events change nothing of what comes after', () => {
    const random = (() => {
      let state = 77;
      return (below: number) => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) % below;
      };
    })();
    const company = () => `C${random(6)}`;
    const records: LogRecord[] = [definitions(TEXT)];
    for (let n = 0; n < 150; n++) {
      if (random(8) === 0) records.push(upsert('guarantees', `g${random(5)}`, company(), company()));
      else
        records.push(
          application(`a${n}`, company(), company(), n * 7 - random(3) * random(300), random(1000)),
        );
    }
    const whole = runFold(records);
    const refused = new Set(
      whole.effects.flatMap((effect) =>
        effect.kind === 'decision' && effect.outcome === 'refused' ? [effect.position] : [],
      ),
    );
    expect(refused.size).toBeGreaterThan(20);
    // Each refused event is replaced by one that no view lets in: the same time and key, and no endpoints.
    const without = runFold(
      records.map((record, n) =>
        refused.has(n + 1) && record.kind === 'event'
          ? { ...record, row: [record.row[0] ?? null, null, null, null, record.row[4] ?? null] }
          : record,
      ),
    );
    const ofOthers = (run: typeof whole) =>
      run.effects.flatMap((effect) =>
        effect.kind === 'alert' && !refused.has(effect.position) && effect.rule === 'circle'
          ? [effect.line]
          : [],
      );
    expect(ofOthers(without)).toEqual(ofOthers(whole));
  });
});
