import { crc32 } from 'node:zlib';
import { assert } from './assert.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { RingwatchError } from './errors.ts';
import { type DeadlineRecord, type InputProgress, type LogRecord, RECORD_KINDS } from './record.ts';
import { RowShape } from './row-codec.ts';
import type { Row, SqlType } from './types.ts';

/**
 * A frame is what the log stores at once: one or more records under one checksum, little-endian.
 *
 * | at | what |
 * |---|---|
 * | 0 | `RWFR` |
 * | 4 | version, 1 |
 * | 5 | flags: 1 is reserved for payloads encrypted per subject; none is set yet |
 * | 6 | two bytes, 0 |
 * | 8 | CRC-32 of everything else: bytes 0 to 8, then those from 12 on |
 * | 12 | length of the frame in bytes, the header included |
 * | 16 | number of records |
 * | 20 | number of row shapes |
 * | 24 | arrival base, float64, microseconds |
 * | 32 | row shapes: relation name (text), then RowShape.write |
 * | … | records: kind (one byte), arrival minus base (integer), payload length (varint), payload |
 *
 * The payload of a row record, and of a transfer, is the number of its row shape (varint) and the row; of definitions flags (1: drops are
 * allowed) and a text; of input progress a text of JSON; of semantics a varint; of control flags (1: enabled) and the
 * rule's name; of a deadline a text of JSON; of the others nothing. An asked event is as an event.
 */
const MAGIC = 0x5246_5752;
const VERSION = 1;
const HEADER_BYTES = 32;
const CRC_AT = 8;
const CHECKED_FROM = 12;

const KIND_NAMES = new Map(Object.entries(RECORD_KINDS).map(([name, number]) => [number as number, name]));

type RowKind = 'event' | 'askedEvent' | 'rowUpsert' | 'rowDelete' | 'transfer';

/** Builds one frame after another: `finish` returns the frame and starts the next. */
export class FrameWriter {
  #records = 0;
  #arrivalBase = 0;
  readonly #body = new ByteWriter(64 * 1024);
  readonly #shapesOut = new ByteWriter(256);
  #shapes: { readonly relation: string; readonly columns: readonly SqlType[]; readonly shape: RowShape }[] =
    [];

  /** Records since the last `finish`. */
  get records(): number {
    return this.#records;
  }

  /** Bytes of the frame if it were finished now. */
  get bytes(): number {
    return HEADER_BYTES + this.#shapesOut.length + this.#body.length;
  }

  event(relation: string, row: Row, columns: readonly SqlType[], arrivalMicros: number): void {
    this.#row(RECORD_KINDS.event, relation, row, columns, arrivalMicros);
  }

  upsert(relation: string, row: Row, columns: readonly SqlType[], arrivalMicros: number): void {
    this.#row(RECORD_KINDS.rowUpsert, relation, row, columns, arrivalMicros);
  }

  delete(relation: string, row: Row, columns: readonly SqlType[], arrivalMicros: number): void {
    this.#row(RECORD_KINDS.rowDelete, relation, row, columns, arrivalMicros);
  }

  transfer(relation: string, row: Row, columns: readonly SqlType[], arrivalMicros: number): void {
    this.#row(RECORD_KINDS.transfer, relation, row, columns, arrivalMicros);
  }

  /** A row already encoded by `RowShape.of(columns)`: bytes `start` to `end` of `source`. */
  encodedRow(
    kind: RowKind,
    relation: string,
    columns: readonly SqlType[],
    source: Uint8Array,
    start: number,
    end: number,
    arrivalMicros: number,
  ): void {
    const shape = this.#shapeNumber(relation, columns);
    const payload = this.#begin(RECORD_KINDS[kind], arrivalMicros);
    this.#body.varint(shape);
    this.#body.raw(source, start, end);
    this.#end(payload);
  }

  definitions(text: string, allowDrop: boolean, arrivalMicros: number): void {
    const payload = this.#begin(RECORD_KINDS.definitions, arrivalMicros);
    this.#body.u8(allowDrop ? 1 : 0);
    this.#body.text(text);
    this.#end(payload);
  }

  inputProgress(inputs: readonly InputProgress[], arrivalMicros: number): void {
    const payload = this.#begin(RECORD_KINDS.inputProgress, arrivalMicros);
    this.#body.text(JSON.stringify(inputs));
    this.#end(payload);
  }

  tick(arrivalMicros: number): void {
    this.#end(this.#begin(RECORD_KINDS.tick, arrivalMicros));
  }

