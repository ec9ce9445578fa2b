import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FrameWriter } from '../../core/frame.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { generateCase, recordsOf } from '../model/generate-case.ts';
import { observeEngine } from '../model/engine-observed.ts';
import { Random } from '../model/random.ts';
import { firstDifference, observeModel } from '../model/run-case.ts';
import { foldFrames, GOLDEN_FOLDER } from './golden-log.ts';
import { transferRecords } from './transfer-records.ts';

/**
 * Writes the golden logs of a release, once: `npm run ts tests/golden-log/write-golden-logs.ts 0.1.0`; with `transfers` behind
 * it only the one of transfers.
 * Each is a generated case on which engine and naive model agree. Logs of a release are never written again: a fold
 * that says something else about them is a new version of the semantics. Before the release, delete and write anew.
 */
function writeGoldenLogs(release: string, wanted: number): void {
  mkdirSync(GOLDEN_FOLDER, { recursive: true });
  let written = 0;
  for (let seed = 1; written < wanted; seed++) {
    const test = generateCase(seed, compileDefinitions, () => undefined);
    const records = recordsOf(test);
    if (test.texts.length < 2 || records.length < 60) continue;
    const difference = firstDifference(
      records,
      observeModel(compileDefinitions, 100_000_000),
      observeEngine(compileDefinitions),
    );
    if (difference !== null) throw new Error(`seed ${seed}: engine and model do not agree`);
    const frames = framesOf(records, new Random(seed));
    const { lines, result } = foldFrames(frames);
    const chars = lines.reduce((sum, line) => sum + line.length, 0);
    if (lines.length < 40 || chars > 20_000) continue;
    written += 1;
    const name = `${release}-${String(written).padStart(2, '0')}`;
    writeLog(name, frames, { lines, result });
    console.log(`${name}: seed ${seed}, ${records.length} records, ${lines.length} effects`);
  }
}

/** Writes a golden log that is not there yet. */
function writeLog(
  name: string,
  frames: readonly Uint8Array[],
  { lines, result }: ReturnType<typeof foldFrames>,
): void {
  const file = path.join(GOLDEN_FOLDER, name);
  const parts = frames.flatMap((frame) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(frame.length);
    return [size, frame];
  });
  writeFileSync(`${file}.frames`, Buffer.concat(parts), { flag: 'wx' });
  writeFileSync(`${file}.jsonl`, lines.map((line) => `${line}\n`).join(''), { flag: 'wx' });
  writeFileSync(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`, { flag: 'wx' });
}

function framesOf(records: ReturnType<typeof recordsOf>, random: Random): Uint8Array[] {
  const shadow = new Fold({ tenant: 'golden', compile: compileDefinitions, emit: () => undefined });
  const frames: Uint8Array[] = [];
  const writer = new FrameWriter();
  for (const record of records) {
    writer.record(record, (relation) => shadow.storedTypes(relation));
    shadow.apply(record);
    if (random.chance(0.1)) frames.push(writer.finish());
  }
  if (writer.records > 0) frames.push(writer.finish());
  return frames;
}

const [release, only] = process.argv.slice(2);
if (release === undefined) throw new Error('name the release, for example 0.1.0');
if (only === undefined) writeGoldenLogs(release, 6);
// Generated cases have none of these.
const transfers = framesOf(transferRecords(1), new Random(1));
writeLog(`${release}-transfers`, transfers, foldFrames(transfers));
