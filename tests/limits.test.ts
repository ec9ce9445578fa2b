import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';

const ROOT = path.dirname(import.meta.dirname);
const FOLDERS = ['core', 'language', 'engine', 'adapters', 'tenants', 'workers', 'api', 'main', 'tests'];
const SELF = ['tests/limits.test.ts', 'tests/errors.test.ts'];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
    path.join(folder, file),
  ),
).filter((file) => /\.(ts|txt|sql)$/.test(file));

function isTest(file: string): boolean {
  if (SELF.includes(file) || file.startsWith('tests/tools/')) return false;
  return file.startsWith('tests/') || file.endsWith('.test.ts') || file.includes('/golden/');
}

function textOf(some: readonly string[]): string {
  return some.map((file) => readFileSync(path.join(ROOT, file), 'utf8')).join('\n');
}

function isNamed(name: string, text: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text);
}

const tests = textOf(files.filter(isTest));
const sources = textOf(
  files.filter((file) => !isTest(file) && !file.startsWith('tests/') && file !== 'core/limits.ts'),
);

/** Limits past which somebody is told an error: the comment names its code. */
const coded = [
  ...readFileSync(path.join(ROOT, 'core/limits.ts'), 'utf8').matchAll(
    /\/\*\*((?:(?!\*\/).)*)\*\/\s*(\w+):/gs,
  ),
].flatMap(([, comment = '', name = '']) => {
  const codes = [...comment.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([code]) => code);
  return codes.some((code) => Object.hasOwn(ERRORS, code)) ? [name] : [];
});

/** Limits that a test reaches without naming them: the file, and what its text has. */
const REACHED: Readonly<Record<string, readonly [file: string, text: string]>> = {
  nestingDepthMax: ['tests/bad-input/definition-cases.ts', '10,000 nested parentheses in a view'],
  identifierBytesMax: ['tests/bad-input/definition-cases.ts', 'a name of 10,000 characters'],
  pathHopsMax: ['language/golden/binding-errors.txt', 'a path takes at most 64 hops'],
  numericDigitsMax: ['tests/bad-input/definition-cases.ts', "'9'.repeat(2000)"],
  catalogQueueMax: ['adapters/sql/turn-queue.test.ts', 'is bounded a line and in all'],
  catalogStatementMs: ['adapters/pglite/pglite-catalog.test.ts', 'ends a statement that takes too long'],
  catalogTransactionMs: [
    'adapters/pglite/pglite-catalog.test.ts',
    'undoes a transaction that stays open too long',
  ],
  catalogInUseMs: [
    'tests/contract/postgres-lock.test.ts',
    'is refused to others, also to those that would share it',
  ],
  publicationWaitMs: [
    'tests/cluster/gateways-work.test.ts',
    'is refused where that of another gateway takes too long',
  ],
  catalogConnectMs: [
    'tests/contract/postgres.test.ts',
    'is told as such while it is away, and is found again',
  ],
  catalogLockMs: ['tests/contract/postgres.test.ts', 'wait for a lock no longer than they may'],
  fanoutUntakenBytesMax: ['tests/contract/redis.test.ts', 'cuts those who may have missed something'],
  kafkaCallMs: ['tests/cluster/kafka-log.test.ts', 'LOG_OUTCOME_UNKNOWN'],
  pageRowsMax: ['tests/tenancy/alerts.test.ts', 'first, after: null'],
  membersMax: ['tests/tenancy/credentials.test.ts', 'limits: { members: 1 }'],
  keysMax: ['tests/tenancy/credentials.test.ts', 'is one of as many as its tenant may have'],
  subscriptionsMax: ['tests/tenancy/usage.test.ts', 'are as many at once as the tenant may have'],
  commentCharsMax: ['tests/tenancy/publishing.test.ts', "'x'.repeat(10_001)"],
  idempotencyKeyCharsMax: ['tests/tenancy/idempotency.test.ts', "'x'.repeat(256)"],
  rejectedRowsMax: ['tests/http/rows.test.ts', "'10001'"],
  bodyBytesDefault: ['api/http/body-bytes.test.ts', 'ends at its limit, unpacked'],
  bodySilenceMs: ['api/http/body-bytes.test.ts', 'that falls silent is given up, as is one that drips'],
  bodyBytesPerSecondMin: [
    'api/http/body-bytes.test.ts',
    'that falls silent is given up, as is one that drips',
  ],
  rateWaitMsMax: [
    'tests/http/bounds.test.ts',
    'of rows holds a body up, or is answered where that would take too long',
  ],
  headerBytesMax: ['tests/http/bounds.test.ts', 'with too many headers is told so'],
  headersMs: ['tests/http/slow.test.ts', 'are told so and cut, and hold up nobody meanwhile'],
  requestMs: ['tests/http/slow.test.ts', 'are told so and cut, and hold up nobody meanwhile'],
  stopGraceMs: ['tests/http/service.test.ts', 'takes nothing more, and says of a body under way'],
  fanoutQueueBytesMax: ['tests/contract/fanout.test.ts', 'cuts a subscriber that lets too many bytes wait'],
  graphqlTokensMax: ['tests/api/guard-rails.test.ts', 'for its tokens'],
  graphqlNestingMax: ['tests/api/guard-rails.test.ts', 'for its depth, also by fragments'],
  graphqlAliasesMax: ['tests/api/guard-rails.test.ts', 'for its aliases'],
  graphqlDirectivesMax: ['tests/api/guard-rails.test.ts', 'for its directives, known or not'],
  graphqlRootFieldsMax: ['tests/api/guard-rails.test.ts', 'for its root fields'],
  graphqlFieldsMax: ['tests/api/guard-rails.test.ts', 'by fragments that double'],
  graphqlRepeatsMax: ['tests/api/guard-rails.test.ts', 'for repeating a field, in one place'],
  graphqlCostMax: ['tests/api/guard-rails.test.ts', 'for what it costs, by literal and by variable'],
  graphqlMs: ['tests/api/guard-rails.test.ts', 'what takes too long is ended, with a code'],
  rowNestingMax: ['tests/api/guard-rails.test.ts', 'with variables that do not fit'],
};

describe('the table of limits', () => {
  it('holds no limit that nothing reads', () => {
    expect(Object.keys(LIMITS).filter((name) => !isNamed(name, sources))).toEqual([]);
  });

  it('has a test for each at which somebody is told an error', () => {
    const missing = coded.filter((name) => !isNamed(name, tests) && !Object.hasOwn(REACHED, name));
    expect(coded.length).toBeGreaterThan(60);
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(REACHED))('reaches %s where it says', (name, [file, text]) => {
    expect(Object.hasOwn(LIMITS, name)).toBe(true);
    expect(readFileSync(path.join(ROOT, file), 'utf8')).toContain(text);
  });

  it('leaves requests room beside WebSockets, and a tenant’s neighbours beside its own', () => {
    expect(LIMITS.socketsMax).toBeLessThan(LIMITS.connectionsMax);
    expect(LIMITS.socketsPerTenantMax).toBeLessThan(LIMITS.socketsMax);
    expect(LIMITS.bodiesPerTenantMax).toBeLessThan(LIMITS.bodiesMax);
    expect(LIMITS.sendsPerTenantMax).toBeLessThan(LIMITS.sendsMax);
    expect(LIMITS.catalogTenantQueueMax).toBeLessThan(LIMITS.catalogQueueMax);
  });
});

describe('the table of errors', () => {
  it('has a test for each code', () => {
    expect(Object.keys(ERRORS).filter((code) => !isNamed(code, tests))).toEqual([]);
  });
});
