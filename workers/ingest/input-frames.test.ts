import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../core/limits.ts';
import type { InputProgress } from '../../core/record.ts';
import {
  type MemoryInput,
  type MemoryRead,
  type MemoryReading,
  NOW,
  type RowRead,
  readMemory,
} from '../../tests/ingest/read-memory.ts';
import { Random } from '../../tests/model/random.ts';

const DEFINITIONS = `
CREATE TABLE names (id BIGINT PRIMARY KEY, name TEXT);
CREATE TABLE places (id BIGINT PRIMARY KEY, place TEXT);
CREATE SOURCE a (id BIGINT PRIMARY KEY, t BIGINT, at TIMESTAMPTZ AS to_timestamp(t), WATERMARK FOR at AS at);
CREATE SOURCE b (id BIGINT PRIMARY KEY, note TEXT, at TIMESTAMPTZ, WATERMARK FOR at AS at);
CREATE SOURCE c (id BIGINT PRIMARY KEY, t BIGINT, at TIMESTAMPTZ AS to_timestamp(t), WATERMARK FOR at AS at);
CREATE SOURCE untimed (id BIGINT);
`;

function read(inputs: readonly MemoryInput[], more: Partial<MemoryRead> = {}): MemoryReading {
  return readMemory({ definitions: DEFINITIONS, inputs, ...more });
}

/** `relation:id` of each row, in order. */
function idsOf(reading: Pick<MemoryReading, 'rows'>): string[] {
  return reading.rows.map(({ relation, row }) => `${relation}:${row[0]}`);
}

function csvOf(relation: string, header: string, rows: readonly string[]): MemoryInput {
  return { relation, format: 'csv', bytes: `${[header, ...rows].join('\n')}\n` };
}

describe('the order of rows', () => {
  it('is tables in option order, then sources without event time, then the others by event time', () => {
    const reading = read([
      csvOf('a', 'id,t', ['1,10', '2,30']),
      csvOf('untimed', 'id', ['1', '2']),
      csvOf('places', 'id', ['1', '2']),
      csvOf('c', 'id,t', ['1,20', '2,40']),
      csvOf('names', 'id', ['1']),
    ]);
    expect(idsOf(reading).join(' ')).toBe('places:1 places:2 names:1 untimed:1 untimed:2 a:1 c:1 a:2 c:2');
  });

  it('is option order where event times are equal', () => {
    const files = [csvOf('a', 'id,t', ['1,10', '2,10']), csvOf('c', 'id,t', ['1,10', '2,10'])];
    expect(idsOf(read(files))).toEqual(['a:1', 'a:2', 'c:1', 'c:2']);
    expect(idsOf(read(files.reverse()))).toEqual(['c:1', 'c:2', 'a:1', 'a:2']);
  });

  it('never sorts a file: a late row waits behind the one before it', () => {
    const reading = read([csvOf('a', 'id,t', ['1,50', '2,5']), csvOf('c', 'id,t', ['1,10', '2,60'])]);
    expect(idsOf(reading)).toEqual(['c:1', 'a:1', 'a:2', 'c:2']);
  });

  it('is untouched by rows that are rejected', () => {
    const reading = read([
      csvOf('a', 'id,t', ['1,20', ',1', 'x,2', '2,40']),
      csvOf('c', 'id,t', ['1,10', '2,30']),
    ]);
    expect(idsOf(reading)).toEqual(['c:1', 'a:1', 'c:2', 'a:2']);
    expect(reading.rejections.map(({ row, code }) => [row, code])).toEqual([
      [2, 'VALUE_MISSING'],
      [3, 'VALUE_INVALID'],
    ]);
  });
});

