import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { provision, type ServeProcess, startServe } from '../tests/tools/serve-process.ts';
import { median, printTable, quantile, short, spread } from './figures.ts';
import { DEFINITIONS, runFloor, toCsv, type Transfers } from './rings-work.ts';

const ROUNDS = 3;

type Format = 'csv' | 'ndjson';

/** Rows of one request; Infinity: all in one body. */
const VARIANTS: readonly { readonly format: Format; readonly batch: number }[] = [
  { format: 'csv', batch: 1_000 },
  { format: 'csv', batch: 10_000 },
  { format: 'csv', batch: Number.POSITIVE_INFINITY },
  { format: 'ndjson', batch: 10_000 },
];

export interface IngestRound {
  /** From the first byte sent to the last answer: all is durable. */
  readonly durablePerSecond: number;
  /** From the first byte sent until all is folded, and its alerts are in the catalog. */
  readonly wholePerSecond: number;
  readonly latencyMs: readonly number[];
  /** Of all threads of the service, from the first byte sent until all is folded. */
  readonly cpuMicrosPerEvent: number;
  readonly peakBytes: number;
}

/**
 * Batches over HTTP into rings, durable: a process of `ringwatch serve`, and this one, which sends, on the same machine.
 * Every transfer is stored, kept in windows and searched for the rings it closes; the rings have to be those of the floor.
 * Requests go one after the other, because rings depend on the order of time.
 */
export async function benchServeIngest(
  transfers: Transfers,
): Promise<Record<string, readonly IngestRound[]>> {
  const rings = runFloor(transfers).rings.reduce((sum, each) => sum + each, 0);
  const rows: string[][] = [
    [
      'HTTP into rings, AMLSim',
      'durable/s',
      'with alerts/s',
      'noise',
      'CPU us/event',
      'p50 ms',
      'p99 ms',
      'peak MB',
    ],
  ];
  const figures: Record<string, readonly IngestRound[]> = {};
  for (const { format, batch } of VARIANTS) {
    const bodies = bodiesOf(transfers, format, batch);
    const rounds: IngestRound[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push(await ingest(transfers.count, format, bodies, rings));
    }
    const latency = rounds.flatMap(({ latencyMs }) => latencyMs);
    const whole = rounds.map(({ wholePerSecond }) => wholePerSecond);
    const name = `${format}, ${bodies.length === 1 ? 'one body' : `${batch} rows`}`;
    rows.push([
      name,
      short(median(rounds.map(({ durablePerSecond }) => durablePerSecond))),
      short(median(whole)),
      `${short(100 * spread(whole))} %`,
      short(median(rounds.map(({ cpuMicrosPerEvent }) => cpuMicrosPerEvent))),
      short(quantile(latency, 0.5)),
      short(quantile(latency, 0.99)),
      short(Math.max(...rounds.map(({ peakBytes }) => peakBytes)) / 1024 / 1024),
    ]);
    figures[name] = rounds;
  }
  printTable(rows);
  return figures;
}

async function ingest(
  count: number,
  format: Format,
  bodies: readonly Buffer[],
  rings: number,
): Promise<IngestRound> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-bench-'));
  const service = await startServe(path.join(folder, 'data'));
  try {
    const tenant = await provision(service, 'bench', DEFINITIONS);
    const token = await tenant.key(['INGEST', 'QUERY', 'ALERTS']);
    const latencyMs: number[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const cpuBefore = service.cpuSeconds();
    const began = performance.now();
    for (const body of bodies) {
      const from = performance.now();
      await post(service, agent, token, format, body);
      latencyMs.push(performance.now() - from);
    }
    const durableSeconds = (performance.now() - began) / 1000;
    await untilFolded(service, token, count);
    const wholeSeconds = (performance.now() - began) / 1000;
    const cpuSeconds = service.cpuSeconds() - cpuBefore;
    agent.destroy();
    const { peak } = service.memory();
    const found = await countRings(service, token);
    if (found !== rings) throw new Error(`${found} rings instead of ${rings}`);
    return {
      durablePerSecond: count / durableSeconds,
      wholePerSecond: count / wholeSeconds,
      latencyMs,
      cpuMicrosPerEvent: (cpuSeconds * 1e6) / count,
      peakBytes: peak,
    };
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The stream as request bodies, made beforehand: what is measured is the service. */
function bodiesOf(transfers: Transfers, format: Format, batch: number): Buffer[] {
  const bodies: Buffer[] = [];
  const step = Math.min(batch, transfers.count);
  for (let from = 0; from < transfers.count; from += step) {
    const to = Math.min(transfers.count, from + step);
    bodies.push(Buffer.from(format === 'csv' ? toCsv(transfers, from, to) : toNdjson(transfers, from, to)));
  }
  return bodies;
}

function toNdjson({ source, destination, cents, seconds }: Transfers, from: number, to: number): string {
  const lines: string[] = [];
  for (let row = from; row < to; row++) {
    const amount = ((cents[row] ?? 0) / 100).toFixed(2);
    lines.push(
      `{"tx":"${row}","src":"${source[row]}","dst":"${destination[row]}","amount":${amount},"t":${seconds[row]}}\n`,
    );
  }
  return lines.join('');
}

async function post(
  service: ServeProcess,
  agent: Agent,
  token: string,
  format: Format,
  body: Buffer,
): Promise<void> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(`${service.address}/v1/sources/transfers/events`, {
      method: 'POST',
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': format === 'csv' ? 'text/csv' : 'application/x-ndjson',
        'content-length': body.length,
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', resolve);
    outgoing.end(body);
  });
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  const answer = JSON.parse(text) as { accepted?: number; rows?: number };
  if (incoming.statusCode !== 200 || answer.accepted !== answer.rows) throw new Error(text);
}

/** Waits until all is folded and every alert has come into the catalog. */
async function untilFolded(service: ServeProcess, token: string, count: number): Promise<void> {
  const text = '{ health { engine { accepted lag alerts } } alerts(first: 1) { totalCount } }';
  for (;;) {
    const data = (await service.graphql(token, text)) as {
      health: { engine: { accepted: string; lag: string; alerts: string } };
      alerts: { totalCount: number };
    };
    const { accepted, lag, alerts } = data.health.engine;
    // The definitions were accepted, too.
    const folded = Number(accepted) >= count && Number(lag) === 0;
    if (folded && Number(alerts) === data.alerts.totalCount) return;
    await setTimeout(20);
  }
}

async function countRings(service: ServeProcess, token: string): Promise<number> {
  const text = `query($after: String) { alerts(first: 200, after: $after) {
    nodes { line } pageInfo { hasNextPage endCursor } } }`;
  let rings = 0;
  for (let after: string | null = null; ; ) {
    const { alerts } = (await service.graphql(token, text, { after })) as {
      alerts: {
        nodes: readonly { line: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string | null };
      };
    };
    for (const { line } of alerts.nodes) rings += (JSON.parse(line) as { paths: unknown[] }).paths.length;
    if (!alerts.pageInfo.hasNextPage) return rings;
    after = alerts.pageInfo.endCursor;
  }
}
