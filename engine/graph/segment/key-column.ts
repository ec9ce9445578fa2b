import { ByteWriter } from '../../../core/bytes.ts';
import { bitsOf, FieldReader, packFields, readField } from './bit-fields.ts';

/** External keys by vertex: all whole numbers, or all text. */
export type Keys =
  | { readonly kind: 'numbers'; readonly numbers: Float64Array }
  | { readonly kind: 'texts'; readonly texts: readonly string[] };

/** How the keys of a segment are stored. */
export type KeyCode =
  | { readonly kind: 'numbers'; readonly least: number; readonly width: number }
  /** `width` bits a character, each a place in `alphabet`, after `prefix`; 0: UTF-8. */
  | { readonly kind: 'texts'; readonly prefix: string; readonly alphabet: string; readonly width: number };

/** Keys between two places in the table of places. */
const STRIDE_LOG2 = 4;
const ALPHABET_MAX = 64;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Numbers in the bits of their range. Texts without the prefix that all share; where few characters occur, in as many
 * bits as tell these apart, else as UTF-8; each after its length, with the place of every 16th in a table.
 */
export function encodeKeys(keys: Keys): { code: KeyCode; data: Uint8Array; places: Uint8Array } {
  if (keys.kind === 'numbers') {
    const { numbers } = keys;
    let least = numbers.length === 0 ? 0 : Number.POSITIVE_INFINITY;
    let greatest = least === 0 ? 0 : Number.NEGATIVE_INFINITY;
    for (const number of numbers) {
      if (number < least) least = number;
      if (number > greatest) greatest = number;
    }
    const width = bitsOf(greatest - least);
    const offsets = numbers.map((number) => number - least);
    return {
      code: { kind: 'numbers', least, width },
      data: packFields(offsets, offsets.length, width),
      places: new Uint8Array(0),
    };
  }
  return encodeTexts(keys.texts);
}

function encodeTexts(texts: readonly string[]): { code: KeyCode; data: Uint8Array; places: Uint8Array } {
  const prefix = sharedPrefix(texts);
  const alphabet = alphabetOf(texts, prefix.length);
  const width = alphabet === null ? 0 : Math.max(1, bitsOf(alphabet.length - 1));
  const writer = new ByteWriter(texts.length * 8 + 64);
  const places = new Uint32Array((texts.length >>> STRIDE_LOG2) + 1);
  texts.forEach((text, n) => {
    if ((n & ((1 << STRIDE_LOG2) - 1)) === 0) places[n >>> STRIDE_LOG2] = writer.length;
    const rest = text.slice(prefix.length);
    if (alphabet === null) writer.text(rest);
    else {
      writer.varint(rest.length);
      const codes = Array.from(rest, (character) => alphabet.indexOf(character));
      writer.raw(packFields(codes, codes.length, width), 0, Math.ceil((codes.length * width) / 8));
    }
  });
  writer.raw(new Uint8Array(8));
  return {
    code: { kind: 'texts', prefix, alphabet: alphabet ?? '', width },
    data: writer.finish(),
    places: new Uint8Array(places.buffer),
  };
}

function sharedPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? '';
  for (const text of texts) {
    while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
    if (prefix === '') break;
  }
  // A surrogate pair is not cut in two.
  const last = prefix.charCodeAt(prefix.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? prefix.slice(0, -1) : prefix;
}

/** The characters after `from` in all texts, sorted; null where they are many or need more than one code unit. */
function alphabetOf(texts: readonly string[], from: number): string | null {
  const seen = new Set<number>();
  for (const text of texts) {
    for (let at = from; at < text.length; at++) seen.add(text.charCodeAt(at));
    if (seen.size > ALPHABET_MAX) return null;
  }
  const codes = [...seen].sort((a, b) => a - b);
  if (codes.some((code) => code >= 0xd800 && code < 0xe000)) return null;
  return codes.length === 0 ? null : String.fromCharCode(...codes);
}

/** Reads keys of a segment in memory: `data` and `places` are addresses. */
export class KeyReader {
  private readonly code: KeyCode;
  private readonly bytes: () => Uint8Array;
  private readonly data: number;
  private readonly places: number;
  /** Numbers, less `least`. */
  private readonly fields: FieldReader;
  private readonly least: number;
  private at = 0;

  constructor(
    code: KeyCode,
    memory: { readonly u8: Uint8Array; readonly u32: Uint32Array },
    data: number,
    places: number,
    count: number,
  ) {
    this.code = code;
    this.bytes = () => memory.u8;
    this.data = data;
    this.places = places;
    this.fields = new FieldReader(memory, data, code.width, count);
    this.least = code.kind === 'numbers' ? code.least : 0;
  }

  /** The vertex's key. */
  key(vertex: number): number | string {
    const { code } = this;
    if (code.kind === 'numbers') return this.least + this.fields.at(vertex);
    const length = this.openText(vertex);
    const bytes = this.bytes();
    if (code.width === 0) return code.prefix + decoder.decode(bytes.slice(this.at, this.at + length));
    let text = code.prefix;
    for (let n = 0; n < length; n++)
      text += code.alphabet[readField(bytes, 8 * this.at + n * code.width, code.width)];
    return text;
  }

  /** Whether the vertex has this key, where keys are numbers. */
  hasNumber(vertex: number, key: number): boolean {
    return this.least + this.fields.at(vertex) === key;
  }

  /** Whether the vertex has this key, where keys are texts. */
  hasText(vertex: number, key: string): boolean {
    const { code } = this;
    return code.kind === 'texts' && this.equalsText(code, vertex, key);
  }

  private equalsText(code: KeyCode & { kind: 'texts' }, vertex: number, key: string): boolean {
    const length = this.openText(vertex);
    const { prefix, alphabet, width } = code;
    if (!key.startsWith(prefix)) return false;
    const bytes = this.bytes();
    if (width > 0) {
      if (key.length !== prefix.length + length) return false;
      for (let n = 0; n < length; n++) {
        const character = alphabet.charCodeAt(readField(bytes, 8 * this.at + n * width, width));
        if (character !== key.charCodeAt(prefix.length + n)) return false;
      }
      return true;
    }
    let n = 0;
    for (; n < length; n++) {
      const byte = bytes[this.at + n] as number;
      if (byte >= 128) break;
      if (byte !== key.charCodeAt(prefix.length + n)) return false;
    }
    if (n === length) return key.length === prefix.length + length;
    return this.key(vertex) === key;
  }

  /** The length of the vertex's text; `at` is where it begins. */
  private openText(vertex: number): number {
    const bytes = this.bytes();
    const { width } = this.code;
    const place = this.places + 4 * (vertex >>> STRIDE_LOG2);
    this.at = this.data + readField(bytes, 8 * place, 32);
    for (let n = vertex & ((1 << STRIDE_LOG2) - 1); ; n--) {
      const length = this.readVarint(bytes);
      if (n === 0) return length;
      this.at += width === 0 ? length : Math.ceil((length * width) / 8);
    }
  }

  private readVarint(bytes: Uint8Array): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[this.at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}