describe('frames', () => {
  it('hold as many rows as the batch says, with the progress that covers them', () => {
    const reading = read([csvOf('a', 'id,t', ['1,1', '2,2', '3,3', '4,4', '5,5'])], { batch: 2 });
    expect(reading.kinds).toEqual([
      ['event', 'event', 'inputProgress'],
      ['event', 'event', 'inputProgress'],
      ['event', 'inputProgress'],
    ]);
    expect(reading.frames.map(({ rows, records }) => [rows, records])).toEqual([
      [2, 3],
      [2, 3],
      [1, 2],
    ]);
    expect(reading.frames.map(({ progress }) => progress[0])).toMatchObject([
      { relation: 'a', rows: 2, bytes: 13 },
      { relation: 'a', rows: 4, bytes: 21 },
      { relation: 'a', rows: 5, bytes: 25 },
    ]);
  });

  it('end with the end of time where that is wanted, and none is empty', () => {
    const rows = csvOf('a', 'id,t', ['1,1', '2,2']);
    expect(read([rows], { batch: 2 }).kinds).toEqual([['event', 'event', 'inputProgress']]);
    expect(read([rows], { batch: 2, final: true }).kinds).toEqual([
      ['event', 'event', 'inputProgress'],
      ['inputProgress', 'endOfTime'],
    ]);
    expect(read([rows], { batch: 9, final: true }).kinds).toEqual([
      ['event', 'event', 'inputProgress', 'endOfTime'],
    ]);
    expect(read([csvOf('a', 'id,t', [])]).kinds).toEqual([]);
    expect(read([], { final: true }).kinds).toEqual([['inputProgress', 'endOfTime']]);
  });

  it('record what was passed behind the last row', () => {
    const input = csvOf('a', 'id,t', ['1,1', '2,x', '', '']);
    const reading = read([input], { batch: 1 });
    expect(reading.kinds).toEqual([['event', 'inputProgress'], ['inputProgress'], ['inputProgress']]);
    expect(reading.frames[2]?.progress[0]).toMatchObject({ rows: 2, bytes: input.bytes.length });
  });

  it('end early where as many rows as the batch has are rejected', () => {
    const reading = read([csvOf('a', 'id,t', ['1,x', '2,x', '3,x', '4,4'])], { batch: 2 });
    expect(reading.frames.map(({ rejections }) => rejections.length)).toEqual([2, 1]);
    expect(reading.frames.map(({ rows }) => rows)).toEqual([2, 2]);
    expect(reading.kinds).toEqual([['inputProgress'], ['event', 'inputProgress']]);
  });

  it('end early where their rows are long', () => {
    const note = 'x'.repeat(500_000);
    const rows = Array.from({ length: 20 }, (_, n) => `${n},${note},2026-01-01`);
    const reading = read([csvOf('b', 'id,note,at', rows)]);
    expect(reading.frames.length).toBeGreaterThan(1);
    for (const { frame } of reading.frames) {
      expect(frame.length).toBeLessThan(LIMITS.inputFrameBytes + 2 * note.length);
    }
  });

  it('are stamped by the clock, never earlier than the one before', () => {
    const times = [NOW, NOW - 5_000_000, NOW + 7];
    let turn = 0;
    const clock = (): number => times[Math.min(turn++, 2)] as number;
    const ahead = new Date(NOW / 1000 + 86_400_000).toISOString();
    const rows = ['1,,2025-01-01', `2,,${ahead}`, '3,,2025-01-01'];
    // Measured from the clock gone back, the second row would be too far ahead.
    const reading = read([csvOf('b', 'id,note,at', rows)], { batch: 1, clock });
    expect(reading.rejections).toEqual([]);
    expect(turn).toBe(4);
  });
});

/** Files with good rows, bad rows, empty lines and disorder. */
function randomInputs(random: Random): MemoryInput[] {
  const time = (): number => random.below(40);
  const bad = ['', '\r', '"', 'x,y,z,w', 'q"', '7,"a""b', '9,,', 'é', '1,2,3,4,5'];
  const rowsOf = (make: (id: number) => string): string[] =>
    Array.from({ length: random.below(12) }, (_, n) => (random.chance(0.2) ? random.pick(bad) : make(n)));
  const stamp = (): string => new Date(time() * 1000).toISOString();
  const json = rowsOf((n) => `{"t":${time()},"id":${n},"other":"\u{1d11e}"}`);
  const inputs: MemoryInput[] = [
    csvOf(
      'b',
      'id,note,at',
      rowsOf((n) => `${n},"a,""${n}\n,",${stamp()}`),
    ),
    csvOf(
      'a',
      'other,t,id',
      rowsOf((n) => `"\n",${time()},${n}`),
    ),
    { relation: 'c', format: 'ndjson', bytes: json.join(random.pick(['\n', '\r\n'])) },
    csvOf(
      'names',
      'id,name',
      rowsOf((n) => `${n},"n${n}"`),
    ),
    {
      relation: 'places',
      format: 'ndjson',
      bytes: rowsOf((n) => `{"op":"${random.pick(['upsert', 'delete', 'x'])}","row":{"id":${n}}}`).join('\n'),
    },
  ];
  return random.shuffled(inputs);
}

/** Event time of a row of DEFINITIONS. */
function timeOf({ relation, row }: RowRead): number {
  return relation === 'b' ? (row[2] as number) : (row[1] as number) * 1_000_000;
}

/** What merging means, the slow way: each file read alone, then the least head taken again and again. */
function mergeNaively(inputs: readonly MemoryInput[]): RowRead[] {
  const alone = inputs.map((input) => [...read([input]).rows]);
  const tables = alone.filter((rows) => rows[0]?.kind !== 'event').flat();
  const queues = alone.filter((rows) => rows[0]?.kind === 'event');
  const merged: RowRead[] = [];
  for (;;) {
    const heads = queues.filter((queue) => queue.length > 0);
    if (heads.length === 0) return [...tables, ...merged];
    const times = heads.map((queue) => timeOf(queue[0] as RowRead));
    const first = heads[times.indexOf(Math.min(...times))] as RowRead[];
    merged.push(first.shift() as RowRead);
  }
}

const SEEDS = Array.from({ length: 25 }, (_, n) => n + 1);

