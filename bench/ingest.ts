import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type CastingContext, parse } from 'csv-parse';
import { FrameWriter } from '../core/frame.ts';
import { parseText } from '../core/parse-value.ts';
import type { Value } from '../core/types.ts';
import { compileDefinitions } from '../language/compile.ts';
import type { Program } from '../language/plan.ts';
import { openInputs, readInputs } from '../workers/ingest/read-inputs.ts';

/**
 * What reading inputs costs, from file to frames: `node bin/run.mjs bench/ingest.ts [rows]`. The same transfers as CSV and
 * NDJSON through workers/ingest, in this thread and in its own, and beside it csv-parse in place of our scanner: alone,
 * with the byte at which each row ends (without which nothing can be resumed), and with whether a field was quoted as
 * well (without which NULL and the empty text are one), each followed by the same typing and framing.
 */
const DEFINITIONS = `
CREATE SOURCE transfers (
  tx BIGINT PRIMARY KEY, src TEXT, dst TEXT, amount NUMERIC(18,2), t BIGINT,
  at TIMESTAMPTZ AS to_timestamp(t), WATERMARK FOR at AS at);
CREATE SOURCE stamped (
  tx BIGINT PRIMARY KEY, src TEXT, dst TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at AS at);`;

const BATCH = 1000;
const ROUNDS = 3;

interface Outcome {
  readonly name: string;
  readonly rowsPerSecond: number;
  readonly rowsPerCpuSecond: number;
  readonly megabytesPerSecond: number;
}

async function main(): Promise<void> {
  const rows = Number(process.argv[2] ?? 1_000_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-ingest-'));
  try {
    const files = writeFiles(folder, rows);
    const program = compileDefinitions(DEFINITIONS);
    const outcomes: Outcome[] = [];
    const add = async (name: string, file: string, read: () => Promise<number>): Promise<void> => {
      outcomes.push(await measure(name, file, rows, read));
    };
    await add('csv', files.csv, () => readHere(program, 'transfers', files.csv));
    await add('csv, own thread', files.csv, () => readInThread(program, files.csv));
    await add('csv, ISO times', files.stamped, () => readHere(program, 'stamped', files.stamped));
    await add('csv, all quoted', files.quoted, () => readHere(program, 'transfers', files.quoted));
    await add('ndjson', files.ndjson, () => readHere(program, 'transfers', files.ndjson));
    await add('csv-parse', files.csv, () => readByLibrary(program, files.csv, 'fields'));
    await add('csv-parse, offsets', files.csv, () => readByLibrary(program, files.csv, 'offsets'));
    await add('csv-parse, offsets, quotes', files.csv, () => readByLibrary(program, files.csv, 'quotes'));
    print(rows, outcomes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Transfers like AMLSim's, from a small generator with a fixed seed. */
function writeFiles(folder: string, rows: number): Record<'csv' | 'stamped' | 'quoted' | 'ndjson', string> {
  const lines: Record<'csv' | 'stamped' | 'quoted' | 'ndjson', string[]> = {
    csv: ['tx,src,dst,amount,t'],
    stamped: ['tx,src,dst,amount,at'],
    quoted: ['"tx","src","dst","amount","t"'],
    ndjson: [],
  };
  let seed = 1;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (seed >> 8) % below;
  };
  for (let tx = 0; tx < rows; tx++) {
    const [src, dst] = [draw(20_000), draw(20_000)];
    const amount = `${draw(10_000)}.${String(draw(100)).padStart(2, '0')}`;
    const t = 86_400 + tx * 7;
    lines.csv.push(`${tx},${src},${dst},${amount},${t}`);
    lines.stamped.push(`${tx},${src},${dst},${amount},${new Date(t * 1000).toISOString()}`);
    lines.quoted.push(`"${tx}","${src}","${dst}","${amount}","${t}"`);
    lines.ndjson.push(`{"tx":${tx},"src":"${src}","dst":"${dst}","amount":${amount},"t":${t}}`);
  }
  const write = (name: keyof typeof lines): string => {
    const file = path.join(folder, name === 'ndjson' ? 'rows.ndjson' : `${name}.csv`);
    writeFileSync(file, `${lines[name].join('\n')}\n`);
    return file;
  };
  return { csv: write('csv'), stamped: write('stamped'), quoted: write('quoted'), ndjson: write('ndjson') };
}

/** The best of a few rounds: the first ones pay for compilation. */
async function measure(
  name: string,
  file: string,
  rows: number,
  read: () => Promise<number>,
): Promise<Outcome> {
  let best: Outcome | null = null;
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const found = await read();
    const seconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(cpu);
    if (found !== rows) throw new Error(`${name} read ${found} rows of ${rows}`);
    if (best !== null && best.rowsPerSecond >= rows / seconds) continue;
    best = {
      name,
      rowsPerSecond: Math.round(rows / seconds),
      rowsPerCpuSecond: Math.round((rows * 1e6) / (used.user + used.system)),
      megabytesPerSecond: Math.round(statSync(file).size / seconds / 1e6),
    };
  }
  return best as Outcome;
}

function optionsFor(program: Program, relation: string, file: string) {
  const format = file.endsWith('.csv') ? ('csv' as const) : ('ndjson' as const);
  const inputs = [{ relation, path: file, format, progress: null }];
  return { inputs, program, batch: BATCH, final: true, arrivalMicros: null };
}

async function readHere(program: Program, relation: string, file: string): Promise<number> {
  const frames = openInputs(optionsFor(program, relation, file));
  let rows = 0;
  for (let frame = frames.next(); frame !== null; frame = frames.next()) rows += frame.records - 1;
  frames.close();
  return rows - 1;
}

async function readInThread(program: Program, file: string): Promise<number> {
  let rows = 0;
  for await (const frame of readInputs(optionsFor(program, 'transfers', file))) rows += frame.records - 1;
  return rows - 1;
}

/** csv-parse in the place of CsvFields; what it cannot say cheaply is left out step by step. */
async function readByLibrary(
  program: Program,
  file: string,
  what: 'fields' | 'offsets' | 'quotes',
): Promise<number> {
  const plan = program.sources.find(({ name }) => name === 'transfers');
  const types = plan === undefined ? [] : plan.stored.map((index) => plan.columns[index]?.type);
  const columns = types.flatMap((type) => (type === undefined ? [] : [type]));
  const writer = new FrameWriter();
  let rows = 0;
  let bytes = 0;
  const close = (): void => {
    writer.inputProgress([{ relation: 'transfers', path: '/in.csv', bytes, rows, rejected: {} }], 0);
    writer.finish();
  };
  const cast = (text: string, context: CastingContext): string | null =>
    text === '' && !context.quoting ? null : text;
  const note = (record: string[], context: { readonly bytes: number }): string[] => {
    bytes = context.bytes;
    return record;
  };
  const parser = parse({
    from_line: 2,
    ...(what === 'quotes' ? { cast } : {}),
    ...(what === 'fields' ? {} : { on_record: note }),
  });
  createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(parser);
  for await (const fields of parser as AsyncIterable<(string | null)[]>) {
    const row = fields.map((text, n): Value => {
      const type = columns[n];
      return text === null || type === undefined ? null : parseText(type, text);
    });
    writer.event('transfers', row, columns, 0);
    rows++;
    if (writer.records === BATCH) close();
  }
  close();
  return rows;
}

function print(rows: number, outcomes: readonly Outcome[]): void {
  console.log(`${rows} rows, batch ${BATCH}, best of ${ROUNDS}; Node ${process.version}`);
  console.table(Object.fromEntries(outcomes.map(({ name, ...figures }) => [name, figures])));
}

await main();
