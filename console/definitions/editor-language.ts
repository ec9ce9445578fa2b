import { type CompletionContext, type CompletionResult, completeAnyWord } from '@codemirror/autocomplete';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';
import {
  FUNCTION_WORDS,
  type GrammarState,
  KEYWORDS,
  readStretch,
  type StretchKind,
  startState,
  TYPE_WORDS,
} from '../../language/grammar.ts';

const NAMES: Readonly<Record<StretchKind, string | null>> = {
  blank: null,
  comment: 'comment',
  keyword: 'keyword',
  type: 'typeName',
  constant: 'atom',
  function: 'function',
  name: null,
  quotedName: 'special',
  parameter: 'parameter',
  text: 'string',
  number: 'number',
  symbol: 'operator',
  invalid: 'invalid',
};

const language = StreamLanguage.define<GrammarState>({
  name: 'ringwatch',
  startState,
  copyState: (state) => ({ ...state }),
  token: (stream, state) => {
    const { kind, end } = readStretch(stream.string, stream.pos, state);
    stream.pos = end;
    return NAMES[kind];
  },
  languageData: {
    commentTokens: { line: '--', block: { open: '/*', close: '*/' } },
    closeBrackets: { brackets: ['(', '[', '{', "'", '"'] },
  },
  tokenTable: {
    function: tags.function(tags.variableName),
    special: tags.special(tags.variableName),
    parameter: tags.labelName,
    invalid: tags.invalid,
  },
});

/** Colours by the page's tokens, which reach into the editor; weights and slants say the same without colour. */
const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--rw-link)', fontWeight: '600' },
  { tag: tags.typeName, color: 'var(--rw-good)' },
  { tag: tags.atom, color: 'var(--rw-good)', fontWeight: '600' },
  { tag: tags.function(tags.variableName), color: 'var(--rw-link)' },
  { tag: tags.special(tags.variableName), color: 'var(--rw-text)', fontStyle: 'italic' },
  { tag: tags.labelName, color: 'var(--rw-closing)' },
  { tag: tags.string, color: 'var(--rw-warn)' },
  { tag: tags.number, color: 'var(--rw-warn)' },
  { tag: tags.comment, color: 'var(--rw-dim)', fontStyle: 'italic' },
  { tag: tags.operator, color: 'var(--rw-dim)' },
  { tag: tags.invalid, color: 'var(--rw-bad)', textDecoration: 'underline wavy' },
]);

const WORDS = [
  ...KEYWORDS.map((label) => ({ label, type: 'keyword' })),
  ...TYPE_WORDS.map((label) => ({ label, type: 'type' })),
  ...FUNCTION_WORDS.map((label) => ({ label, type: 'function', apply: `${label}(` })),
];

/** Words of the language that begin as what was typed, then words of the text. */
export async function completeWord(context: CompletionContext): Promise<CompletionResult | null> {
  const typed = context.matchBefore(/[A-Za-z_]\w*/);
  if (typed === null || (typed.text.length < 2 && !context.explicit)) return null;
  const own = await completeAnyWord(context);
  const known = new Set(WORDS.map(({ label }) => label.toLowerCase()));
  const others = (own?.options ?? []).filter(({ label }) => !known.has(label.toLowerCase()));
  return { from: typed.from, options: [...others, ...WORDS], validFor: /^\w*$/ };
}

/** The language for the editor: what its words are, and how they look. */
export function ringwatchLanguage(): Extension {
  return [language, syntaxHighlighting(highlight)];
}
