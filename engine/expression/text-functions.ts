import { LIMITS } from '../../core/limits.ts';
import type { CompiledCall } from './compiled-call.ts';
import type { Evaluate, EvaluationErrors } from './evaluate.ts';
import { compileLike } from './like.ts';

type TextFunction = (
  args: readonly (string | number)[],
  errors: EvaluationErrors,
) => string | number | boolean | null;

/** Functions over text. Positions and lengths count code points; letter case is that of ASCII. */
const FUNCTIONS: Readonly<Record<string, TextFunction>> = {
  concat: (args, errors) => bounded(args.join(''), errors),
  length: ([text]) => lengthOf(text as string),
  lower: ([text]) => mapAscii(text as string, 65, 90, 32),
  upper: ([text]) => mapAscii(text as string, 97, 122, -32),
  substring: ([text, from, count], errors) => substring(text as string, Number(from), count, errors),
  left: ([text, count]) => {
    const points = pointsOf(text as string);
    const n = Number(count);
    return join(points, 0, n >= 0 ? n : points.length + n);
  },
  right: ([text, count]) => {
    const points = pointsOf(text as string);
    const n = Number(count);
    return join(points, n >= 0 ? points.length - n : -n, points.length);
  },
  trim: ([text, set]) => trim(text as string, set, true, true),
  ltrim: ([text, set]) => trim(text as string, set, true, false),
  rtrim: ([text, set]) => trim(text as string, set, false, true),
  replace: ([text, from, to], errors) => replace(text as string, from as string, to as string, errors),
  position: ([text, part]) => {
    const at = (text as string).indexOf(part as string);
    return at < 0 ? 0 : lengthOf((text as string).slice(0, at)) + 1;
  },
  startsWith: ([text, part]) => (text as string).startsWith(part as string),
  endsWith: ([text, part]) => (text as string).endsWith(part as string),
  contains: ([text, part]) => (text as string).includes(part as string),
  splitPart: ([text, delimiter, n], errors) =>
    splitPart(text as string, delimiter as string, Number(n), errors),
};

/** Compiles a function over text; null when it is none. */
export function compileTextFunction({ call, args, context }: CompiledCall): Evaluate | null {
  if (call.name === 'like' || call.name === 'ilike') return compileLike(call, args);
  if (!Object.hasOwn(FUNCTIONS, call.name)) return null;
  const apply = FUNCTIONS[call.name] as TextFunction;
  const errors = context.errors;
  return (row, slots, old) => {
    const values: (string | number)[] = [];
    for (const arg of args) {
      const value = arg(row, slots, old) as string | number | null;
      if (value === null) return null;
      values.push(value);
    }
    return apply(values, errors);
  };
}

function bounded(text: string, errors: EvaluationErrors): string | null {
  if (text.length <= LIMITS.textCharsMax) return text;
  errors.count('INVALID_ARGUMENT');
  return null;
}

const SURROGATE = /[\ud800-\udfff]/;

/** The text by code points; itself when each code unit is one. */
function pointsOf(text: string): string | readonly string[] {
  return SURROGATE.test(text) ? [...text] : text;
}

function lengthOf(text: string): number {
  return pointsOf(text).length;
}

function join(points: string | readonly string[], start: number, end: number): string {
  const from = Math.max(start, 0);
  const to = Math.max(end, from);
  return typeof points === 'string' ? points.slice(from, to) : points.slice(from, to).join('');
}

/** Moves the ASCII letters from `first` to `last` by `shift`. */
function mapAscii(text: string, first: number, last: number, shift: number): string {
  let result = '';
  let done = 0;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (code >= first && code <= last) {
      result += text.slice(done, n) + String.fromCharCode(code + shift);
      done = n + 1;
    }
  }
  return done === 0 ? text : result + text.slice(done);
}

/** SUBSTRING as PostgreSQL's: it starts at 1, and places before it count toward the length. */
function substring(
  text: string,
  from: number,
  count: string | number | undefined,
  errors: EvaluationErrors,
): string | null {
  const points = pointsOf(text);
  if (count === undefined) return join(points, from - 1, points.length);
  if (Number(count) < 0) {
    errors.count('INVALID_ARGUMENT');
    return null;
  }
  return join(points, from - 1, Math.max(from - 1 + Number(count), 0));
}

function trim(text: string, set: string | number | undefined, start: boolean, end: boolean): string {
  const removed = new Set(set === undefined ? [' '] : [...(set as string)]);
  const points = [...text];
  let from = 0;
  let to = points.length;
  while (start && from < to && removed.has(points[from] as string)) from++;
  while (end && to > from && removed.has(points[to - 1] as string)) to--;
  return from === 0 && to === points.length ? text : points.slice(from, to).join('');
}

function replace(text: string, from: string, to: string, errors: EvaluationErrors): string | null {
  if (from === '' || !text.includes(from)) return text;
  const pieces = text.split(from);
  // The length is known before the text is built: it may be a product of two long texts.
  const length = text.length + (pieces.length - 1) * (to.length - from.length);
  if (length > LIMITS.textCharsMax) {
    errors.count('INVALID_ARGUMENT');
    return null;
  }
  return pieces.join(to);
}

/** The nth field, counted from the end when negative; the empty text where there is none. */
function splitPart(text: string, delimiter: string, n: number, errors: EvaluationErrors): string | null {
  if (n === 0) {
    errors.count('INVALID_ARGUMENT');
    return null;
  }
  const fields = delimiter === '' ? [text] : text.split(delimiter);
  return fields[n > 0 ? n - 1 : fields.length + n] ?? '';
}
