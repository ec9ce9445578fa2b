import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ColumnInput, ColumnType } from '../../engine/graph/segment/column-input.ts';
import type { Keys } from '../../engine/graph/segment/key-column.ts';
import { EdgeColumnReader, TypeChange } from './edge-column-reader.ts';
import { EdgeLines } from './edge-lines.ts';
import { GrowingWords } from './growing-array.ts';
import { KeyTable } from './key-table.ts';

/** A graph as a file of edges gives it. Vertices are numbered as they first appear; edges are in the order of the file. */
export interface EdgeList {
  readonly keys: Keys;
  readonly vertices: number;
  readonly sources: Uint32Array;
  readonly destinations: Uint32Array;
  readonly columns: readonly ColumnInput[];
  /** Bytes of text, unpacked. */
  readonly rawBytes: number;
  /** The names in its first line, where that is a header. */
  readonly header: readonly string[] | null;
}

/** A column that is asked for; without a type the values decide. A name of `-` leaves the field out. */
export interface WantedColumn {
  readonly name: string;
  readonly type: ColumnType | null;
}

/** How to read a file. */
export interface EdgeListOptions {
  /** Null: every field after the second. */
  readonly columns: readonly WantedColumn[] | null;
  readonly progress: (rawBytes: number, edges: number) => void;
  /** LIMITS.segmentEdgesMax, unless a test says otherwise. */
  readonly edgesMax?: number;
}

const CHUNK_BYTES = 4 * 1024 * 1024;
const RESTARTS_MAX = 1000;

/**
 * Reads a file of edges: a line each, source and destination first, then columns; `#` begins a comment line. Fields are
 * separated by commas (with quotes as in CSV), tabs or spaces: whichever the first line has, in this order. A file that was
 * packed by gzip is unpacked. Keys are whole numbers if all are, else text. Throws FILE_NOT_FOUND, FILE_UNREADABLE,
 * EDGE_LIST_INVALID.
 */
export async function readEdgeList(path: string, options: EdgeListOptions): Promise<EdgeList> {
  const types = new Map<number, ColumnType>();
  for (let restart = 0; ; restart++) {
    try {
      return await readOnce(path, options, types);
    } catch (error) {
      if (!(error instanceof TypeChange) || restart === RESTARTS_MAX) throw error;
      types.set(error.column, error.type);
    }
  }
}

async function readOnce(
  path: string,
  { columns: wanted, progress, edgesMax = LIMITS.segmentEdgesMax }: EdgeListOptions,
  types: ReadonlyMap<number, ColumnType>,
): Promise<EdgeList> {
  const keys = new KeyTable();
  const sources = new GrowingWords();
  const destinations = new GrowingWords();
  let readers: EdgeColumnReader[] = [];
  let fields: readonly number[] = [];
  const lines = new EdgeLines(path, {
    begin: (fieldCount, header) => {
      const plan = planColumns(fieldCount, header, wanted);
      fields = plan.map(({ field }) => field);
      readers = plan.map(({ name, type }, n) => new EdgeColumnReader(n, name, types.get(n) ?? type));
    },
    edge: (line) => {
      if (sources.length === edgesMax)
        throw invalid(path, lines.number, `it has more than ${edgesMax} edges`);
      sources.push(keys.add(line.bytes, line.starts[0] as number, line.ends[0] as number));
      destinations.push(keys.add(line.bytes, line.starts[1] as number, line.ends[1] as number));
      for (let n = 0; n < fields.length; n++) {
        const field = fields[n] as number;
        const isThere = field < line.count;
        (readers[n] as EdgeColumnReader).push(
          line.bytes,
          isThere ? (line.starts[field] as number) : 0,
          isThere ? (line.ends[field] as number) : 0,
        );
      }
    },
  });
  let rawBytes = 0;
  for await (const chunk of unpackedChunks(path)) {
    lines.push(chunk);
    rawBytes += chunk.length;
    progress(rawBytes, sources.length);
  }
  lines.end();
  return {
    keys: takeKeys(keys, path),
    vertices: keys.count,
    sources: sources.take(),
    destinations: destinations.take(),
    columns: readers.map((reader) => reader.take()),
    rawBytes,
    header: lines.header,
  };
}

function invalid(path: string, line: number | '?', reason: string): RingwatchError {
  return new RingwatchError('EDGE_LIST_INVALID', { path, line, reason });
}

function takeKeys(keys: KeyTable, path: string): Keys {
  try {
    return keys.take();
  } catch {
    throw invalid(path, '?', 'a key is no UTF-8');
  }
}

/** Which field each column comes from: by the header's names where it has them all, else in order. */
function planColumns(
  fieldCount: number,
  header: readonly string[] | null,
  wanted: readonly WantedColumn[] | null,
): readonly { readonly field: number; readonly name: string; readonly type: ColumnType | null }[] {
  if (wanted === null) {
    return Array.from({ length: Math.max(fieldCount - 2, 0) }, (_, n) => ({
      field: n + 2,
      name: header?.[n + 2] ?? `column${n + 1}`,
      type: null,
    }));
  }
  const named = wanted.map((column) => header?.indexOf(column.name) ?? -1);
  const byName = named.length > 0 && wanted.every(({ name }, n) => name === '-' || (named[n] as number) >= 0);
  // As many names as the lines have fields: the ends are among them.
  const first = wanted.length === fieldCount && fieldCount > 2 ? 0 : 2;
  return wanted
    .map(({ name, type }, n) => ({ field: byName ? (named[n] as number) : n + first, name, type }))
    .filter(({ field, name }) => field >= 2 && name !== '-');
}

async function* unpackedChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path, 'r');
    const magic = new Uint8Array(2);
    try {
      if ((await file.stat()).isDirectory())
        throw new RingwatchError('FILE_UNREADABLE', { path, reason: 'it is a folder' });
      await file.read(magic, 0, 2, 0);
    } finally {
      await file.close();
    }
    const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
      yield* stream as AsyncIterable<Uint8Array>;
      return;
    }
    const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
    stream.on('error', (error) => unpacked.destroy(error));
    yield* stream.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof RingwatchError || error instanceof TypeChange) throw error;
    const code = (error as { code?: unknown } | null)?.code;
    if (code === 'ENOENT') throw new RingwatchError('FILE_NOT_FOUND', { path }, { cause: error });
    throw new RingwatchError('FILE_UNREADABLE', { path, reason: String(code ?? error) }, { cause: error });
  }
}

/** Bytes of the file as it lies on the disk; 0 where that is not known. */
export async function fileBytes(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
