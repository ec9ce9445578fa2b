import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import type { Row } from '../../core/types.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { DefinitionErrors } from '../../language/definition-errors.ts';
import type { Program, QueryPlan } from '../../language/plan.ts';
import { random } from '../../tests/graph/sample-graph.ts';
import { buildSnapshot, type Snapshot } from '../../tests/model/model-graph.ts';
import { runJob } from '../../tests/model/model-jobs.ts';
import { TooExpensive } from '../../tests/model/model-paths.ts';
import { fromLog, jsonOf, type Scalar } from '../../tests/model/model-values.ts';
import { GraphView } from '../graph/graph-view.ts';
import { compileQuery, type QueryResult } from './query-runner.ts';

/*
 * Random patterns over random small graphs: the planner, the steps and the kernels against the naive enumeration of
 * tests/model. Longer: RINGWATCH_RUNS=5000 RINGWATCH_SEED=7 npm test -- engine/dag/match
 */
const RUNS = Number(process.env.RINGWATCH_RUNS ?? 150);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);
const QUERIES_A_GRAPH = 6;

type Pick = (n: number) => number;

const SCHEMA = `
CREATE TABLE accounts (id INTEGER PRIMARY KEY, risk INTEGER);
CREATE TABLE shops (name TEXT PRIMARY KEY, risk INTEGER);
CREATE SOURCE transfers (tx INTEGER PRIMARY KEY, payer INTEGER, payee INTEGER, at TIMESTAMPTZ, amount INTEGER,
  WATERMARK FOR at);
CREATE TABLE links (k TEXT PRIMARY KEY, a INTEGER, b INTEGER, amount INTEGER);
CREATE TABLE visits (k INTEGER PRIMARY KEY, who INTEGER, shop TEXT, at TIMESTAMPTZ, amount INTEGER);
CREATE PROPERTY GRAPH net
  VERTEX TABLES (accounts KEY (id) LABEL Account LABEL Party, shops KEY (name) LABEL Shop LABEL Party)
  EDGE TABLES (
    transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id) DESTINATION KEY (payee) REFERENCES accounts (id) LABEL T LABEL E,
    links KEY (k) SOURCE KEY (a) REFERENCES accounts (id) DESTINATION KEY (b) REFERENCES accounts (id) LABEL L LABEL E,
    visits KEY (k) SOURCE KEY (who) REFERENCES accounts (id) DESTINATION KEY (shop) REFERENCES shops (name) LABEL V)
  WITH (event_time = 'at', retain = '40 microseconds');
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (
    transfers KEY (tx) SOURCE KEY (payer) REFERENCES accounts (id) DESTINATION KEY (payee) REFERENCES accounts (id) LABEL T)
  WITH (event_time = 'at', retain = '40 microseconds');
`;

/** What both sides hold. */
interface Content {
  readonly accounts: Row[];
  readonly shops: Row[];
  readonly transfers: Row[];
  readonly links: Row[];
  readonly visits: Row[];
  readonly watermark: number;
}

function generateContent(pick: Pick): Content {
  const people = 3 + pick(4);
  const count = 4 + pick(14);
  const span = 20 + pick(40);
  return {
    accounts: Array.from({ length: people }, (_, id): Row => [id, pick(3)]).filter(() => pick(4) > 0),
    shops: [0, 1].map((n): Row => [`s${n}`, pick(3)]),
    transfers: Array.from(
      { length: count },
      (_, n): Row => [
        pick(12) === 0 ? 0 : n,
        pick(people),
        pick(people),
        pick(15) === 0 ? null : 1000 + pick(span),
        pick(5),
      ],
    ),
    links: Array.from({ length: pick(6) }, (_, n): Row => [`k${9 - n}`, pick(people), pick(people), pick(5)]),
    visits: Array.from(
      { length: pick(5) },
      (_, n): Row => [n, pick(people), `s${pick(3)}`, 1000 + pick(span), pick(5)],
    ),
    watermark: 1000 + span + pick(30),
  };
}

function isLive(at: unknown, { watermark }: Content): boolean {
  return at === null || (at as number) >= watermark - 40;
}

function buildView(program: Program, graph: string, content: Content): GraphView {
  const plan = program.graphs.find(({ name }) => name === graph);
  if (plan === undefined) throw new Error('no graph');
  const relations = [...program.sources, ...program.tables];
  const view = new GraphView(
    plan,
    (name) => relations.find((relation) => relation.name === name)?.columns ?? [],
  );
  plan.vertexTables.forEach(({ relation }, table) => {
    for (const row of content[relation.name as 'accounts']) view.upsertVertex(table, row);
  });
  let position = 0;
  plan.edgeTables.forEach(({ relation }, table) => {
    for (const row of content[relation.name as 'links']) view.insertEdge(table, row, position++);
  });
  view.advanceWatermark(content.watermark);
  return view;
}

