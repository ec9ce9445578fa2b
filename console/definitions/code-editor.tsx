import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { useEffect, useRef } from 'react';
import styles from './code-editor.module.css';
import { completeWord, ringwatchLanguage } from './editor-language.ts';

/** Something wrong at a place of the text. */
export interface EditorProblem {
  /** UTF-16 code units from 0. */
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--rw-text)', backgroundColor: 'var(--rw-panel)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--rw-mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--rw-text)', padding: '10px 0' },
  '.cm-gutters': {
    backgroundColor: 'var(--rw-sunken)',
    color: 'var(--rw-dim)',
    borderRight: '1px solid var(--rw-line)',
  },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--rw-selected) 55%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--rw-selected)', color: 'var(--rw-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--rw-text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--rw-hop) 30%, transparent)',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--rw-warn-soft)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--rw-selected)',
    outline: '1px solid var(--rw-hop)',
  },
  '.cm-tooltip, .cm-panels': {
    backgroundColor: 'var(--rw-panel)',
    color: 'var(--rw-text)',
    border: '1px solid var(--rw-line-strong)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--rw-selected)',
    color: 'var(--rw-text)',
  },
  '.cm-diagnostic': { fontFamily: "'IBM Plex Sans', sans-serif", padding: '6px 10px', maxWidth: '60ch' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--rw-bad)' },
  // CodeMirror draws these two as pictures in data: addresses, which the Content-Security-Policy refuses.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--rw-bad)',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '3px',
  },
  '.cm-lint-marker-error': {
    content: 'normal',
    boxSizing: 'border-box',
    width: '10px',
    height: '10px',
    margin: '0.3em 0 0 1px',
    borderRadius: '50%',
    backgroundColor: 'var(--rw-bad)',
  },
  '.cm-textfield': { backgroundColor: 'var(--rw-sunken)', borderColor: 'var(--rw-line-strong)' },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--rw-sunken)',
    borderColor: 'var(--rw-line-strong)',
  },
});

/**
 * A text of definitions, to read or to change. It lives in a shadow root: there CodeMirror gives its styles as style sheets
 * rather than as a `<style>`, which the Content-Security-Policy refuses. The tab key leaves the editor.
 */
export function CodeEditor(props: {
  readonly label: string;
  readonly text: string;
  readonly change?: (text: string) => void;
  readonly problems?: readonly EditorProblem[];
  /** Where to put the cursor, whenever another one is given. */
  readonly place?: { readonly offset: number } | null;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const editable = useRef(new Compartment());
  const change = useRef(props.change);
  change.current = props.change;
  const readOnly = props.change === undefined;
  const start = useRef(props.text);

  useEffect(() => {
    const host = holder.current;
    if (host === null) return undefined;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const mount = document.createElement('div');
    mount.style.height = '100%';
    root.replaceChildren(mount);
    const editor = new EditorView({
      root,
      parent: mount,
      state: EditorState.create({
        doc: start.current,
        extensions: [
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          autocompletion({ override: [completeWord] }),
          ringwatchLanguage(),
          keymap.of([
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...completionKeymap,
            ...lintKeymap,
          ]),
          editable.current.of(access(readOnly, props.label)),
          look,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [props.label, readOnly]);

  useEffect(() => {
    const editor = view.current;
    start.current = props.text;
    if (editor === null || editor.state.doc.toString() === props.text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.text } });
  }, [props.text]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const end = editor.state.doc.length;
    const diagnostics = (props.problems ?? []).map(
      ({ from, to, message }): Diagnostic => ({
        from: Math.min(from, end),
        to: Math.min(Math.max(to, from), end),
        severity: 'error',
        message,
      }),
    );
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [props.problems]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || props.place === null || props.place === undefined) return;
    const anchor = Math.min(props.place.offset, editor.state.doc.length);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
    editor.focus();
  }, [props.place]);

  return <div ref={holder} className={styles.editor} data-code-editor />;
}

function access(readOnly: boolean, label: string) {
  return [
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({
      'aria-label': label,
      'aria-multiline': 'true',
      // Editable or not, it scrolls, and has to be reachable by the keyboard.
      tabindex: '0',
      ...(readOnly ? { 'aria-readonly': 'true' } : {}),
      spellcheck: 'false',
    }),
  ];
}
