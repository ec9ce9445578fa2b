import { useMemo } from 'react';
import { amountOf } from '../display/number-text.ts';
import { type DiffLine, diffLines, foldSame } from './text-diff.ts';
import styles from './text-diff-view.module.css';

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;
const WORDS = { same: '', added: 'added: ', removed: 'removed: ' } as const;

/** What changes from one text to another, line by line. */
export function TextDiffView({ before, after }: { readonly before: string; readonly after: string }) {
  const parts = useMemo(() => foldSame(diffLines(before, after)), [before, after]);
  if (parts.every((part) => part.kind === 'skipped'))
    return <p className={styles.none}>The texts are the same.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reachable by the keyboard
    <section className={styles.diff} aria-label="Changed lines" tabIndex={0}>
      {parts.map((part, index) =>
        part.kind === 'skipped' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts are told by their place only
          <div key={index} className={styles.skipped}>
            {amountOf(part.count, 'unchanged line')}
          </div>
        ) : (
          part.lines.map((line) => <Line key={`${line.kind} ${line.before} ${line.after}`} line={line} />)
        ),
      )}
    </section>
  );
}

function Line({ line }: { readonly line: DiffLine }) {
  return (
    <div className={styles.line} data-kind={line.kind}>
      <span className={styles.number}>{line.before}</span>
      <span className={styles.number}>{line.after}</span>
      <span className={styles.sign} aria-hidden="true">
        {SIGNS[line.kind]}
      </span>
      <span className={styles.text}>
        <span className="unseen">{WORDS[line.kind]}</span>
        {line.text}
      </span>
    </div>
  );
}
