import base from '../../jest.config.mjs';

// Of `npm run test:cluster`: suites that start real servers (tests/servers); `npm test` leaves them out.
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/tests/cluster'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // The servers are processes beside these.
  maxWorkers: 1,
};
