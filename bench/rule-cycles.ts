/**
 * The ring rule of AMLSim (lengths 2 to 5, 14 days, on every event): what inserting into the graph view and running
 * the rule cost an event, without the log, the views and the windows. Prints JSON, CPU nanoseconds an event.
 *
 *   node bin/run.mjs bench/rule-cycles.ts [passes]       in the root of the checkout, ../shared beside it
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Row } from '../core/types.ts';
import { compileRule } from '../engine/dag/rule-runner.ts';
import { GraphView } from '../engine/graph/graph-view.ts';
import { compileDefinitions } from '../language/compile.ts';
import type { GraphPlan, RulePlan } from '../language/plan.ts';

const TEXT = `
CREATE SOURCE transfers (tx_id INTEGER PRIMARY KEY, payer INTEGER, payee INTEGER, amount NUMERIC(18,2),
  at TIMESTAMPTZ, WATERMARK FOR at);
CREATE TABLE accounts (id INTEGER PRIMARY KEY);
CREATE PROPERTY GRAPH flow
  VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (transfers KEY (tx_id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL TRANSFER)
  WITH (event_time = 'at', retain = '14 days');
CREATE RULE rings ON transfers
THEN USE flow
     MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:TRANSFER]->{1,4}(b:Account WHERE b.id = $payer)
       -[last:TRANSFER WHERE last.tx_id = $tx_id]->(a) ASCENDING BY at WITHIN INTERVAL '14 days'
     RETURN p
DO ALERT 'Ring' KEY (payer, payee);`;

const program = compileDefinitions(TEXT);
const graphPlan = program.graphs[0] as GraphPlan;
const rulePlan = program.rules[0] as RulePlan;
const columns = [...program.sources, ...program.tables];
const columnsOf = (name: string) => columns.find((relation) => relation.name === name)?.columns ?? [];

const file = '../shared/data/amlsim/20K_cycle200.stream.csv.gz';
const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1);
const rows = lines.map((line, n): Row => {
  const [source, destination, amount, seconds] = line.split(',').map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return [n, source, destination, Math.round(amount * 100), seconds * 1e6];
});

/** CPU nanoseconds an event of one pass over the stream, and the rings found by length. */
function pass(withRule: boolean): {
  readonly nanos: number;
  readonly rings: Record<number, number>;
  readonly visited: number;
} {
  const view = new GraphView(graphPlan, columnsOf);
  const rule = compileRule(rulePlan, view, { count: () => undefined });
  const rings: Record<number, number> = {};
  let visited = 0;
  const before = process.cpuUsage();
  for (let n = 0; n < rows.length; n++) {
    const row = rows[n] as Row;
    view.insertEdge(0, row, n);
    view.advanceWatermark(row[4] as number);
    if (!withRule) continue;
    const outcome = rule.run(row, []);
    if (outcome === null) continue;
    visited += outcome.edgesVisited;
    for (const { paths } of outcome.alerts)
      for (const { edges } of paths) rings[edges.length] = (rings[edges.length] ?? 0) + 1;
  }
  const { user, system } = process.cpuUsage(before);
  return { nanos: Math.round(((user + system) * 1000) / rows.length), rings, visited };
}

const passes = Number(process.argv[2] ?? 15);
const [inserts, rules] = [false, true].map((withRule) =>
  Array.from({ length: passes }, () => pass(withRule)).sort((a, b) => a.nanos - b.nanos),
);
const middle = passes >> 1;
const best = rules?.[0];
console.log(
  JSON.stringify(
    {
      events: rows.length,
      insertNanos: { best: inserts?.[0]?.nanos, median: inserts?.[middle]?.nanos },
      insertAndRuleNanos: { best: best?.nanos, median: rules?.[middle]?.nanos },
      rings: best?.rings,
      edgesVisited: best?.visited,
    },
    null,
    2,
  ),
);
