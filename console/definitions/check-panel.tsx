import { amountOf } from '../display/number-text.ts';
import { words } from '../display/words.ts';
import { Icon } from '../parts/icon.tsx';
import { Tag, type TagKind } from '../parts/tag.tsx';
import type { CheckFacts, DiffFacts } from './definitions.operations.ts';
import styles from './check-panel.module.css';

/** What the checker says of a text: its errors with their places, else what it changes and what becomes of state. */
export function CheckResult(props: {
  readonly check: CheckFacts;
  /** Goes to the place of an error in the editor; left out where there is none. */
  readonly goTo?: ((offset: number) => void) | undefined;
}) {
  const { check } = props;
  return (
    <div className={styles.check}>
      <p className={styles.verdict} data-valid={check.valid}>
        <Icon name={check.valid ? 'check' : 'warning'} size={18} />
        {check.valid ? 'It can be published.' : amountOf(check.errors.length, 'error')}
      </p>
      {check.errors.length === 0 ? null : (
        <ol className={styles.errors}>
          {check.errors.map((error) => (
            <li key={`${error.offset} ${error.code} ${error.message}`}>
              {error.line === null ? null : (
                <button
                  type="button"
                  className={styles.place}
                  disabled={props.goTo === undefined || error.offset === null}
                  onClick={() => error.offset !== null && props.goTo?.(error.offset)}
                >
                  {error.line}:{error.column}
                </button>
              )}
              <div>
                <p>{error.message}</p>
                {error.hint === null ? null : <p>{error.hint}</p>}
                <p className="dim">
                  <span className="mono">{error.code}</span> · {error.mend}
                </p>
              </div>
            </li>
          ))}
        </ol>
      )}
      {check.warnings.length === 0 ? null : (
        <ul className={styles.warnings}>
          {check.warnings.map((warning) => (
            <li key={warning}>
              <Icon name="warning" size={15} />
              <span>{warning}</span>
            </li>
          ))}
        </ul>
      )}
      {check.diff === null ? null : <DiffSummary diff={check.diff} />}
    </div>
  );
}

const CHANGES: Readonly<Record<DiffFacts['statements'][number]['change'], TagKind>> = {
  ADDED: 'good',
  CHANGED: 'busy',
  DROPPED: 'bad',
  UNCHANGED: 'plain',
};
const STATES: Readonly<Record<DiffFacts['state'][number]['change'], TagKind>> = {
  KEPT: 'plain',
  BACKFILLED: 'good',
  STARTS_EMPTY: 'warn',
  DROPPED: 'bad',
};

/** What a text adds, changes and drops, and what becomes of the state of windows and graphs. */
export function DiffSummary({ diff }: { readonly diff: DiffFacts }) {
  const changed = diff.statements.filter(({ change }) => change !== 'UNCHANGED');
  const unchanged = diff.statements.length - changed.length;
  return (
    <>
      <h3 className={styles.heading}>Statements</h3>
      <ul className={styles.changes}>
        {changed.map(({ kind, name, change }) => (
          <li key={`${kind} ${name}`}>
            <Tag kind={CHANGES[change]}>{words(change)}</Tag>
            <span>
              <span className="dim">{words(kind)}</span> <span className="mono">{name}</span>
            </span>
          </li>
        ))}
        {unchanged === 0 ? null : <li className="dim">{amountOf(unchanged, 'statement')} unchanged</li>}
      </ul>
      {diff.state.length === 0 ? null : (
        <>
          <h3 className={styles.heading}>State</h3>
          <ul className={styles.changes}>
            {diff.state.map(({ what, change }) => (
              <li key={what}>
                <Tag kind={STATES[change]}>{words(change)}</Tag>
                <span>{what}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
