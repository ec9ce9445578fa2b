import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';

/** The fields of one line: bytes starts[n] to ends[n] - 1 of `bytes`, for n below `count`. */
export interface EdgeLine {
  bytes: Uint8Array;
  count: number;
  readonly starts: number[];
  readonly ends: number[];
}

/** What is told of the lines. */
export interface EdgeLineSink {
  /** Once, before the first edge: how many fields the first line has, and the header, where there is one. */
  begin(fieldCount: number, header: readonly string[] | null): void;
  /** A line with at least two fields; good until the next. */
  edge(line: EdgeLine): void;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const QUOTE = 0x22;
const HASH = 0x23;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Cuts bytes into lines and lines into fields. Blank lines and lines that begin with `#` are skipped. The first line that is left
 * decides what separates fields: commas, else tabs, else spaces; a line that has one field by it is read by its own. The first
 * line is a header where none of its fields is a number and one of the next line's is.
 */
export class EdgeLines {
  /** Lines read, comments included. */
  number = 0;
  header: readonly string[] | null = null;
  private readonly path: string;
  private readonly sink: EdgeLineSink;
  private separator = 0;
  /** The first line, until the second says whether it is a header. */
  private first: { readonly line: EdgeLine; readonly number: number } | null = null;
  private hasBegun = false;
  private rest: Uint8Array = new Uint8Array(0);
  private readonly line: EdgeLine = { bytes: this.rest, count: 0, starts: [], ends: [] };

  constructor(path: string, sink: EdgeLineSink) {
    this.path = path;
    this.sink = sink;
  }

  /** Takes the next bytes of the file. Throws EDGE_LIST_INVALID. */
  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.rest.length > 0) {
      bytes = new Uint8Array(this.rest.length + chunk.length);
      bytes.set(this.rest);
      bytes.set(chunk, this.rest.length);
    }
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.take(bytes, start, end);
      start = end + 1;
    }
    this.rest = bytes.slice(start);
    if (this.rest.length > LIMITS.rowBytesMax) this.fail(`it is longer than ${LIMITS.rowBytesMax} bytes`);
  }

  /** Takes what follows the last line end, and the first line if it was the only one. */
  end(): void {
    if (this.rest.length > 0) this.take(this.rest, 0, this.rest.length);
    if (!this.hasBegun) this.begin(null);
  }

  private take(bytes: Uint8Array, from: number, to: number): void {
    this.number++;
    let start = from;
    let end = to;
    if (this.number === 1 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      start += 3;
    while (end > start && isBlank(bytes[end - 1] as number)) end--;
    while (start < end && isBlank(bytes[start] as number)) start++;
    if (start === end || bytes[start] === HASH) return;
    if (this.separator === 0) this.separator = separatorOf(bytes, start, end);
    this.split(bytes, start, end, this.separator);
    // A line that has another separator than the first.
    if (this.line.count < 2) this.split(bytes, start, end, separatorOf(bytes, start, end));
    if (this.line.count < 2) this.fail('it has one field, and an edge has two ends');
    if (this.line.starts[0] === this.line.ends[0] || this.line.starts[1] === this.line.ends[1]) {
      this.fail('a key is empty');
    }
    if (this.hasBegun) this.sink.edge(this.line);
    else if (this.first === null) this.first = { line: copyOf(this.line), number: this.number };
    else {
      const second = copyOf(this.line);
      this.begin(second);
      this.sink.edge(second);
    }
  }

  /** `second`: the line after the first, null where there is none. */
  private begin(second: EdgeLine | null): void {
    this.hasBegun = true;
    const first = this.first?.line ?? null;
    if (first !== null && second !== null && isHeader(first, second)) {
      this.header = textsOf(first);
      this.sink.begin(Math.max(first.count, second.count), this.header);
      return;
    }
    this.sink.begin(first?.count ?? 0, null);
    if (first !== null) this.sink.edge(first);
  }

  private split(bytes: Uint8Array, start: number, end: number, separator: number): void {
    const { line } = this;
    line.bytes = bytes;
    line.count = 0;
    if (separator === COMMA) {
      this.splitCommas(bytes, start, end);
      return;
    }
    let at = start;
    while (at < end) {
      line.starts[line.count] = at;
      while (at < end && bytes[at] !== separator && (separator === TAB || bytes[at] !== TAB)) at++;
      line.ends[line.count++] = at;
      // A tab separates once, spaces as often as they come.
      at++;
      if (separator === SPACE) while (at < end && isBlank(bytes[at] as number)) at++;
    }
    if (separator === TAB) this.trimFields();
  }

  private splitCommas(bytes: Uint8Array, start: number, end: number): void {
    const { line } = this;
    let at = start;
    for (;;) {
      while (at < end && isBlank(bytes[at] as number)) at++;
      if (bytes[at] === QUOTE && at < end) at = this.quoted(bytes, at, end);
      else {
        line.starts[line.count] = at;
        while (at < end && bytes[at] !== COMMA) at++;
        line.ends[line.count++] = at;
      }
      if (at >= end) break;
      at++;
    }
    this.trimFields();
  }

  /** A field in quotes; the place of the comma after it. Doubled quotes are moved together in place. */
  private quoted(bytes: Uint8Array, from: number, end: number): number {
    const { line } = this;
    let at = from + 1;
    let to = at;
    line.starts[line.count] = at;
    for (; at < end; at++) {
      if (bytes[at] === QUOTE) {
        if (bytes[at + 1] !== QUOTE || at + 1 >= end) break;
        at++;
      }
      bytes[to++] = bytes[at] as number;
    }
    if (at >= end) this.fail('a quote is not closed');
    line.ends[line.count++] = to;
    at++;
    while (at < end && isBlank(bytes[at] as number)) at++;
    if (at < end && bytes[at] !== COMMA) this.fail('something follows a closing quote');
    return at;
  }

  private trimFields(): void {
    const { line } = this;
    for (let n = 0; n < line.count; n++) {
      let start = line.starts[n] as number;
      let end = line.ends[n] as number;
      while (end > start && isBlank(line.bytes[end - 1] as number)) end--;
      while (start < end && isBlank(line.bytes[start] as number)) start++;
      line.starts[n] = start;
      line.ends[n] = end;
    }
  }

  private fail(reason: string): never {
    throw new RingwatchError('EDGE_LIST_INVALID', { path: this.path, line: this.number, reason });
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}

function separatorOf(bytes: Uint8Array, start: number, end: number): number {
  const line = bytes.subarray(start, end);
  if (line.includes(COMMA)) return COMMA;
  return line.includes(TAB) ? TAB : SPACE;
}

function isHeader(first: EdgeLine, second: EdgeLine): boolean {
  const [names, values] = [textsOf(first), textsOf(second)];
  return names.every((name) => !NUMBER.test(name)) && values.some((value) => NUMBER.test(value));
}

function textsOf(line: EdgeLine): string[] {
  return Array.from({ length: line.count }, (_, n) =>
    Buffer.from(line.bytes.subarray(line.starts[n], line.ends[n])).toString('utf8'),
  );
}

function copyOf(line: EdgeLine): EdgeLine {
  const start = line.starts[0] as number;
  return {
    bytes: line.bytes.slice(start, line.ends[line.count - 1]),
    count: line.count,
    starts: line.starts.slice(0, line.count).map((at) => at - start),
    ends: line.ends.slice(0, line.count).map((at) => at - start),
  };
}
