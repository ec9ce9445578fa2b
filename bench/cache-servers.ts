import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { hopsSql } from './cache-embedded.ts';
import { type CachePeer, type PeerGraph, type PeerTimes, peerOf } from './cache-peer.ts';
import { igraphPython, neo4jJars, npmPeer } from './peer-packages.ts';
import { PostgresServer } from './postgres-peer.ts';

/** Edges that go to a server in one request. */
const BATCH = 50_000;

/** PostgreSQL, an index that holds both ends. */
export async function postgresPeer({ sources, destinations }: PeerGraph): Promise<CachePeer> {
  const server = new PostgresServer();
  const client = await server.connect();
  await client.query('CREATE TABLE e (src int NOT NULL, dst int NOT NULL)');
  for (let from = 0; from < sources.length; from += BATCH) {
    await client.query('INSERT INTO e SELECT * FROM unnest($1::int[], $2::int[])', [
      Array.from(sources.subarray(from, from + BATCH)),
      Array.from(destinations.subarray(from, from + BATCH)),
    ]);
  }
  await client.query('CREATE INDEX e_out ON e (src, dst)');
  await client.query('VACUUM ANALYZE e');
  return peerOf(
    'PostgreSQL',
    async (start, hops, induced) => {
      const { rows } = await client.query<{ vertices: string; edges: string }>({
        name: `hops ${hops} ${induced}`,
        text: hopsSql(hops, induced),
        values: [start],
      });
      return { vertices: Number(rows[0]?.vertices), edges: Number(rows[0]?.edges) };
    },
    async () => {
      await client.end();
      server.stop();
    },
  );
}

const NEO4J_PORT = 57_687;
const NEO4J_SERVER = `import java.nio.file.Path;
import org.neo4j.configuration.connectors.*;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.*;
public class Server { public static void main(String[] argv) throws Exception {
  new DatabaseManagementServiceBuilder(Path.of(argv[0])).setConfig(BoltConnector.enabled, true)
    .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", ${NEO4J_PORT})).build();
  System.out.println("ready"); Thread.currentThread().join(); } }
`;

interface Neo4jDriver {
  session(): {
    run(
      cypher: string,
      parameters?: Readonly<Record<string, unknown>>,
    ): Promise<{ readonly records: readonly { get(field: string): unknown }[] }>;
    close(): Promise<void>;
  };
  close(): Promise<void>;
}

/** Neo4j in a Java process of its own, over Bolt on this machine. */
export async function neo4jPeer(graph: PeerGraph): Promise<CachePeer> {
  const jars = neo4jJars();
  const { driver } = npmPeer('neo4j-driver') as { readonly driver: (url: string) => Neo4jDriver };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-neo4j-'));
  writeFileSync(path.join(folder, 'Server.java'), NEO4J_SERVER);
  const opens = ['java.nio', 'sun.nio.ch', 'java.lang', 'java.util.concurrent'];
  const server = spawn(
    'java',
    [
      ...opens.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
      ...['-Xmx3g', '-cp', `${jars}/*`, path.join(folder, 'Server.java'), path.join(folder, 'home')],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await line(server);
  const client = driver(`bolt://127.0.0.1:${NEO4J_PORT}`);
  const session = client.session();
  await session.run('CREATE CONSTRAINT FOR (v:V) REQUIRE v.id IS UNIQUE');
  await session.run(`UNWIND range(0, ${graph.vertices - 1}) AS n CREATE (:V {id: n})`);
  for (let from = 0; from < graph.sources.length; from += BATCH) {
    const edges = Array.from(graph.sources.subarray(from, from + BATCH), (source, n) => [
      source,
      graph.destinations[from + n] as number,
    ]);
    await session.run(
      'UNWIND $edges AS e MATCH (a:V {id: toInteger(e[0])}), (b:V {id: toInteger(e[1])}) CREATE (a)-[:E]->(b)',
      { edges },
    );
  }
  const ask = async (cypher: string, start: number): Promise<{ vertices: number; edges: number }> => {
    const { records } = await session.run(cypher, { s: start });
    return { vertices: Number(records[0]?.get('vertices')), edges: Number(records[0]?.get('edges')) };
  };
  return peerOf(
    'Neo4j',
    (start, hops, induced) => {
      const reach = `MATCH (a:V {id: toInteger($s)})-[:E*0..${hops}]->(b)`;
      if (!induced) return ask(`${reach} RETURN count(DISTINCT b) AS vertices, 0 AS edges`, start);
      return ask(
        `${reach} WITH collect(DISTINCT b) AS found UNWIND found AS b OPTIONAL MATCH (b)-[:E]->(c) WHERE c IN found
RETURN size(found) AS vertices, count(c) AS edges`,
        start,
      );
    },
    async () => {
      await session.close();
      await client.close();
      server.kill();
      await new Promise((resolve) => server.once('exit', resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  );
}

/** igraph in a Python process, by the clock of that process. */
export async function igraphPeer({ vertices, sources, destinations }: PeerGraph): Promise<CachePeer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-igraph-'));
  const file = path.join(folder, 'edges');
  const words = new Uint32Array(2 * sources.length);
  words.set(sources);
  words.set(destinations, sources.length);
  writeFileSync(file, words);
  const python = spawn(igraphPython(), ['bench/igraph-peer.py', file, String(vertices)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: python.stdout });
  await nextLine(lines);
  rmSync(folder, { recursive: true });
  return {
    name: 'igraph',
    async measure(starts, hops, induced, secondsMax) {
      python.stdin.write(`${JSON.stringify({ starts, hops, induced, secondsMax })}\n`);
      return JSON.parse(await nextLine(lines)) as PeerTimes;
    },
    close: () => {
      python.kill();
    },
  };
}

function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve, reject) => {
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('the peer ended')));
  });
}

function line(child: ChildProcess): Promise<string> {
  return nextLine(createInterface({ input: child.stdout as NodeJS.ReadableStream }));
}
