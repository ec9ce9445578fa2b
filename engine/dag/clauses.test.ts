import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../core/types.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { GraphPlan, QueryPlan } from '../../language/plan.ts';
import { GraphView } from '../graph/graph-view.ts';
import { compileQuery } from './query-runner.ts';

const SCHEMA = `
CREATE SOURCE transfers (tx TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount INTEGER, at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, risk INTEGER);
CREATE TABLE devices (id TEXT PRIMARY KEY);
CREATE TABLE logins (id TEXT PRIMARY KEY, account TEXT, device TEXT);
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account LABEL Party, devices KEY (id) LABEL Device)
  EDGE TABLES (
    transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id)
      DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAYS LABEL MOVES,
    logins KEY (id) SOURCE KEY (account) REFERENCES accounts (id)
      DESTINATION KEY (device) REFERENCES devices (id) LABEL USES)
  WITH (event_time = 'at');
`;

const TRANSFERS: Row[] = [
  ['1', 'A', 'B', 30, 1_000],
  ['2', 'A', 'C', 10, 2_000],
  ['3', 'B', 'C', 20, 3_000],
  ['4', 'C', 'A', 40, 4_000],
];
const LOGINS: Row[] = [
  ['l1', 'A', 'phone'],
  ['l2', 'B', 'phone'],
];

function rowsOf(body: string, ...parameters: Row): readonly unknown[] {
  const program = compileDefinitions(`${SCHEMA}CREATE QUERY q (x TEXT = 'A') AS USE flow ${body};`);
  const relations = [...program.sources, ...program.tables];
  const view = new GraphView(
    program.graphs[0] as GraphPlan,
    (name) => relations.find((relation) => relation.name === name)?.columns ?? [],
  );
  for (const [n, id] of ['A', 'B', 'C'].entries()) view.upsertVertex(0, [id, n]);
  for (const [n, row] of TRANSFERS.entries()) view.insertEdge(0, row, n);
  for (const row of LOGINS) view.insertEdge(1, row, 9);
  const query = program.queries[0] as QueryPlan;
  return compileQuery(query, view, { count: () => undefined }).run(parameters.length > 0 ? parameters : ['A'])
    .rows;
}

describe('an edge variable in several paths', () => {
  it('is one edge in all of them', () => {
    expect(rowsOf('MATCH (a)-[x:PAYS]->(b), (c)<-[x]-(d) RETURN a.id, b.id, c.id, d.id')).toEqual([
      ['A', 'B', 'B', 'A'],
      ['A', 'C', 'C', 'A'],
      ['B', 'C', 'C', 'B'],
      ['C', 'A', 'A', 'C'],
    ]);
  });

  it('joins clauses, whichever way it is gone over, and keeps what each says of it', () => {
    const first = 'MATCH (a WHERE a.id = $x)-[x:PAYS]->(b) ';
    expect(rowsOf(`${first}MATCH (c)-[x WHERE x.amount > 10]-(d) RETURN c.id, d.id`)).toEqual([
      ['A', 'B'],
      ['B', 'A'],
    ]);
    expect(rowsOf(`${first}MATCH (c:Account)-[x:PAYS WHERE x.amount > 99]->(d) RETURN c.id`)).toEqual([]);
    expect(rowsOf(`${first}MATCH p = (c)-[e:PAYS]->(d)-[x]->(f) RETURN p`)).toEqual([
      [{ vertices: ['C', 'A', 'B'], edges: ['transfers:4', 'transfers:1'] }],
      [{ vertices: ['C', 'A', 'C'], edges: ['transfers:4', 'transfers:2'] }],
    ]);
  });

  it('is NULL where an OPTIONAL MATCH left it so, and matches nothing', () => {
    const missing = "MATCH (b WHERE b.id = 'C') OPTIONAL MATCH (b)-[u:USES]->(d) ";
    expect(rowsOf(`${missing}MATCH (a)-[u]->(e) RETURN a.id`)).toEqual([]);
    expect(rowsOf(`${missing}OPTIONAL MATCH (a)-[u]->(e) RETURN b.id, a.id`)).toEqual([['C', null]]);
  });
});

describe('ORDER BY', () => {
  it('sees the variables of the rows that RETURN and WITH are made from', () => {
    const edges = 'MATCH (a)-[e:PAYS]->(b) ';
    expect(rowsOf(`${edges}RETURN e.tx AS i ORDER BY e.amount DESC LIMIT 3`)).toEqual([['4'], ['1'], ['3']]);
    expect(rowsOf(`${edges}RETURN b.id AS a ORDER BY a, e.amount`)).toEqual([['A'], ['B'], ['C'], ['C']]);
    expect(rowsOf(`${edges}WITH e.tx AS i ORDER BY e.at DESC LIMIT 3 WHERE e.amount > 10 RETURN i`)).toEqual([
      ['4'],
      ['3'],
    ]);
  });
});

describe('labels', () => {
  it('are a list, of vertices and of edges', () => {
    expect(
      rowsOf('MATCH (a WHERE a.id = $x)-[e]->(b) RETURN labels(a), labels(e), label(e) ORDER BY e.amount'),
    ).toEqual([
      [['Account', 'Party'], ['PAYS', 'MOVES'], 'PAYS'],
      [['Account', 'Party'], ['PAYS', 'MOVES'], 'PAYS'],
      [['Account', 'Party'], ['USES'], 'USES'],
    ]);
  });

  it('can be asked for in conditions', () => {
    expect(rowsOf("MATCH (a WHERE a.id = $x)-[e]->(b) WHERE 'Device' IN labels(b) RETURN b")).toEqual([
      ['phone'],
    ]);
    expect(rowsOf("MATCH (a WHERE a.id = $x)-[e WHERE type(e) = 'USES']->(b) RETURN b")).toEqual([['phone']]);
    expect(rowsOf("MATCH (a WHERE a.id = $x)-[e]->(b) WHERE label(b) <> 'Device' RETURN b")).toEqual([
      ['B'],
      ['C'],
    ]);
    expect(rowsOf("MATCH (a WHERE a.id = $x)-[e]->(b) FILTER NOT 'MOVES' IN labels(e) RETURN b")).toEqual([
      ['phone'],
    ]);
  });
});

describe('IN over a list that is computed', () => {
  it('finds vertices of a path and values that were collected', () => {
    const path = 'MATCH p = (a WHERE a.id = $x)-[e:PAYS]->{2}(b) MATCH (c:Account) ';
    expect(rowsOf(`${path}WHERE NOT c IN vertices(p) RETURN b.id, c.id`)).toEqual([['A', 'B']]);
    expect(
      rowsOf(
        'MATCH (a WHERE a.id = $x)-[e:PAYS]->(b) WITH COLLECT(b.id) AS paid MATCH (c:Account) WHERE c.id IN paid RETURN c.id',
      ),
    ).toEqual([['B'], ['C']]);
  });
});
