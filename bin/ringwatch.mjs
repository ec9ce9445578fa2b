#!/usr/bin/env node
// The `ringwatch` command. In a checkout it first brings dist/ up to date (a few milliseconds when it is).
import { existsSync } from 'node:fs';

const checkout = existsSync(new URL('../main/cli.ts', import.meta.url));
if (checkout) {
  const { buildIfStale } = await import('./build.mjs');
  await buildIfStale();
}
process.setSourceMapsEnabled(true);
await import(new URL('../dist/main/cli.js', import.meta.url).href);
