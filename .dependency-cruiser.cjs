// The import table of docs/ARCHITECTURE ("The house"), as rules. `npm run layers` runs them and fails when nothing
// was cruised; tests/layers.test.ts shows on a fixture that each of them bites.

const path = require('node:path');

/** What each folder may import, besides itself. `main` may import all; nothing imports `main`. */
const MAY_IMPORT = {
  core: [],
  language: ['core'],
  engine: ['core'],
  adapters: ['core'],
  tenants: ['core', 'language'],
  workers: ['core', 'language', 'engine', 'tenants'],
  schema: [],
  api: ['core', 'language', 'tenants', 'schema'],
  console: ['schema'],
  main: ['core', 'language', 'engine', 'adapters', 'tenants', 'workers', 'schema', 'api', 'console'],
};

/** Single modules that a folder may import beside the folders above. */
const MAY_IMPORT_MODULES = {
  engine: '^language/plan\\.ts$',
  console: '^language/grammar\\.ts$',
};

const FOLDERS = Object.keys(MAY_IMPORT);
const TEST = '\\.test\\.ts$';

const layers = FOLDERS.map((folder) => {
  const allowed = [folder, ...MAY_IMPORT[folder]];
  const forbidden = [...FOLDERS, 'bench', 'examples', 'tests'].filter((other) => !allowed.includes(other));
  return {
    name: `layer-${folder}`,
    comment: `${folder}/ may import only: ${allowed.join(', ')}. See the table in docs/ARCHITECTURE.md.`,
    severity: 'error',
    from: { path: `^${folder}/`, pathNot: TEST },
    to: {
      path: `^(${forbidden.join('|')})/`,
      ...(MAY_IMPORT_MODULES[folder] ? { pathNot: MAY_IMPORT_MODULES[folder] } : {}),
      // Types vanish when the engine is built: of the language's other modules it may name types, never run code.
      ...(folder === 'engine' ? { dependencyTypesNot: ['type-only'] } : {}),
    },
  };
});

const engineTypes = {
  name: 'layer-engine-types',
  comment: 'engine/ may name types of core/ and language/ only.',
  severity: 'error',
  from: { path: '^engine/', pathNot: TEST },
  to: {
    path: `^(${FOLDERS.filter((other) => !['engine', 'core', 'language'].includes(other)).join('|')})/`,
    dependencyTypes: ['type-only'],
  },
};

module.exports = {
  forbidden: [
    ...layers,
    engineTypes,
    {
      name: 'the-demo-is-a-client',
      comment: 'main/demo/ uses the service as a program outside would: over HTTP, GraphQL and webhooks.',
      severity: 'error',
      from: { path: '^main/demo/', pathNot: TEST },
      to: { path: '^(language|engine|adapters|tenants|workers|schema|api)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere, or names its file without `.ts`.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-product-code-from-tests',
      comment: 'What a test offers is for tests.',
      severity: 'error',
      from: { pathNot: [TEST, '^(tests|bench)/'] },
      to: { path: TEST },
    },
    {
      name: 'pure-core-and-engine',
      comment: 'core/ and engine/ use no package: what they compute must not change with one.',
      severity: 'error',
      from: { path: '^(core|engine)/', pathNot: TEST },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'engine-reads-nothing-outside',
      comment:
        'The fold reads no clock, file, network, process or random source: what it needs is in the log.',
      severity: 'error',
      from: { path: '^engine/', pathNot: TEST },
      to: {
        dependencyTypes: ['core'],
        path: '^(node:)?(fs|fs/promises|net|http|https|http2|tls|dns|dgram|child_process|cluster|os|perf_hooks|timers|timers/promises|worker_threads)$',
      },
    },
    {
      name: 'no-development-package-in-the-product',
      comment: 'A package that the product imports belongs to `dependencies`.',
      severity: 'error',
      from: { path: `^(${FOLDERS.join('|')})/`, pathNot: [TEST, '^console/'] },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '^node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    exclude: { path: '(^|/)(dist|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: path.join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
    },
  },
};
