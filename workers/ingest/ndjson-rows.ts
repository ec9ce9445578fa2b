import { isUtf8 } from 'node:buffer';
import { RingwatchError } from '../../core/errors.ts';
import type { ByteWindow } from './byte-window.ts';
import type { FieldNames } from './field-names.ts';
import { JsonNumbers } from './json-numbers.ts';
import type { RowEncoder, RowKind } from './row-encoder.ts';
import { NEED_MORE, type RowFormat, skipByteOrderMark } from './row-format.ts';

const LF = 10;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Rows of newline-delimited JSON: an object a line. Of a source the object is the row; of a table it is
 * `{"op":"upsert"|"delete","row":{…}}`, or a bare row, which is an upsert. A field given twice counts the last time, as
 * in JSON.parse. Lines of blanks are no rows.
 */
export class NdjsonRows implements RowFormat {
  blank = false;
  reach = 0;
  unknown: readonly string[] = NONE;
  readonly #encoder: RowEncoder;
  readonly #names: FieldNames;
  /** By stored column: the name of the field that is read into it, null for none, and how well it fits. */
  readonly #fieldOf: (string | null)[];
  readonly #ranks: Uint8Array;
  readonly #numbers = new JsonNumbers();

  constructor(encoder: RowEncoder, names: FieldNames) {
    this.#encoder = encoder;
    this.#names = names;
    this.#fieldOf = encoder.types.map(() => null);
    this.#ranks = new Uint8Array(encoder.types.length);
  }

  readHeader(window: ByteWindow): boolean {
    return skipByteOrderMark(window);
  }

  find(bytes: Buffer, from: number, end: number, ended: boolean): number {
    const found = bytes.indexOf(LF, from);
    const complete = found >= 0 && found < end;
    if (!complete && !ended) return NEED_MORE;
    const lineEnd = complete ? found : end;
    let at = from;
    while (at < lineEnd && isBlank(bytes[at] as number)) at++;
    this.blank = at === lineEnd && from < end;
    this.reach = complete ? found + 1 : end;
    return this.reach;
  }

  encode(bytes: Buffer, from: number, next: number, arrivalMicros: number): void {
    const encoder = this.#encoder;
    encoder.begin(encoder.kindOfRows);
    const text = bytes.toString('utf8', from, next);
    // Bytes that are no UTF-8 become replacement characters, which may also stand there by themselves.
    if (text.includes('\ufffd') && !isUtf8(bytes.subarray(from, next)))
      throw new RingwatchError('ROW_NOT_UTF8');
    const line = parseObject(text);
    const operation = encoder.isTable ? operationOf(line, this.#names) : null;
    if (operation !== null) encoder.begin(operation);
    const row = operation === null ? line : (line.row as JsonObject);
    this.#numbers.reset(text, operation === null ? null : 'row', bytes, from, next);
    this.#chooseFields(row);
    for (let stored = 0; stored < this.#fieldOf.length; stored++) {
      const field = this.#fieldOf[stored] as string | null;
      const json = field === null ? null : row[field];
      if (field === null || json === null || !encoder.takes(stored)) encoder.missing(stored);
      else encoder.json(stored, json, this.#numbers, field);
    }
    encoder.finish(arrivalMicros);
  }

  /** Which field of the row goes into which column; sets `unknown`. */
  #chooseFields(row: JsonObject): void {
    const fieldOf = this.#fieldOf;
    const ranks = this.#ranks;
    fieldOf.fill(null);
    ranks.fill(0);
    let unknown: string[] | null = null;
    for (const field of Object.keys(row)) {
      const match = this.#names.match(field);
      if (match === null) {
        unknown ??= [];
        unknown.push(field);
        continue;
      }
      for (const stored of match.columns) {
        if (match.rank < (ranks[stored] as number)) continue;
        ranks[stored] = match.rank;
        fieldOf[stored] = field;
      }
    }
    this.unknown = unknown ?? NONE;
  }
}

const NONE: readonly string[] = [];

function parseObject(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new RingwatchError('JSON_INVALID', { reason: reasonOf(error) }, { cause: error });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  const found = Array.isArray(json) ? 'an array' : json === null ? 'null' : `a ${typeof json}`;
  throw new RingwatchError('JSON_NOT_A_ROW', { found });
}

/** What V8 says of the text, without the text, which may be long and is nobody else's business. */
function reasonOf(error: unknown): string {
  const message = (error as Error).message;
  return message.replace(/,? ?(?:\.\.\.)?".*/s, '').trim();
}

/** The operation that a line of a table names, or null for a bare row. No column takes an object: `row` is never a field then. */
function operationOf(line: JsonObject, names: FieldNames): RowKind | null {
  const row = Object.hasOwn(line, 'row') ? line.row : null;
  const wrapped = typeof row === 'object' && row !== null && !Array.isArray(row);
  const op = Object.hasOwn(line, 'op') ? line.op : undefined;
  if (wrapped && op === 'upsert') return 'rowUpsert';
  if (wrapped && op === 'delete') return 'rowDelete';
  if (!wrapped && (op === undefined || names.match('op') !== null)) return null;
  throw new RingwatchError('OPERATION_INVALID');
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}
