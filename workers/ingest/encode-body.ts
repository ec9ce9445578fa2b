import { FrameWriter } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import type {
  BodyFormat,
  BodyFrame,
  BodyReading,
  EncodeBody,
  RejectedRow,
} from '../../core/ports/body-encoder.ts';
import type { RelationSchema } from '../../core/ports/engine.ts';
import { InputCursor, type Sought } from './input-cursor.ts';
import type { Rejection } from './input-frame.ts';
import { PushedBytes } from './pushed-bytes.ts';
import type { EncodedPlan } from './encoded-plan.ts';

/** Bytes looked at in one go. */
const CHUNK_BYTES = 64 * 1024;

/** Unfinished rows up to this long are looked through again whenever a line end comes. */
const SHORT_ROW_BYTES = 4096;

const LF = 10;

/** Encodes a body with what reads the files of `ringwatch run`; see the port. */
export const encodeBody: EncodeBody = (relation, format, bytes) => new BodyRows(relation, format, bytes);

class BodyRows implements BodyReading {
  readonly #relation: RelationSchema;
  readonly #format: BodyFormat;
  readonly #bytes: AsyncIterable<Uint8Array>;
  #cursor: InputCursor | null = null;

  constructor(relation: RelationSchema, format: BodyFormat, bytes: AsyncIterable<Uint8Array>) {
    this.#relation = relation;
    this.#format = format;
    this.#bytes = bytes;
  }

  unknownFields(): Readonly<Record<string, number>> {
    return this.#cursor?.unknownFields() ?? {};
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BodyFrame> {
    const pushed = new PushedBytes();
    const spec = {
      relation: this.#relation.name,
      path: 'the body',
      format: this.#format,
      progress: null,
      rowBytesMax: LIMITS.bodyRowBytesMax,
    };
    const cursor = new InputCursor(spec, this.#relation.plan as EncodedPlan, pushed, CHUNK_BYTES);
    this.#cursor = cursor;
    const stretch = new Stretch(cursor);
    const chunks = new TimedChunks(this.#bytes);
    try {
      for (;;) {
        const sought = stretch.fill();
        if (sought === 'wait') {
          if (stretch.due()) yield stretch.take();
          else await nextBytes(chunks, pushed, cursor, stretch);
          continue;
        }
        if (stretch.rows > 0) yield stretch.take();
        if (sought === 'end') return;
      }
    } finally {
      cursor.close();
      chunks.stop();
    }
  }
}

/**
 * Hands over bytes until the row that is unfinished may have its end. A long one is only looked through again when a
 * quarter more of it is there: a body in tiny chunks would otherwise cost the square of its rows' length.
 */
async function nextBytes(
  chunks: TimedChunks,
  pushed: PushedBytes,
  cursor: InputCursor,
  stretch: Stretch,
): Promise<void> {
  const before = cursor.pendingBytes;
  let came = 0;
  let lineEnded = false;
  for (;;) {
    const chunk = await chunks.next(stretch.rows > 0 ? stretch.openMs() : null);
    if (chunk === 'late') return;
    if (chunk === null) {
      pushed.end();
      return;
    }
    came += chunk.length;
    lineEnded ||= chunk.includes(LF);
    pushed.push(chunk);
    cursor.takeBytes();
    if (before + came > LIMITS.bodyRowBytesMax) return;
    if (lineEnded && (before <= SHORT_ROW_BYTES || came * 4 >= before)) return;
  }
}

/** The rows found since the last frame. */
class Stretch {
  /** Rows passed since the last frame: taken and rejected. */
  rows = 0;
  readonly #cursor: InputCursor;
  readonly #writer = new FrameWriter();
  #rejections: Rejection[] = [];
  #firstIndex = 0;
  #begunMs = 0;
  /** Whether the last stretch was all bad rows: then nobody wants to know where in the code each was noticed. */
  #wrong = false;

  constructor(cursor: InputCursor) {
    this.#cursor = cursor;
  }

  /** Takes rows until the frame is full, there are many bad ones, the body ends, or bytes have to come. */
  fill(): Sought {
    if (!this.#wrong) return this.#fill();
    // Traces take two thirds of what a bad row costs.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return this.#fill();
    } finally {
      Error.stackTraceLimit = limit;
    }
  }

  #fill(): Sought {
    const writer = this.#writer;
    const cursor = this.#cursor;
    const { bodyFrameRows, bodyFrameBytes, bodyRejectedRows } = LIMITS;
    if (this.rows === 0) this.#begunMs = Date.now();
    const arrivalMicros = this.#begunMs * 1000;
    let sought: Sought = 'full';
    while (writer.records < bodyFrameRows && writer.bytes < bodyFrameBytes) {
      sought = cursor.seek(arrivalMicros, this.#rejections, bodyRejectedRows);
      if (sought !== 'row') break;
      const { kind, relation, types, out } = cursor.encoder;
      writer.encodedRow(kind, relation, types, out.buffer, 0, out.length, arrivalMicros);
      cursor.take();
      sought = 'full';
    }
    this.rows = cursor.rows - this.#firstIndex;
    return sought;
  }

  /** Milliseconds that the stretch may wait for further bytes. */
  openMs(): number {
    return Math.max(0, this.#begunMs + LIMITS.bodyFrameMs - Date.now());
  }

  /** Whether it has rows and may not wait. */
  due(): boolean {
    return this.rows > 0 && this.openMs() === 0;
  }

  take(): BodyFrame {
    const records = this.#writer.records;
    const frame: BodyFrame = {
      frame: records === 0 ? null : this.#writer.finish(),
      records,
      firstIndex: this.#firstIndex,
      rows: this.rows,
      rejected: this.#rejections.map(rejectedRow),
    };
    this.#wrong = records === 0;
    this.#firstIndex += this.rows;
    this.rows = 0;
    this.#rejections = [];
    return frame;
  }
}

function rejectedRow({ row, code, message, column }: Rejection): RejectedRow {
  return { index: row - 1, code, reason: message, column };
}

/** Chunks of a body, waited for no longer than wanted. */
class TimedChunks {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #asked: Promise<IteratorResult<Uint8Array>> | null = null;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** The next chunk, null after the last, or `late` where none comes in so many milliseconds (null: for ever). */
  async next(waitMs: number | null): Promise<Uint8Array | null | 'late'> {
    this.#asked ??= this.#chunks.next();
    const result = waitMs === null ? await this.#asked : await within(waitMs, this.#asked);
    if (result === null) return 'late';
    this.#asked = null;
    return result.done === true ? null : result.value;
  }

  /** Wants no more of them. */
  stop(): void {
    this.#asked?.catch(() => undefined);
    // Not waited for: where a chunk is still to come, this resolves behind it.
    this.#chunks.return?.().catch(() => undefined);
  }
}

/** What `promise` comes to, or null where that takes longer. */
async function within<T>(waitMs: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, waitMs, null);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
