import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../core/types.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { GraphPlan, QueryPlan, RulePlan } from '../../language/plan.ts';
import { GraphView } from '../graph/graph-view.ts';
import { compileQuery } from './query-runner.ts';
import { compileRule } from './rule-runner.ts';
import { WorkAllowance } from '../kernels/work-budget.ts';

const SCHEMA = `
CREATE SOURCE transfers (tx INTEGER PRIMARY KEY, payer TEXT, payee TEXT, at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id TEXT PRIMARY KEY, risk INTEGER);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL T)
  WITH (event_time = 'at', retain = '1 day');
`;

const NO_ERRORS = { count: () => undefined };

function compile(text: string) {
  const program = compileDefinitions(SCHEMA + text);
  const plan = program.graphs[0] as GraphPlan;
  const relations = [...program.sources, ...program.tables];
  const create = () =>
    new GraphView(plan, (name) => relations.find((relation) => relation.name === name)?.columns ?? []);
  return { rule: program.rules[0] as RulePlan, query: program.queries[0] as QueryPlan, create };
}

/** Everyone pays everyone, once a minute in turn. */
function fillDense(view: GraphView, people: number): Row {
  let row: Row = [];
  let tx = 0;
  for (let a = 0; a < people; a++) {
    for (let b = 0; b < people; b++) {
      row = [tx, `p${a}`, `p${b}`, tx * 60_000_000];
      view.insertEdge(0, row, tx++);
    }
  }
  return row;
}

function restored(view: GraphView, create: () => GraphView): GraphView {
  const entries: { key: string; bytes: Uint8Array }[] = [];
  view.saveChanges((key, bytes) => {
    if (bytes !== null) entries.push({ key, bytes });
  });
  const fresh = create();
  fresh.restore(entries.sort((a, b) => (a.key < b.key ? -1 : 1)));
  return fresh;
}

const LOOPS = (budget: number) => `
CREATE RULE loops ON transfers
THEN USE flow
     MATCH p = TRAIL (a WHERE a.id = $payee)-[t:T]->{1,4}(b WHERE b.id = $payer) RETURN p
BUDGET ${budget} EDGES DO ALERT 'x';`;

