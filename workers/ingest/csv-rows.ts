import { isUtf8 } from 'node:buffer';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { nearestName } from '../../core/nearest-name.ts';
import type { ByteWindow } from './byte-window.ts';
import { CsvFields, ESCAPED, PLAIN } from './csv-fields.ts';
import type { FieldNames } from './field-names.ts';
import type { RowEncoder } from './row-encoder.ts';
import { NEED_MORE, type RowFormat, skipByteOrderMark } from './row-format.ts';

/**
 * Rows of CSV under a header that names the fields. An empty field is NULL, `""` the empty text; a row has as many
 * fields as the header. Of a table every row is an upsert.
 */
export class CsvRows implements RowFormat {
  unknown: readonly string[] = [];
  readonly #path: string;
  readonly #encoder: RowEncoder;
  readonly #names: FieldNames;
  readonly #fields = new CsvFields();
  /** By stored column: the number of its field, -1 where the header does not have it. */
  readonly #fieldOf: Int32Array;
  readonly #headerBytesMax: number;
  #width = 0;

  constructor(path: string, encoder: RowEncoder, names: FieldNames, headerBytesMax: number) {
    this.#path = path;
    this.#headerBytesMax = headerBytesMax;
    this.#encoder = encoder;
    this.#names = names;
    this.#fieldOf = new Int32Array(encoder.types.length).fill(-1);
  }

  get blank(): boolean {
    return this.#fields.blank;
  }

  get reach(): number {
    return this.#fields.reach;
  }

  readHeader(window: ByteWindow): boolean {
    if (!skipByteOrderMark(window)) return false;
    const fields = this.#fields;
    for (;;) {
      const next = fields.find(window.buffer, window.start, window.end, window.ended);
      if (next === NEED_MORE) {
        if (window.end - window.start > this.#headerBytesMax) throw this.#invalid('it is too long');
        if (!window.more() && !window.ended) return false;
        continue;
      }
      const found = window.buffer.subarray(window.start, next);
      if (found.length === 0) throw this.#invalid('the file is empty');
      if (!isUtf8(found)) throw this.#invalid('its bytes are no UTF-8');
      if (!fields.blank) this.#takeHeader(window.buffer);
      window.start = next;
      if (!fields.blank) return true;
    }
  }

  find(bytes: Buffer, from: number, end: number, ended: boolean): number {
    return this.#fields.find(bytes, from, end, ended);
  }

  encode(bytes: Buffer, from: number, next: number, arrivalMicros: number): void {
    const encoder = this.#encoder;
    const fields = this.#fields;
    const { starts, ends, forms, ascii } = fields;
    const fieldOf = this.#fieldOf;
    encoder.begin(encoder.kindOfRows);
    if (fields.wrong !== null) throw new RingwatchError('CSV_INVALID', { reason: fields.wrong });
    if (!ascii && !isUtf8(bytes.subarray(from, next))) throw new RingwatchError('ROW_NOT_UTF8');
    if (fields.count !== this.#width) {
      throw new RingwatchError('CSV_FIELD_COUNT', { found: fields.count, expected: this.#width });
    }
    for (let stored = 0; stored < fieldOf.length; stored++) {
      const n = fieldOf[stored] as number;
      if (n < 0) {
        encoder.missing(stored);
        continue;
      }
      const start = starts[n] as number;
      const end = ends[n] as number;
      const form = forms[n] as number;
      if (form === PLAIN && start === end) encoder.missing(stored);
      else if (form !== ESCAPED) encoder.bytes(stored, bytes, start, end, ascii);
      else encoder.text(stored, this.#text(bytes, n));
    }
    encoder.finish(arrivalMicros);
  }

  #text(bytes: Buffer, field: number): string {
    const { starts, ends, forms } = this.#fields;
    const text = bytes.toString('utf8', starts[field], ends[field]);
    return forms[field] === ESCAPED ? text.replaceAll('""', '"') : text;
  }

  /** Finds the column of each field. Two fields for one column are refused: which one counts is nobody's to guess. */
  #takeHeader(bytes: Buffer): void {
    const fields = this.#fields;
    if (fields.wrong !== null) throw this.#invalid(fields.wrong);
    if (fields.count > LIMITS.csvFieldsMax) {
      throw this.#invalid(`it has ${fields.count} fields, more than ${LIMITS.csvFieldsMax}`);
    }
    this.#width = fields.count;
    const names = Array.from({ length: fields.count }, (_, n) => this.#text(bytes, n));
    const ranks = new Uint8Array(this.#fieldOf.length);
    const doubles: number[] = [];
    names.forEach((name, n) => {
      const match = this.#names.match(name);
      for (const stored of match?.columns ?? []) {
        const rank = match?.rank ?? 0;
        if (rank === ranks[stored]) doubles[stored] = n;
        if (rank <= (ranks[stored] as number)) continue;
        ranks[stored] = rank;
        this.#fieldOf[stored] = n;
        delete doubles[stored];
      }
    });
    const double = doubles.find((n) => n !== undefined);
    if (double !== undefined) throw this.#invalid(`it has the field ${names[double]} twice`);
    const read = new Set(this.#fieldOf);
    this.unknown = names.filter((_, n) => !read.has(n));
    if (this.unknown.length === names.length) throw this.#nothingKnown(names);
  }

  #nothingKnown(names: readonly string[]): RingwatchError {
    const wanted = this.#names.names();
    const near = names.map((name) => nearestName(name, wanted)).find((name) => name !== null);
    const hint = near == null ? `Its fields would be ${wanted.join(', ')}.` : `Did you mean ${near}?`;
    return this.#invalid(`none of its fields is one of ${this.#encoder.relation}`, hint);
  }

  #invalid(reason: string, hint: string | null = null): RingwatchError {
    return new RingwatchError('HEADER_INVALID', { path: this.#path, reason }, { hint });
  }
}
