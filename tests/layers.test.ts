import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cruiseLayers } from './tools/layers.mjs';

const REPOSITORY = path.dirname(import.meta.dirname);

/** A package that only development uses, in the tree's own node_modules. */
const PACKAGE: Readonly<Record<string, string>> = {
  'node_modules/develop/package.json': '{ "name": "develop", "type": "module", "exports": "./main.js" }',
  'node_modules/develop/main.js': 'export const develop = 1;',
};

/** A tree that breaks each rule once, and does next to it what is allowed. */
const TREE: Readonly<Record<string, string>> = {
  'package.json': '{ "dependencies": { "pino": "*" }, "devDependencies": { "develop": "*" } }',
  'core/value.ts': "import '../language/plan.ts';\nexport const value = 1;",
  'core/packaged.ts': "import 'pino';",
  'language/plan.ts': 'export const plan = 1;',
  'language/ast.ts': 'export interface Ast { readonly kind: string }\nexport const ast = 1;',
  'language/grammar.ts': 'export const grammar = 1;',
  'language/reaches-engine.ts': "import '../engine/fold.ts';",
  'engine/fold.ts':
    "import type { Ast } from '../language/ast.ts';\nimport { plan } from '../language/plan.ts';\n" +
    "import { createHash } from 'node:crypto';\nexport const fold = (ast: Ast) => [ast, plan, createHash];",
  'engine/runs-language.ts': "import { ast } from '../language/ast.ts';\nexport const used = ast;",
  'engine/names-adapter.ts': "import type { log } from '../adapters/log.ts';\nexport type Log = typeof log;",
  'engine/reads-a-file.ts': "import { readFile } from 'node:fs/promises';\nexport const read = readFile;",
  'engine/fold.test.ts': "import '../adapters/log.ts';\nimport 'develop';",
  'adapters/log.ts': "import 'pino';\nexport const log = 1;",
  'adapters/reaches-engine.ts': "import '../engine/fold.ts';",
  'adapters/development-package.ts': "import 'develop';",
  'tenants/reaches-workers.ts': "import '../workers/loop.ts';",
  'workers/loop.ts': "import '../engine/fold.ts';\nimport '../tenants/quota.ts';",
  'workers/reaches-adapters.ts': "import '../adapters/log.ts';",
  'workers/uses-a-test.ts': "import '../engine/fold.test.ts';",
  'tenants/quota.ts': "import '../language/ast.ts';",
  'schema/reaches-core.ts': "import { packaged } from '../core/packaged.ts';\nexport default packaged;",
  'api/reaches-engine.ts': "import '../engine/fold.ts';",
  'console/page.ts': "import '../language/grammar.ts';",
  'console/reaches-plan.ts': "import '../language/plan.ts';",
  'main/cli.ts': "import '../adapters/log.ts';\nimport '../workers/loop.ts';",
  'api/reaches-main.ts': "import '../main/cli.ts';",
  'main/demo/client.ts': "import '../../workers/loop.ts';",
  'main/lost.ts': "import './nowhere.ts';",
  'main/left.ts': "import './right.ts';\nexport const left = 1;",
  'main/right.ts': "import './left.ts';\nexport const right = 1;",
};

const EXPECTED = [
  'engine-reads-nothing-outside: engine/reads-a-file.ts',
  'layer-adapters: adapters/reaches-engine.ts',
  'layer-api: api/reaches-engine.ts',
  'layer-api: api/reaches-main.ts',
  'layer-console: console/reaches-plan.ts',
  'layer-core: core/value.ts',
  'layer-engine-types: engine/names-adapter.ts',
  'layer-engine: engine/runs-language.ts',
  'layer-language: language/reaches-engine.ts',
  'layer-schema: schema/reaches-core.ts',
  'layer-tenants: tenants/reaches-workers.ts',
  'layer-workers: workers/reaches-adapters.ts',
  'no-cycles: main/left.ts',
  'no-development-package-in-the-product: adapters/development-package.ts',
  'no-product-code-from-tests: workers/uses-a-test.ts',
  'pure-core-and-engine: core/packaged.ts',
  'resolvable: main/lost.ts',
  'the-demo-is-a-client: main/demo/client.ts',
];

describe('the import table', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'ringwatch-layers-'));
    for (const [file, text] of Object.entries({ ...TREE, ...PACKAGE })) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), `${text}\n`);
    }
    await symlink(path.join(REPOSITORY, 'node_modules/pino'), path.join(root, 'node_modules/pino'));
  });

  afterAll(() => rm(root, { recursive: true, force: true }));

  test('refuses each forbidden import, and nothing that is allowed', async () => {
    const { cruised, missed, violations } = await cruiseLayers(root);
    const found = violations.map(({ rule, from }) => `${rule}: ${from}`);
    expect([...new Set(found)].sort()).toEqual(EXPECTED);
    expect(missed).toEqual([]);
    expect(cruised).toBe(Object.keys(TREE).length - 1);
  }, 60_000);

  test('holds in this repository, of which every module was seen', async () => {
    const { cruised, missed, violations } = await cruiseLayers(REPOSITORY);
    expect(violations).toEqual([]);
    expect(missed).toEqual([]);
    expect(cruised).toBeGreaterThan(0);
  }, 60_000);

  test('sees nothing where there is nothing, which the program treats as a failure', async () => {
    const empty = path.join(root, 'empty');
    await mkdir(empty);
    expect((await cruiseLayers(empty)).cruised).toBe(0);
  });
});
