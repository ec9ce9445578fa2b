import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ERRORS } from '../../core/errors.ts';
import { SCOPES } from '../../tenants/scopes.ts';
import { GraphqlClient } from '../api/graphql-client.ts';
import { RING_DEFINITIONS, ringOf } from '../api/sample-definitions.ts';
import { type Answer, CSV, send } from '../http/http-client.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';

/** Memory that attacks may take beside what the process has anyway; garbage that is not collected yet counts. */
export const MORE_BYTES_MAX = 128 * 1024 * 1024;

/** The built service as a process of its own, a tenant that attacks it and one that works meanwhile. */
export interface HostileService {
  readonly process: ServeProcess;
  readonly address: string;
  /** Holds every scope of the attacking tenant. */
  readonly attacker: GraphqlClient;
  /** Of the tenant that goes on working. */
  readonly bystander: GraphqlClient;
  /** Throws unless the service answers, and has told of no bug. */
  expectAlive(): Promise<void>;
  /** The same, and it is ready and does the bystander's work. */
  expectHealthy(): Promise<void>;
  /** Throws unless the bystander's work is done, be it so late that its decision is the fallback. */
  expectAnswered(): Promise<void>;
  /** How many bytes of memory the process had at most beyond what it had before, while `work` went on. */
  growth(work: () => Promise<unknown>): Promise<number>;
  end(): Promise<void>;
}

/** Starts it; `options` are flags of `ringwatch serve`, `definitions` those of the attacker. */
export async function startHostile(
  options: readonly string[] = [],
  definitions = RING_DEFINITIONS,
): Promise<HostileService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-hostile-'));
  const process = await startServe(path.join(folder, 'data'), [
    '--refusals-per-second',
    '100000',
    ...options,
  ]);
  const { address } = process;
  const scopes = SCOPES.map((scope) => scope.toUpperCase());
  const client = async (slug: string, text: string): Promise<GraphqlClient> =>
    new GraphqlClient(address, await (await provision(process, slug, text)).key(scopes));
  const attacker = await client('attacker', definitions);
  const bystander = await client('bystander', RING_DEFINITIONS);
  let rounds = 0;
  const expectAlive = async (route = '/healthz'): Promise<void> => {
    const { status, text } = await send(address, route, { method: 'GET' });
    if (status !== 200) throw new Error(`${route} answers ${status}: ${text}`);
    const bugs = process.errors().match(/"msg":"(a bug|[^"]*failed)".*/);
    if (bugs !== null) throw new Error(`the service says: ${bugs[0]}`);
  };
  const expectHealthy = async (): Promise<void> => {
    rounds++;
    await works(bystander, rounds);
    await expectAlive('/readyz');
  };
  await expectHealthy();
  return {
    process,
    address,
    attacker,
    bystander,
    expectAlive: () => expectAlive(),
    expectHealthy,
    expectAnswered: () => works(bystander, ++rounds, ['approve', 'review']),
    growth: (work) => growth(process.pid, work),
    end: async () => {
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Rows, a decision and a query of the tenant, each answered as it should be. */
async function works(client: GraphqlClient, round: number, outcomes = ['approve']): Promise<void> {
  const name = `r${round}`;
  const events = ringOf(name, round * 10);
  const body = `tx,payer,payee,amount,at\n${events.map((row) => Object.values(row).join(',')).join('\n')}\n`;
  const route = '/v1/sources/transfers/events?wait=applied';
  const { json } = await send(client.address, route, { token: client.token, headers: CSV, body });
  if (json.accepted !== 3) throw new Error(`rows: ${JSON.stringify(json)}`);
  const { decide } = await client.data(
    `mutation ($event: Row!) { decide(input: { source: "transfers", event: $event }) { decision { outcome } userErrors { code message } } }`,
    { event: { ...events[0], tx: `${name}-decided` } },
  );
  if (!outcomes.includes(decide.decision?.outcome)) throw new Error(`decide: ${JSON.stringify(decide)}`);
  const { query } = await client.data(
    'query ($parameters: Row) { query(savedQuery: "sent_by", parameters: $parameters) { rows { totalCount } } }',
    { parameters: { account: `${name}-a` } },
  );
  if (query.rows.totalCount < 1) throw new Error(`query: ${JSON.stringify(query)}`);
}

/** Bytes of memory that are of no file: files that are mapped may be dropped whenever the system needs them. */
function anonymousBytes(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) throw new Error('the service has ended');
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1]) * 1024;
}

async function growth(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = anonymousBytes(pid);
  let peak = before;
  const look = (): void => {
    peak = Math.max(peak, anonymousBytes(pid));
  };
  const timer = setInterval(look, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  look();
  return peak - before;
}

/** What an answer comes to: its status and code. Throws where it is no coded one, or says that there is a bug. */
export function codeOf({ status, text }: Pick<Answer, 'status' | 'text'>): string {
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;
  if (status < 400 && code === null) return String(status);
  if (code === null || !Object.hasOwn(ERRORS, code))
    throw new Error(`${status} without a code: ${text.slice(0, 300)}`);
  if (code === 'INTERNAL') throw new Error(`${status} says that there is a bug: ${text.slice(0, 300)}`);
  return `${status} ${code}`;
}

/** A connection by hand. What comes back is kept; `ended` resolves with it when the connection is closed. */
export interface RawConnection {
  readonly socket: Socket;
  received(): string;
  readonly ended: Promise<string>;
}

/** Opens a connection and writes to it. */
export function openRaw(address: string, text: string | Uint8Array): RawConnection {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  socket.on('error', () => undefined);
  if (text.length > 0) socket.write(text);
  const ended = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(received));
  });
  return { socket, received: () => received, ended };
}

/** Milliseconds of silence after which nothing more is expected to come. */
const QUIET_MS = 700;
/** Milliseconds after which a connection that its client has ended has to be closed by the service, too. */
const CLOSED_MS_MAX = 30_000;

/**
 * Sends bytes as they are, waits for all answers to them, closes its own side, and resolves with all that came back. Throws where the
 * service does not close its side then.
 */
export async function sendRaw(address: string, text: string | Uint8Array): Promise<string> {
  const { socket, received, ended } = openRaw(address, text);
  let over = false;
  let quiet = setTimeout(() => socket.end(), 5 * QUIET_MS);
  socket.on('data', () => {
    clearTimeout(quiet);
    quiet = setTimeout(() => socket.end(), QUIET_MS);
  });
  const timer = setTimeout(() => {
    over = true;
    socket.destroy();
  }, CLOSED_MS_MAX);
  await ended;
  clearTimeout(quiet);
  clearTimeout(timer);
  if (over) throw new Error(`the service keeps the connection, after: ${received().slice(0, 300)}`);
  return received();
}

/** The statuses of all answers in what came over a connection. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
