import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median, printTable, short, spread } from './figures.ts';
import { PostgresServer, postgresPresent, runPostgres } from './postgres-peer.ts';
import { DEFINITIONS, type RingAnswers, readTransfers, runFloor, toCsv } from './rings-work.ts';

const ROUNDS = 3;
/** The stream so many times over shows what a run comes to once start and warm-up weigh nothing. */
const REPEATS = 8;

/**
 * The whole product on the ring work, `ringwatch run --data` as a process, beside PostgreSQL and the in-memory floor,
 * in turn, so that the machine's drift meets all alike. Checks that all give the same rings.
 */
export async function benchRings(amlsim: string): Promise<Record<string, unknown>> {
  const transfers = readTransfers(amlsim);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-bench-'));
  writeFileSync(path.join(folder, 'rings.sql'), DEFINITIONS);
  writeFileSync(path.join(folder, 'transfers.csv'), toCsv(transfers));
  const repeated = readTransfers(amlsim, REPEATS);
  writeFileSync(path.join(folder, 'repeated.csv'), toCsv(repeated));
  const repeatedAnswers = runFloor(repeated);
  const floor: number[] = [];
  const ours: number[] = [];
  const wall: number[] = [];
  const long: number[] = [];
  const peer: number[] = [];
  let peerBytes = Number.NaN;
  const server = postgresPresent() ? new PostgresServer() : null;
  let answers: RingAnswers | null = null;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      answers = runFloor(transfers);
      floor.push(transfers.count / ((performance.now() - began) / 1000));
      const run = runRingwatch(folder, 'transfers', round, answers);
      long.push(runRingwatch(folder, 'repeated', round, repeatedAnswers).eventsPerSecond);
      ours.push(run.eventsPerSecond);
      wall.push(transfers.count / run.wallSeconds);
      if (server !== null) {
        const done = await runPostgres(server, transfers, 1000);
        mustEqual('PostgreSQL', done.rings, answers.rings);
        peer.push(transfers.count / done.seconds);
        peerBytes = done.bytesPerEdge;
      }
    }
  } finally {
    server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const row = (name: string, figures: readonly number[]): string[] => [
    name,
    short(median(figures)),
    `${short(100 * spread(figures))} %`,
    short(median(ours) / median(figures)),
  ];
  printTable([
    ['rings of 2-5, 14 d, AMLSim', 'events/s', 'noise', 'ours is … times'],
    row('ringwatch run --data', ours),
    row('… with start and stop', wall),
    row(`… the stream ${REPEATS} times over`, long),
    ...(peer.length > 0
      ? [row('PostgreSQL, batches of 1,000', peer)]
      : [['PostgreSQL', 'not installed', '', '']]),
    row('floor: plain arrays, nothing durable', floor),
  ]);
  return {
    events: transfers.count,
    rings: answers?.rings,
    ringwatch: { eventsPerSecond: ours, withStart: wall, repeated: long },
    postgres: { eventsPerSecond: peer, bytesPerEdge: peerBytes },
    floor: { eventsPerSecond: floor },
    timesPostgres: peer.length > 0 ? median(ours) / median(peer) : null,
    timesFloor: median(ours) / median(floor),
  };
}

interface RunFigures {
  readonly eventsPerSecond: number;
  readonly wallSeconds: number;
}

function runRingwatch(folder: string, input: string, round: number, answers: RingAnswers): RunFigures {
  const out = path.join(folder, `${input}-${round}.jsonl`);
  const report = path.join(folder, 'report.json');
  const began = performance.now();
  const child = spawnSync(
    process.execPath,
    [
      path.join('bin', 'ringwatch.mjs'),
      'run',
      path.join(folder, 'rings.sql'),
      '--input',
      `transfers=${path.join(folder, `${input}.csv`)}`,
      '--alerts',
      out,
      '--report',
      report,
      '--data',
      path.join(folder, `data-${input}-${round}`),
    ],
    { encoding: 'utf8' },
  );
  const wallSeconds = (performance.now() - began) / 1000;
  if (child.status !== 0) throw new Error(`ringwatch run failed:\n${child.stderr}`);
  const rings = [0, 0, 0, 0];
  for (const line of readFileSync(out, 'utf8').split('\n')) {
    if (line === '') continue;
    const alert = JSON.parse(line) as { paths: { edges: string[] }[] };
    for (const found of alert.paths) rings[found.edges.length - 2] = (rings[found.edges.length - 2] ?? 0) + 1;
  }
  mustEqual('ringwatch', rings, answers.rings);
  const { eventsPerSecond } = JSON.parse(readFileSync(report, 'utf8')) as { eventsPerSecond: number };
  return { eventsPerSecond, wallSeconds };
}

function mustEqual(who: string, rings: readonly number[], expected: readonly number[]): void {
  if (rings.join() !== expected.join())
    throw new Error(`${who} found ${rings.join('/')} rings, not ${expected.join('/')}`);
}
