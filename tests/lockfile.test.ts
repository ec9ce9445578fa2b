import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { missingOptionalPackages } from './tools/complete-lockfile.mjs';

describe('package-lock.json', () => {
  test('has an entry for every platform, or `npm ci` refuses it (mend: npm run lock)', () => {
    const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
    expect([...missingOptionalPackages(lock.packages).keys()]).toEqual([]);
  });

  test('is found incomplete where an optional package is in no folder that its user looks into', () => {
    const packages = {
      '': {},
      'node_modules/a': {
        dev: true,
        optionalDependencies: { 'a-darwin-arm64': '^1.2.3', 'a-linux-x64-musl': '1.2.3' },
      },
      'node_modules/b': {},
      'node_modules/b/node_modules/c': {
        optionalDependencies: { inner: '1', outer: '1', 'c-win32-x64': '2.0.0' },
      },
      'node_modules/b/node_modules/inner': {},
      'node_modules/outer': {},
    };
    expect([...missingOptionalPackages(packages)]).toEqual([
      [
        'node_modules/a-darwin-arm64',
        { version: '1.2.3', dev: true, optional: true, os: ['darwin'], cpu: ['arm64'] },
      ],
      [
        'node_modules/a-linux-x64-musl',
        { version: '1.2.3', dev: true, optional: true, os: ['linux'], cpu: ['x64'], libc: ['musl'] },
      ],
      ['node_modules/c-win32-x64', { version: '2.0.0', optional: true, os: ['win32'], cpu: ['x64'] }],
    ]);
  });
});
