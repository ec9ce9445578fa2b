import { RingwatchError } from '../../core/errors.ts';
import { FrameWriter } from '../../core/frame.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EncodedEvent, EncodeEvent } from '../../core/ports/body-encoder.ts';
import type { RelationSchema } from '../../core/ports/engine.ts';
import type { SourcePlan } from '../../language/plan.ts';
import { FieldNames } from './field-names.ts';
import { NdjsonRows } from './ndjson-rows.ts';
import { RowEncoder } from './row-encoder.ts';

/**
 * Encodes one event as a body of one line would be; see the port. What a source's events need is made once and kept as long
 * as its schema is: to read a line as a body takes 200 KB of buffers and the compilation of generated columns each time.
 */
export const encodeEvent: EncodeEvent = (source, line, arrivalMicros) => {
  let encoder = encoders.get(source);
  if (encoder === undefined) {
    encoder = new EventEncoder(source);
    encoders.set(source, encoder);
  }
  return encoder.encode(line, arrivalMicros);
};

const encoders = new WeakMap<RelationSchema, EventEncoder>();

class EventEncoder {
  readonly #encoder: RowEncoder;
  readonly #format: NdjsonRows;
  readonly #writer = new FrameWriter();

  constructor(source: RelationSchema) {
    const plan = source.plan as SourcePlan;
    this.#encoder = new RowEncoder(plan);
    this.#format = new NdjsonRows(this.#encoder, new FieldNames(plan));
  }

  encode(line: Buffer, arrivalMicros: number): EncodedEvent {
    try {
      if (line.length > LIMITS.bodyRowBytesMax) {
        throw new RingwatchError('ROW_TOO_LONG', { limit: LIMITS.bodyRowBytesMax });
      }
      this.#format.encode(line, 0, line.length, arrivalMicros);
    } catch (error) {
      if (!(error instanceof RingwatchError)) throw error;
      const { code, message } = error;
      return { frame: null, rejected: { code, reason: message } };
    }
    const { kind, relation, types, out } = this.#encoder;
    this.#writer.encodedRow(kind, relation, types, out.buffer, 0, out.length, arrivalMicros);
    return { frame: this.#writer.finish(), rejected: null };
  }
}
