// Transpiles the TypeScript of this checkout into dist/, file by file, so that nothing has to be translated at
// start. dist/ mirrors the source tree: what a module reaches relative to its own URL is found there as well.
// Types are not checked here (`npm run types` does that); 400 files take about 0.4 s.

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const DIST = path.join(ROOT, 'dist');
const MARKER = path.join(DIST, '.built');

/** Folders whose modules and assets are part of the program; then folders whose modules merely run against it. */
const PROGRAM = [
  'core',
  'language',
  'engine',
  'adapters',
  'tenants',
  'workers',
  'schema',
  'api',
  'main',
  'migrations',
];
const BESIDE = ['bench', 'examples', 'tests'];

const ASSET = /\.(json|sql|graphql|proto|wasm)$/;
const SKIPPED_FOLDER = /^(node_modules|golden|fixtures|data|dist)$/;

/** Sources in AssemblyScript, which become one WASM module. */
const KERNELS = 'engine/kernels/assembly';
const KERNELS_MODULE = path.join(DIST, 'engine/kernels/kernels.wasm');

/** The databases that catalogs begin as, and what makes them where the migrations have changed: that takes ten seconds. */
const NEW_CATALOGS = path.join(DIST, 'new-catalog');
const BUILD_NEW_CATALOG = path.join(DIST, 'adapters/pglite/build-new-catalog.js');

/**
 * Brings dist/ up to date if anything in the sources is newer than the last build.
 * In an installed package, which carries dist/ and no sources, there is nothing to do.
 * @returns {Promise<boolean>} whether it built
 */
export async function buildIfStale() {
  const [built, newest] = await Promise.all([
    modifiedMs(MARKER),
    newestMs([...PROGRAM, ...BESIDE], ['bin/build.mjs']),
  ]);
  if (newest === 0 || built >= newest) return false;
  if (built > 0 && !isInstalled('esbuild')) return false; // an image that carries a build, and no way to make one
  await build();
  return true;
}

/** Transpiles every module, copies assets, and removes what no longer has a source. */
export async function build() {
  const startedMs = Date.now();
  const { build: esbuild } = await importTool('esbuild');
  const sources = await listSources();
  const modules = sources.filter((file) => file.endsWith('.ts'));
  const assets = sources.filter((file) => !file.endsWith('.ts'));

  const result = await esbuild({
    absWorkingDir: ROOT,
    entryPoints: modules,
    outdir: 'dist',
    outbase: '.',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    treeShaking: false,
    logLevel: 'error',
    write: false,
    // Bundling is on so that esbuild resolves the imports, and every import is external: one file in, one file out.
    bundle: true,
    plugins: [{ name: 'one-file-out', setup: keepImportsExternal }],
  });

  const outputs = new Map(result.outputFiles.map((file) => [file.path, file.contents]));
  for (const asset of assets) outputs.set(path.join(DIST, asset), await readFile(path.join(ROOT, asset)));
  outputs.set(KERNELS_MODULE, await compileKernels());
  await Promise.all([...outputs].map(([file, contents]) => writeIfChanged(file, contents)));
  await removeOthers(DIST, outputs);
  await promisify(execFile)(process.execPath, [BUILD_NEW_CATALOG]);
  await writeFile(MARKER, '');
  // A source saved while the build ran must count as newer. The module may be the same as before, and is up to date now.
  for (const file of [MARKER, KERNELS_MODULE]) await utimes(file, startedMs / 1000, startedMs / 1000);
  return modules.length;
}

/**
 * The graph kernels as WASM with SIMD, over a shared memory that they import. Compiling takes some seconds, so that it
 * is done only when their sources changed.
 */
