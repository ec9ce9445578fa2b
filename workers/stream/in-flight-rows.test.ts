import { describe, expect, it } from '@jest/globals';
import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import { FrameWriter } from '../../core/frame.ts';
import { INTEGER, type SqlType, TEXT, TIMESTAMPTZ, type Value } from '../../core/types.ts';
import { Fold } from '../../engine/fold.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { TenantWorker } from './tenant-worker.ts';

class LastingLog extends MemoryLog {
  override async close(): Promise<void> {}
}

const SOURCE = (columns: string) =>
  `CREATE SOURCE s (id INTEGER PRIMARY KEY, ${columns} at TIMESTAMPTZ, WATERMARK FOR at);
   CREATE RULE seen ON s DO ALERT 'seen' KEY (id);`;
const OTHER = 'CREATE SOURCE other (id INTEGER PRIMARY KEY);';
const TABLE = 'CREATE TABLE s (id INTEGER PRIMARY KEY, name TEXT, at TIMESTAMPTZ);';

const OLD: readonly SqlType[] = [INTEGER, TEXT, TIMESTAMPTZ];
const NEW: readonly SqlType[] = [INTEGER, INTEGER, TIMESTAMPTZ];

/** A frame of rows that were encoded before it was known what their relation had become. */
function rows(kind: 'event' | 'upsert' | 'delete', first: number, types = OLD): Uint8Array {
  const writer = new FrameWriter();
  for (let n = first; n < first + 3; n++) {
    const row: Value[] = [n, types[1] === TEXT ? `name ${n}` : n, n * 1_000_000];
    writer[kind]('s', row, types, n * 1_000_000);
  }
  return writer.finish();
}

describe('rows that were on their way when their relation', () => {
  it.each<readonly [string, string | null, 'event' | 'upsert' | 'delete', Record<string, number>]>([
    ['was dropped', OTHER, 'event', { UNKNOWN_NAME: 3 }],
    ['was made anew with other columns', SOURCE('name INTEGER,'), 'event', { ROW_MISFIT: 3 }],
    ['was made anew with fewer columns', SOURCE(''), 'event', { ROW_MISFIT: 3 }],
    ['became a table', TABLE, 'event', { UNKNOWN_NAME: 3 }],
    ['was made anew as it was', SOURCE('name TEXT,'), 'event', {}],
    ['is no table any more', SOURCE('name TEXT,'), 'upsert', { UNKNOWN_NAME: 3 }],
    ['is no table any more (deletes)', SOURCE('name TEXT,'), 'delete', { UNKNOWN_NAME: 3 }],
  ])('%s are counted or taken, and harm nothing', async (_, text, kind, rejected) => {
    const log = new LastingLog();
    const open = async () => {
      const effects: string[] = [];
      const worker = await TenantWorker.open({
        log,
        checkpoints: new MemoryCheckpoints(),
        createFold: (emit) => new Fold({ tenant: 't', compile: compileDefinitions, emit }),
        onEffect: (effect) => effects.push(effect.id),
        policy: null,
      });
      return { worker, fold: worker.fold as Fold, effects };
    };
    const { worker, fold, effects } = await open();
    await worker.publish(kind === 'event' ? SOURCE('name TEXT,') : TABLE, true, 0);
    await worker.append(rows(kind, 0), 3);
    await worker.publish(OTHER, true, 0);
    await worker.publish(text ?? OTHER, true, 0);
    await worker.append(rows(kind, 10), 3);
    // What fits is taken after it, in a frame of both shapes as well.
    if (text?.includes('name INTEGER')) await worker.append(rows('event', 20, NEW), 3);
    await worker.drained();
    const taken = text?.includes('name INTEGER') || Object.keys(rejected).length === 0 ? 3 : 0;
    expect(Object.fromEntries(fold.counters.rejected)).toEqual(rejected);
    expect(fold.counters.accepted).toBe(3 + taken);
    const hash = fold.stateHash();
    await worker.close();
    const again = await open();
    expect([again.fold.stateHash(), again.effects]).toEqual([hash, effects]);
    expect(Object.fromEntries(again.fold.counters.rejected)).toEqual(rejected);
    await again.worker.close();
  });
});