describe('reading', () => {
  it.each(SEEDS)('merges as the naive merge does, seed %i', (seed) => {
    const inputs = randomInputs(new Random(seed));
    expect(read(inputs).rows).toEqual(mergeNaively(inputs));
  });

  it.each(SEEDS)('does not depend on batch or chunks, seed %i', (seed) => {
    const inputs = randomInputs(new Random(seed));
    const whole = read(inputs);
    for (const size of [1, 2, 3, 5, 8, 13, 50]) {
      const parts = read(inputs, { batch: size, chunkBytes: size });
      expect(parts.rows).toEqual(whole.rows);
      expect(parts.rejections).toEqual(whole.rejections);
      expect(parts.frames.at(-1)?.progress).toEqual(whole.frames.at(-1)?.progress);
      expect(parts.frames.reduce((sum, { rows }) => sum + rows, 0)).toBe(
        whole.frames.reduce((sum, { rows }) => sum + rows, 0),
      );
    }
  });

  it.each(SEEDS)('that goes on from any frame gives what reading through gives, seed %i', (seed) => {
    const inputs = randomInputs(new Random(seed));
    const through = read(inputs, { batch: 1 });
    let rows = 0;
    let rejections = 0;
    through.frames.forEach((frame, n) => {
      rows += frame.records - 1;
      rejections += frame.rejections.length;
      const rest = read(
        inputs.map((input, at) => ({ ...input, progress: frame.progress[at] as InputProgress })),
        { chunkBytes: 1 + (n % 7) },
      );
      expect(rest.rows).toEqual(through.rows.slice(rows));
      expect(rest.rejections).toEqual(through.rejections.slice(rejections));
      if (rest.frames.length > 0) {
        expect(rest.frames.at(-1)?.progress).toEqual(through.frames.at(-1)?.progress);
      } else expect(n).toBe(through.frames.length - 1);
    });
  });
});

describe('any bytes', () => {
  it.each(Array.from({ length: 150 }, (_, n) => n + 1))('are read to their end, seed %i', (seed) => {
    const random = new Random(seed);
    const format = random.pick(['csv', 'ndjson'] as const);
    const header = format === 'csv' ? 'id,note,at\n' : '';
    const row =
      format === 'csv' ? '1,"a\n""b",2026-01-01\r\n' : '{"id":1,"note":"\\u00e9","at":"2026-01-01"}\n';
    const bytes = Buffer.from(row.repeat(1 + random.below(6)));
    for (let n = random.below(12); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
    for (let n = random.below(4); n > 0; n--) {
      bytes[random.below(bytes.length)] = random.pick([10, 13, 34, 44, 92, 123, 125]);
    }
    const input = { relation: 'b', format, bytes: Buffer.concat([Buffer.from(header), bytes]) };
    const whole = read([input]);
    const progress = whole.frames.at(-1)?.progress[0];
    expect(progress?.bytes).toBe(input.bytes.length);
    expect(progress?.rows).toBe(whole.rows.length + whole.rejections.length);
    const parts = read([input], { chunkBytes: 1, batch: 1 });
    expect(parts.rows).toEqual(whole.rows);
    expect(parts.rejections).toEqual(whole.rejections);
  });
});

describe('a file that was read before', () => {
  const before = 'id,t\n1,1\n2,2\n';
  const progress = read([{ relation: 'a', format: 'csv', bytes: before }]).frames[0]
    ?.progress[0] as InputProgress;
  const goOn = (bytes: string): MemoryReading => read([{ relation: 'a', format: 'csv', bytes, progress }]);

  it('goes on where it ended, with all counts', () => {
    const reading = goOn(`${before}3,3\nx,4\n`);
    expect(idsOf(reading)).toEqual(['a:3']);
    expect(reading.rejections).toMatchObject([{ row: 4, offset: before.length + 4 }]);
    expect(reading.frames[0]?.rows).toBe(2);
    expect(goOn(before).frames).toEqual([]);
    expect(goOn(`${before}\n`).kinds).toEqual([['inputProgress']]);
  });

  it('goes on behind a last line that had no end, but not inside it', () => {
    const open = 'id,t\n1,1\n2,2';
    const known = read([{ relation: 'a', format: 'csv', bytes: open }]).frames[0]
      ?.progress[0] as InputProgress;
    const reread = (bytes: string): MemoryReading =>
      read([{ relation: 'a', format: 'csv', bytes, progress: known }]);
    expect(idsOf(reread(`${open}\n3,3\n`))).toEqual(['a:3']);
    expect(reread(open).frames).toEqual([]);
    expect(() => reread(`${open}2\n3,3\n`)).toThrow(
      expect.objectContaining({ code: 'FILE_CHANGED', message: expect.stringContaining('its last line') }),
    );
  });

  it.each([
    ['is shorter now', 'id,t\n1,1\n', 'it has only 9 bytes now'],
    ['is empty now', 'id,t\n', 'it has only 5 bytes now'],
    ['has another row now', 'id,t\n1,1\n2,9\n3,3\n', 'its bytes are others now'],
    ['has another header now', 'ID,t\n1,1\n2,2\n3,3\n', 'its bytes are others now'],
    ['has a longer header now', 'id,t,something\n1,1,\n2,2,\n', 'its header is longer now'],
  ])('is refused when it %s', (_, bytes, reason) => {
    expect(() => goOn(bytes)).toThrow(
      expect.objectContaining({ code: 'FILE_CHANGED', message: expect.stringContaining(reason) }),
    );
  });
});
