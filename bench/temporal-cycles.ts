import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DOUBLE, INTEGER, type SqlType, TIMESTAMPTZ } from '../core/types.ts';
import { EdgeShard } from '../engine/graph/delta/edge-shard.ts';
import type { NeighbourLists } from '../engine/graph/neighbour-lists.ts';
import { GraphMemory } from '../engine/graph/segment/graph-memory.ts';
import { referenceKernels } from '../engine/kernels/reference-kernels.ts';
import { GraphView } from '../engine/graph/graph-view.ts';
import { TemporalPaths } from '../engine/kernels/temporal-paths.ts';
import { WorkBudget } from '../engine/kernels/work-budget.ts';
import type { Column, GraphPlan } from '../language/plan.ts';
import { median, printTable, short, spread } from './figures.ts';

const DAY_MICROS = 86_400_000_000;
const LENGTH_MAX = 6;
const EVERYTHING = () => Number.NEGATIVE_INFINITY;

interface Stream {
  readonly sources: Int32Array;
  readonly destinations: Int32Array;
  /** Microseconds. */
  readonly times: Float64Array;
  readonly amounts: Float64Array;
}

function readStream(file: string): Stream {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1);
  const rows = lines.map((line) => line.split(',').map(Number));
  const at = (column: number) => rows.map((row) => row[column] as number);
  return {
    sources: Int32Array.from(at(0)),
    destinations: Int32Array.from(at(1)),
    amounts: Float64Array.from(at(2)),
    times: Float64Array.from(at(3), (seconds) => seconds * 1e6),
  };
}

/** What a pass found, cycles by length from 2, and what it cost. */
interface Pass {
  readonly cycles: readonly number[];
  readonly edgesVisited: number;
  readonly edgesPerCpuSecond: number;
}

function measured(stream: Stream, budget: WorkBudget, cycles: Float64Array, work: () => void): Pass {
  budget.reset();
  cycles.fill(0);
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return {
    cycles: [...cycles.subarray(2)],
    edgesVisited: budget.visited,
    edgesPerCpuSecond: Math.round((stream.times.length * 1e6) / (user + system)),
  };
}

function topologyPass(stream: Stream, windowMicros: number, lengthMax: number): Pass {
  const { sources, destinations, times } = stream;
  const shard = new EdgeShard({
    columns: [{ name: 'at', type: 'timestamp', scale: 0 }],
    eventTime: 0,
    memory: () => new GraphMemory(),
    kernels: referenceKernels,
    isView: true,
  });
  const values = new Float64Array(1);
  const budget = new WorkBudget(Number.MAX_SAFE_INTEGER);
  const cycles = new Float64Array(LENGTH_MAX + 1);
  const kernel = createKernel(shard.lists('in'), shard.lists('out'), budget, cycles);
  return measured(stream, budget, cycles, () => {
    for (let n = 0; n < times.length; n++) {
      const source = sources[n] as number;
      const destination = destinations[n] as number;
      const time = times[n] as number;
      values[0] = time;
      shard.insert(source, destination, values, n);
      if (source !== destination) search(kernel, source, destination, time, windowMicros, lengthMax);
    }
  });
}

function createKernel(
  into: NeighbourLists,
  out: NeighbourLists,
  budget: WorkBudget,
  cycles: Float64Array,
): TemporalPaths {
  return new TemporalPaths(
    LENGTH_MAX,
    [{ lists: into, floor: EVERYTHING, skipLoops: false }],
    [{ lists: out, floor: EVERYTHING, skipLoops: false }],
    null,
    budget,
    (hops) => {
      cycles[hops + 1] = (cycles[hops + 1] as number) + 1;
    },
  );
}

function search(
  kernel: TemporalPaths,
  source: number,
  destination: number,
  time: number,
  windowMicros: number,
  lengthMax: number,
): void {
  const { query } = kernel;
  query.start = source;
  query.target = destination;
  query.max = lengthMax - 1;
  query.lowest = time - windowMicros;
  query.below = time;
  query.distinct = true;
  kernel.runBackward();
}

