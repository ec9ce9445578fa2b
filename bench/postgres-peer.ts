import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type RingAnswers, type Transfers, WORK } from './rings-work.ts';

const BIN = '/usr/lib/postgresql/15/bin';
const PORT = 54_329;

/** Whether Debian's PostgreSQL 15 is on this machine. */
export function postgresPresent(): boolean {
  return existsSync(path.join(BIN, 'postgres'));
}

/** A PostgreSQL server of our own in a temporary folder, durable (fsync on), tuned as an engineer would tune it. */
export class PostgresServer {
  readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-pg-'));
    const uid = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
    chownSync(this.folder, uid, uid);
    chmodSync(this.folder, 0o700);
    const data = path.join(this.folder, 'data');
    this.#as(`${BIN}/initdb -D ${data} -A trust -U bench --no-sync`);
    const options = [
      `-p ${PORT} -k ${this.folder} -c listen_addresses=127.0.0.1`,
      '-c shared_buffers=1GB -c work_mem=64MB -c jit=off -c max_wal_size=4GB -c checkpoint_timeout=30min',
      '-c synchronous_commit=on -c fsync=on -c random_page_cost=1.1 -c autovacuum=on',
    ].join(' ');
    this.#as(`${BIN}/pg_ctl -D ${data} -w -o '${options}' -l ${this.folder}/log start`);
  }

  #as(command: string): void {
    execFileSync(
      'setpriv',
      ['--reuid=postgres', '--regid=postgres', '--init-groups', 'bash', '-c', command],
      {
        stdio: 'ignore',
        cwd: '/',
      },
    );
  }

  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ host: '127.0.0.1', port: PORT, user: 'bench', database: 'postgres' });
    await client.connect();
    return client;
  }

  stop(): void {
    this.#as(`${BIN}/pg_ctl -D ${this.folder}/data -m fast -w stop`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const SCHEMA = `
CREATE TABLE tx (id int PRIMARY KEY, src int NOT NULL, dst int NOT NULL, cents bigint NOT NULL, t bigint NOT NULL);
CREATE INDEX tx_in ON tx (dst, t) INCLUDE (src);
CREATE INDEX tx_out ON tx (src, t) INCLUDE (cents);
`;

const INSERT = `INSERT INTO tx SELECT * FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[], $5::bigint[])`;

const WINDOWS = `
SELECT count(*) AS rows, sum(w.n) AS n, sum(w.cents) AS cents FROM tx e CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE p.t >= e.t - ${WORK.shortSeconds}) AS n, sum(p.cents) AS cents
  FROM tx p WHERE p.src = e.src AND p.t >= e.t - ${WORK.longSeconds} AND p.t <= e.t) w
WHERE e.id >= $1 AND e.id < $2`;

const RINGS = `
WITH RECURSIVE walk (id, first, x, t, latest, n, path) AS (
  SELECT id, dst, src, t, t, 1, ARRAY[src] FROM tx WHERE id >= $1 AND id < $2 AND src <> dst
  UNION ALL
  SELECT w.id, w.first, q.src, q.t, w.latest, w.n + 1, w.path || q.src
  FROM walk w JOIN tx q ON q.dst = w.x AND q.t < w.t AND q.t >= w.latest - ${WORK.ringSeconds}
  WHERE w.x <> w.first AND (q.src = w.first OR (w.n < ${WORK.lengthMax - 1} AND q.src <> ALL (w.path))))
SELECT n, count(*) AS rings FROM walk WHERE x = first GROUP BY n`;

/** Does the work in batches of `batch` events, one transaction each; returns the answers and the seconds taken. */
export async function runPostgres(
  server: PostgresServer,
  transfers: Transfers,
  batch: number,
): Promise<RingAnswers & { readonly seconds: number; readonly bytesPerEdge: number }> {
  const client = await server.connect();
  await client.query('DROP TABLE IF EXISTS tx');
  await client.query(SCHEMA);
  const rings = [0, 0, 0, 0];
  let count1h = 0;
  let cents24h = 0;
  const began = performance.now();
  for (let from = 0; from < transfers.count; from += batch) {
    const to = Math.min(from + batch, transfers.count);
    const ids = Array.from({ length: to - from }, (_, i) => from + i);
    await client.query('BEGIN');
    await client.query({
      name: 'insert',
      text: INSERT,
      values: [
        ids,
        Array.from(transfers.source.subarray(from, to)),
        Array.from(transfers.destination.subarray(from, to)),
        Array.from(transfers.cents.subarray(from, to)),
        Array.from(transfers.seconds.subarray(from, to)),
      ],
    });
    const windows = await client.query<{ n: string; cents: string }>({
      name: 'windows',
      text: WINDOWS,
      values: [from, to],
    });
    const found = await client.query<{ n: number; rings: string }>({
      name: 'rings',
      text: RINGS,
      values: [from, to],
    });
    await client.query('COMMIT');
    count1h += Number(windows.rows[0]?.n ?? 0);
    cents24h += Number(windows.rows[0]?.cents ?? 0);
    for (const row of found.rows) rings[row.n - 2] = (rings[row.n - 2] ?? 0) + Number(row.rings);
  }
  const seconds = (performance.now() - began) / 1000;
  const size = await client.query<{ bytes: string }>(`SELECT pg_total_relation_size('tx') AS bytes`);
  await client.end();
  return {
    rings,
    count1h,
    cents24h,
    seconds,
    bytesPerEdge: Number(size.rows[0]?.bytes ?? 0) / transfers.count,
  };
}
