import { present } from '../../core/assert.ts';
import type { Effect } from '../../core/effects.ts';
import type { LogRecord } from '../../core/record.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
import type { Row, Value } from '../../core/types.ts';
import { Fold } from '../../engine/fold.ts';
import type { JobResult } from '../../engine/job-sharing.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';

/** Microseconds of `2026-01-01T00:00:00Z` and `seconds` after it. */
export function at(seconds: number): number {
  return (parseTimestamp('2026-01-01T00:00:00Z') as number) + Math.round(seconds * 1_000_000);
}

/** A clock that is never behind the events of a test. */
const ARRIVAL = at(0);

/** Definitions that take effect at their place among the records. */
export function definitions(text: string, allowDrop = false): LogRecord {
  return { kind: 'definitions', arrivalMicros: ARRIVAL, text, allowDrop };
}

/** An event of a source, its values in declared order. */
export function event(relation: string, ...row: Value[]): LogRecord {
  return { kind: 'event', arrivalMicros: ARRIVAL, relation, row };
}

/** A row that a table takes. */
export function upsert(relation: string, ...row: Value[]): LogRecord {
  return { kind: 'rowUpsert', arrivalMicros: ARRIVAL, relation, row };
}

/** The key of a row that a table loses, in a row of its shape. */
export function remove(relation: string, ...row: Value[]): LogRecord {
  return { kind: 'rowDelete', arrivalMicros: ARRIVAL, relation, row };
}

/** No event comes after it. */
export const END_OF_TIME: LogRecord = { kind: 'endOfTime', arrivalMicros: ARRIVAL };

const compiled = new Map<string, Program>();

/** compileDefinitions, once for each text: restarts are what is tested, not the parser. */
function compile(text: string): Program {
  const program = compiled.get(text) ?? compileDefinitions(text);
  compiled.set(text, program);
  return program;
}

export interface FoldRun {
  readonly effects: readonly Effect[];
  readonly hash: string;
  readonly fold: Fold;
}

/** Folds the records in one go. */
export function runFold(records: readonly LogRecord[]): FoldRun {
  const effects: Effect[] = [];
  const fold = newFold((effect) => effects.push(effect));
  for (const record of records) fold.apply(record);
  return { effects, hash: fold.stateHash(), fold };
}

function newFold(emit: (effect: Effect) => void): Fold {
  return new Fold({ tenant: 'test', compile, emit });
}

/** Folds the records, and where `restarts` says so goes on in a new fold, restored from what the old one has saved. */
export function runWithRestarts(
  records: readonly LogRecord[],
  restarts: (record: number) => boolean,
): FoldRun {
  const effects: Effect[] = [];
  const emit = (effect: Effect): void => {
    effects.push(effect);
  };
  const saved = new Map<string, { part: string; key: string; bytes: Uint8Array }>();
  let fold = newFold(emit);
  records.forEach((record, n) => {
    fold.apply(record);
    if (!restarts(n)) return;
    for (const { part, key, bytes } of fold.saveChanges()) {
      if (key === null) {
        for (const [name, entry] of [...saved]) if (entry.part === part) saved.delete(name);
      } else if (bytes === null) saved.delete(`${part}\n${key}`);
      else saved.set(`${part}\n${key}`, { part, key, bytes });
    }
    const head = {
      offset: n + 1,
      position: fold.position,
      semantics: fold.semantics,
      effects: effects.length,
    };
    fold = newFold(emit);
    const entries = [...saved.values()].sort((a, b) => (a.part + a.key < b.part + b.key ? -1 : 1));
    fold.restore(entries, head);
  });
  return { effects, hash: fold.stateHash(), fold };
}

/**
 * Folds the records in a fold whose jobs run in `threads` others, whose results come as late and in as odd an order
 * as `pick` says: it is given the number of results that wait and returns which one comes next, or -1 for none yet.
 */
export function runWithThreads(
  records: readonly LogRecord[],
  threads: number,
  pick: (waiting: number) => number,
): FoldRun {
  const effects: Effect[] = [];
  const results: JobResult[] = [];
  const options = { tenant: 'test', compile };
  const fold = new Fold({ ...options, emit: (effect) => effects.push(effect), jobs: { kind: 'deferred' } });
  const replicas = Array.from(
    { length: threads },
    (_, index) =>
      new Fold({
        ...options,
        emit: () => {
          throw new Error('a replica says nothing');
        },
        jobs: { kind: 'share', index, of: threads, deliver: (result) => results.push(result) },
      }),
  );
  const deliver = (n: number): void => {
    fold.deliver(structuredClone(present(results.splice(n, 1)[0])));
  };
  for (const record of records) {
    fold.apply(record);
    for (const replica of replicas) replica.apply(record);
    for (let n = pick(results.length); n >= 0 && n < results.length; n = pick(results.length)) deliver(n);
  }
  while (results.length > 0) deliver(results.length - 1);
  return { effects, hash: fold.stateHash(), fold };
}

/** The alerts among effects, as data. */
export function alertsOf(effects: readonly Effect[]): AlertData[] {
  return effects.flatMap((effect) => (effect.kind === 'alert' ? [JSON.parse(effect.line) as AlertData] : []));
}

export interface AlertData {
  readonly id: string;
  readonly rule: string;
  readonly version: number;
  readonly key: Readonly<Record<string, string | null>>;
  readonly time: string | null;
  readonly position: number;
  readonly paths: readonly { readonly vertices: readonly string[]; readonly edges: readonly string[] }[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** Rows as a rule saw them: the values of its alerts. */
export function valuesOf(effects: readonly Effect[], rule: string): Row[] {
  return alertsOf(effects)
    .filter((alert) => alert.rule === rule)
    .map(({ values }) => Object.values(values) as Row);
}
