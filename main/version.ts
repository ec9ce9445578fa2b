import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The version of the package, from its package.json: beside `main/` in a checkout, above `dist/` when built. */
export function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    const url = new URL(place, import.meta.url);
    if (!existsSync(url)) continue;
    const { name, version } = JSON.parse(readFileSync(url, 'utf8')) as { name?: string; version?: string };
    if (name === 'ringwatch' && version !== undefined) return version;
  }
  return 'unknown';
}

/** The folder of the examples: in a checkout and in an installed package. */
export function examplesFolder(): URL {
  for (const place of ['../examples/', '../../examples/']) {
    const url = new URL(place, import.meta.url);
    if (existsSync(new URL('anti-cashout/rules.sql', url))) return url;
  }
  return new URL('../examples/', import.meta.url);
}

/** The command's launcher: in a checkout and in an installed package. */
export function launcherFile(): string {
  for (const place of ['../bin/ringwatch.mjs', '../../bin/ringwatch.mjs']) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return file;
  }
  return process.argv[1] ?? '';
}
