import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { formatCoded } from '../api/graphql/graphql-error.ts';
import { userError } from '../api/graphql/mutation-answer.ts';
import { errorAnswer } from '../api/http/error-answer.ts';
import { type ErrorCode, ERRORS, RingwatchError } from '../core/errors.ts';
import { renderErrorDocs } from './tools/error-docs.ts';

const ROOT = path.dirname(import.meta.dirname);
const FOLDERS = ['core', 'language', 'engine', 'adapters', 'tenants', 'workers', 'api', 'main'];
const TABLE = path.join('core', 'errors.ts');

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== TABLE),
).map((file) => readFileSync(path.join(ROOT, file), 'utf8'));

const documented = [
  ...readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z_0-9]+)`/gm),
].map(([, code]) => code as string);

describe('the table of errors', () => {
  it('and docs/errors.md say the same, word for word', () => {
    expect(readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8')).toBe(renderErrorDocs());
  });

  it('documents each code, and each documented code exists', () => {
    expect([...documented].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('holds no code that nothing uses', () => {
    const unused = Object.keys(ERRORS).filter((code) => !sources.some((text) => text.includes(`'${code}'`)));
    expect(unused).toEqual([]);
  });

  it('tells nobody outside where the files of this machine are', () => {
    const details = {
      path: '/srv/bank/catalog',
      reason: "ENOSPC: no space left, open '/srv/bank/catalog/base/1' (file:///srv/x.js)",
      process: 'process 7',
      offset: 3,
    };
    const withPlace = Object.entries(ERRORS).filter(([, { message }]) => message.includes('{path}'));
    expect(withPlace.map(([code]) => code)).toEqual(expect.arrayContaining(['CATALOG_FAILED', 'LOG_FULL']));
    for (const [code] of withPlace) {
      const error = new RingwatchError(code as ErrorCode, details);
      expect(error.message).toContain('/srv/bank');
      const told = JSON.stringify([
        errorAnswer(error, 'r'),
        formatCoded(error, null, 'r'),
        userError(error, {}),
        error.outside,
      ]);
      expect(told).not.toContain('/srv');
      expect(error.outside.details).toMatchObject({ offset: 3, process: 'process 7' });
    }
    // What the caller sent is theirs.
    const route = new RingwatchError('ROUTE_UNKNOWN', { method: 'GET', route: '/v1/nothing' });
    expect(errorAnswer(route, 'r').error.message).toContain('/v1/nothing');
  });

  it('is all that is said to a user: no code is made up beside it', () => {
    const made = sources.flatMap((text) => [...text.matchAll(/new RingwatchError\(\s*'([A-Z_0-9]+)'/g)]);
    expect(made.length).toBeGreaterThan(0);
    expect(made.map(([, code]) => code as string).filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
  });

  it.each(Object.entries(ERRORS))('says what to do about %s, in whole sentences', (_, kind) => {
    expect(kind.mend).toMatch(/^[`A-Z].*\.$/s);
    expect(kind.message).not.toMatch(/\.$/);
  });
});