describe('a rule', () => {
  it('ends at its budget with what it has, at the same edge after a restart', () => {
    for (const budget of [1, 7, 50, 143, 287]) {
      const { rule, create } = compile(LOOPS(budget));
      const view = create();
      const row = fillDense(view, 12);
      const outcome = compileRule(rule, view, NO_ERRORS).run(row, []);
      expect(outcome).toMatchObject({ edgesVisited: budget, partial: true });
      expect(compileRule(rule, restored(view, create), NO_ERRORS).run(row, [])).toEqual(outcome);
    }
  });

  it('is not partial at a budget that is exactly enough, which is the number of edges it says it visited', () => {
    const { rule, create } = compile(LOOPS(1_000_000));
    const view = create();
    const row = fillDense(view, 12);
    const outcome = compileRule(rule, view, NO_ERRORS).run(row, []);
    expect(outcome?.partial).toBe(false);
    const { rule: bounded } = compile(LOOPS(outcome?.edgesVisited ?? 0));
    expect(compileRule(bounded, view, NO_ERRORS).run(row, [])).toEqual(outcome);
  });

  it('does no more than is left of what the jobs of a record may do together', () => {
    const { rule, create } = compile(LOOPS(1_000_000));
    const view = create();
    const row = fillDense(view, 12);
    const compiled = compileRule(rule, view, NO_ERRORS);
    const whole = compiled.run(row, [])?.edgesVisited ?? 0;
    const allowance = new WorkAllowance();
    allowance.edges = whole + 50;
    const runs = [1, 2, 3].map(() => compiled.run(row, [], allowance));
    expect(runs.map((run) => [run?.edgesVisited, run?.partial])).toEqual([
      [whole, false],
      [50, true],
      [0, true],
    ]);
    allowance.reset();
    expect(compiled.run(row, [], allowance)).toEqual(compiled.run(row, []));
  });

  it('counts each edge of a star once, and keeps the rows that its budget was enough for', () => {
    const star = (budget: number) => {
      const { rule, create } = compile(`
        CREATE RULE star ON transfers THEN USE flow
        MATCH p = TRAIL (x WHERE x.id = $payer)-[e:T]->{1,3}(y) OPTIONAL MATCH (y)-[f:T]->(z)
        RETURN p, z BUDGET ${budget} EDGES DO ALERT 'x';`);
      const view = create();
      for (let tx = 0; tx < 31; tx++) view.insertEdge(0, [tx, 'A', `B${tx}`, tx * 60_000_000], tx);
      return compileRule(rule, view, NO_ERRORS).run([30, 'A', 'B30', 0], []);
    };
    expect(star(31)).toMatchObject({ rows: 31, edgesVisited: 31, partial: false });
    expect(star(30)).toMatchObject({ rows: 30, edgesVisited: 30, partial: true });
    expect(star(10)).toMatchObject({ rows: 10, edgesVisited: 10, partial: true });
  });

  it('counts what a step reads again in the same job once', () => {
    const { rule, create } = compile(`
      CREATE RULE again ON transfers THEN USE flow
      MATCH (a WHERE a.id = $payer)-[e:T]->(b) MATCH (a)-[f:T]->(c) CALL graph.neighbourhood(a, 1) YIELD subgraph
      RETURN b, c DO ALERT 'x';`);
    const view = create();
    for (let tx = 0; tx < 5; tx++) view.insertEdge(0, [tx, 'A', 'B', tx * 60_000_000], tx);
    expect(compileRule(rule, view, NO_ERRORS).run([4, 'A', 'B', 0], [])).toMatchObject({
      rows: 25,
      edgesVisited: 15,
    });
  });

  it('leaves rows out beyond the characters that are wanted, never the first, and says so', () => {
    const { query, create } = compile(
      `CREATE QUERY q () AS USE flow MATCH (a)-[t:T]->(b) RETURN a, b ORDER BY t.tx;`,
    );
    const view = create();
    for (let tx = 0; tx < 9; tx++) view.insertEdge(0, [tx, 'A', `B${tx}`, tx * 60_000_000], tx);
    const compiled = compileQuery(query, view, NO_ERRORS);
    const whole = compiled.run([]);
    expect([whole.rows.length, whole.truncated]).toEqual([9, false]);
    const rowChars = JSON.stringify(whole.rows[0]).length;
    for (const [charsMax, rows] of [
      [9 * rowChars, 9],
      [4 * rowChars + 1, 4],
      [1, 1],
    ] as const) {
      const cut = compiled.run([], { charsMax });
      expect([cut.rows, cut.truncated]).toEqual([whole.rows.slice(0, rows), rows < 9]);
    }
  });

  it('ends at the limit of hops where it goes over few edges without end', () => {
    const hops = ['', ' MERGE PARALLEL'].map((end) => {
      const chain = Array.from({ length: 12 }, (_, n) => `-[e${n}:T]->(v${n})`).join('');
      const { query, create } = compile(
        `CREATE QUERY q () AS USE flow MATCH (a WHERE a.id = 'p1')${chain}${end} WHERE v11.risk > 0 RETURN a;`,
      );
      const view = create();
      fillDense(view, 12);
      const { partial, edgesVisited } = compileQuery(query, view, NO_ERRORS).run([]);
      return { partial, isFew: edgesVisited < 2000 };
    });
    expect(hops).toEqual([
      { partial: true, isFew: true },
      { partial: true, isFew: true },
    ]);
  });

  it('tells each task that ran once, with why it ran, what it left and what it visited', () => {
    const { rule, create } = compile(`
      CREATE RULE branchy ON transfers
      THEN USE flow MATCH (a WHERE a.id = $payer)-[t:T]->(b) LET risk = COALESCE(b.risk, 0)
           WHEN risk > 5 THEN { CALL graph.neighbourhood(b, 1) YIELD subgraph RETURN b, subgraph } ELSE { RETURN b }
      DO ALERT 'x';`);
    const view = create();
    view.upsertVertex(0, ['B', 9]);
    view.insertEdge(0, [1, 'A', 'B', 10], 1);
    view.insertEdge(0, [2, 'A', 'C', 20], 2);
    view.insertEdge(0, [3, 'A', 'D', 30], 3);
    const outcome = compileRule(rule, view, NO_ERRORS).run([3, 'A', 'D', 30], []);
    expect(outcome?.trace).toEqual([
      { task: 'match a-t-b', why: 'rule branchy fired', rows: 3, edgesVisited: 3 },
      { task: 'let risk', why: '3 rows of match a-t-b', rows: 3, edgesVisited: 0 },
      { task: 'branch when 1', why: 'its condition held for 1 row', rows: 1, edgesVisited: 0 },
      { task: 'call graph.neighbourhood', why: 'branch when 1', rows: 1, edgesVisited: 4 },
      { task: 'return', why: '1 row of call graph.neighbourhood', rows: 1, edgesVisited: 0 },
      { task: 'branch else', why: 'no condition held for 2 rows', rows: 2, edgesVisited: 0 },
      { task: 'return', why: 'branch else', rows: 2, edgesVisited: 0 },
    ]);
    expect(outcome?.edgesVisited).toBe(7);
  });

  it('raises one alert for each distinct KEY, in the order of the rows that first had it', () => {
    const { rule, create } = compile(`
      CREATE RULE payees ON transfers THEN USE flow MATCH p = (a WHERE a.id = $payer)-[t:T]->(b)
      RETURN p, b.id AS payee DO ALERT 'x' KEY (payee, payer);`);
    const view = create();
    const rows: Row[] = [
      [1, 'A', 'C', 10],
      [2, 'A', 'B', 20],
      [3, 'A', 'C', 30],
    ];
    rows.forEach((row, n) => {
      view.insertEdge(0, row, n);
    });
    const outcome = compileRule(rule, view, NO_ERRORS).run(rows[2] as Row, []);
    expect(outcome?.alerts).toEqual([
      {
        key: { payee: 'C', payer: 'A' },
        keyText: '["C","A"]',
        paths: [
          { name: 'p', vertices: ['A', 'C'], edges: ['1'], values: { payee: 'C' } },
          { name: 'p', vertices: ['A', 'C'], edges: ['3'], values: { payee: 'C' } },
        ],
      },
      {
        key: { payee: 'B', payer: 'A' },
        keyText: '["B","A"]',
        paths: [{ name: 'p', vertices: ['A', 'B'], edges: ['2'], values: { payee: 'B' } }],
      },
    ]);
  });

  it('is null where WHEN is not true, and has no rows where nothing matches', () => {
    const { rule, create } = compile(`
      CREATE RULE none ON transfers WHEN payer <> payee THEN USE flow
      MATCH (a WHERE a.id = $payee)-[t:T]->(b WHERE b.id = $payer) RETURN a DO ALERT 'x';`);
    const view = create();
    view.insertEdge(0, [1, 'A', 'B', 10], 1);
    const compiled = compileRule(rule, view, NO_ERRORS);
    expect(compiled.run([1, 'A', 'A', 10], [])).toBeNull();
    expect(compiled.run([1, null, 'A', 10], [])).toBeNull();
    expect(compiled.run([1, 'A', 'B', 10], [])).toMatchObject({
      rows: 0,
      alerts: [],
      inserts: [],
      partial: false,
    });
  });
});

describe('a query', () => {
  it('ends at the limit of rows, marked partial', () => {
    const { query, create } = compile(
      'CREATE QUERY pairs () AS USE flow MATCH (a)-[t:T]->{1,3}(b) RETURN a, b;',
    );
    const view = create();
    fillDense(view, 24);
    const result = compileQuery(query, view, NO_ERRORS).run([]);
    expect(result.partial).toBe(true);
    expect(result.rows).toHaveLength(100_000);
  });

  it('counts rows where there are none', () => {
    const { query, create } = compile(
      'CREATE QUERY n (id TEXT) AS USE flow MATCH (a WHERE a.id = $id)-[t:T]->(b) RETURN COUNT(*) AS n;',
    );
    expect(compileQuery(query, create(), NO_ERRORS).run(['A']).rows).toEqual([['0']]);
  });
});
