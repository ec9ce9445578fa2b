import { expect, test } from '@jest/globals';
import type { LogRecord } from '../../core/record.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import { observeEngine } from './engine-observed.ts';
import { foldInFrames, foldPlainly, foldWithJobs, foldWithRestarts } from './fold-variants.ts';
import { type Case, generateCase, recordsOf, type Step, withBudgets } from './generate-case.ts';
import { START_MICROS } from './generate-expressions.ts';
import { generateRecords } from './generate-stream.ts';
import { Random } from './random.ts';
import { firstDifference, observeModel } from './run-case.ts';
import type { ColumnShape, Shape, World } from './shapes.ts';

/**
 * Streams that fill the engine's chunks and blocks several times over, which the short ones of property.test.ts do not.
 * RINGWATCH_SEED and RINGWATCH_RUNS (one for each hundred) as there.
 */
const RUNS = Math.ceil(Number(process.env.RINGWATCH_RUNS ?? 150) / 100);
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const compiled = new Map<string, Program>();

function compile(text: string): Program {
  const known = compiled.get(text) ?? compileDefinitions(text);
  compiled.set(text, known);
  return known;
}

/** The case with few probes: each prints the whole graph. */
function withFewProbes(test: Case, every: number): Case {
  const isProbe = (step: Step) => step.kind === 'event' && step.relation === 'probe';
  let seen = 0;
  const steps = test.steps.filter((step) => {
    if (!isProbe(step)) return true;
    seen += 1;
    return seen % every === 0;
  });
  return { ...test, steps };
}

test('a long stream says the same bytes in frames, over restarts and with jobs elsewhere', () => {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const generated = generateCase(seed, compile, () => undefined, [6000, 9000]);
    const records = recordsOf(withBudgets(withFewProbes(generated, 40), new Random(seed), [20, 100, 300]));
    const plain = foldPlainly(records, compile);
    const random = new Random(seed);
    expect(foldInFrames(records, compile, random)).toEqual(plain);
    expect(foldWithJobs(records, compile, random)).toEqual(plain);
    const { restarts, repeated, ...folded } = foldWithRestarts(records, compile, random, 0.002);
    expect(restarts.filter(({ before, after }) => before !== after)).toEqual([]);
    expect(repeated).toEqual([]);
    expect(folded).toEqual(plain);
  }
}, 3_600_000);

/** Views, windows and a graph whose content stays small however long the stream is. */
const FORGETFUL = `
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(12,2), note TEXT, flag BOOLEAN,
  at TIMESTAMPTZ, WATERMARK FOR at AS at - INTERVAL '2 seconds') WITH (allowed_lateness = '5 seconds');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, risk INTEGER, balance NUMERIC(12,2));
CREATE SOURCE probe (probe_id INTEGER PRIMARY KEY);
CREATE VIEW sums AS SELECT tx_id, payer, payee, amount, at, COUNT(*) OVER w AS n, SUM(amount) OVER w AS total, MIN(note) OVER w AS first
  FROM transfers WINDOW w AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '10 seconds' PRECEDING AND CURRENT ROW);
CREATE VIEW tens AS SELECT payee, window_end, COUNT(*) AS n, MAX(amount) AS most
  FROM HOP(transfers, at, INTERVAL '5 seconds', INTERVAL '10 seconds') GROUP BY payee, window_start, window_end;
CREATE PROPERTY GRAPH net VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAID)
  WITH (event_time = 'at', retain = '15 seconds');
CREATE RULE busy ON sums WHEN n > 2 DO ALERT 'busy' KEY (payer) SUPPRESS INTERVAL '5 seconds';
CREATE RULE most ON tens WHEN n > 1 DO ALERT 'most' KEY (payee);
CREATE RULE again ON REVISION OF tens DO ALERT 'again';
CREATE RULE loop ON transfers THEN USE net MATCH p = SIMPLE (a WHERE a.id = $payee)-[t:PAID]->{1,2}(b WHERE b.id = $payer)
  -[last:PAID WHERE last.tx_id = $tx_id]->(a) ASCENDING BY at WITHIN INTERVAL '10 seconds' KEEP LATEST 5
  RETURN p, SUM(t.amount) AS total DO ALERT 'loop';
CREATE RULE stop ON transfers WHEN note = 'red' AND flag THEN USE net MATCH (a WHERE a.id = $payee)-[t]->(b WHERE b.id = $payer)
  MERGE PARALLEL RETURN COUNT(t) AS n DO ALERT 'stop', REFUSE;
CREATE RULE zz_edges ON probe THEN USE net MATCH p = (a)-[e]->(b) RETURN p, e.amount AS amount, a.name AS name DO ALERT 'edges';
`;

const COLUMNS: readonly ColumnShape[] = [
  { name: 'tx_id', kind: 'text' },
  { name: 'payer', kind: 'text' },
  { name: 'payee', kind: 'text' },
  { name: 'amount', kind: 'numeric' },
  { name: 'note', kind: 'text' },
  { name: 'flag', kind: 'boolean' },
  { name: 'at', kind: 'timestamptz' },
];

function shape(name: string, columns: readonly ColumnShape[], key: string): Shape {
  return {
    name,
    root: 'source',
    rootName: name,
    columns,
    key: [key],
    ends: null,
    vertices: ['id'],
    timed: false,
    windowed: false,
  };
}

test('a long stream through a graph that forgets says what the naive model says', () => {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const transfers = shape('transfers', COLUMNS, 'tx_id');
    const times = { delay: 2, lateness: 5, maxAhead: null, watermark: true, idle: null };
    const person: ColumnShape[] = [
      { name: 'id', kind: 'text' },
      { name: 'name', kind: 'text' },
      { name: 'risk', kind: 'integer' },
      { name: 'balance', kind: 'numeric' },
    ];
    const world: World = {
      statements: [],
      sources: [{ shape: transfers, stored: COLUMNS, keyColumns: ['tx_id'], ...times }],
      tables: [shape('accounts', person, 'id')],
      shapes: [],
      graphs: [],
      vertexKind: 'text',
    };
    const records = generateRecords(new Random(seed), world, 1000);
    const start: LogRecord = {
      kind: 'definitions',
      arrivalMicros: START_MICROS,
      text: FORGETFUL,
      allowDrop: true,
    };
    const engine = observeEngine(compile);
    expect(firstDifference([start, ...records], observeModel(compile, 1e9), engine)).toBeNull();
  }
}, 3_600_000);
