import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { provision, type ServeProcess, startServe } from '../tests/tools/serve-process.ts';
import { median, printTable, short, spread } from './figures.ts';
import { HttpPool } from './http-pool.ts';
import { DEFINITIONS, toCsv, type Transfers } from './rings-work.ts';

const STARTS = 5;
const BODY_ROWS = 10_000;

/** What starts of the service took, in seconds, and what it holds. */
export interface StartFigures {
  /** On an empty folder: the catalog's database is made. */
  readonly firstSeconds: number;
  /** On a folder with data, from the start of the process to its serving. */
  readonly servingSeconds: readonly number[];
  /** The same until a tenant with that many events answers a query. */
  readonly tenantSeconds: readonly number[];
  readonly events: number;
  /** Of the process: nothing in it, and with these events; and at most. */
  readonly emptyBytes: number;
  readonly loadedBytes: number;
  readonly peakBytes: number;
  /** The state of a tenant that keeps all of these transfers, as its engine counts it: graph, windows, keys. */
  readonly keptStateBytes: number;
  /** The transfers that it keeps. */
  readonly keptEdges: number;
}

/** The same work without the rule, so that every transfer stays in the graph. */
const KEEPING = DEFINITIONS.replace("retain = '20 days'", "retain = '100000 days'").replace(
  /CREATE RULE[\s\S]*$/,
  '',
);

/** How long the service takes to start, first and again with a tenant's data, and its memory. */
export async function benchStart(transfers: Transfers): Promise<StartFigures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-start-'));
  const data = path.join(folder, 'data');
  let service: ServeProcess | null = null;
  try {
    const first = await timedStart(data);
    service = first.service;
    const tenant = await provision(service, 'bench', DEFINITIONS);
    const token = await tenant.key(['INGEST', 'QUERY']);
    const emptyBytes = service.memory().now;
    await load(service, token, transfers);
    const { now: loadedBytes, peak: peakBytes } = service.memory();
    await service.stop();
    const servingSeconds: number[] = [];
    const tenantSeconds: number[] = [];
    for (let n = 0; n < STARTS; n++) {
      const began = performance.now();
      const again = await timedStart(data);
      service = again.service;
      servingSeconds.push(again.seconds);
      await stateOf(service, token);
      tenantSeconds.push((performance.now() - began) / 1000);
      await service.stop();
    }
    service = await startServe(data);
    const { stateBytes, liveEdges } = await keptState(service, transfers);
    await service.stop();
    return print({
      firstSeconds: first.seconds,
      servingSeconds,
      tenantSeconds,
      events: transfers.count,
      emptyBytes,
      loadedBytes,
      peakBytes,
      keptStateBytes: stateBytes,
      keptEdges: liveEdges,
    });
  } finally {
    await service?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds from starting the process until it says that it serves. */
async function timedStart(
  data: string,
): Promise<{ readonly service: ServeProcess; readonly seconds: number }> {
  const began = performance.now();
  const service = await startServe(data);
  return { service, seconds: (performance.now() - began) / 1000 };
}

async function load(service: ServeProcess, token: string, transfers: Transfers): Promise<void> {
  const pool = new HttpPool(service.address, token);
  for (let from = 0; from < transfers.count; from += BODY_ROWS) {
    const to = Math.min(transfers.count, from + BODY_ROWS);
    const wait = to === transfers.count ? '?wait=applied' : '';
    const reply = await pool.post(
      `/v1/sources/transfers/events${wait}`,
      'text/csv',
      Buffer.from(toCsv(transfers, from, to)),
    );
    if (reply.status !== 200) throw new Error(reply.body);
  }
  pool.close();
}

/** What the state of a tenant is that lets no transfer go: of a few that live, the least sizes of its parts would be told. */
async function keptState(
  service: ServeProcess,
  transfers: Transfers,
): Promise<{ readonly stateBytes: number; readonly liveEdges: number }> {
  const tenant = await provision(service, 'keeper', KEEPING);
  const token = await tenant.key(['INGEST', 'QUERY']);
  await load(service, token, transfers);
  return await stateOf(service, token);
}

/** What the engine says of the tenant; waits until it is open. */
async function stateOf(
  service: ServeProcess,
  token: string,
): Promise<{ readonly stateBytes: number; readonly liveEdges: number }> {
  const text = '{ health { engine { stateBytes } } graphViews(first: 1) { nodes { edges } } }';
  for (;;) {
    const { health, graphViews } = (await service.graphql(token, text)) as {
      health: { engine: { stateBytes: string } | null };
      graphViews: { nodes: readonly { edges: string | null }[] };
    };
    const edges = graphViews.nodes[0]?.edges ?? null;
    if (health.engine !== null && edges !== null) {
      return { stateBytes: Number(health.engine.stateBytes), liveEdges: Number(edges) };
    }
    await pause(20);
  }
}

function print(figures: StartFigures): StartFigures {
  const row = (name: string, seconds: readonly number[]): string[] => [
    name,
    short(median(seconds)),
    short(Math.max(...seconds)),
    `${short(100 * spread(seconds))} %`,
  ];
  printTable([
    ['start of the process until', 's', 'slowest', 'noise'],
    row('it serves, on an empty folder', [figures.firstSeconds]),
    row(`it serves, with ${short(figures.events)} events`, figures.servingSeconds),
    row('… and the tenant answers', figures.tenantSeconds),
  ]);
  return figures;
}
