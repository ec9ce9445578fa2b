import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadModule } from '../../core/thread-module.ts';
import { compileDefinitions } from '../../language/compile.ts';
import { NOW } from '../../tests/ingest/read-memory.ts';
import type { InputFrame, InputSpec } from './input-frame.ts';
import type { ReadOptions } from './input-frames.ts';
import { type FromReader, openInputs, readInputs } from './read-inputs.ts';

const PROGRAM = compileDefinitions(`
CREATE SOURCE s (id BIGINT PRIMARY KEY, big NUMERIC(30,0), at TIMESTAMPTZ AS to_timestamp(id + 1),
  WATERMARK FOR at AS at);
CREATE TABLE t (id BIGINT PRIMARY KEY);`);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-read-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function input(
  name: string,
  text: string,
  relation = 's',
  progress: InputSpec['progress'] = null,
): InputSpec {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return { relation, path: file, format: name.endsWith('.csv') ? 'csv' : 'ndjson', progress };
}

function optionsFor(inputs: readonly InputSpec[], batch = 10): ReadOptions {
  return { inputs, program: PROGRAM, batch, final: true, arrivalMicros: NOW };
}

const ROWS = `id,big\n${Array.from({ length: 95 }, (_, n) => `${n},${'9'.repeat(1 + (n % 30))}`).join('\n')}\nx,\n`;

async function all(frames: AsyncIterable<InputFrame>): Promise<InputFrame[]> {
  const found: InputFrame[] = [];
  for await (const frame of frames) found.push(frame);
  return found;
}

describe('reading in a thread', () => {
  it('gives the same frames as reading without one', async () => {
    const options = optionsFor([input('rows.csv', ROWS), input('t.ndjson', '{"id":1}\n{"id":2}\n', 't')]);
    const here: InputFrame[] = [];
    const frames = openInputs(options);
    for (let frame = frames.next(); frame !== null; frame = frames.next()) here.push(frame);
    frames.close();
    const there = await all(readInputs(options));
    expect(there).toHaveLength(10);
    expect(there.map(({ frame }) => Buffer.from(frame).toString('hex'))).toEqual(
      here.map(({ frame }) => Buffer.from(frame).toString('hex')),
    );
    expect(there.map(({ frame: _, ...rest }) => rest)).toEqual(here.map(({ frame: _, ...rest }) => rest));
  });

  it('stops between two frames', async () => {
    const reading = readInputs(optionsFor([input('rows.csv', ROWS)]));
    const found: InputFrame[] = [];
    for await (const frame of reading) {
      found.push(frame);
      if (found.length === 3) reading.stop();
    }
    expect(found.map(({ rows }) => rows)).toEqual([10, 10, 10]);
  });

  it('that is stopped while it waits, or before it begins, ends', async () => {
    const reading = readInputs(optionsFor([input('rows.csv', ROWS)]));
    const found = all(reading);
    reading.stop();
    expect(await found).toEqual([]);
    const never = readInputs(optionsFor([input('rows.csv', ROWS)]));
    never.stop();
    expect(await all(never)).toEqual([]);
  });

  it('reads a frame only when it is asked for one', async () => {
    const { sources, tables } = PROGRAM;
    const worker = new Worker(threadModule(new URL('./read-inputs.thread.ts', import.meta.url)), {
      workerData: { ...optionsFor([input('rows.csv', ROWS)]), program: { sources, tables } },
    });
    const heard: FromReader['kind'][] = [];
    const hear = (count: number): Promise<void> =>
      new Promise((resolve) => {
        worker.on('message', (message: FromReader) => {
          heard.push(message.kind);
          if (heard.length === count) resolve();
        });
      });
    const three = hear(3);
    for (let n = 0; n < 3; n++) worker.postMessage({ kind: 'more' });
    await three;
    worker.removeAllListeners('message');
    // Had the thread read ahead by itself, its fourth frame would be here before the answer to another request.
    const rest = hear(11);
    for (let n = 0; n < 8; n++) worker.postMessage({ kind: 'more' });
    await rest;
    await worker.terminate();
    expect(heard).toEqual([...new Array<'frame'>(10).fill('frame'), 'end']);
  });

  it.each<[string, () => InputSpec, string]>([
    [
      'no file',
      () => ({ ...input('rows.csv', ROWS), path: path.join(folder, 'none.csv') }),
      'FILE_NOT_FOUND',
    ],
    ['a folder', () => ({ ...input('rows.csv', ROWS), path: folder }), 'FILE_UNREADABLE'],
    ['no header', () => input('empty.csv', ''), 'HEADER_INVALID'],
    [
      'a file that has changed',
      () =>
        input('rows.csv', ROWS, 's', {
          relation: 's',
          path: 'rows.csv',
          bytes: 20,
          rows: 2,
          rejected: {},
          checksum: 1,
        }),
      'FILE_CHANGED',
    ],
  ])('says what is wrong: %s', async (_, spec, code) => {
    const wrong = spec();
    const options = optionsFor([wrong]);
    await expect(all(readInputs(options))).rejects.toMatchObject({
      name: 'RingwatchError',
      code,
      details: { path: wrong.path },
    });
    expect(() => openInputs(options)).toThrow(expect.objectContaining({ code }));
  });

  it('hands on the hint of an error', async () => {
    const reading = all(readInputs(optionsFor([input('near.csv', 'bigg\n1\n')])));
    await expect(reading).rejects.toMatchObject({ hint: 'Did you mean big?' });
  });

  it('tells of a bug by its stack', async () => {
    const options = { ...optionsFor([input('rows.csv', ROWS)]), program: { sources: [], tables: [] } };
    await expect(all(readInputs(options))).rejects.toThrow(/the relation s is missing[\s\S]*input-frames/);
  });
});
