import { describe, expect, it } from '@jest/globals';
import { compileDefinitions } from '../../language/compile.ts';
import type { GraphPlan, QueryPlan } from '../../language/plan.ts';
import { random } from '../../tests/graph/sample-graph.ts';
import { GraphView } from '../graph/graph-view.ts';
import { compileQuery, type QueryResult } from './query-runner.ts';

const SCHEMA = `
CREATE SOURCE transfers (tx INTEGER PRIMARY KEY, payer TEXT, payee TEXT, amount INTEGER, at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, risk INTEGER);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL T)
  WITH (event_time = 'at');
`;
const PEOPLE = 500;
const TRANSFERS = 2000;
/** Microseconds from one transfer to the next. */
const STEP = 60_000_000;

const pick = random(11);
const ROWS = Array.from({ length: TRANSFERS }, (_, tx) => [
  tx,
  `p${pick(PEOPLE)}`,
  `p${pick(PEOPLE)}`,
  pick(9),
  tx * STEP,
]);

/** Runs the query for one transfer of a sparse graph of 2,000. */
function run(body: string, [tx, payer, payee]: readonly unknown[]): QueryResult {
  const program = compileDefinitions(
    `${SCHEMA}CREATE QUERY q (tx INTEGER, payer TEXT, payee TEXT) AS USE flow ${body};`,
  );
  const columns = program.sources[0]?.columns ?? [];
  const accounts = program.tables[0]?.columns ?? [];
  const view = new GraphView(program.graphs[0] as GraphPlan, (name) =>
    name === 'transfers' ? columns : accounts,
  );
  ROWS.forEach((row, n) => {
    view.insertEdge(0, row as never, n);
  });
  const query = compileQuery(program.queries[0] as QueryPlan, view, { count: () => undefined });
  return query.run([tx, payer, payee] as never);
}

const CURRENT = '-[cur:T WHERE cur.tx = $tx]->';

describe('a match begins at what is known', () => {
  it.each([
    ['an edge between two quantifiers', `SIMPLE (a)-[e:T]->{0,3}(x)${CURRENT}(y)-[f:T]->{0,3}(a)`],
    [
      'an edge between two quantifiers, in order of time',
      `SIMPLE (a)-[e:T]->{0,5}(x)${CURRENT}(y)-[f:T]->{0,5}(a) ASCENDING BY at WITHIN INTERVAL '1 day'`,
    ],
    [
      'an edge between two quantifiers that keep the latest',
      `SIMPLE (a)-[e:T]->{0,3}(x)${CURRENT}(y)-[f:T WHERE f.amount > cur.amount]->{0,3}(z) KEEP LATEST 2`,
    ],
    [
      'a merged edge between two quantifiers',
      `SIMPLE (a)-[e:T]->{0,2}(x)${CURRENT}(y)-[f:T]->{0,2}(a) MERGE PARALLEL`,
    ],
    ['a vertex between two edges', '(a)-[e:T]->(x WHERE x.id = $payer)-[f:T]->(b)'],
    ['one of a list of keys', '(x WHERE x.id IN ($payer, $payee))-[e:T]->(y)'],
    ['keys joined by OR', '(x)-[e:T]->(y) WHERE x.id = $payer OR (x.id = $payee AND y.risk IS NULL)'],
    ['either end of an edge', '(x)-[e:T]->(y) WHERE x.id = $payer OR y.id = $payer'],
    ['an edge of a list of keys', '(x)-[e:T WHERE e.tx IN ($tx, 7)]->(y)'],
    ['a vertex by the column of its edge', '(x)-[e:T WHERE e.payer = $payer]->(y)'],
    ['a vertex equal to a known one', '(x WHERE x.id = $payer), (y)-[e:T]->(z) WHERE y = x'],
    ['a vertex with the key of a known one', '(x WHERE x.id = $payer), (y)-[e:T]->(z) WHERE z.id = x.id'],
    [
      'the vertex that a single edge leads to',
      '(x WHERE x.id = $payer)-[e:T]->{1,4}(y)-[f:T]->(z WHERE z.id = $payee)',
    ],
  ])('%s', (_, pattern) => {
    const { edgesVisited, partial, rows } = run(`MATCH p = ${pattern} RETURN *`, ROWS[1234] ?? []);
    expect(partial).toBe(false);
    expect({ edgesVisited, isFew: edgesVisited < 400 }).toEqual({ edgesVisited, isFew: true });
    expect(rows.length).toBeLessThan(2000);
  });

  it('a vertex of another clause, though it is only equal to it', () => {
    const { edgesVisited, rows } = run(
      'MATCH (x WHERE x.id = $payer) MATCH (y)-[e:T]->(z) WHERE y = x RETURN z',
      ROWS[99] ?? [],
    );
    expect(rows.length).toBe(edgesVisited);
  });

  it('the side with fewer edges, whichever that is', () => {
    const hub = Array.from({ length: 300 }, (_, n) => [9000 + n, 'hub', `q${n}`, 1, (9000 + n) * STEP]);
    const into = [8000, 'a', 'hub', 1, 8000 * STEP];
    ROWS.push(into, ...hub);
    try {
      const found = run(`MATCH (a)-[e:T]->{1,2}(x)${CURRENT}(y)-[f:T]->{1,2}(z) RETURN a, z`, into);
      expect(found.rows).toEqual([]);
      expect(found.edgesVisited).toBe(0);
      const back = run(
        `MATCH (z)<-[f:T]-{1,2}(y)<-[cur:T WHERE cur.tx = $tx]-(x)<-[e:T]-{1,2}(a) RETURN a, z`,
        into,
      );
      expect(back.edgesVisited).toBe(0);
    } finally {
      ROWS.splice(TRANSFERS);
    }
  });
});