function snapshotOf(program: Program, graph: string, content: Content): Snapshot {
  const plan = program.graphs.find(({ name }) => name === graph);
  if (plan === undefined) throw new Error('no graph');
  const relations = [...program.sources, ...program.tables];
  const columnsOf = (name: string) => relations.find((relation) => relation.name === name)?.columns ?? [];
  const scalars = (name: string, row: Row): Scalar[] =>
    columnsOf(name).map(({ type }, n) => fromLog(type, row[n]));
  return buildSnapshot(plan, {
    columnsOf: ({ name }) => columnsOf(name),
    rowsOf: ({ name }) => content[name as 'links'].map((row) => scalars(name, row)),
    storedEdges: () =>
      content.transfers
        .map((row, arrival) => ({ row: scalars('transfers', row), arrival, at: row[3] }))
        .filter(({ at }) => isLive(at, content)),
  });
}

/** Names that a pattern has bound so far. */
interface Bound {
  readonly vertices: string[];
  readonly edges: string[];
}

function generateQuery(pick: Pick): string {
  const graph = pick(2) === 0 ? 'net' : 'flow';
  const bound: Bound = { vertices: [], edges: [] };
  const groups: string[] = [];
  let text = generateMatch(pick, graph, bound, groups, 'p');
  if (pick(4) === 0) {
    text += ` ${pick(2) === 0 ? 'OPTIONAL ' : ''}${generateMatch(pick, graph, bound, groups, 'q')}`;
  }
  if (pick(8) === 0 && bound.vertices.length > 0) {
    text += ` CALL graph.neighbourhood(${bound.vertices[pick(bound.vertices.length)]}, ${pick(3)}) YIELD subgraph`;
  }
  const cut = pick(5) === 0 ? ` LIMIT ${1 + pick(4)}` : '';
  const [one, other] = [bound.vertices[0], bound.vertices[pick(bound.vertices.length)]];
  const hops = text.includes('p0 = ') ? ', path_length(p0) AS hops' : '';
  const kind = one === undefined ? 9 : pick(12);
  if (kind === 0) text += ` RETURN ${one}.risk AS r ORDER BY ${other}.risk DESC, r${cut}`;
  else if (kind === 1)
    text += ` WITH ${one}.risk AS r ORDER BY ${other}.risk WHERE ${other}.risk > 0 RETURN r${cut}`;
  else if (kind === 2) text += ` RETURN DISTINCT ${other}, ${one}${hops}${cut}`;
  else if (kind === 3)
    text += ` WITH DISTINCT ${other}${hops} MATCH (${other})--(w) RETURN w, ${other}${cut}`;
  else if (kind === 4)
    text += ` RETURN ${other}, COUNT(DISTINCT ${one}) AS n, COLLECT(DISTINCT ${one}.risk) AS r${cut}`;
  else if (kind === 5) text += ` LET n = ${one}.risk RETURN DISTINCT n${hops}${cut}`;
  else text += ` RETURN *${cut}`;
  return `CREATE QUERY q (x INTEGER, y INTEGER, tx INTEGER, t TIMESTAMPTZ) AS USE ${graph} ${text};`;
}

function generateMatch(pick: Pick, graph: string, bound: Bound, groups: string[], path: string): string {
  const count = pick(5) === 0 ? 2 : 1;
  const cypher = pick(6) === 0;
  const paths = Array.from({ length: count }, (_, n) =>
    generatePath(pick, graph, bound, groups, `${path}${n}`, cypher),
  );
  let text = `MATCH ${paths.join(', ')}`;
  const suffix = pick(6);
  if (suffix <= 1) text += ` ASCENDING BY ${pick(4) === 0 ? 'amount' : 'at'}`;
  if (suffix <= 1 && pick(2) === 0 && text.endsWith('at'))
    text += ` WITHIN INTERVAL '${5 + pick(30)} microseconds'`;
  if (suffix === 2 || (suffix === 1 && pick(2) === 0)) text += ` KEEP LATEST ${1 + pick(3)}`;
  if (suffix === 3) text += ' MERGE PARALLEL';
  if (pick(4) === 0 && bound.vertices.length > 1) {
    const [a, b] = [bound.vertices[pick(bound.vertices.length)], bound.vertices[pick(bound.vertices.length)]];
    const joins = [
      `${a}.risk <= ${b}.risk`,
      `${a} = ${b}`,
      `${a}.id = ${b}.id`,
      `${a} = ${b} OR ${a}.id = $x`,
      `(${a}.id = $x OR ${b}.id = $y OR ${b}.id = $x AND ${a}.risk > 0) AND ${b}.risk >= 0`,
    ];
    text += ` WHERE ${joins[pick(joins.length)]}`;
  }
  return text;
}

