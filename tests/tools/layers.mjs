// Checks who imports whom: the rules are .dependency-cruiser.cjs. Run as a program it prints what breaks them.
// A cruiser that silently sees no module reports no violation, so a module on disk that was not cruised fails too.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const REPOSITORY = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const FOLDERS = [
  'core',
  'language',
  'engine',
  'adapters',
  'tenants',
  'workers',
  'schema',
  'api',
  'console',
  'main',
  'bench',
  'examples',
  'tests',
];
const SKIPPED = /^(node_modules|dist|fixtures)$/;

/**
 * Cruises the layered folders under `root` by the repository's rules.
 * @param {string} root
 * @returns {Promise<{ cruised: number, missed: string[], violations: { rule: string, from: string, to: string, cycle: string[] }[] }>}
 *   how many of our modules were seen, which were not, and what breaks a rule
 */
export async function cruiseLayers(root) {
  const folders = FOLDERS.filter((folder) => existsSync(path.join(root, folder)));
  if (folders.length === 0) return { cruised: 0, missed: [], violations: [] };
  const cli = path.join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = path.join(REPOSITORY, '.dependency-cruiser.cjs');
  const args = [cli, '--config', config, '--output-type', 'json', ...folders];
  // With the json reporter the exit code says only whether the cruise itself worked.
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    maxBuffer: 1 << 28,
    env: {},
  });
  const { modules, summary } = JSON.parse(stdout);
  const seen = new Set(modules.map((module) => module.source));
  const expected = folders.flatMap((folder) => listModules(root, folder));
  return {
    cruised: expected.filter((file) => seen.has(file)).length,
    missed: expected.filter((file) => !seen.has(file)),
    violations: summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to,
      cycle: (cycle ?? []).map((step) => step.name ?? step),
    })),
  };
}

function listModules(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const child = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : listModules(root, child);
    return /(?<!\.d)\.tsx?$/.test(entry.name) ? [child] : [];
  });
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { cruised, missed, violations } = await cruiseLayers(process.argv[2] ?? REPOSITORY);
  for (const { rule, from, to, cycle } of violations) {
    console.error(`${rule}: ${from} -> ${cycle.length > 0 ? cycle.join(' -> ') : to}`);
  }
  for (const file of missed) console.error(`not cruised: ${file}`);
  if (cruised === 0) console.error('no module was cruised');
  console.log(`layers: ${cruised} modules cruised, ${violations.length} violations`);
  process.exitCode = cruised === 0 || missed.length > 0 || violations.length > 0 ? 1 : 0;
}
