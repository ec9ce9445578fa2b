/** What is looked at of a token (language/lexer.ts). */
interface Token {
  readonly kind: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Operators of other languages, each as two symbols side by side, and what to write. */
const FOREIGN: Readonly<Record<string, string>> = {
  '==': '== is written = here.',
  '&&': '&& is written AND here.',
};

/** What to write for an operator that is none here; null where nothing comes to mind. */
export function foreignOperatorHint(operator: string): string | null {
  return Object.hasOwn(FOREIGN, operator) ? (FOREIGN[operator] ?? null) : null;
}

/**
 * Why a text may not parse at the token with this index, as a hint: a string that ends right before it (its quote was
 * meant to open another one), or an operator of another language. `back`: so many tokens before it are looked at too.
 */
export function slipHint(tokens: readonly Token[], index: number, back: number): string | null {
  const unclosed = unclosedStringHint(tokens, index);
  if (unclosed !== null) return unclosed;
  for (let at = index; at >= Math.max(0, index - back); at--) {
    const hint = foreignAt(tokens, at);
    if (hint !== null) return hint;
  }
  return null;
}

/** Whether the string before a token ends where another was meant to begin: right before a word or number. */
export function unclosedStringHint(tokens: readonly Token[], index: number): string | null {
  const token = tokens[index];
  const before = tokens[index - 1];
  if (token === undefined || before?.kind !== 'text' || before.end !== token.start) return null;
  if (token.kind === 'symbol' || token.kind === 'end') return null;
  const shown = before.text.length > 24 ? `${before.text.slice(0, 24)}…` : before.text;
  return `A string ends right before this: is the quote missing that closes '${shown.replace(/\s+/g, ' ')}?`;
}

function foreignAt(tokens: readonly Token[], index: number): string | null {
  const token = tokens[index];
  if (token === undefined || token.kind !== 'symbol') return null;
  for (const [first, second] of [
    [tokens[index - 1], token],
    [token, tokens[index + 1]],
  ]) {
    if (first?.kind !== 'symbol' || second?.kind !== 'symbol' || first.end !== second.start) continue;
    const hint = foreignOperatorHint(first.text + second.text);
    if (hint !== null) return hint;
  }
  return token.text === '!' ? '! is written NOT here.' : null;
}