function generatePath(
  pick: Pick,
  graph: string,
  bound: Bound,
  groups: string[],
  name: string,
  cypher: boolean,
): string {
  const mode = cypher ? '' : (['', '', 'TRAIL ', 'ACYCLIC ', 'SIMPLE ', 'SIMPLE '][pick(6)] ?? '');
  if (!cypher && pick(5) === 0) return generateRing(pick, graph, bound, groups, name, mode);
  const hops = pick(4) === 0 ? 0 : 1 + pick(3);
  let text = `${pick(2) === 0 ? `${name} = ` : ''}${mode}${generateVertex(pick, graph, bound)}`;
  for (let hop = 0; hop < hops; hop++) {
    text += generateEdge(pick, graph, bound, groups, `${name}e${hop}`, mode, cypher, hops);
    text += generateVertex(pick, graph, bound);
  }
  return text;
}

/** A known edge or vertex with ways to both sides of it, which mostly meet: what a rule about one transfer says. */
function generateRing(
  pick: Pick,
  graph: string,
  bound: Bound,
  groups: string[],
  name: string,
  mode: string,
): string {
  const around = (side: string): string => {
    const label = ['', '', ':T', ':E'][graph === 'net' ? pick(4) : pick(3)];
    const where = ['', '', '', ` WHERE ${side}.amount > 0`, ` WHERE ${side}.at <= $t`][pick(5)];
    const low = pick(2);
    const single = pick(4) === 0;
    (single ? bound.edges : groups).push(side);
    return `-[${side}${label}${where}]->${single ? '' : `{${low},${low + 1 + pick(2)}}`}`;
  };
  const vertex = (): string => {
    const known = `v${bound.vertices.length}`;
    bound.vertices.push(known);
    return known;
  };
  const [a, x, y] = [vertex(), vertex(), vertex()];
  const anchors = [
    '',
    ` WHERE ${x}.id = $x`,
    ` WHERE ${x}.id IN ($x, $y)`,
    ` WHERE ${x}.id = $x OR ${x}.id = $y`,
  ];
  const middle = [
    `-[${name}m:T WHERE ${name}m.amount > 0]->`,
    `-[${name}m WHERE ${name}m.at = $t]->`,
    graph === 'flow'
      ? `-[${name}m WHERE ${name}m.tx = $tx]->`
      : `-[${name}m:T WHERE ${name}m.tx IN ($tx, 3)]->`,
    `-[${name}m:T WHERE ${name}m.payer = $x]->`,
  ][pick(4)];
  const toLeft = around(`${name}l`);
  const hasMiddle = pick(3) > 0;
  if (hasMiddle) bound.edges.push(`${name}m`);
  const toRight = around(`${name}r`);
  const end = pick(4) > 0 ? a : vertex();
  const part = `(${x}${anchors[pick(4)]})${hasMiddle ? `${middle}(${y})` : ''}`;
  return `${pick(2) === 0 ? `${name} = ` : ''}${mode}(${a})${toLeft}${part}${toRight}(${end})`;
}

function generateVertex(pick: Pick, graph: string, bound: Bound): string {
  const known = bound.vertices.length > 0 && pick(3) === 0;
  const name = known ? (bound.vertices[pick(bound.vertices.length)] as string) : `v${bound.vertices.length}`;
  const anonymous = !known && pick(5) === 0;
  const labels = graph === 'net' ? ['', '', ':Account', ':Shop', ':Party', ':!Shop'] : ['', '', ':Account'];
  const label = labels[pick(labels.length)] as string;
  if (anonymous) return `(${label})`;
  const choices = [
    '',
    '',
    ` WHERE ${name}.id = $x`,
    ` WHERE ${name}.id = $y`,
    ` WHERE ${name}.id IN ($x, $y)`,
    ` WHERE ${name}.id = $x OR ${name}.id = $y AND ${name}.risk > 0`,
    bound.vertices.length > 0 ? ` WHERE ${name} = ${bound.vertices[pick(bound.vertices.length)]}` : '',
    ` WHERE ${name}.risk > 0`,
    bound.vertices.length > 0
      ? ` WHERE ${name}.risk = ${bound.vertices[pick(bound.vertices.length)]}.risk`
      : '',
    bound.vertices.length > 0 ? ` WHERE ${name} <> ${bound.vertices[pick(bound.vertices.length)]}` : '',
  ];
  const where = choices[pick(choices.length)] as string;
  if (!known) bound.vertices.push(name);
  return `(${name}${label}${where})`;
}

