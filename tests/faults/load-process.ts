import { writeSync } from 'node:fs';
import path from 'node:path';
import { openDataFolder } from '../../adapters/files/data-folder.ts';
import type { Effect } from '../../core/effects.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { resumePoint } from '../../main/run/effect-tally.ts';
import { LineFile } from '../../main/run/line-file.ts';
import { TenantWorker } from '../../workers/stream/tenant-worker.ts';
import { DEFINITIONS, loadFrames } from './load.ts';

/**
 * A process that puts a load into a data folder: `load-process FOLDER SEED FRAMES [early|serial]`. It goes on after what the log
 * holds, and says on standard output, a line each and at once:
 *
 * - `start ROWS`: recovered; the log holds so many rows of the load
 * - `ack ROWS`: the frame that ends with this row is acknowledged
 * - `done HASH POSITION`: the load is in, and folded
 * - `failed CODE`: an operating error has stopped it (exit code 3)
 *
 * Effects go to `FOLDER.effects`, a line each. With `serial` each frame waits for the acknowledgement of the one before,
 * and no checkpoint is made. With `early` the log acknowledges before it writes, as no log may: a
 * test shows that it notices.
 */
/** Few, so that most have been forgotten at the end. */
const EFFECTS_KEPT = 200;

const [folder = '', seed = '1', frames = '1', mode = ''] = process.argv.slice(2);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** A log that acknowledges first and writes some time later. Never used but to show that this is noticed. */
function acknowledgingEarly(log: TenantLog): TenantLog {
  let next = log.end;
  return {
    get start() {
      return log.start;
    },
    get end() {
      return log.end;
    },
    append: async (frame, records) => {
      const offset = next;
      next += records;
      setTimeout(() => log.append(frame, records), 50);
      return offset;
    },
    read: (offset) => log.read(offset),
    trim: (offset) => log.trim(offset),
    close: () => log.close(),
  };
}

async function run(): Promise<void> {
  const data = await openDataFolder(folder, { create: true });
  const file = `${folder}.effects`;
  // All effects go to one file, whatever their kind.
  const { number: effectsFrom, tally } = resumePoint({ alert: file }, data.checkpoints.effectNotes);
  const effects = new LineFile(file, 'resume', tally.of('alert').bytes);
  const createFold = (emit: (effect: Effect) => void) =>
    new Fold({ tenant: 't', compile: compileDefinitions, emit });
  try {
    const worker = await TenantWorker.open({
      log: mode === 'early' ? acknowledgingEarly(data.log) : data.log,
      checkpoints: data.checkpoints,
      discardedCheckpoint: data.discardedCheckpoint,
      createFold,
      createRepeater: createFold,
      effectsFrom,
      onEffect: (effect, number) => {
        if (number < effectsFrom) return;
        const line = `${number} ${JSON.stringify(effect)}`;
        tally.add('alert', line);
        effects.line(line);
      },
      noteOnEffects: () => {
        effects.handOver();
        return tally.note();
      },
      // A checkpoint ahead of the log would be refused; what is to be seen is that rows are missing.
      policy:
        mode !== ''
          ? null
          : { changedBytes: 60_000, records: 1500, segmentBytes: 40_000, effectsKept: EFFECTS_KEPT },
    });
    worker.acknowledge(Number.POSITIVE_INFINITY);
    effects.endOfResume();
    const fold = worker.fold as Fold;
    if (fold.definitions === '') await worker.publish(DEFINITIONS, false, 0);
    const from = fold.inputProgress[0]?.rows ?? 0;
    say(`start ${from}`);
    const appended: Promise<void>[] = [];
    for (const { bytes, records, rows } of loadFrames(Number(seed), Number(frames))) {
      if (rows <= from) continue;
      await worker.ready();
      appended.push(worker.append(bytes, records).then(() => say(`ack ${rows}`)));
      appended.at(-1)?.catch(() => undefined);
      if (mode === 'serial') await appended.at(-1);
    }
    await Promise.all(appended);
    await worker.drained();
    effects.close();
    say(`done ${fold.stateHash()} ${fold.position}`);
    await worker.close();
  } finally {
    await data.close();
  }
}

try {
  await run();
} catch (error) {
  if (!(error instanceof RingwatchError)) throw error;
  say(`failed ${error.code}`);
  console.error(`${path.basename(folder)}: ${error.message}`);
  process.exit(3);
}
