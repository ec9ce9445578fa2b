import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { GraphView } from '../../engine/graph/graph-view.ts';
import { TemporalPaths } from '../../engine/kernels/temporal-paths.ts';
import { WorkBudget } from '../../engine/kernels/work-budget.ts';
import { sampleColumns, sampleGraph } from './sample-graph.ts';

const SHARED = '../shared';
const DAY_MICROS = 86_400_000_000;
const HOUR_MICROS = DAY_MICROS / 24;

interface Transfer {
  readonly id: number;
  readonly source: number;
  readonly destination: number;
  readonly micros: number;
}

/** Rows of a CSV in file order, numbered from 0; `columns`: source, destination, time in seconds; null: a file without header. */
function readTransfers(file: string, columns: readonly [string, string, string] | null): Transfer[] {
  const bytes = readFileSync(`${SHARED}/${file}`);
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trim().split('\n');
  const names = columns === null ? null : (lines.shift() as string).split(',');
  const places = columns === null || names === null ? [0, 1, 3] : columns.map((name) => names.indexOf(name));
  const [source, destination, time] = places as [number, number, number];
  return lines.map((line, id) => {
    const fields = line.split(',').map(Number) as number[];
    const at = (column: number) => fields[column] as number;
    return { id, source: at(source), destination: at(destination), micros: Math.floor(at(time)) * 1e6 };
  });
}

/** Every cycle that an arriving edge closes, as edge ids joined by commas; edges arrive by time, then in file order. */
function cyclesClosed(transfers: readonly Transfer[], windowMicros: number, lengthMax: number): string[] {
  const view = new GraphView(sampleGraph({ links: false, retainMicros: windowMicros }), sampleColumns);
  const found: string[] = [];
  let closing = '';
  const lists = (direction: 'out' | 'in') => [
    { lists: view.lists(0, direction), floor: () => view.edgeHorizon(0), skipLoops: false },
  ];
  const kernel = new TemporalPaths(
    lengthMax,
    lists('in'),
    lists('out'),
    null,
    new WorkBudget(1e12),
    (hops) => {
      const ids = [...kernel.edges.subarray(0, hops)].reverse().map((edge) => view.edgeKey(edge));
      found.push(`${ids.join(',')},${closing}`);
    },
  );
  const arriving = [...transfers].sort((a, b) => a.micros - b.micros || a.id - b.id);
  for (const [position, { id, source, destination, micros }] of arriving.entries()) {
    const edge = view.insertEdge(0, [id, source, destination, micros, 0], position);
    view.advanceWatermark(micros);
    if (source === destination) continue;
    closing = String(id);
    Object.assign(kernel.query, {
      start: view.edgeSource(edge),
      target: view.edgeDestination(edge),
      max: lengthMax - 1,
      lowest: micros - windowMicros,
      below: micros,
      distinct: true,
    });
    kernel.runBackward();
  }
  return found;
}

function countsByLength(cycles: readonly string[], lengthMax: number): number[] {
  const counts = new Array<number>(lengthMax - 1).fill(0);
  for (const cycle of cycles) {
    const place = cycle.split(',').length - 2;
    counts[place] = (counts[place] as number) + 1;
  }
  return counts;
}

const tests: [string, () => void][] = [
  [
    'are those of AMLGentex within 40 days, edge by edge',
    () => {
      const transfers = readTransfers('data/amlgentex/transfers.csv', ['src', 'dst', 't']);
      const cycles = cyclesClosed(transfers, 40 * DAY_MICROS, 6);
      const expected = readFileSync(`${SHARED}/reference/cycles/cycles.txt`, 'utf8').trim().split('\n');
      expect(cycles.filter((cycle) => cycle.split(',').length >= 3).sort()).toEqual(expected.sort());
      expect(countsByLength(cycles, 6)).toEqual([4472, 219, 38, 49, 30]);
    },
  ],
  [
    'are as many as those of AMLGentex within 14 days',
    () => {
      const transfers = readTransfers('data/amlgentex/transfers.csv', ['src', 'dst', 't']);
      expect(countsByLength(cyclesClosed(transfers, 14 * DAY_MICROS, 6), 6)).toEqual([2568, 65, 10, 6, 2]);
    },
  ],
  [
    'are as many as those of bitcoin-otc within 72 hours',
    () => {
      const transfers = readTransfers('data/graphs/bitcoin-otc.csv.gz', null);
      expect(countsByLength(cyclesClosed(transfers, 72 * HOUR_MICROS, 5), 5)).toEqual([11539, 408, 283, 222]);
    },
  ],
  [
    'are as many as those of AMLSim within 72 hours and 14 days',
    () => {
      const transfers = readTransfers('data/amlsim/20K_cycle200.stream.csv.gz', ['src', 'dst', 't']);
      expect(countsByLength(cyclesClosed(transfers, 72 * HOUR_MICROS, 5), 5)).toEqual([37, 10, 0, 0]);
      expect(countsByLength(cyclesClosed(transfers, 14 * DAY_MICROS, 5), 5)).toEqual([155, 98, 9, 1]);
    },
  ],
];

describe('temporal cycles found as their last edge arrives', () => {
  if (existsSync(`${SHARED}/reference/cycles`)) for (const [title, run] of tests) it(title, run, 120_000);
  else it('are compared where ../shared is present', () => expect(tests).toHaveLength(4));
});