  endOfTime(arrivalMicros: number): void {
    this.#end(this.#begin(RECORD_KINDS.endOfTime, arrivalMicros));
  }

  semantics(version: number, arrivalMicros: number): void {
    const payload = this.#begin(RECORD_KINDS.semantics, arrivalMicros);
    this.#body.varint(version);
    this.#end(payload);
  }

  control(rule: string, enabled: boolean, arrivalMicros: number): void {
    const payload = this.#begin(RECORD_KINDS.control, arrivalMicros);
    this.#body.u8(enabled ? 1 : 0);
    this.#body.text(rule);
    this.#end(payload);
  }

  deadline({ arrivalMicros, decision, source, key, position, answered }: Omit<DeadlineRecord, 'kind'>): void {
    const payload = this.#begin(RECORD_KINDS.deadline, arrivalMicros);
    this.#body.text(JSON.stringify({ decision, source, key, position, answered }));
    this.#end(payload);
  }

  /** Any record; `columnsOf` gives the stored columns of row records. */
  record(record: LogRecord, columnsOf: (relation: string) => readonly SqlType[]): void {
    const at = record.arrivalMicros;
    switch (record.kind) {
      case 'event':
      case 'rowUpsert':
      case 'rowDelete':
      case 'transfer': {
        const columns = columnsOf(record.relation).slice(0, record.row.length);
        const kind = record.kind === 'event' && record.asked ? 'askedEvent' : record.kind;
        this.#row(RECORD_KINDS[kind], record.relation, record.row, columns, at);
        return;
      }
      case 'control':
        this.control(record.rule, record.enabled, at);
        return;
      case 'deadline':
        this.deadline(record);
        return;
      case 'definitions':
        this.definitions(record.text, record.allowDrop, at);
        return;
      case 'inputProgress':
        this.inputProgress(record.inputs, at);
        return;
      case 'tick':
        this.tick(at);
        return;
      case 'endOfTime':
        this.endOfTime(at);
        return;
      case 'semantics':
        this.semantics(record.version, at);
        return;
      case 'misfit':
        assert(false, 'a row that does not fit is not written');
    }
  }

