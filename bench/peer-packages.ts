import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

/** Where peers are installed, outside of the checkout: they are no dependencies of the product. */
export const PEERS = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
  'ringwatch-bench',
);

const NPM = {
  graphology: '0.26.0',
  kuzu: '0.11.3',
  '@duckdb/node-api': '1.5.6-r.1',
  'neo4j-driver': '6.3.0',
} as const;
const IGRAPH = '1.0.0';
const NEO4J = '5.26.0';

/** A package of NPM, installed if it is not there yet. Throws what npm, or the package as it is loaded, throws. */
export function npmPeer(name: keyof typeof NPM): unknown {
  const folder = path.join(PEERS, 'node');
  const require = createRequire(path.join(folder, 'package.json'));
  if (!existsSync(path.join(folder, 'node_modules', name))) {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(path.join(folder, 'package.json')))
      writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    // Only kuzu needs a script of its own, which puts the binary that the package carries in its place.
    run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${NPM[name]}`], folder);
  }
  const kuzu = path.join(folder, 'node_modules', 'kuzu');
  if (name === 'kuzu' && !existsSync(path.join(kuzu, 'kuzujs.node')))
    run(process.execPath, ['install.js'], kuzu);
  return require(name) as unknown;
}

/** A Python with igraph. Throws what venv and pip throw. */
export function igraphPython(): string {
  const folder = path.join(PEERS, 'python');
  const python = path.join(folder, 'bin', 'python');
  if (!existsSync(path.join(folder, 'bin', 'pip'))) {
    mkdirSync(PEERS, { recursive: true });
    run('python3', ['-m', 'venv', folder], PEERS);
  }
  try {
    run(python, ['-c', 'import igraph'], PEERS);
  } catch {
    run(python, ['-m', 'pip', 'install', '-q', `igraph==${IGRAPH}`], PEERS);
  }
  return python;
}

/** The folder of Neo4j's jars, fetched by Maven. Throws what Maven throws. */
export function neo4jJars(): string {
  const folder = path.join(PEERS, 'neo4j');
  const jars = path.join(folder, 'lib');
  if (existsSync(path.join(jars, `neo4j-${NEO4J}.jar`))) return jars;
  mkdirSync(folder, { recursive: true });
  const dependency = (artifact: string): string =>
    `<dependency><groupId>org.neo4j</groupId><artifactId>${artifact}</artifactId><version>${NEO4J}</version></dependency>`;
  writeFileSync(
    path.join(folder, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>bench</groupId>
<artifactId>neo4j</artifactId><version>1</version>
<dependencies>${dependency('neo4j')}${dependency('neo4j-bolt')}</dependencies></project>`,
  );
  run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], folder);
  return jars;
}

function run(command: string, argv: readonly string[], cwd: string): void {
  execFileSync(command, argv, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
}
