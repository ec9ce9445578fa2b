import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { Random } from '../../tests/model/random.ts';
import { CsvFields, ESCAPED, PLAIN } from './csv-fields.ts';
import { NEED_MORE } from './row-format.ts';

interface FoundRow {
  /** Fields as text, null for those that are empty and unquoted; or what is wrong. */
  readonly fields: readonly (string | null)[] | string;
  readonly next: number;
}

/** Finds all rows of a text. Bytes come `chunk` at a time. */
function findAll(bytes: Buffer, chunk = bytes.length + 1): FoundRow[] {
  const scanner = new CsvFields();
  const rows: FoundRow[] = [];
  let from = 0;
  let end = 0;
  for (;;) {
    // Bytes that are not there yet are others than they will be.
    const seen = Buffer.concat([bytes.subarray(0, end), Buffer.from('",\n"')]);
    const next = scanner.find(seen, from, end, end === bytes.length);
    if (next === NEED_MORE) {
      end = Math.min(end + chunk, bytes.length);
      continue;
    }
    if (next === from) return rows;
    if (!scanner.blank) rows.push({ fields: scanner.wrong ?? fieldsOf(scanner, bytes), next });
    from = next;
  }
}

function fieldsOf(scanner: CsvFields, bytes: Buffer): (string | null)[] {
  return Array.from({ length: scanner.count }, (_, n) => {
    const text = bytes.toString('utf8', scanner.starts[n], scanner.ends[n]);
    if (text === '' && scanner.forms[n] === PLAIN) return null;
    return scanner.forms[n] === ESCAPED ? text.replaceAll('""', '"') : text;
  });
}

function fieldsIn(text: string): (readonly (string | null)[] | string)[] {
  return findAll(Buffer.from(text)).map(({ fields }) => fields);
}

describe('the fields of CSV', () => {
  it('are apart by commas, rows by either line end, the last of which may be missing', () => {
    const rows = [
      ['a', 'b'],
      ['c', 'd'],
    ];
    expect(fieldsIn('a,b\nc,d\n')).toEqual(rows);
    expect(fieldsIn('a,b\r\nc,d\r\n')).toEqual(rows);
    expect(fieldsIn('a,b\r\nc,d')).toEqual(rows);
    expect(fieldsIn('a,b\r\nc,d\r')).toEqual(rows);
  });

  it('are NULL where nothing stands, empty where quotes do', () => {
    expect(fieldsIn(',"",\n,')).toEqual([
      [null, '', null],
      [null, null],
    ]);
  });

  it('hold in quotes what would end them', () => {
    expect(fieldsIn('"a,b","c\r\nd","""e"""\n')).toEqual([['a,b', 'c\r\nd', '"e"']]);
  });

  it('keep their blanks, and rows that are empty lines are none', () => {
    expect(fieldsIn('\n a , b \n\r\n\n c\n')).toEqual([[' a ', ' b '], [' c']]);
  });

  it('with a broken quote cost one line, not the rest of the file', () => {
    expect(fieldsIn('a,"b\nc,d\ne,"f"\n')).toEqual([
      'text follows the closing quote of a field',
      ['c', 'd'],
      ['e', 'f'],
    ]);
    expect(fieldsIn('a,"b\nc,d\n')).toEqual(['a quote is not closed', ['c', 'd']]);
  });

  it('may be many', () => {
    const fields = findAll(Buffer.from(`${'a,'.repeat(9_999)}a\n`))[0]?.fields;
    expect(fields).toHaveLength(10_000);
  });

  const LETTERS = ['a', 'é', '€', '𝄞', ',', '"', '\n', '\r\n', ' ', '1', '.', ''];

  function randomText(random: Random): string {
    return Array.from({ length: random.below(5) }, () => random.pick(LETTERS)).join('');
  }

  it.each(Array.from({ length: 30 }, (_, n) => n + 1))('are those that csv-parse finds, seed %i', (seed) => {
    const random = new Random(seed);
    const rows = Array.from({ length: 1 + random.below(6) }, () =>
      Array.from({ length: 3 }, () => randomText(random)),
    );
    const lineEnd = random.pick(['\n', '\r\n']);
    const written = rows.map((row) =>
      row
        .map((text) =>
          /[",\r\n]|^$/.test(text) || random.chance(0.2) ? `"${text.replaceAll('"', '""')}"` : text,
        )
        .join(','),
    );
    const bytes = Buffer.from(written.join(lineEnd) + (random.chance(0.5) ? lineEnd : ''));
    const found = findAll(bytes);
    expect(found.map(({ fields }) => fields)).toEqual(rows);
    expect(found.map(({ fields }) => fields)).toEqual(parse(bytes, { record_delimiter: lineEnd }));
    expect(found.at(-1)?.next).toBe(bytes.length);
  });

  it.each(Array.from({ length: 60 }, (_, n) => n + 1))(
    'do not depend on how bytes arrive, seed %i',
    (seed) => {
      const random = new Random(seed);
      const bytes = Buffer.from(
        Array.from({ length: 60 }, () => random.pick([...LETTERS, ',', '\n'])).join(''),
      );
      const whole = findAll(bytes);
      for (let chunk = 1; chunk <= bytes.length; chunk++) expect(findAll(bytes, chunk)).toEqual(whole);
    },
  );
});
