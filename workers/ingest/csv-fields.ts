import { LIMITS } from '../../core/limits.ts';
import { NEED_MORE } from './row-format.ts';

const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;

/** The form of a field: as it stands; in quotes; in quotes and with doubled quotes in it. */
export const PLAIN = 0;
export const QUOTED = 1;
export const ESCAPED = 2;

/** 1 for the bytes that end the plain part of an unquoted field. */
const SPECIAL = new Uint8Array(256);
for (const byte of [LF, CR, QUOTE, COMMA]) SPECIAL[byte] = 1;

/**
 * Finds the rows of CSV and their fields in bytes (RFC 4180). Rows end in LF, CR LF or at the input's end; a field in
 * quotes may hold commas, line ends and doubled quotes. UTF-8 needs no decoding for that: its other bytes are above 127.
 *
 * What RFC 4180 leaves open: an empty line is no row; blanks belong to their field; a quote inside an unquoted field,
 * anything between a closing quote and the comma, and a CR without LF are wrong. A row that is wrong ends with its
 * first line, so that one stray quote costs one row and not all that follow.
 *
 * Ours, because the library was too slow for the aim of 250,000 events/s, which leaves this thread 2 us a row. Splitting
 * AMLSim's rows, csv-parse 7.0.3 did 800,000 rows/s; 280,000 with the byte where each row ends, without which no reading
 * can go on later; 41,000 with whether a field was quoted as well, without which NULL and the empty text are one. From
 * file to frames it came to 37,000 rows/s, this to 2.1 million (2 cores, Node 20; bench/ingest.ts measures again).
 */
export class CsvFields {
  /** Fields of the row last found, those beyond the limit included. */
  count = 0;
  /** The line was empty: no row. */
  blank = false;
  /** What is wrong with the row, null where nothing is. Its fields are meaningless then. */
  wrong: string | null = null;
  /** How far `find` had to look for what it says: up to this byte. */
  reach = 0;
  /** Whether every byte of the row is below 128. */
  ascii = true;
  /** By field: where its text starts and ends, without the quotes around it. */
  readonly starts = new Int32Array(LIMITS.csvFieldsMax);
  readonly ends = new Int32Array(LIMITS.csvFieldsMax);
  /** By field: PLAIN, QUOTED, or ESCAPED where doubled quotes stand in it. */
  readonly forms = new Uint8Array(LIMITS.csvFieldsMax);

  /** All bits set in any byte of the row. */
  #bits = 0;

  /**
   * Finds the row at `from`; bytes from `end` on are not there yet, unless the input has `ended`. Returns where the
   * next row begins (`from` itself at the input's end), or NEED_MORE.
   */
  find(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    this.count = 0;
    this.wrong = null;
    this.#bits = 0;
    this.blank = false;
    this.reach = from;
    if (from === end) return ended ? from : NEED_MORE;
    const first = bytes[from] as number;
    if (first === LF || first === CR) {
      const next = lineEnd(bytes, from, end, ended);
      if (next === NEED_MORE) return NEED_MORE;
      if (next > 0) {
        this.blank = true;
        return next;
      }
    }
    return this.#fields(bytes, from, end, ended);
  }

  #fields(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    let at = from;
    for (;;) {
      const quoted = at < end && bytes[at] === QUOTE;
      at = quoted ? this.#quoted(bytes, at, end, ended) : this.#plain(bytes, at, end);
      if (at < 0) return this.#unfinished(bytes, from, end, ended);
      if (at === end) {
        if (!ended) return NEED_MORE;
        break;
      }
      const byte = bytes[at];
      if (byte === COMMA) {
        at++;
        continue;
      }
      this.reach = at;
      if (byte === QUOTE) return this.#malformed('a quote stands inside a field', bytes, from, end, ended);
      const next = byte === LF || byte === CR ? lineEnd(bytes, at, end, ended) : 0;
      if (next === NEED_MORE) return NEED_MORE;
      if (next > 0) {
        at = next;
        break;
      }
      const reason =
        byte === CR ? 'a carriage return stands alone' : 'text follows the closing quote of a field';
      return this.#malformed(reason, bytes, from, end, ended);
    }
    this.ascii = this.#bits < 128;
    this.reach = at;
    return at;
  }

  /** Takes the unquoted field at `from`; returns the first byte behind it. */
  #plain(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    let bits = this.#bits;
    while (at < end) {
      const byte = bytes[at] as number;
      if (SPECIAL[byte] === 1) break;
      bits |= byte;
      at++;
    }
    this.#bits = bits;
    this.#field(from, at, PLAIN);
    return at;
  }

  /** Takes the quoted field at `from`; returns the first byte behind its closing quote, -1 where that is missing. */
  #quoted(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    let bits = this.#bits;
    let form: number = QUOTED;
    for (let at = from + 1; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte !== QUOTE) {
        bits |= byte;
        continue;
      }
      if (at + 1 === end && !ended) return -1;
      if (at + 1 < end && bytes[at + 1] === QUOTE) {
        form = ESCAPED;
        at++;
        continue;
      }
      this.#bits = bits;
      this.#field(from + 1, at, form);
      return at + 1;
    }
    return -1;
  }

  #field(start: number, end: number, form: number): void {
    const n = this.count++;
    if (n >= this.starts.length) return;
    this.starts[n] = start;
    this.ends[n] = end;
    this.forms[n] = form;
  }

  #unfinished(bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    this.reach = end;
    return ended ? this.#malformed('a quote is not closed', bytes, from, end, ended) : NEED_MORE;
  }

  #malformed(reason: string, bytes: Uint8Array, from: number, end: number, ended: boolean): number {
    this.wrong = reason;
    let at = from;
    while (at < end && bytes[at] !== LF) at++;
    if (at < end) return at + 1;
    return ended ? end : NEED_MORE;
  }
}

/** Where the line after the LF or CR at `at` begins; 0 for a CR without LF. */
function lineEnd(bytes: Uint8Array, at: number, end: number, ended: boolean): number {
  if (bytes[at] === LF) return at + 1;
  if (at + 1 < end) return bytes[at + 1] === LF ? at + 2 : 0;
  return ended ? end : NEED_MORE;
}
