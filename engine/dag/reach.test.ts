import { describe, expect, it } from '@jest/globals';
import { compileDefinitions } from '../../language/compile.ts';
import type { GraphPlan, QueryPlan } from '../../language/plan.ts';
import { random } from '../../tests/graph/sample-graph.ts';
import { GraphView } from '../graph/graph-view.ts';
import { compileQuery, type QueryResult } from './query-runner.ts';

const SCHEMA = `
CREATE SOURCE transfers (tx INTEGER PRIMARY KEY, payer INTEGER, payee INTEGER, at TIMESTAMPTZ, amount INTEGER, WATERMARK FOR at);
CREATE TABLE accounts (id INTEGER PRIMARY KEY, risk INTEGER);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL T)
  WITH (event_time = 'at');
`;

type Transfer = readonly [tx: number, payer: number, payee: number, at: number, amount: number];

function run(transfers: readonly Transfer[], body: string): QueryResult {
  const program = compileDefinitions(`${SCHEMA}CREATE QUERY q () AS USE flow ${body};`);
  const relations = [...program.sources, ...program.tables];
  const view = new GraphView(
    program.graphs[0] as GraphPlan,
    (name) => relations.find((relation) => relation.name === name)?.columns ?? [],
  );
  for (let id = 0; id < 4; id++) view.upsertVertex(0, [id, id % 3]);
  for (const [n, row] of transfers.entries()) view.insertEdge(0, row, n);
  return compileQuery(program.queries[0] as QueryPlan, view, { count: () => undefined }).run([]);
}

/** Few times and keys that fall, so that neither decides the order of edges alone. */
function sample(seed: number): Transfer[] {
  const pick = random(seed);
  const people = 3 + pick(4);
  return Array.from(
    { length: 4 + pick(12) },
    (_, n) => [90 - n, pick(people), pick(people), 1000 + pick(3), pick(3)] as const,
  );
}

const ARROWS = [
  ['-', '->'],
  ['<-', '-'],
  ['-', '-'],
] as const;

describe('walks of which one to each vertex is enough', () => {
  it('leave the rows, and their order, that all walks give', () => {
    let rows = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const pick = random(seed);
      const transfers = sample(seed);
      const [left, right] = ARROWS[pick(3)] ?? ARROWS[0];
      const low = pick(3);
      const group = `${left}[e:T${pick(3) === 0 ? ' WHERE e.amount > 0' : ''}]${right}{${low},${low + pick(3)}}`;
      const known = '(x WHERE x.id = 1)';
      const far = ['(z)', '(z)', '(z WHERE z.risk = 0)', '(z)-[f:T]->(w)', '(z WHERE z.id = 2)'][
        pick(5)
      ] as string;
      const path = pick(2) === 0 ? `${known}${group}${far}` : `(z)${group}${known}`;
      const end = ['', '', ' MERGE PARALLEL', ' KEEP LATEST 2'][pick(4)] as string;
      const items = ['z', 'z, path_length(p) AS n', 'path_length(p) AS n, z.risk AS r'][pick(3)] as string;
      const match = `MATCH p = ${path}${end}`;
      const merged = run(transfers, `${match} RETURN DISTINCT ${items}`);
      const all = run(transfers, `${match} WITH x, e, z, p RETURN DISTINCT ${items}`);
      expect({ seed, match, items, rows: merged.rows }).toEqual({ seed, match, items, rows: all.rows });
      rows += all.rows.length;
      const count = 'COUNT(DISTINCT z) AS n, MIN(path_length(p)) AS least';
      expect(run(transfers, `${match} RETURN ${count}`).rows).toEqual(
        run(transfers, `${match} WITH e, z, p RETURN ${count}`).rows,
      );
    }
    expect(rows).toBeGreaterThan(300);
  });

  it('take work that grows with the edges, not with the walks', () => {
    const everyone = Array.from(
      { length: 900 },
      (_, n): Transfer => [n, Math.floor(n / 30), n % 30, 1000 + n, 1],
    );
    const found = run(
      everyone,
      'MATCH (x WHERE x.id = 1)-[e:T]->{1,20}(z WHERE z.risk = 2) RETURN DISTINCT z',
    );
    expect(found).toMatchObject({ rows: [['2']], partial: false, edgesVisited: 900 });
  });

  it('are all kept where something counts them', () => {
    const twice: Transfer[] = [
      [1, 1, 2, 1000, 1],
      [2, 1, 2, 1001, 1],
    ];
    const walks = 'MATCH p = (x WHERE x.id = 1)-[e:T]->{1,2}(z)';
    expect(run(twice, `${walks} RETURN z`).rows).toHaveLength(2);
    expect(run(twice, `${walks} RETURN DISTINCT e`).rows).toHaveLength(2);
    expect(run(twice, `${walks} RETURN DISTINCT p`).rows).toHaveLength(2);
    expect(run(twice, `${walks} RETURN DISTINCT edges(p) AS e`).rows).toHaveLength(2);
    expect(run(twice, `${walks} RETURN z, COUNT(*) AS n`).rows).toEqual([['2', '2']]);
    expect(run(twice, `${walks} RETURN COUNT(DISTINCT SUM(e.amount)) AS n`).rows).toEqual([['1']]);
    expect(
      run(twice, `${walks} WHEN z.id = 2 THEN { RETURN DISTINCT z } ELSE { RETURN z }`).rows,
    ).toHaveLength(2);
  });
});
