import { FrameReader } from '../../core/frame.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
import type { SqlType, Value } from '../../core/types.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Program } from '../../language/plan.ts';
import type { ByteInput } from '../../workers/ingest/byte-window.ts';
import type { InputFrame, InputSpec, Rejection } from '../../workers/ingest/input-frame.ts';
import { InputFrames } from '../../workers/ingest/input-frames.ts';

/** The clock of these tests: 2026-01-01T00:00:00Z. */
export const NOW = parseTimestamp('2026-01-01T00:00:00Z') as number;

/** One input whose file is in memory. */
export interface MemoryInput {
  readonly relation: string;
  readonly format: 'csv' | 'ndjson';
  readonly bytes: string | Uint8Array;
  readonly progress?: InputSpec['progress'];
}

export interface MemoryRead {
  readonly definitions: string;
  readonly inputs: readonly MemoryInput[];
  readonly batch?: number;
  readonly final?: boolean;
  readonly chunkBytes?: number;
  readonly clock?: () => number;
}

/** A record of a row, as the log has it. */
export interface RowRead {
  readonly kind: string;
  readonly relation: string;
  readonly row: readonly Value[];
}

export interface MemoryReading {
  readonly rows: readonly RowRead[];
  readonly rejections: readonly Rejection[];
  readonly frames: readonly InputFrame[];
  /** Kinds of the records of each frame. */
  readonly kinds: readonly (readonly string[])[];
}

/** Reads inputs in memory to their end. */
export function readMemory(read: MemoryRead): MemoryReading {
  const program = programOf(read.definitions);
  const files = new Map(read.inputs.map((input, n) => [`${n}.${input.format}`, toBytes(input.bytes)]));
  const options = {
    inputs: read.inputs.map(({ relation, format, progress = null }, n) => ({
      relation,
      format,
      progress,
      path: `${n}.${format}`,
    })),
    program,
    batch: read.batch ?? 1000,
    final: read.final ?? false,
    arrivalMicros: null,
  };
  const frames = new InputFrames(options, {
    clock: read.clock ?? (() => NOW),
    open: (path) => new MemoryBytes(files.get(path) as Uint8Array),
    ...(read.chunkBytes === undefined ? {} : { chunkBytes: read.chunkBytes }),
  });
  const found: InputFrame[] = [];
  for (let frame = frames.next(); frame !== null; frame = frames.next()) found.push(frame);
  frames.close();
  const records = found.map((frame) => recordsOf(frame.frame, program));
  return {
    frames: found,
    rejections: found.flatMap((frame) => frame.rejections),
    kinds: records.map((each) => each.map(({ kind }) => kind)),
    rows: records.flat().filter((record) => record.relation !== ''),
  };
}

const PROGRAMS = new Map<string, Program>();

function programOf(definitions: string): Program {
  const known = PROGRAMS.get(definitions) ?? compileDefinitions(definitions);
  PROGRAMS.set(definitions, known);
  return known;
}

/** The records of a frame; those that are no rows have no relation. */
export function recordsOf(frame: Uint8Array, program: Program): RowRead[] {
  const types = new Map<string, readonly SqlType[]>(
    [...program.sources, ...program.tables].map((plan) => [
      plan.name,
      plan.stored.map((index) => (plan.columns[index] as { type: SqlType }).type),
    ]),
  );
  const reader = new FrameReader(frame, (relation) => types.get(relation) ?? []);
  const records: RowRead[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) {
    const { kind } = record;
    if (kind === 'event' || kind === 'rowUpsert' || kind === 'rowDelete') {
      records.push({ kind, relation: record.relation, row: record.row });
    } else records.push({ kind, relation: '', row: [] });
  }
  return records;
}

/** Bytes in memory as an input. */
export class MemoryBytes implements ByteInput {
  closed = false;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(target: Uint8Array, start: number, end: number): number {
    const count = Math.min(end - start, this.#bytes.length - this.#at);
    target.set(this.#bytes.subarray(this.#at, this.#at + count), start);
    this.#at += count;
    return count;
  }

  close(): void {
    this.closed = true;
  }
}

/** Text as UTF-8; bytes as they are. */
export function toBytes(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
}
