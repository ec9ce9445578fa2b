/** Offsets of a text in UTF-16 code units by their offsets in UTF-8 bytes and in code points. */
export class ByteOffsets {
  /** Null for an ASCII text, where all three are equal. `[b]` is the code unit of byte b. */
  readonly #units: Uint32Array | null;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
    this.#units = /^[\x00-\x7f]*$/.test(text) ? null : unitsByByte(text);
  }

  /** The code unit at which the character with this byte begins. */
  ofByte(byte: number): number {
    return this.#units === null ? byte : (this.#units[Math.min(byte, this.#units.length - 1)] ?? 0);
  }

  /** The code unit at which this code point begins. */
  ofCodePoint(codePoint: number): number {
    if (this.#units === null) return codePoint;
    let unit = 0;
    for (let i = 0; i < codePoint && unit < this.#text.length; i++) {
      unit += (this.#text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    }
    return unit;
  }
}

function unitsByByte(text: string): Uint32Array {
  const units = new Uint32Array(Buffer.byteLength(text, 'utf8') + 1);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    const bytes = Buffer.byteLength(character, 'utf8');
    units.fill(unit, byte, byte + bytes);
    byte += bytes;
    unit += character.length;
  }
  units[byte] = unit;
  return units;
}
