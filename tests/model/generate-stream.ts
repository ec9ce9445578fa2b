import type { LogRecord } from '../../core/record.ts';
import type { Value } from '../../core/types.ts';
import { type Kind, START_MICROS } from './generate-expressions.ts';
import type { Random } from './random.ts';
import type { ColumnShape, Shape, SourceShape, World } from './shapes.ts';

const SECOND = 1_000_000;

const VERTICES: Partial<Record<Kind, readonly Value[]>> = {
  text: ['A', 'B', 'C', 'D', 'a', 'É,1'],
  integer: [1, 2, 3, 10, -4, 7],
  bigint: [1, 2, 30, -9_007_199_254_740_991, 9_223_372_036_854_775_807n, 8],
};

/** A table of the stream with its stored columns. */
interface TableShape {
  readonly shape: Shape;
  readonly rows: Map<string, readonly Value[]>;
}

interface Clock {
  /** Seconds since the beginning, simulated. */
  now: number;
  readonly watermarks: Map<string, number>;
  /** Event times sent so far, microseconds. */
  readonly times: number[];
  /** Keys given so far. */
  sent: number;
  /** Whether to look at the content next. */
  probing: boolean;
  /** The source that says nothing at present. */
  silent: SourceShape | null;
}

/**
 * A random log under the definitions: events in time, out of order, late, too late, tied, doubled, ahead of time and
 * with NULLs; upserts and deletes; probes; often the end of time. Definitions come in between by the caller.
 */
export function generateRecords(random: Random, world: World, count: number): LogRecord[] {
  const clock: Clock = {
    now: 0,
    watermarks: new Map(),
    times: [],
    sent: 0,
    probing: false,
    silent: null,
  };
  const sent = new Map<string, (readonly Value[])[]>();
  const tables: TableShape[] = world.tables.map((shape) => ({ shape, rows: new Map() }));
  // What has versions is worth more than one.
  const often = tables.flatMap((table) => (table.shape.timed ? [table, table, table] : [table]));
  const vertices = (VERTICES[world.vertexKind] ?? []).slice(0, random.between(3, 5));
  const records: LogRecord[] = [];
  let probes = 0;
  const probe = () => {
    probes += 1;
    records.push({ kind: 'event', arrivalMicros: arrival(clock), relation: 'probe', row: [probes] });
  };
  const idles = world.sources.length > 1 && world.sources.some(({ idle }) => idle !== null);
  for (let index = 0; index < count; index++) {
    if (idles && random.chance(0.06)) {
      records.push(
        ...silence(random, clock, world, (source) => event(random, clock, source, vertices, sent)),
      );
    }
    if (clock.probing) {
      clock.probing = false;
      probe();
    }
    if (random.chance(0.7)) clock.now += random.chance(0.08) ? random.between(10, 60) : random.between(0, 3);
    const roll = random.below(100);
    const speaking = world.sources.filter((source) => source !== clock.silent);
    if (roll < 72) records.push(event(random, clock, random.pick(speaking), vertices, sent));
    else if (roll < 94) records.push(tableChange(random, clock, random.pick(often), vertices));
    else if (roll < 97) probe();
    else if (roll < 99) records.push({ kind: 'tick', arrivalMicros: arrival(clock) });
    else records.push({ kind: 'inputProgress', arrivalMicros: arrival(clock), inputs: [] });
  }
  probe();
  if (random.chance(0.4)) {
    records.push({ kind: 'endOfTime', arrivalMicros: arrival(clock) });
    probe();
    if (random.chance(0.3)) records.push(event(random, clock, random.pick(world.sources), vertices, sent));
  }
  return records;
}

/** A source falls silent, or speaks again; a tick may notice, at the earliest moment too, and the content is looked at. */
function silence(
  random: Random,
  clock: Clock,
  world: World,
  speak: (source: SourceShape) => LogRecord,
): LogRecord[] {
  const quiet = random.pick([null, ...world.sources]);
  clock.silent = quiet;
  clock.probing = true;
  const records: LogRecord[] = [];
  if (quiet !== null && quiet.idle !== null && random.chance(0.6)) {
    records.push(speak(quiet));
    clock.now += Math.ceil(quiet.idle);
    for (const other of world.sources) if (other !== quiet) records.push(speak(other));
  } else clock.now += random.between(0, 9);
  if (random.chance(0.8)) records.push({ kind: 'tick', arrivalMicros: arrival(clock) });
  return records;
}

function arrival(clock: Clock): number {
  return START_MICROS + clock.now * SECOND;
}