async function compileKernels() {
  const files = ['bin/build.mjs', 'engine/kernels/memory-layout.ts'];
  await walk(KERNELS, (file) => files.push(file));
  const changed = await Promise.all(files.map((file) => modifiedMs(path.join(ROOT, file))));
  if ((await modifiedMs(KERNELS_MODULE)) > Math.max(...changed)) return readFile(KERNELS_MODULE);
  const { default: asc } = await importTool('assemblyscript/asc');
  let module;
  const { error, stderr } = await asc.main(
    [
      ...[`${KERNELS}/kernels.ts`, '--baseDir', ROOT, '--outFile', 'kernels.wasm'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--noAssert', '--runtime', 'stub'],
      ...['--enable', 'simd', '--enable', 'threads', '--sharedMemory', '--importMemory', '--noExportMemory'],
      ...['--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    {
      writeFile: (_, contents) => {
        module = contents;
      },
    },
    { transforms: [InlineSmallFunctions] },
  );
  if (error !== null)
    throw new Error(`the graph kernels do not compile:\n${stderr.toString()}`, { cause: error });
  return module;
}

/** A call in a loop over edges costs more than the function called: the optimizer is told to inline more than it would. */
class InlineSmallFunctions {
  afterCompile() {
    this.binaryen.setAlwaysInlineMaxSize(200);
    this.binaryen.setFlexibleInlineMaxSize(400);
  }
}

function keepImportsExternal(plugin) {
  plugin.onResolve({ filter: /.*/ }, ({ kind, path: specifier }) => {
    if (kind === 'entry-point') return undefined;
    const relative = specifier.startsWith('./') || specifier.startsWith('../');
    return { path: relative ? specifier.replace(/\.ts$/, '.js') : specifier, external: true };
  });
}

async function importTool(name) {
  try {
    return await import(name);
  } catch (cause) {
    throw new Error(
      `${name} is not installed: run \`npm ci\` (with its development dependencies) to build dist/`,
      { cause },
    );
  }
}

async function listSources() {
  const found = [];
  await Promise.all([
    ...PROGRAM.map((folder) =>
      walk(folder, (file) => {
        if (file.startsWith(KERNELS)) return;
        if (isModule(file) || ASSET.test(file)) found.push(file);
      }),
    ),
    ...BESIDE.map((folder) =>
      walk(folder, (file) => {
        if (isModule(file)) found.push(file);
      }),
    ),
  ]);
  return found.sort();
}

/**
 * When the newest of some sources was changed, in milliseconds since 1970; 0 where there are none.
 * @param {readonly string[]} folders
 * @param {readonly string[]} files beside them; they alone are no sources
 */
export async function newestMs(folders, files) {
  const times = [];
  // A folder's own time changes when a file in it is added, renamed or removed.
  const note = (file) => times.push(modifiedMs(path.join(ROOT, file)));
  await Promise.all(folders.map((folder) => walk(folder, note, note)));
  if (times.length > 0) files.forEach(note);
  return Math.max(0, ...(await Promise.all(times)));
}

function isModule(file) {
  return file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts');
}

async function walk(folder, onFile, onFolder) {
  let entries;
  try {
    entries = await readdir(path.join(ROOT, folder), { withFileTypes: true });
  } catch {
    return;
  }
  onFolder?.(folder);
  await Promise.all(
    entries.map((entry) => {
      const child = `${folder}/${entry.name}`;
      if (entry.isFile()) return onFile(child);
      if (entry.isDirectory() && !SKIPPED_FOLDER.test(entry.name)) return walk(child, onFile, onFolder);
      return undefined;
    }),
  );
}

/**
 * When a file was changed, in milliseconds since 1970; 0 where there is none.
 * @param {string} file
 */
export async function modifiedMs(file) {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
}

/** Replaces a file in one step, so that a process starting meanwhile reads the old one or the new one. */
async function writeIfChanged(file, contents) {
  const present = await readFile(file).catch(() => undefined);
  if (present !== undefined && Buffer.compare(present, contents) === 0) return;
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, contents);
  await rename(temporary, file);
}

async function removeOthers(folder, outputs) {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const file = path.join(folder, entry.name);
    if (file === NEW_CATALOGS) continue;
    if (entry.isDirectory()) {
      await removeOthers(file, outputs);
      if ((await readdir(file)).length === 0) await rmdir(file);
    } else if (!outputs.has(file) && file !== MARKER && !file.endsWith('.tmp')) {
      await rm(file, { force: true });
    }
  }
}

/**
 * Whether a package is there, of those for development too.
 * @param {string} name
 */
export function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
