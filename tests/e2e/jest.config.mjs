import base from '../../jest.config.mjs';

// Of `npm run test:e2e`, which starts what these tests need; `npm test` leaves them out.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/tests/e2e'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // The service is a process beside these, and the browser several.
  maxWorkers: 2,
};