function generateEdge(
  pick: Pick,
  graph: string,
  bound: Bound,
  groups: string[],
  name: string,
  mode: string,
  cypher: boolean,
  hops: number,
): string {
  const labels = graph === 'net' ? ['', ':T', ':L', ':E', ':T|V', ':!L'] : ['', ':T'];
  const label = labels[pick(labels.length)] as string;
  const named = pick(4) > 0;
  const before = bound.edges.length > 0 ? (bound.edges[pick(bound.edges.length)] as string) : null;
  const vertex = bound.vertices.length > 0 ? (bound.vertices[pick(bound.vertices.length)] as string) : null;
  const choices = named
    ? [
        '',
        '',
        '',
        ` WHERE ${name}.amount > 1`,
        ` WHERE ${name}.at <= $t`,
        graph === 'flow' ? ` WHERE ${name}.tx = $tx` : '',
        before === null ? '' : ` WHERE ${name}.amount >= ${before}.amount`,
        vertex === null ? '' : ` WHERE ${name}.amount >= ${vertex}.risk`,
      ]
    : [''];
  const where = choices[pick(choices.length)] as string;
  const low = pick(3);
  const range = `${low}${cypher ? '..' : ','}${low + pick(hops > 1 ? 2 : 4)}`;
  const open = mode !== '' && mode !== 'TRAIL ' && pick(6) === 0;
  const quantified = pick(2) === 0;
  const quantifier = !quantified || cypher ? '' : open ? '+' : `{${range}}`;
  const again = !quantified && where === '' && before !== null && pick(5) === 0;
  const variable = again ? before : named ? name : '';
  const inside = `[${variable}${label}${quantified && cypher ? `*${range}` : ''}${where}]`;
  if (named && inside.startsWith(`[${name}`)) (quantified ? groups : bound.edges).push(name);
  const [start, end] = [
    ['-', '->'],
    ['<-', '-'],
    ['-', '-'],
    ['-', '->'],
  ][pick(4)] as [string, string];
  return `${start}${inside}${end}${quantifier}`;
}

function compile(text: string): { program: Program; query: QueryPlan } | null {
  try {
    const program = compileDefinitions(`${SCHEMA}${text}`);
    return { program, query: program.queries[0] as QueryPlan };
  } catch (error) {
    if (error instanceof DefinitionErrors || error instanceof RingwatchError) return null;
    throw error;
  }
}

function rowsOfModel(query: QueryPlan, snapshot: Snapshot, parameters: Row): unknown[] {
  const values = query.parameters.map(({ type }, n) => fromLog(type, parameters[n]));
  const scope = { row: [], old: [], parameters: values, slots: [] };
  return runJob(query.job, scope, snapshot, { left: 3_000_000 }).map(({ slots, returned }) =>
    returned.items.map(({ value, slot }) => jsonOf(value.type, slots[slot] ?? null)),
  );
}

describe('matching', () => {
  it('equals the naive enumeration on random graphs and patterns', () => {
    let compared = 0;
    let withRows = 0;
    let refused = 0;
    let expensive = 0;
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const pick = random(seed);
      const content = generateContent(pick);
      for (let n = 0; n < QUERIES_A_GRAPH; n++) {
        const text = generateQuery(pick);
        const compiled = compile(text);
        if (compiled === null) {
          refused++;
          continue;
        }
        const { program, query } = compiled;
        const view = buildView(program, query.job.graph, content);
        const parameters: Row = [pick(4), pick(4), pick(8), 1000 + pick(50)];
        let expected: unknown[];
        try {
          expected = rowsOfModel(query, snapshotOf(program, query.job.graph, content), parameters);
        } catch (error) {
          if (!(error instanceof TooExpensive)) throw error;
          expensive++;
          continue;
        }
        let found: QueryResult;
        try {
          found = compileQuery(query, view, { count: () => undefined }).run(parameters);
        } catch (error) {
          throw new Error(`seed ${seed}: ${text}`, { cause: error });
        }
        expect({ seed, text, parameters, partial: found.partial, rows: found.rows }).toEqual({
          seed,
          text,
          parameters,
          partial: false,
          rows: expected,
        });
        compared++;
        if (expected.length > 0) withRows++;
      }
    }
    if (process.env.RINGWATCH_RUNS !== undefined) console.log({ compared, withRows, refused, expensive });
    expect(withRows).toBeGreaterThan(compared * 0.2);
    expect(compared).toBeGreaterThan(RUNS * QUERIES_A_GRAPH * 0.5);
  }, 3_600_000);
});
