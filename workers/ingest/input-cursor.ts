import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { InputProgress } from '../../core/record.ts';
import { type ByteInput, ByteWindow } from './byte-window.ts';
import { CsvRows } from './csv-rows.ts';
import { FieldNames } from './field-names.ts';
import type { InputSpec, Rejection } from './input-frame.ts';
import { NdjsonRows } from './ndjson-rows.ts';
import { RowEncoder } from './row-encoder.ts';
import type { EncodedPlan } from './encoded-plan.ts';
import { NEED_MORE, type RowFormat } from './row-format.ts';
import { UnknownFields } from './unknown-fields.ts';

/**
 * What `seek` found: a row that can be taken, the input's end, as many rejected rows as were allowed, or that bytes have to
 * come before it can say.
 */
export type Sought = 'row' | 'end' | 'full' | 'wait';

const LF = 10;
const CR = 13;

/**
 * One input, row by row. `seek` finds the next row that can be taken, its head, and encodes it; `take` counts it as
 * read. Rejected rows and empty lines are counted as they are passed, so `progress` always stands at the end of a row,
 * before the head: going on from there finds the same head again.
 */
export class InputCursor {
  readonly encoder: RowEncoder;
  /** Whether a head is there: a row sought and not yet taken. */
  hasHead = false;
  ended = false;
  /** Data rows passed: taken and rejected. */
  rows: number;
  readonly #spec: InputSpec;
  readonly #window: ByteWindow;
  readonly #format: RowFormat;
  readonly #rejected: Map<string, number>;
  readonly #unknown: UnknownFields;
  readonly #rowBytesMax: number;
  #headEnd = 0;
  /** Whether the header is read. */
  #begun: boolean;
  /** The last byte read of the file by an earlier run. */
  #lastByte = LF;
  /** Where the row began that is being passed because it is too long; -1 outside one. */
  #longFrom = -1;

