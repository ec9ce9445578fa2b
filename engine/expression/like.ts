import type { Expr } from '../../language/plan.ts';
import type { Evaluate } from './evaluate.ts';

/** One element of a pattern: a code point to match, any one, or any run. */
type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'run' };

/** [I]LIKE: `%` any run, `_` one code point, `\` takes the next one literally. ILIKE ignores the case of ASCII letters. */
export function compileLike(call: Extract<Expr, { kind: 'call' }>, args: readonly Evaluate[]): Evaluate {
  const [text, pattern] = args as readonly [Evaluate, Evaluate];
  const ignoreCase = call.name === 'ilike';
  const literal = call.args[1];
  const fixed =
    literal?.kind === 'literal' && typeof literal.value === 'string'
      ? tokensOf(literal.value, ignoreCase)
      : null;
  return (row, slots, old) => {
    const value = text(row, slots, old) as string | null;
    if (value === null) return null;
    let tokens = fixed;
    if (tokens === null) {
      const written = pattern(row, slots, old) as string | null;
      if (written === null) return null;
      tokens = tokensOf(written, ignoreCase);
    }
    return matches(value, tokens, ignoreCase);
  };
}

function fold(char: string): string {
  return char >= 'A' && char <= 'Z' ? String.fromCharCode(char.charCodeAt(0) + 32) : char;
}

function tokensOf(pattern: string, ignoreCase: boolean): readonly Token[] {
  const tokens: Token[] = [];
  let escaped = false;
  for (const char of pattern) {
    if (escaped || (char !== '%' && char !== '_' && char !== '\\')) {
      tokens.push({ kind: 'char', char: ignoreCase ? fold(char) : char });
      escaped = false;
    } else if (char === '\\') escaped = true;
    else if (char === '_') tokens.push({ kind: 'one' });
    else if (tokens[tokens.length - 1]?.kind !== 'run') tokens.push({ kind: 'run' });
  }
  return tokens;
}

/** Greedy matching that goes back only to the latest run: at most text times pattern steps. */
function matches(text: string, tokens: readonly Token[], ignoreCase: boolean): boolean {
  const points = [...text];
  let at = 0;
  let token = 0;
  let runToken = -1;
  let runAt = 0;
  while (at < points.length) {
    const expected = tokens[token];
    if (expected?.kind === 'run') {
      runToken = token++;
      runAt = at;
      continue;
    }
    const char = points[at] as string;
    if (
      expected !== undefined &&
      (expected.kind === 'one' || expected.char === (ignoreCase ? fold(char) : char))
    ) {
      token++;
      at++;
    } else if (runToken >= 0) {
      token = runToken + 1;
      at = ++runAt;
    } else return false;
  }
  while (tokens[token]?.kind === 'run') token++;
  return token === tokens.length;
}