function event(
  random: Random,
  clock: Clock,
  source: SourceShape,
  vertices: readonly Value[],
  sent: Map<string, (readonly Value[])[]>,
): LogRecord {
  const { name } = source.shape;
  const before = sent.get(name) ?? [];
  sent.set(name, before);
  const arrivalMicros = arrival(clock);
  if (before.length > 0 && random.chance(0.08)) {
    // Mostly one of the newest, whose key is remembered.
    const again = random.chance(0.7) ? random.pick(before.slice(-6)) : random.pick(before);
    return { kind: 'event', arrivalMicros, relation: name, row: again };
  }
  const at = eventTime(random, clock, source);
  const row = source.stored.map((column, index): Value => {
    if (column.name === 'at') return at;
    if (index === 0) {
      clock.sent += 1;
      const number = random.chance(0.04) ? random.between(1, clock.sent) : clock.sent;
      return column.kind === 'text' ? `${name[0]}${number}` : number;
    }
    if (column.name === 'part' || column.name === 'bank') return random.pick([1, 1, 2]);
    return randomValue(random, column, vertices, clock);
  });
  const taken = at !== null && at <= arrivalMicros + (source.maxAhead ?? 86_400) * SECOND;
  // What was too far ahead once may be in time when it comes again.
  if (taken || (source.maxAhead !== null && random.chance(0.1))) before.push(row);
  if (taken) {
    clock.times.push(at);
    clock.watermarks.set(name, Math.max(clock.watermarks.get(name) ?? 0, at - source.delay * SECOND));
  }
  return { kind: 'event', arrivalMicros, relation: name, row };
}

/** Mostly now; else out of order, at the edge of being late, too late, too far ahead, or NULL. Microseconds. */
function eventTime(random: Random, clock: Clock, source: SourceShape): number | null {
  const now = START_MICROS + clock.now * SECOND;
  const edge = (clock.watermarks.get(source.shape.name) ?? now) - source.lateness * SECOND;
  const roll = random.below(100);
  if (roll < 66) return now;
  if (roll < 76) return now - random.between(0, source.lateness + source.delay + 1) * SECOND;
  if (roll < 82) return Math.min(now, edge + random.pick([0, 0, 1, SECOND]));
  if (roll < 85) return Math.min(now, edge - random.pick([1, SECOND]));
  if (roll < 88) return now - random.between(1, 3000) * SECOND;
  if (roll < 90) return now + random.between(0, 999_999);
  if (roll < 91) return null;
  if (roll < 95) {
    // The watermark comes to lie where an earlier event is just kept by a graph, or just dropped.
    const after = (random.pick([10, 30, 60]) + source.delay) * SECOND;
    const reachable = clock.times.filter((time) => Math.abs(time + after - now) <= 3 * SECOND);
    if (reachable.length > 0) {
      clock.probing = true;
      return random.pick(reachable) + after + random.between(0, 1);
    }
  }
  if (roll < 97) {
    // What is accepted here makes most of what follows late, by a day where the source has no limit of its own.
    const taken = source.maxAhead !== null && random.chance(0.25);
    const beyond = taken ? random.pick([-SECOND, 0, 0]) : random.pick([1, SECOND]);
    return now + (source.maxAhead ?? 86_400) * SECOND + beyond;
  }
  return now + random.between(0, 3) * SECOND;
}

function tableChange(random: Random, clock: Clock, table: TableShape, vertices: readonly Value[]): LogRecord {
  const { shape, rows } = table;
  const arrivalMicros = arrival(clock);
  const present = [...rows.values()];
  if (present.length > 0 && random.chance(0.25)) {
    const row = random.pick(present);
    rows.delete(keyOf(shape, row));
    const bare = shape.columns.map(({ name }, index): Value => {
      if (name === 'at' && shape.timed) return START_MICROS + clock.now * SECOND;
      return shape.key?.includes(name) ? (row[index] ?? null) : null;
    });
    return { kind: 'rowDelete', arrivalMicros, relation: shape.name, row: bare };
  }
  const row = shape.columns.map((column, index): Value => {
    if (column.name === 'bank') return random.between(1, 2);
    if (index > 0) return randomValue(random, column, vertices, clock);
    if (shape.vertices.includes(column.name)) return random.pick(vertices);
    return column.kind === 'text' ? `g${random.between(1, 8)}` : random.between(1, 8);
  });
  if (present.length > 0 && random.chance(0.1)) {
    return { kind: 'rowUpsert', arrivalMicros, relation: shape.name, row: random.pick(present) };
  }
  rows.set(keyOf(shape, row), row);
  return { kind: 'rowUpsert', arrivalMicros, relation: shape.name, row };
}

function keyOf(shape: Shape, row: readonly Value[]): string {
  return shape.columns.map(({ name }, index) => (shape.key?.includes(name) ? `${row[index]}` : '')).join();
}

function randomValue(random: Random, column: ColumnShape, vertices: readonly Value[], clock: Clock): Value {
  const vertex = ['payer', 'payee', 'src', 'dst'].includes(column.name);
  if (random.chance(vertex ? 0.02 : column.name === 'at' ? 0.05 : 0.1)) return null;
  if (vertex) return random.pick(vertices);
  switch (column.kind) {
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
      return random.pick([0, 1, 2, 3, 5, 10, -7, 100, 2_147_483_647]);
    case 'bigint':
      return random.pick<Value>([0, 1, 7, 2 ** 40, 9_223_372_036_854_775_807n]);
    case 'numeric':
      return random.pick([0, 100, 150, 333, 1025, 10_000, -5, 3330, 999_999_999_999]);
    case 'double':
      return random.pick([0, 0.1, 0.2, 0.3, 1.5, 1e15, -2.25, 33.3, 1e-9]);
    case 'text':
      return random.pick(['x', 'red', 'blue', 'A1', '', 'a_b', 'Zürich', 'green', '😀e']);
    case 'timestamptz':
      return (
        START_MICROS + (clock.now + random.between(-20, 5)) * SECOND + random.pick([0, 0, 0, 1, 500_000])
      );
  }
}