  /** Opens the input and goes to where `spec.progress` says. Throws HEADER_INVALID and FILE_CHANGED. */
  constructor(spec: InputSpec, plan: EncodedPlan, input: ByteInput, chunkBytes?: number) {
    this.#spec = spec;
    this.#rowBytesMax = spec.rowBytesMax ?? LIMITS.rowBytesMax;
    this.#window = new ByteWindow(input, chunkBytes);
    this.encoder = new RowEncoder(plan);
    const names = new FieldNames(plan);
    this.#format =
      spec.format === 'csv'
        ? new CsvRows(spec.path, this.encoder, names, this.#rowBytesMax)
        : new NdjsonRows(this.encoder, names);
    this.rows = spec.progress?.rows ?? 0;
    this.#rejected = new Map(Object.entries(spec.progress?.rejected ?? {}));
    this.#unknown = new UnknownFields(spec.progress?.unknownFields);
    this.#begun = this.#format.readHeader(this.#window);
    if (spec.progress !== null && spec.progress.bytes > 0) this.#resume(spec.progress);
  }

  /** How far the input is read. */
  progress(): InputProgress {
    const unknownFields = this.#unknown.counts();
    return {
      relation: this.#spec.relation,
      path: this.#spec.progress?.path ?? this.#spec.path,
      bytes: this.#window.offset,
      rows: this.rows,
      rejected: Object.fromEntries(this.#rejected),
      checksum: this.#window.checksum(),
      ...(unknownFields === null ? {} : { unknownFields }),
    };
  }

  /** Fields that no column reads, by name: in how many rows taken; null for none. */
  unknownFields(): Record<string, number> | null {
    return this.#unknown.counts();
  }

  /** Bytes that have come and are not passed: of the head, and of what may become one. */
  get pendingBytes(): number {
    return this.#window.end - this.#window.start;
  }

  /** Takes over bytes that have come, without looking at them. */
  takeBytes(): void {
    while (this.#window.more());
  }

  /** Bytes of the input passed. */
  get bytes(): number {
    return this.#window.offset;
  }

  /**
   * Finds the head unless it is there. Rejected rows go to `rejections` until these are `rejectionsMax`. Throws
   * HEADER_INVALID where the header was still to come.
   */
  seek(arrivalMicros: number, rejections: Rejection[], rejectionsMax: number): Sought {
    const window = this.#window;
    const format = this.#format;
    while (!this.hasHead) {
      if (this.ended) return 'end';
      if (rejections.length >= rejectionsMax) return 'full';
      if (!this.#begun) {
        this.#begun = this.#format.readHeader(window);
        if (!this.#begun) return 'wait';
      }
      if (this.#longFrom >= 0) {
        if (!this.#passLongRow(rejections)) return 'wait';
        continue;
      }
      const next = format.find(window.buffer, window.start, window.end, window.ended);
      if (next === NEED_MORE) {
        if (window.end - window.start > this.#rowBytesMax) this.#longFrom = window.offset;
        else if (!window.more() && !window.ended) return 'wait';
      } else if (next === window.start) this.ended = true;
      else if (format.blank) window.start = next;
      else if (format.reach - window.start > this.#rowBytesMax) this.#longFrom = window.offset;
      else this.#encode(next, arrivalMicros, rejections);
    }
    return 'row';
  }

  /** Counts the head as read. */
  take(): void {
    this.#unknown.count(this.#format.unknown);
    this.#window.start = this.#headEnd;
    this.rows++;
    this.hasHead = false;
  }

  close(): void {
    this.#window.close();
  }

  #encode(next: number, arrivalMicros: number, rejections: Rejection[]): void {
    const window = this.#window;
    try {
      this.#format.encode(window.buffer, window.start, next, arrivalMicros);
    } catch (error) {
      if (!(error instanceof RingwatchError)) throw error;
      this.#reject(error, this.encoder.column, window.offset, rejections);
      window.start = next;
      return;
    }
    this.#headEnd = next;
    this.hasHead = true;
  }

  /**
   * Passes a row whose end is too far away, or whose quote is never closed, up to the end of its first line. False where
   * bytes have to come first.
   */
  #passLongRow(rejections: Rejection[]): boolean {
    const window = this.#window;
    const found = window.buffer.indexOf(LF, window.start);
    const complete = found >= 0 && found < window.end;
    window.start = complete ? found + 1 : window.end;
    if (!complete && window.more()) return true;
    if (!complete && !window.ended) return false;
    const error = new RingwatchError('ROW_TOO_LONG', { limit: this.#rowBytesMax });
    this.#reject(error, null, this.#longFrom, rejections);
    this.#longFrom = -1;
    return true;
  }

  #reject(error: RingwatchError, column: string | null, offset: number, rejections: Rejection[]): void {
    this.rows++;
    this.#rejected.set(error.code, (this.#rejected.get(error.code) ?? 0) + 1);
    const { code, message } = error;
    rejections.push({ relation: this.#spec.relation, row: this.rows, offset, code, message, column });
  }

  #resume(progress: InputProgress): void {
    const { path } = this.#spec;
    const changed = (reason: string): RingwatchError =>
      new RingwatchError('FILE_CHANGED', { path, bytes: progress.bytes, reason });
    if (progress.bytes < this.#window.offset) throw changed('its header is longer now');
    if (this.#window.offset < progress.bytes && this.#window.skipTo(progress.bytes - 1)) {
      if (this.#window.start === this.#window.end) this.#window.more();
      this.#lastByte = this.#window.buffer[this.#window.start] ?? LF;
    }
    if (!this.#window.skipTo(progress.bytes)) {
      throw changed(`it has only ${this.#window.offset} bytes now`);
    }
    if (progress.checksum !== undefined && progress.checksum !== this.#window.checksum()) {
      throw changed('its bytes are others now');
    }
    if (this.#goesOnInLine()) throw changed('its last line, which had no end, goes on now');
  }

  /** Whether the last line read had no line end, and now has more than that. */
  #goesOnInLine(): boolean {
    const window = this.#window;
    if (this.#lastByte === LF || (window.start === window.end && !window.more())) return false;
    const next = window.buffer[window.start];
    return next !== LF && next !== CR;
  }
}
