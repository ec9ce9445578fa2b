const LINE_END = new Uint8Array([10]);

/** A row as a line of NDJSON, without its end. */
export function lineOf(row: unknown): Buffer {
  return Buffer.from(JSON.stringify(row));
}

/** Lines as a body. */
export async function* chunksOf(lines: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) {
    yield line;
    yield LINE_END;
  }
}

/** The bytes of a body, for the quota: all at the first call. */
export function bytesOnce(lines: readonly Uint8Array[]): () => number {
  let left = lines.reduce((sum, line) => sum + line.length + 1, 0);
  return () => {
    const bytes = left;
    left = 0;
    return bytes;
  };
}
