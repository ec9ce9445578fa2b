import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type CachePeer, type PeerGraph, peerOf } from './cache-peer.ts';
import type { HopAnswer } from './csr-peers.ts';
import { npmPeer } from './peer-packages.ts';

interface Graphology {
  addNode(key: number): void;
  addDirectedEdge(source: number, target: number): void;
  forEachOutNeighbor(node: number, visit: (neighbour: string) => void): void;
  forEachOutEdge(
    node: number,
    visit: (edge: string, attributes: object, source: string, target: string) => void,
  ): void;
}

/** graphology, searched by whole hops through its own iteration. */
export function graphologyPeer({ vertices, sources, destinations }: PeerGraph): CachePeer {
  const { MultiDirectedGraph } = npmPeer('graphology') as {
    readonly MultiDirectedGraph: new () => Graphology;
  };
  const graph = new MultiDirectedGraph();
  for (let vertex = 0; vertex < vertices; vertex++) graph.addNode(vertex);
  sources.forEach((source, edge) => {
    graph.addDirectedEdge(source, destinations[edge] as number);
  });
  const answer = (start: number, hops: number, induced: boolean): HopAnswer => {
    const seen = new Set([String(start)]);
    let frontier = [String(start)];
    for (let hop = 0; hop < hops; hop++) {
      const next: string[] = [];
      for (const vertex of frontier) {
        graph.forEachOutNeighbor(vertex as unknown as number, (neighbour) => {
          if (seen.has(neighbour)) return;
          seen.add(neighbour);
          next.push(neighbour);
        });
      }
      frontier = next;
    }
    let edges = 0;
    if (induced) {
      for (const vertex of seen) {
        graph.forEachOutEdge(vertex as unknown as number, (_, __, ___, target) => {
          if (seen.has(target)) edges++;
        });
      }
    }
    return { vertices: seen.size, edges };
  };
  return peerOf('graphology', answer, () => undefined);
}

interface DuckConnection {
  run(sql: string): Promise<unknown>;
  prepare(sql: string): Promise<{
    bindInteger(index: number, value: number): void;
    runAndReadAll(): Promise<{ getRows(): (bigint | number)[][] }>;
  }>;
}

/**
 * The vertices within so many hops, each hop a join with what is new in it, and the edges between them: the same SQL for both
 * databases that take it. `$1` is the start.
 */
export function hopsSql(hops: number, induced: boolean): string {
  const parts = Array.from({ length: hops }, (_, n) =>
    n === 0
      ? 'h1 AS (SELECT DISTINCT dst AS v FROM e WHERE src = $1)'
      : `h${n + 1} AS (SELECT DISTINCT e.dst AS v FROM h${n} JOIN e ON e.src = h${n}.v)`,
  );
  const all = [
    'SELECT CAST($1 AS int) AS v',
    ...Array.from({ length: hops }, (_, n) => `SELECT v FROM h${n + 1}`),
  ];
  const edges = induced
    ? '(SELECT count(*) FROM found a JOIN e ON e.src = a.v JOIN found b ON e.dst = b.v)'
    : '0';
  return `WITH ${parts.join(', ')}, found AS (${all.join(' UNION ')})
SELECT (SELECT count(*) FROM found) AS vertices, ${edges} AS edges`;
}

/** DuckDB in this process, edges in order of their source. */
export async function duckdbPeer(graph: PeerGraph): Promise<CachePeer> {
  const { DuckDBInstance } = npmPeer('@duckdb/node-api') as {
    readonly DuckDBInstance: { create(file: string): Promise<{ connect(): Promise<DuckConnection> }> };
  };
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const folder = edgeFile(graph, 'src,dst\n');
  await connection.run(
    `CREATE TABLE e AS SELECT src::int AS src, dst::int AS dst FROM read_csv('${folder}/edges.csv', header = true) ORDER BY src, dst`,
  );
  await connection.run('CREATE INDEX e_src ON e (src)');
  rmSync(folder, { recursive: true });
  const statements = new Map<string, Awaited<ReturnType<DuckConnection['prepare']>>>();
  return peerOf(
    'DuckDB',
    async (start, hops, induced) => {
      const sql = hopsSql(hops, induced);
      let statement = statements.get(sql);
      statement ??= await connection.prepare(sql);
      statements.set(sql, statement);
      statement.bindInteger(1, start);
      const [row] = (await statement.runAndReadAll()).getRows();
      return { vertices: Number(row?.[0]), edges: Number(row?.[1]) };
    },
    () => undefined,
  );
}