  /** The frame, in memory of its own. A frame has at least one record. */
  finish(): Uint8Array {
    assert(this.#records > 0, 'a frame has at least one record');
    const out = new ByteWriter(this.bytes);
    out.u32(MAGIC);
    out.u8(VERSION);
    out.u8(0);
    out.u8(0);
    out.u8(0);
    out.u32(0);
    out.u32(this.bytes);
    out.u32(this.#records);
    out.u32(this.#shapes.length);
    out.f64(this.#arrivalBase);
    out.raw(this.#shapesOut.written());
    out.raw(this.#body.written());
    out.patchU32(CRC_AT, checksumOf(out.buffer));
    this.#records = 0;
    this.#shapes = [];
    this.#shapesOut.clear();
    this.#body.clear();
    // A plain array: `slice` of a Buffer would not copy.
    return new Uint8Array(out.buffer.buffer);
  }

  #row(kind: number, relation: string, row: Row, columns: readonly SqlType[], arrivalMicros: number): void {
    const number = this.#shapeNumber(relation, columns);
    const payload = this.#begin(kind, arrivalMicros);
    this.#body.varint(number);
    (this.#shapes[number] as { shape: RowShape }).shape.encode(this.#body, row);
    this.#end(payload);
  }

  /** Writes the record's head with one byte for the payload's length, which nearly always suffices. */
  #begin(kind: number, arrivalMicros: number): number {
    const body = this.#body;
    if (this.#records === 0) this.#arrivalBase = arrivalMicros;
    this.#records++;
    body.u8(kind);
    body.integer(arrivalMicros - this.#arrivalBase);
    body.u8(0);
    return body.length;
  }

  #end(payload: number): void {
    const body = this.#body;
    const size = body.length - payload;
    if (size < 128) {
      body.buffer[payload - 1] = size;
      return;
    }
    const width = varintBytes(size);
    body.reserve(width - 1);
    body.buffer.copyWithin(payload - 1 + width, payload, body.length);
    body.length = payload - 1;
    body.varint(size);
    body.length += size;
  }

  #shapeNumber(relation: string, columns: readonly SqlType[]): number {
    const shapes = this.#shapes;
    // The caller hands over the same array for a relation as long as it has the same columns.
    for (let n = shapes.length - 1; n >= 0; n--) {
      const known = shapes[n] as (typeof shapes)[number];
      if (known.columns === columns && known.relation === relation) return n;
    }
    const shape = RowShape.of(columns);
    for (let n = 0; n < shapes.length; n++) {
      const known = shapes[n] as (typeof shapes)[number];
      if (known.relation === relation && known.shape.columns === shape.columns && known.shape.fits(columns))
        return n;
    }
    this.#shapesOut.text(relation);
    shape.write(this.#shapesOut);
    shapes.push({ relation, columns, shape });
    return shapes.length - 1;
  }
}

/** What a frame says of itself. */
export interface FrameHead {
  readonly version: number;
  readonly records: number;
  readonly bytes: number;
}

/**
 * Checks a frame's head, length and checksum, and returns what it says of itself.
 * Throws FRAME_CORRUPT saying what is wrong, FRAME_UNSUPPORTED for a version or flag that this build does not know.
 */
export function checkFrame(bytes: Uint8Array): FrameHead {
  if (bytes.length < HEADER_BYTES) throw corrupt(`it has only ${bytes.length} bytes`);
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC) throw corrupt('it does not begin like a frame');
  const version = reader.u8();
  const flags = reader.u8();
  reader.at = CRC_AT;
  const checksum = reader.u32();
  const length = reader.u32();
  if (length !== bytes.length) throw corrupt(`it has ${bytes.length} bytes instead of ${length}`);
  if (checksumOf(bytes) !== checksum) throw corrupt('its checksum is wrong');
  if (version !== VERSION) throw new RingwatchError('FRAME_UNSUPPORTED', { what: `version ${version}` });
  if (flags !== 0) throw new RingwatchError('FRAME_UNSUPPORTED', { what: `flags ${flags}` });
  return { version, records: reader.u32(), bytes: length };
}

/** Whether a frame has events or rows, whose shapes stand at its beginning. The frame is whole. */
export function hasRows(frame: Uint8Array): boolean {
  return new ByteReader(frame, CHECKED_FROM + 8).u32() > 0;
}

/** Names of the sources and tables of which a frame has rows, in order of their first. The frame is whole. */
export function relationsIn(frame: Uint8Array): string[] {
  return readShapes(frame).relations;
}

/**
 * The frame of one event with its record marked as asked, in the same memory. Throws FRAME_CORRUPT where it is no frame
 * of one event.
 */
export function asAskedEvent(frame: Uint8Array): Uint8Array {
  const { records, bodyAt } = readShapes(frame);
  const isEvent = frame[bodyAt] === RECORD_KINDS.event || frame[bodyAt] === RECORD_KINDS.askedEvent;
  if (records !== 1 || !isEvent) throw corrupt('it does not hold one event alone');
  frame[bodyAt] = RECORD_KINDS.askedEvent;
  new DataView(frame.buffer, frame.byteOffset).setUint32(CRC_AT, checksumOf(frame), true);
  return frame;
}

function readShapes(frame: Uint8Array): {
  readonly records: number;
  readonly relations: string[];
  readonly bodyAt: number;
} {
  const reader = new ByteReader(frame, CHECKED_FROM + 4);
  const records = reader.u32();
  const shapes = reader.u32();
  reader.at += 8;
  const relations = Array.from({ length: shapes }, () => {
    const relation = reader.text();
    RowShape.read(reader);
    return relation;
  });
  return { records, relations, bodyAt: reader.at };
}

/**
 * Reads a frame's records one at a time, so that a definitions record can take effect before the rows after it are
 * decoded. `typesOf` gives the stored columns of a relation at that moment, asked once between two definitions records:
 * a row that does not fit them is a `misfit` record; null, for a relation that is not there any more, takes the row as it
 * was stored. The constructor checks the whole frame (see checkFrame).
 */
export class FrameReader {
  readonly records: number;
  readonly #reader: ByteReader;
  readonly #typesOf: (relation: string) => readonly SqlType[] | null;
  readonly #arrivalBase: number;
  readonly #shapes: { readonly relation: string; readonly shape: RowShape; fits: boolean | null }[] = [];
  #read = 0;

  constructor(bytes: Uint8Array, typesOf: (relation: string) => readonly SqlType[] | null) {
    this.records = checkFrame(bytes).records;
    this.#typesOf = typesOf;
    const reader = new ByteReader(bytes, CHECKED_FROM + 8);
    this.#reader = reader;
    const shapes = reader.u32();
    this.#arrivalBase = reader.f64();
    for (let n = 0; n < shapes; n++) {
      const relation = reader.text();
      this.#shapes.push({ relation, shape: RowShape.read(reader), fits: null });
    }
    if (reader.at > reader.end) throw corrupt('its row shapes overrun');
  }

  /** The next record, or null after the last. */
  next(): LogRecord | null {
    const reader = this.#reader;
    if (this.#read === this.records) {
      if (reader.at !== reader.end) throw corrupt('bytes follow its last record');
      return null;
    }
    this.#read++;
    const kind = reader.u8();
    const arrivalMicros = this.#arrivalBase + (reader.integer() as number);
    const size = reader.varint();
    const end = reader.at + size;
    if (!(end <= reader.end)) throw corrupt('a record overruns');
    const record = this.#decode(kind, arrivalMicros, end);
    if (reader.at !== end) throw corrupt('a record is not as long as it says');
    return record;
  }

  #decode(kind: number, arrivalMicros: number, end: number): LogRecord {
    const reader = this.#reader;
    switch (kind) {
      case RECORD_KINDS.event:
        return this.#decodeRow('event', arrivalMicros, end);
      case RECORD_KINDS.askedEvent:
        return this.#decodeRow('askedEvent', arrivalMicros, end);
      case RECORD_KINDS.rowUpsert:
        return this.#decodeRow('rowUpsert', arrivalMicros, end);
      case RECORD_KINDS.rowDelete:
        return this.#decodeRow('rowDelete', arrivalMicros, end);
      case RECORD_KINDS.transfer:
        return this.#decodeRow('transfer', arrivalMicros, end);
      case RECORD_KINDS.definitions: {
        const allowDrop = reader.u8() === 1;
        for (const entry of this.#shapes) entry.fits = null;
        return { kind: 'definitions', arrivalMicros, text: reader.text(), allowDrop };
      }
      case RECORD_KINDS.inputProgress:
        return { kind: 'inputProgress', arrivalMicros, inputs: JSON.parse(reader.text()) as InputProgress[] };
      case RECORD_KINDS.tick:
        return { kind: 'tick', arrivalMicros };
      case RECORD_KINDS.endOfTime:
        return { kind: 'endOfTime', arrivalMicros };
      case RECORD_KINDS.semantics:
        return { kind: 'semantics', arrivalMicros, version: reader.varint() };
      case RECORD_KINDS.control: {
        const enabled = reader.u8() === 1;
        return { kind: 'control', arrivalMicros, rule: reader.text(), enabled };
      }
      case RECORD_KINDS.deadline: {
        const told = JSON.parse(reader.text()) as Omit<DeadlineRecord, 'kind' | 'arrivalMicros'>;
        return { kind: 'deadline', arrivalMicros, ...told };
      }
      default:
        throw new RingwatchError('FRAME_UNSUPPORTED', {
          what: `records of kind ${KIND_NAMES.get(kind) ?? kind}`,
        });
    }
  }

  /** A row of the shape that the next bytes name, or what stands for one that fits no more. It ends at `end`. */
  #decodeRow(kind: RowKind, arrivalMicros: number, end: number): LogRecord {
    const reader = this.#reader;
    const number = reader.varint();
    const entry = this.#shapes[number];
    if (entry === undefined) throw corrupt(`there is no row shape ${number}`);
    const { relation, shape } = entry;
    if (entry.fits === null) {
      const types = this.#typesOf(relation);
      entry.fits = types === null || shape.fits(types);
    }
    if (!entry.fits) {
      reader.at = end;
      return { kind: 'misfit', arrivalMicros, relation };
    }
    const row = shape.decode(reader);
    if (kind === 'askedEvent') return { kind: 'event', arrivalMicros, relation, row, asked: true };
    return { kind, arrivalMicros, relation, row };
  }
}

function checksumOf(frame: Uint8Array): number {
  return crc32(frame.subarray(CHECKED_FROM), crc32(frame.subarray(0, CRC_AT)));
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function corrupt(reason: string): RingwatchError {
  return new RingwatchError('FRAME_CORRUPT', { reason });
}

/** Whether all records of a frame take rows away. `typesOf` as of FrameReader. Throws FRAME_CORRUPT. */
export function onlyDeletes(
  frame: Uint8Array,
  typesOf: (relation: string) => readonly SqlType[] | null,
): boolean {
  const reader = new FrameReader(frame, typesOf);
  for (let record = reader.next(); record !== null; record = reader.next())
    if (record.kind !== 'rowDelete') return false;
  return true;
}