const column = (name: string, type: SqlType): Column => ({ name, type, nullable: true });
const COLUMNS = [
  column('tx_id', INTEGER),
  column('payer', INTEGER),
  column('payee', INTEGER),
  column('amount', DOUBLE),
  column('at', TIMESTAMPTZ),
];
const PROPERTIES = COLUMNS.map(({ name, type }, index) => ({ name, type, column: index }));

function graphPlan(retainMicros: number): GraphPlan {
  return {
    name: 'flow',
    fingerprint: 'flow',
    retainMicros,
    backfill: false,
    vertexTables: [
      {
        name: 'accounts',
        relation: { kind: 'table', name: 'accounts' },
        labels: ['Account'],
        key: [1],
        properties: PROPERTIES.slice(1, 2),
      },
    ],
    edgeTables: [
      {
        name: 'transfers',
        fingerprint: 'transfers',
        relation: { kind: 'source', name: 'transfers' },
        labels: ['TRANSFER'],
        key: [0],
        source: { columns: [1], vertexTable: 0 },
        destination: { columns: [2], vertexTable: 0 },
        properties: PROPERTIES,
        eventTime: 4,
        fromSource: true,
      },
    ],
  };
}

function graphPass(stream: Stream, windowMicros: number, lengthMax: number): Pass {
  const view = new GraphView(graphPlan(windowMicros), () => COLUMNS);
  const { sources, destinations, times, amounts } = stream;
  const rows = Array.from(times, (time, n) => [n, sources[n], destinations[n], amounts[n], time] as number[]);
  const budget = new WorkBudget(Number.MAX_SAFE_INTEGER);
  const cycles = new Float64Array(LENGTH_MAX + 1);
  const kernel = createKernel(view.lists(0, 'in'), view.lists(0, 'out'), budget, cycles);
  return measured(stream, budget, cycles, () => {
    for (let n = 0; n < rows.length; n++) {
      const row = rows[n] as number[];
      const edge = view.insertEdge(0, row, n);
      const time = times[n] as number;
      view.advanceWatermark(time);
      const source = view.edgeSource(edge);
      const destination = view.edgeDestination(edge);
      if (source !== destination) search(kernel, source, destination, time, windowMicros, lengthMax);
    }
  });
}

const PASSES = 11;

/**
 * Arriving edges searched for the temporal cycles they close, per CPU-second (one thread), on AMLSim: each edge is
 * added both ways and every cycle whose latest edge it is is found. `topology` is the neighbour lists alone, as the
 * published reference has them; `graphView` adds dictionaries, columns and exact expiry.
 */
export function benchCycles(amlsim: string): Record<string, unknown>[] {
  const stream = readStream(amlsim);
  const results = [
    { days: 20, length: 6 },
    { days: 14, length: 5 },
  ].map(({ days, length }) => {
    const topology = measuredPasses(() => topologyPass(stream, days * DAY_MICROS, length));
    const graphView = measuredPasses(() => graphPass(stream, days * DAY_MICROS, length));
    return { days, length, topology, graphView };
  });
  printTable([
    ['edges searched per CPU-second', 'median', 'best', 'noise', 'cycles of 2, 3, …'],
    ...results.flatMap(({ days, length, topology, graphView }) =>
      [
        { name: 'neighbour lists', of: topology },
        { name: 'whole graph view', of: graphView },
      ].map(({ name, of }) => [
        `${name}, ${days} d, length ${length}`,
        short(of.median),
        short(of.best),
        `${short(100 * of.spread)} %`,
        of.cycles.join(' / '),
      ]),
    ),
  ]);
  return results;
}

/** Edges per CPU-second over the passes, and what all of them found. */
interface Summary {
  readonly median: number;
  readonly best: number;
  readonly spread: number;
  readonly cycles: readonly number[];
  readonly edgesVisited: number;
}

/** The first pass is thrown away: it runs code that has not been compiled. */
function measuredPasses(run: () => Pass): Summary {
  const passes = Array.from({ length: PASSES + 1 }, run).slice(1);
  const rates = passes.map((pass) => pass.edgesPerCpuSecond);
  const { cycles, edgesVisited } = passes[0] as Pass;
  return { median: median(rates), best: Math.max(...rates), spread: spread(rates), cycles, edgesVisited };
}