interface KuzuConnection {
  query(cypher: string): Promise<{ getAll(): Promise<Record<string, unknown>[]> }>;
  prepare(cypher: string): Promise<object>;
  execute(
    statement: object,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<{ getAll(): Promise<Record<string, unknown>[]> }>;
  setQueryTimeout(ms: number): void;
  close(): Promise<void>;
}

/** One of Kuzu's searches can take minutes: it is then told to end, and counts as this long. */
const KUZU_QUERY_MS = 5000;

/** Kuzu in this process. Its variable-length match finds each vertex once, by a breadth-first search. */
export async function kuzuPeer(graph: PeerGraph): Promise<CachePeer> {
  const { Database, Connection } = npmPeer('kuzu') as {
    readonly Database: new (path: string) => { close(): Promise<void> };
    readonly Connection: new (database: object) => KuzuConnection;
  };
  const folder = edgeFile(graph, '');
  const database = new Database(path.join(folder, 'database'));
  const connection = new Connection(database);
  writeFileSync(path.join(folder, 'vertices.csv'), `${[...Array(graph.vertices).keys()].join('\n')}\n`);
  await connection.query('CREATE NODE TABLE V(id INT64, PRIMARY KEY(id))');
  await connection.query('CREATE REL TABLE E(FROM V TO V)');
  await connection.query(`COPY V FROM '${folder}/vertices.csv'`);
  await connection.query(`COPY E FROM '${folder}/edges.csv'`);
  connection.setQueryTimeout(KUZU_QUERY_MS);
  const statements = new Map<string, object>();
  const ask = async (cypher: string, start: number): Promise<number> => {
    let statement = statements.get(cypher);
    statement ??= await connection.prepare(cypher);
    statements.set(cypher, statement);
    const rows = await (await connection.execute(statement, { s: start })).getAll();
    return Number(rows[0]?.n);
  };
  return peerOf(
    'Kuzu',
    async (start, hops, induced) => {
      const reach = `(a:V {id: $s})-[:E* SHORTEST 1..${hops}]->`;
      const vertices = 1 + (await ask(`MATCH ${reach}(b:V) WHERE b.id <> $s RETURN count(b) AS n`, start));
      if (!induced) return { vertices, edges: 0 };
      // The start is no end of a path that a shortest match finds: its edges are counted apart.
      const counts = [
        `MATCH ${reach}(b:V)-[:E]->(c:V), (a)-[:E* SHORTEST 1..${hops}]->(c) WHERE b.id <> $s AND c.id <> $s RETURN count(*) AS n`,
        `MATCH ${reach}(b:V)-[:E]->(c:V {id: $s}) WHERE b.id <> $s RETURN count(*) AS n`,
        'MATCH (a:V {id: $s})-[:E]->(c:V) RETURN count(*) AS n',
      ];
      let edges = 0;
      for (const cypher of counts) edges += await ask(cypher, start);
      return { vertices, edges };
    },
    async () => {
      await connection.close();
      await database.close();
      rmSync(folder, { recursive: true });
    },
  );
}

/** A folder with the edges as `edges.csv`; the caller removes it. */
export function edgeFile({ sources, destinations }: PeerGraph, header: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-peer-'));
  const lines = Array.from(sources, (source, edge) => `${source},${destinations[edge] as number}\n`);
  writeFileSync(path.join(folder, 'edges.csv'), header + lines.join(''));
  return folder;
}
