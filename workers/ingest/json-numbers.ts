import { present } from '../../core/assert.ts';

const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const LOWER_E = 101;

/**
 * Numbers of a row of JSON as they are written. JSON.parse makes doubles of them, which hold any number of up to 15
 * significant digits and lose further ones; access to the source text is not in Node 20. Ours.
 */
export class JsonNumbers {
  #json = '';
  #member: string | null = null;
  #members: Map<string, string> | null = null;

  /** Whether the double of every number has the digits that are written. False too often, never true wrongly. */
  exact = true;

  /** Takes the next row: the object `json`, valid JSON, or its member `member`. `bytes` from `start` to `end` are `json`. */
  reset(json: string, member: string | null, bytes: Uint8Array, start: number, end: number): void {
    this.#json = json;
    this.#member = member;
    this.#members = null;
    this.exact = !hasLongNumber(bytes, start, end);
  }

  /** The text of the row's member `field`, which is there. */
  source(field: string): string {
    if (this.#members === null) {
      const outer = this.#member === null ? this.#json : jsonMembers(this.#json).get(this.#member);
      this.#members = jsonMembers(present(outer));
    }
    return present(this.#members.get(field));
  }
}

/** Whether more than 15 digits stand in a row, the point among them, or three in an exponent; also in texts. */
function hasLongNumber(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0;
  let exponent = false;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if ((byte >= ZERO && byte <= NINE) || byte === DOT) {
      digits++;
      if (digits > 15 || (exponent && digits === 3)) return true;
    } else if (byte !== PLUS && byte !== MINUS) {
      digits = 0;
      exponent = (byte | 32) === LOWER_E;
    }
  }
  return false;
}

/**
 * The members of a JSON object by name, each as the text that stands there; of a name given twice the last.
 * `json` is valid JSON (JSON.parse took it) and an object.
 */
function jsonMembers(json: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipBlanks(json, 0) + 1;
  for (;;) {
    at = skipBlanks(json, at);
    if (json[at] === '}') return members;
    if (json[at] === ',') {
      at++;
      continue;
    }
    const nameEnd = textEnd(json, at);
    const name = JSON.parse(json.slice(at, nameEnd)) as string;
    const start = skipBlanks(json, skipBlanks(json, nameEnd) + 1);
    at = valueEnd(json, start);
    members.set(name, json.slice(start, at));
  }
}

function valueEnd(json: string, start: number): number {
  const first = json[start];
  if (first === '"') return textEnd(json, start);
  if (first !== '{' && first !== '[') {
    let at = start;
    while (!' \t\r\n,]}'.includes(json[at] ?? ' ')) at++;
    return at;
  }
  let depth = 0;
  for (let at = start; ; at++) {
    const char = json[at];
    if (char === '"') at = textEnd(json, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1;
  }
}

/** Behind the closing quote of the text that begins at `start`. */
function textEnd(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipBlanks(json: string, from: number): number {
  let at = from;
  while (' \t\r\n'.includes(json[at] ?? 'x')) at++;
  return at;
}
