import { ByteWriter } from '../../../core/bytes.ts';
import { bitsOf, FieldReader, packFields, readField } from './bit-fields.ts';
import { finish, SLICE, type Slices } from './slices.ts';
import { corrupt } from './segment-file.ts';

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
  return finish(encodeTexts(keys.texts.length, (n) => keys.texts[n] as string));
}

/** So many texts, packed; each is asked for three times. */
export function* encodeTexts(
  count: number,
  textOf: (n: number) => string,
): Slices<{ code: KeyCode & { readonly kind: 'texts' }; data: Uint8Array; places: Uint8Array }> {
  const prefix = yield* sharedPrefix(count, textOf);
  const alphabet = yield* alphabetOf(count, textOf, prefix.length);
  const width = alphabet === null ? 0 : Math.max(1, bitsOf(alphabet.length - 1));
  const codeOf = new Uint8Array(0x1_0000);
  for (let n = 0; n < (alphabet ?? '').length; n++) codeOf[(alphabet as string).charCodeAt(n)] = n;
  const codes: number[] = [];
  const writer = new ByteWriter(count * 8 + 64);
  const places = new Uint32Array((count >>> STRIDE_LOG2) + 1);
  for (let n = 0; n < count; n++) {
    if ((n & (SLICE / 4 - 1)) === 0) yield;
    const text = textOf(n);
    if ((n & ((1 << STRIDE_LOG2) - 1)) === 0) places[n >>> STRIDE_LOG2] = writer.length;
    const rest = text.slice(prefix.length);
    if (alphabet === null) writer.text(rest);
    else {
      writer.varint(rest.length);
      for (let at = 0; at < rest.length; at++) codes[at] = codeOf[rest.charCodeAt(at)] as number;
      writer.raw(packFields(codes, rest.length, width), 0, Math.ceil((rest.length * width) / 8));
    }
  }
  writer.raw(new Uint8Array(8));
  return {
    code: { kind: 'texts', prefix, alphabet: alphabet ?? '', width },
    data: writer.finish(),
    places: new Uint8Array(places.buffer),
  };
}

/**
 * Holds packed texts against what a reader relies on: that they lie one after the other inside their section, places
 * among them. Throws SEGMENT_CORRUPT.
 */
export function verifyTexts(code: KeyCode, data: Uint8Array, places: Uint8Array, count: number): void {
  if (code.kind !== 'texts') throw corrupt('its texts are numbers');
  const { width, alphabet } = code;
  if (width > 8 || (width > 0 && alphabet.length > 1 << width)) throw corrupt(`texts of ${width} bits`);
  if (places.length !== 4 * ((count >>> STRIDE_LOG2) + 1)) throw corrupt('places of texts have another size');
  const view = new DataView(places.buffer, places.byteOffset, places.byteLength);
  let at = 0;
  for (let n = 0; n < count; n++) {
    if ((n & ((1 << STRIDE_LOG2) - 1)) === 0 && view.getUint32(4 * (n >>> STRIDE_LOG2), true) !== at)
      throw corrupt('a place of texts is elsewhere');
    let length = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data[at++];
      if (byte === undefined || factor > 0x1000_0000) throw corrupt('a text ends outside');
      length += (byte & 127) * factor;
      if (byte < 128) break;
    }
    at += width === 0 ? length : Math.ceil((length * width) / 8);
    if (at > data.length) throw corrupt('a text ends outside');
  }
}

function* sharedPrefix(count: number, textOf: (n: number) => string): Slices<string> {
  let prefix = count === 0 ? '' : textOf(0);
  for (let n = 0; n < count; n++) {
    if ((n & (SLICE / 4 - 1)) === 0) yield;
    const text = textOf(n);
    while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
    if (prefix === '') break;
  }
  // A surrogate pair is not cut in two.
  const last = prefix.charCodeAt(prefix.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? prefix.slice(0, -1) : prefix;
}

/** The characters after `from` in all texts, sorted; null where they are many or need more than one code unit. */
function* alphabetOf(count: number, textOf: (n: number) => string, from: number): Slices<string | null> {
  const isSeen = new Uint8Array(0x1_0000);
  let seen = 0;
  for (let n = 0; n < count; n++) {
    if ((n & (SLICE / 4 - 1)) === 0) yield;
    const text = textOf(n);
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (isSeen[code] === 1) continue;
      isSeen[code] = 1;
      if (++seen > ALPHABET_MAX) return null;
    }
  }
  const codes: number[] = [];
  isSeen.forEach((one, code) => {
    if (one === 1) codes.push(code);
  });
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
