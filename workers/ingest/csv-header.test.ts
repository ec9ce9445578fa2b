import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { readMemory } from '../../tests/ingest/read-memory.ts';

const DEFINITIONS = 'CREATE SOURCE s (id TEXT, amount BIGINT, "Note" TEXT);';

function read(bytes: string | Buffer) {
  return readMemory({ definitions: DEFINITIONS, inputs: [{ relation: 's', format: 'csv', bytes }] });
}

function errorOf(bytes: string | Buffer): RingwatchError | null {
  try {
    read(bytes);
    return null;
  } catch (error) {
    if (error instanceof RingwatchError) return error;
    throw error;
  }
}

describe('the header of a CSV file', () => {
  it.each<[string, string]>([
    ['after a byte order mark', '\ufeffid,amount\na,1'],
    ['in quotes', '"id","amount"\na,1'],
    ['in other letters', 'ID,Amount\na,1'],
    ['after empty lines', '\n\r\nid,amount\na,1'],
    ['that ends with a carriage return', 'id,amount\r\na,1\r\n'],
    ['with more fields than there are columns', 'x,id,y,amount,x\n0,a,0,1,0\n'],
    ['with an exact and another name', 'AMOUNT,id,amount\n7,a,1'],
  ])('may stand %s', (_, bytes) => {
    expect(read(bytes).rows.map(({ row }) => row)).toEqual([['a', 1, null]]);
  });

  it('with no rows behind it is a file without rows', () => {
    for (const bytes of ['id,amount', 'id,amount\n', 'id,amount\r\n\n\n', '\ufeffid']) {
      expect(read(bytes)).toMatchObject({ rows: [], rejections: [] });
    }
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['is missing', '', /the file is empty/],
    ['is missing behind a byte order mark', '\ufeff', /the file is empty/],
    ['is missing behind empty lines', '\n\r\n\n', /the file is empty/],
    ['has a column twice', 'id,amount,id\na,1,b', /the field id twice/],
    ['has a column twice but for letter case', 'id,AMOUNT,Amount\na,1,2', /the field Amount twice/],
    ['has a quote inside a field', 'id,am"ount\na,1', /a quote stands inside a field/],
    ['has a quote that is not closed', 'id,"amount\na,1', /a quote is not closed/],
    ['is no UTF-8', Buffer.from('id,am\xffount\na,1', 'latin1'), /no UTF-8/],
    ['is UTF-16', Buffer.from('\ufeffid,amount\na,1', 'utf16le'), /no UTF-8/],
    ['names none of the columns', 'a,1\nb,2', /none of its fields/],
    ['has too many fields', `id${',x'.repeat(LIMITS.csvFieldsMax)}\n`, /more than 4096/],
    ['has no end', 'x'.repeat(LIMITS.rowBytesMax * 2), /too long/],
  ])('that %s ends the reading', (_, bytes, reason) => {
    const error = errorOf(bytes);
    expect(error?.code).toBe('HEADER_INVALID');
    expect(error?.message).toMatch(reason);
    expect(error?.details.path).toBe('0.csv');
  });

  it('that names none of the columns is told what it may have meant', () => {
    expect(errorOf('ammount,x\n1,2')?.hint).toBe('Did you mean amount?');
    expect(errorOf('q,x\n1,2')?.hint).toBe('Its fields would be id, amount, Note.');
  });
});

describe('a file of NDJSON', () => {
  it('may be empty, or begin with a byte order mark', () => {
    const readJson = (bytes: string) =>
      readMemory({ definitions: DEFINITIONS, inputs: [{ relation: 's', format: 'ndjson', bytes }] });
    expect(readJson('').frames).toEqual([]);
    expect(readJson(' \n\r\n').rows).toEqual([]);
    expect(readJson('\ufeff{"id":"a"}').rows.map(({ row }) => row)).toEqual([['a', null, null]]);
  });
});
