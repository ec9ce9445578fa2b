import { assert, present } from '../../core/assert.ts';
import { FrameWriter } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Program } from '../../language/plan.ts';
import type { ByteInput } from './byte-window.ts';
import { InputCursor } from './input-cursor.ts';
import type { InputFrame, InputSpec, Rejection } from './input-frame.ts';

/** What is read, and how it is cut into frames. Plain data: it goes to a thread. */
export interface ReadOptions {
  readonly inputs: readonly InputSpec[];
  /** The relations that the inputs feed. */
  readonly program: Pick<Program, 'sources' | 'tables'>;
  /** Rows of a frame; fewer where a frame grows to LIMITS.inputFrameBytes or has as many rejected rows. */
  readonly batch: number;
  /** Whether an end-of-time record follows the last row. */
  readonly final: boolean;
  /** The arrival time of every record, microseconds since 1970; null takes the system's clock. */
  readonly arrivalMicros: number | null;
}

/** What reading needs of its surroundings. */
export interface ReadSurroundings {
  /** Microseconds since 1970. */
  readonly clock: () => number;
  readonly open: (path: string) => ByteInput;
  /** Bytes asked of an input at once. */
  readonly chunkBytes?: number;
}

/**
 * The rows of several inputs as frames for the log. Order of rows: tables, one after the other in option order; then
 * sources without event time, likewise; then all other sources merged: of their next rows the one with the least event
 * time goes first, in option order where they are equal. A file is never sorted, and rejected rows do not take part. The
 * order depends on the files alone: not on the batch, and not on where reading stopped and went on.
 *
 * A frame holds rows that arrived at one moment (the clock's at its beginning, never falling) and one inputProgress
 * record that covers them. A last frame records what was passed after the last row, and the end of time if wanted.
 */
export class InputFrames {
  readonly #cursors: readonly InputCursor[];
  /** Cursors in the order in which one is read after the other, then those that are merged. */
  readonly #inTurn: readonly InputCursor[];
  readonly #merged: readonly InputCursor[];
  readonly #batch: number;
  readonly #clock: () => number;
  readonly #writer = new FrameWriter();
  #final: boolean;
  #turn = 0;
  #arrivalMicros = Number.NEGATIVE_INFINITY;
  #bytesRecorded: number;
  #rowsRecorded: number;

  /** Opens all inputs and reads their headers. Throws FILE_…, HEADER_INVALID; then none stays open. */
  constructor(options: ReadOptions, surroundings: ReadSurroundings) {
    this.#batch = options.batch;
    this.#final = options.final;
    this.#clock = surroundings.clock;
    this.#cursors = openCursors(options, surroundings);
    const tables = this.#cursors.filter(({ encoder }) => encoder.isTable);
    const sources = this.#cursors.filter(({ encoder }) => !encoder.isTable);
    this.#inTurn = [...tables, ...sources.filter(({ encoder }) => !encoder.hasEventTime)];
    this.#merged = sources.filter(({ encoder }) => encoder.hasEventTime);
    // Opening has passed the headers, but nothing that has to be recorded.
    this.#bytesRecorded = this.#bytes();
    this.#rowsRecorded = this.#rows();
  }

  /** The next frame, or null after the last. Throws FILE_UNREADABLE. */
  next(): InputFrame | null {
    const writer = this.#writer;
    const rejections: Rejection[] = [];
    this.#arrivalMicros = Math.max(this.#arrivalMicros, this.#clock());
    const arrivalMicros = this.#arrivalMicros;
    let ended = false;
    while (writer.records < this.#batch && writer.bytes < LIMITS.inputFrameBytes) {
      const cursor = this.#choose(rejections);
      if (cursor === 'full') break;
      if (cursor === 'end') {
        ended = true;
        break;
      }
      const { kind, relation, types, out } = cursor.encoder;
      writer.encodedRow(kind, relation, types, out.buffer, 0, out.length, arrivalMicros);
      cursor.take();
    }
    const bytes = this.#bytes();
    const final = ended && this.#final;
    if (writer.records === 0 && bytes === this.#bytesRecorded && !final) return null;
    this.#bytesRecorded = bytes;
    const progress = this.#cursors.map((cursor) => cursor.progress());
    writer.inputProgress(progress, arrivalMicros);
    if (final) {
      writer.endOfTime(arrivalMicros);
      this.#final = false;
    }
    const rows = this.#rows() - this.#rowsRecorded;
    this.#rowsRecorded += rows;
    return { records: writer.records, frame: writer.finish(), rows, rejections, progress };
  }

  /** Closes the inputs. */
  close(): void {
    for (const cursor of this.#cursors) cursor.close();
  }

  /** The cursor whose head comes next. */
  #choose(rejections: Rejection[]): InputCursor | 'full' | 'end' {
    for (; this.#turn < this.#inTurn.length; this.#turn++) {
      const cursor = present(this.#inTurn[this.#turn]);
      const sought = cursor.seek(this.#arrivalMicros, rejections, this.#batch);
      assert(sought !== 'wait', 'a file is read without waiting');
      if (sought === 'row') return cursor;
      if (sought === 'full') return 'full';
    }
    let first: InputCursor | null = null;
    for (const cursor of this.#merged) {
      if (!cursor.hasHead) {
        const sought = cursor.seek(this.#arrivalMicros, rejections, this.#batch);
        assert(sought !== 'wait', 'a file is read without waiting');
        if (sought === 'full') return 'full';
        if (sought === 'end') continue;
      }
      if (first === null || cursor.encoder.eventTime < first.encoder.eventTime) first = cursor;
    }
    return first ?? 'end';
  }

  #bytes(): number {
    return this.#cursors.reduce((sum, cursor) => sum + cursor.bytes, 0);
  }

  #rows(): number {
    return this.#cursors.reduce((sum, cursor) => sum + cursor.rows, 0);
  }
}

function openCursors(options: ReadOptions, surroundings: ReadSurroundings): InputCursor[] {
  const relations = new Map(
    [...options.program.sources, ...options.program.tables].map((plan) => [plan.name, plan]),
  );
  const cursors: InputCursor[] = [];
  const opened: ByteInput[] = [];
  try {
    for (const spec of options.inputs) {
      const plan = present(relations.get(spec.relation), `the relation ${spec.relation}`);
      const input = surroundings.open(spec.path);
      opened.push(input);
      cursors.push(new InputCursor(spec, plan, input, surroundings.chunkBytes));
    }
  } catch (error) {
    for (const input of opened) input.close();
    throw error;
  }
  return cursors;
}
