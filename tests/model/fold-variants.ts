import type { Effect } from '../../core/effects.ts';
import { FrameReader, FrameWriter } from '../../core/frame.ts';
import type { CheckpointChange } from '../../core/ports/checkpoints.ts';
import type { LogRecord } from '../../core/record.ts';
import { Fold } from '../../engine/fold.ts';
import type { JobResult } from '../../engine/job-sharing.ts';
import type { Program } from '../../language/plan.ts';
import type { Random } from './random.ts';

type Compile = (text: string) => Program;

/** Everything that a fold says to the world, as text, and what it is in the end. */
export interface Folded {
  /** Effects in order: alert lines byte by byte, the others as JSON. */
  readonly effects: readonly string[];
  readonly stateHash: string;
  readonly position: number;
}

/** What a restart found: the hash before it and after. */
export interface Restart {
  readonly record: number;
  readonly before: string;
  readonly after: string;
}

/** Folds the records one by one, never stopping. */
export function foldPlainly(records: readonly LogRecord[], compile: Compile): Folded {
  const effects: string[] = [];
  const fold = newFold(compile, { effects });
  for (const record of records) fold.apply(record);
  return { effects, stateHash: fold.stateHash(), position: fold.position };
}

/** Where a fold's effects go; it may change while the fold runs. */
interface Listener {
  effects: string[];
}

function newFold(compile: Compile, listener: Listener): Fold {
  const emit = (effect: Effect) =>
    listener.effects.push(effect.kind === 'alert' ? effect.line : JSON.stringify(effect));
  return new Fold({ tenant: 'test', compile, emit });
}

/** Folds the records written to frames of random sizes and read back from them. */
export function foldInFrames(records: readonly LogRecord[], compile: Compile, random: Random): Folded {
  const effects: string[] = [];
  const fold = newFold(compile, { effects });
  const sizeMax = random.pick([1, 3, 10, 1000]);
  const shadow = newFold(compile, { effects: [] }); // knows the columns at each record when frames are written ahead
  for (let start = 0; start < records.length; ) {
    const end = Math.min(records.length, start + random.between(1, sizeMax));
    const writer = new FrameWriter();
    for (const record of records.slice(start, end)) {
      writer.record(record, (relation) => shadow.storedTypes(relation));
      shadow.apply(record);
    }
    const reader = new FrameReader(writer.finish(), (relation) => fold.storedTypes(relation));
    for (let record = reader.next(); record !== null; record = reader.next()) fold.apply(record);
    start = end;
  }
  return { effects, stateHash: fold.stateHash(), position: fold.position };
}

/** A store of checkpoint entries in memory: parts and keys in byte order, as a checkpoint hands them back. */
class EntryStore {
  private readonly entries = new Map<string, { part: string; key: string; bytes: Uint8Array }>();

  publish(changes: readonly CheckpointChange[]): void {
    for (const change of changes) {
      if (change.key === null) {
        for (const [name, { part }] of this.entries) if (part === change.part) this.entries.delete(name);
      } else if (change.bytes === null) this.entries.delete(`${change.part}\u0000${change.key}`);
      else {
        const bytes = Uint8Array.from(change.bytes); // a checkpoint keeps no memory of the fold's
        this.entries.set(`${change.part}\u0000${change.key}`, { part: change.part, key: change.key, bytes });
      }
    }
  }

  all(): { part: string; key: string; bytes: Uint8Array }[] {
    return [...this.entries.values()].sort(
      (a, b) =>
        Buffer.compare(Buffer.from(a.part), Buffer.from(b.part)) ||
        Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
    );
  }
}

/**
 * Folds the records with restarts after random ones (each with the probability), each from a checkpoint, sometimes an older one after which the
 * log is folded again (whose effects must be said again, byte by byte).
 */
export function foldWithRestarts(
  records: readonly LogRecord[],
  compile: Compile,
  random: Random,
  probability = random.pick([0.02, 0.1, 0.5]),
): Folded & { readonly restarts: readonly Restart[]; readonly repeated: readonly string[] } {
  const effects: string[] = [];
  const restarts: Restart[] = [];
  const repeated: string[] = [];
  const store = new EntryStore();
  let fold = newFold(compile, { effects });
  let saved = { offset: 0, position: 0, semantics: 1, effects: 0 };
  for (let offset = 0; offset < records.length; offset++) {
    fold.apply(records[offset] as LogRecord);
    if (random.chance(probability)) {
      store.publish(fold.saveChanges());
      saved = { offset: offset + 1, position: fold.position, semantics: 1, effects: effects.length };
    }
    if (saved.offset === 0 || !random.chance(probability)) continue;
    const before = fold.stateHash();
    const said = effects.slice(saved.effects);
    const again: string[] = [];
    const listener: Listener = { effects: again };
    fold = newFold(compile, listener);
    fold.restore(store.all(), saved);
    for (const record of records.slice(saved.offset, offset + 1)) fold.apply(record);
    restarts.push({ record: offset, before, after: fold.stateHash() });
    if (again.join('\n') !== said.join('\n'))
      repeated.push(`record ${offset}: ${said.join('\n')}\n-- again:\n${again.join('\n')}`);
    listener.effects = effects;
  }
  return { effects, stateHash: fold.stateHash(), position: fold.position, restarts, repeated };
}

/**
 * Folds the records with the jobs of rules that only report in other folds of the same log, each doing its share; their
 * results come back late and in any order.
 */
export function foldWithJobs(records: readonly LogRecord[], compile: Compile, random: Random): Folded {
  const effects: string[] = [];
  const under: JobResult[] = [];
  const emit = (effect: Effect) =>
    effects.push(effect.kind === 'alert' ? effect.line : JSON.stringify(effect));
  const main = new Fold({ tenant: 'test', compile, emit, jobs: { kind: 'deferred' } });
  const of = random.between(1, 3);
  const deliver = (result: JobResult) => under.push(structuredClone(result));
  const shares = Array.from({ length: of }, (_, index) => {
    const jobs = { kind: 'share', index, of, deliver } as const;
    return new Fold({ tenant: 'test', compile, emit: () => undefined, jobs });
  });
  const patience = random.pick([0, 0.5, 0.95]);
  const bringBack = () => {
    while (under.length > 0 && !random.chance(patience)) {
      const [result] = under.splice(random.below(under.length), 1);
      if (result !== undefined) main.deliver(result);
    }
  };
  for (const record of records) {
    main.apply(record);
    for (const share of shares) share.apply(record);
    bringBack();
  }
  for (const result of random.shuffled(under)) main.deliver(result);
  return { effects, stateHash: main.stateHash(), position: main.position };
}
