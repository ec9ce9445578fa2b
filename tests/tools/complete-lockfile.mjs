// Adds to package-lock.json the optional packages that npm left out of it. `npm run lock` runs it after npm.
//
// A package with native code names one optional package per platform. npm leaves one out of the lockfile when the
// registry it asked does not have it, and then `npm ci` refuses that lockfile on every machine. With an entry that
// says for which platform it is, npm skips it elsewhere and installs it there (unverified: its hash is not known).

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/**
 * The entries that a lockfile's `packages` lack: an optional package per key, each with the place it would be installed at.
 * @param {Record<string, LockedPackage>} packages
 * @returns {Map<string, LockedPackage>}
 *
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} LockedPackage
 */
export function missingOptionalPackages(packages) {
  const missing = new Map();
  for (const [place, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (isInstallable(packages, place, name)) continue;
      missing.set(`node_modules/${name}`, {
        version: range.replace(/^[\^~>=v ]+/, ''),
        ...(dev ? { dev } : {}),
        optional: true,
        ...platformOf(name),
      });
    }
  }
  return missing;
}

/** Whether a package at `place` finds `name` where Node looks for it: in its own node_modules, then further up. */
function isInstallable(packages, place, name) {
  const segments = place === '' ? [] : place.split('/node_modules/');
  for (let depth = segments.length; depth >= 0; depth--) {
    const folder = segments.slice(0, depth).join('/node_modules/');
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
  }
  return false;
}

/** What the name of a platform's package says, as npm's `os`, `cpu` and `libc`. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  const hasLibc = os.includes('linux') && words.some((word) => /^(musl|gnu)/.test(word));
  if (os.length === 0) throw new Error(`${name}: its name tells no platform; add its entry by hand`);
  return { os, ...(cpu.length > 0 ? { cpu } : {}), ...(hasLibc ? { libc: [libc] } : {}) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingOptionalPackages(lock.packages);
  const root = lock.packages[''];
  delete lock.packages[''];
  const entries = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  entries.sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = { '': root, ...Object.fromEntries(entries) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${missing.size} optional packages added`);
}
