#!/usr/bin/env node
// Runs a module of this checkout as production would, from dist/: `node bin/run.mjs bench/run.ts [argument...]`.
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildIfStale } from './build.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [source, ...rest] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: node bin/run.mjs FILE.ts [argument...]');
  process.exit(2);
}
await buildIfStale();
process.setSourceMapsEnabled(true);
const built = path.join(root, 'dist', path.relative(root, path.resolve(source)).replace(/\.ts$/, '.js'));
process.argv = [process.argv[0], built, ...rest];
await import(pathToFileURL(built).href);
