export default {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  // Those of tests/e2e want a browser: `npm run test:e2e`. Those of tests/cluster want servers: `npm run test:cluster`.
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/fixtures/', '/tests/e2e/', '/tests/cluster/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/tests/tools/jest-transform.mjs' },
  // Threads started by a test run the built modules (see bin/build.mjs), so these are brought up to date first.
  globalSetup: '<rootDir>/tests/tools/jest-setup.mjs',
  maxWorkers: '100%',
  // A guard against tests that hang, not a measure: a busy machine must not fail one.
  testTimeout: 300_000,
};
