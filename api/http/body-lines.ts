const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

/**
 * The lines of a body that are not blank, those of a chunk together, without their line ends; null for a line of more than `bytesMax`
 * bytes, of which no more than that is kept. What `chunks` throws comes after the lines before it.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<readonly (Buffer | null)[]> {
  const open = new OpenLine(bytesMax);
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: (Buffer | null)[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      const line = open.close(bytes.subarray(from, end));
      if (line === null || !isBlank(line)) lines.push(line);
      from = end + 1;
    }
    open.add(bytes.subarray(from));
    if (lines.length > 0) yield lines;
  }
  const last = open.close(Buffer.alloc(0));
  if (last === null || !isBlank(last)) yield [last];
}

/** The beginning of a line whose end has not come, in memory that grows with it. */
class OpenLine {
  readonly #bytesMax: number;
  #kept = Buffer.alloc(0);
  /** All that came of it, kept or not. */
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length <= this.#bytesMax && bytes.length > 0) {
      if (length > this.#kept.length) {
        const grown = Buffer.allocUnsafeSlow(Math.min(this.#bytesMax, Math.max(1024, 2 * length)));
        this.#kept.copy(grown, 0, 0, this.#length);
        this.#kept = grown;
      }
      bytes.copy(this.#kept, this.#length);
    }
    this.#length = length;
  }

  /** The whole line; the next one begins. Null where it is too long. */
  close(end: Buffer): Buffer | null {
    const length = this.#length;
    if (length === 0 && end.length <= this.#bytesMax) return end;
    this.add(end);
    const line = this.#length > this.#bytesMax ? null : this.#kept.subarray(0, this.#length);
    this.#kept = Buffer.alloc(0);
    this.#length = 0;
    return line;
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== SPACE && byte !== TAB && byte !== CR) return false;
  return true;
}
