import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runCommandLine } from '../../main/command-line.ts';
import { recordingTerminal } from '../../main/console/recording-terminal.ts';
import {
  CSV_CASES,
  CSV_HEADER,
  NDJSON_CASES,
  ROW_DEFINITIONS,
  type RowCase,
  TABLE_CASES,
} from './row-cases.ts';

/** What a run over one file left behind. */
interface Outcome {
  readonly exit: number;
  readonly said: string;
  readonly keys: readonly string[];
  readonly rejected: readonly { readonly row: number; readonly code: string }[];
  readonly report: {
    readonly accepted: number;
    readonly events: number;
    readonly rejected: Record<string, number>;
  } | null;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-rows-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function lines<T>(file: string): T[] {
  const text = readFileSync(path.join(folder, file), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}

/** Runs `ringwatch run` over one input, in process. */
async function runOver(relation: string, name: string, bytes: Uint8Array): Promise<Outcome> {
  const at = (file: string) => path.join(folder, file);
  writeFileSync(at('rules.sql'), ROW_DEFINITIONS);
  writeFileSync(at(name), bytes);
  for (const file of ['alerts.jsonl', 'rejects.jsonl']) writeFileSync(at(file), '');
  rmSync(at('report.json'), { force: true });
  const terminal = recordingTerminal();
  const files = [
    '--alerts',
    at('alerts.jsonl'),
    '--rejects',
    at('rejects.jsonl'),
    '--report',
    at('report.json'),
  ];
  const exit = await runCommandLine(
    ['run', at('rules.sql'), '--input', `${relation}=${at(name)}`, ...files],
    terminal,
  );
  const done = exit === 0;
  return {
    exit,
    said: terminal.errLines.join('\n'),
    keys: done ? lines<{ key: { id: string } }>('alerts.jsonl').map(({ key }) => key.id) : [],
    rejected: done ? lines<{ row: number; code: string }>('rejects.jsonl') : [],
    report: done ? JSON.parse(readFileSync(at('report.json'), 'utf8')) : null,
  };
}

const LINE_END = Buffer.from('\n');

/** A file in which every bad row stands between two good ones; `good` makes the n-th of those. */
function fileOf(cases: readonly RowCase[], good: (n: number) => string, header: string | null): Buffer {
  const parts: Buffer[] = header === null ? [] : [Buffer.from(`${header}\n`)];
  for (const [n, { bytes }] of cases.entries()) {
    parts.push(Buffer.from(`${good(n)}\n`), Buffer.from(bytes), LINE_END);
  }
  parts.push(Buffer.from(`${good(cases.length)}\n`));
  return Buffer.concat(parts);
}

interface Setting {
  readonly title: string;
  readonly relation: string;
  readonly file: string;
  readonly header: string | null;
  readonly cases: readonly RowCase[];
  readonly good: (n: number) => string;
}

const SETTINGS: readonly Setting[] = [
  {
    title: 'NDJSON of a source',
    relation: 's',
    file: 's.ndjson',
    header: null,
    cases: NDJSON_CASES,
    good: (n) => `{"id":"good${n}","must":${n},"at":"2026-01-01T00:00:00Z"}`,
  },
  {
    title: 'CSV of a source',
    relation: 's',
    file: 's.csv',
    header: CSV_HEADER,
    cases: CSV_CASES,
    good: (n) => `good${n},,,,,,,${n},2026-01-01T00:00:00Z`,
  },
  {
    title: 'NDJSON of a table',
    relation: 't',
    file: 't.ndjson',
    header: null,
    cases: TABLE_CASES,
    good: (n) => `{"op":"upsert","row":{"id":"good${n}","n":${n}}}`,
  },
];

describe.each(SETTINGS)('$title', ({ relation, file, header, cases, good }) => {
  let together: Outcome;
  beforeAll(async () => {
    together = await runOver(relation, file, fileOf(cases, good, header));
  }, 60_000);

  /** Data rows count from 1; blank lines are none. */
  const rowOf = (wanted: number) => {
    const blanks = cases
      .slice(0, wanted)
      .filter(({ bytes }) => typeof bytes === 'string' && bytes.trim() === '').length;
    return 2 * wanted + 2 - blanks;
  };

  test.each(cases.map((each, number) => [each.title, number, each] as const))(
    '%s, among good rows',
    (_, number, { code }) => {
      const found = together.rejected.find(({ row }) => row === rowOf(number));
      expect(found?.code ?? null).toBe(code);
      expect(together.keys).toContain(`good${number}`);
      expect(together.keys).toContain(`good${number + 1}`);
    },
  );

  test('every good row is taken, once, and every bad one is counted by its code', () => {
    expect(together.exit).toBe(0);
    expect(together.keys.filter((key) => key.startsWith('good'))).toHaveLength(cases.length + 1);
    const codes: Record<string, number> = {};
    for (const { code } of cases) if (code !== null) codes[code] = (codes[code] ?? 0) + 1;
    expect(together.report?.rejected).toEqual(codes);
  });

  test('a file of nothing else does no harm either', async () => {
    const bad = cases.filter(({ code }) => code !== null);
    const alone = await runOver(
      relation,
      file,
      Buffer.concat([
        Buffer.from(header === null ? '' : `${header}\n`),
        ...bad.flatMap(({ bytes }) => [Buffer.from(bytes), LINE_END]),
      ]),
    );
    expect(alone).toMatchObject({ exit: 0, keys: [], report: { accepted: 0, events: bad.length } });
  }, 60_000);
});

describe('files', () => {
  const GOOD = 'good,,,,,,,1,2026-01-01T00:00:00Z';
  const csv = (text: string | Uint8Array) => runOver('s', 's.csv', Buffer.from(text));
  const json = (text: string | Uint8Array) => runOver('s', 's.ndjson', Buffer.from(text));

  test('a quote that is never closed costs its own row only', async () => {
    const { keys, report } = await csv(
      `${CSV_HEADER}\n${GOOD}\nbad,,,,,,"open,1,2026-01-01T00:00:00Z\n${GOOD.replace('good', 'next')}\n`,
    );
    expect({ keys, rejected: report?.rejected }).toEqual({
      keys: ['good', 'next'],
      rejected: { CSV_INVALID: 1 },
    });
  });

  test('a last row that was cut off is rejected; the rest is taken', async () => {
    const { keys, report } = await json(
      '{"id":"good","must":1,"at":"2026-01-01T00:00:00Z"}\n{"id":"bad","mus',
    );
    expect({ keys, rejected: report?.rejected }).toEqual({ keys: ['good'], rejected: { JSON_INVALID: 1 } });
  });

  test('a last row without a line end is taken', async () => {
    expect((await csv(`${CSV_HEADER}\n${GOOD}`)).keys).toEqual(['good']);
  });

  test('carriage returns and a byte order mark do not matter', async () => {
    expect((await csv(`\ufeff${CSV_HEADER}\r\n${GOOD}\r\n`)).keys).toEqual(['good']);
    expect((await json('\ufeff{"id":"good","must":1,"at":"2026-01-01T00:00:00Z"}\r\n')).keys).toEqual([
      'good',
    ]);
  });

  test.each([
    ['an empty CSV file', ''],
    ['a header that names a field twice', `${CSV_HEADER},id\n${GOOD},x\n`],
    ['a header of unknown fields', 'a,b,c\n1,2,3\n'],
    ['a header that is no UTF-8', Buffer.from([0x69, 0x64, 0xff, 0x0a])],
    ['a file that is no text', Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00])],
  ])('%s is refused', async (_, text) => {
    const { exit, said } = await csv(text);
    expect(exit).toBe(1);
    expect(said).toContain('HEADER_INVALID');
  });

  test('fields named like properties of every object are unknown fields', async () => {
    const { keys } = await csv(`${CSV_HEADER},__proto__,constructor,hasOwnProperty\n${GOOD},a,b,c\n`);
    expect(keys).toEqual(['good']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  const command = async (...args: string[]) => {
    const terminal = recordingTerminal();
    writeFileSync(path.join(folder, 'rules.sql'), ROW_DEFINITIONS);
    const exit = await runCommandLine(
      args.map((arg) => arg.replace('@', `${folder}/`)),
      terminal,
    );
    return { exit, said: terminal.errLines.join('\n') };
  };

  test.each([
    ['a file that is not there', ['run', '@rules.sql', '--input', 's=@nowhere.csv'], 'FILE_NOT_FOUND', 1],
    ['a folder for a file', ['run', '@rules.sql', '--input', 's=@.csv/../'], 'OPTION_INVALID', 2],
    ['a relation that is not there', ['run', '@rules.sql', '--input', 'nobody=@s.csv'], 'UNKNOWN_NAME', 1],
    ['a relation named __proto__', ['run', '@rules.sql', '--input', '__proto__=@s.csv'], 'UNKNOWN_NAME', 1],
    ['definitions that are not there', ['run', '@nowhere.sql', '--input', 's=@s.csv'], 'FILE_NOT_FOUND', 1],
    ['a batch of no rows', ['run', '@rules.sql', '--input', 's=@s.csv', '--batch', '0'], 'OPTION_INVALID', 2],
    [
      'a batch that is no number',
      ['run', '@rules.sql', '--input', 's=@s.csv', '--batch', 'NaN'],
      'OPTION_INVALID',
      2,
    ],
    ['an option that is not there', ['run', '@rules.sql', '--inputs', 's=@s.csv'], 'OPTION_UNKNOWN', 2],
    ['a command that is not there', ['rum', '@rules.sql'], 'COMMAND_UNKNOWN', 2],
    ['no definitions', ['check'], 'ARGUMENT_MISSING', 2],
    [
      'alerts into a folder that is not there',
      ['run', '@rules.sql', '--input', 's=@s.csv', '--alerts', '@no/where.jsonl'],
      'FILE_UNWRITABLE',
      1,
    ],
    [
      'a data folder that is a file',
      ['run', '@rules.sql', '--input', 's=@s.csv', '--data', '@rules.sql'],
      'DATA_FOLDER',
      1,
    ],
  ] as const)('%s is refused', async (_, args, code, exit) => {
    writeFileSync(path.join(folder, 's.csv'), `${CSV_HEADER}\n${GOOD}\n`);
    const outcome = await command(...args);
    expect(outcome.said).toContain(code);
    expect(outcome.exit).toBe(exit);
  });
});
