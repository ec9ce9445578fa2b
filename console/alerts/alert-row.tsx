import { Checkbox } from '@mantine/core';
import { amountOf, countText, decimalText } from '../display/number-text.ts';
import { address, goTo } from '../navigation/location.ts';
import { Severity } from '../parts/severity.tsx';
import { Tag } from '../parts/tag.tsx';
import { Time } from '../parts/time.tsx';
import styles from './alert-queue-screen.module.css';
import type { QueuedAlert } from './alerts.operations.ts';
import { RingGlyph } from './ring-glyph.tsx';

/** One alert of the queue. Its link is what the keyboard goes through. */
export function AlertRow(props: {
  readonly alert: QueuedAlert;
  readonly current: boolean;
  readonly marked: boolean;
  /** Whether it was raised while the queue was on show. */
  readonly fresh: boolean;
  readonly setMarked: (marked: boolean) => void;
  readonly onFocus: () => void;
}) {
  const { alert } = props;
  const [ring] = alert.rings;
  const more = alert.rings.length - 1;
  return (
    <tr
      data-clickable
      data-fresh={props.fresh || undefined}
      data-current={props.current || undefined}
      onFocus={props.onFocus}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('a, input, label') !== null) return;
        if (window.getSelection()?.toString()) return;
        goTo(['alerts', alert.alertId]);
      }}
    >
      <td className={styles.mark}>
        <Checkbox
          size="xs"
          aria-label={`Mark ${alert.title}, ${keyText(alert)}`}
          checked={props.marked}
          disabled={alert.state !== 'OPEN'}
          onChange={(event) => props.setMarked(event.currentTarget.checked)}
        />
      </td>
      <td className={styles.severityCell}>
        <Severity severity={alert.severity} />
      </td>
      <td className={styles.what}>
        <span className={styles.ring}>
          {ring === undefined || ring.hops === 0 ? (
            <span className={styles.noGlyph} />
          ) : (
            <RingGlyph hops={ring.hops} closed={ring.closed} />
          )}
          <span className={styles.names}>
            <a className={styles.link} href={address(['alerts', alert.alertId])} data-alert={alert.alertId}>
              {alert.title}
            </a>
            <span className="mono dim clip">{alert.rule}</span>
          </span>
        </span>
      </td>
      <td className={`mono ${styles.key}`}>{keyText(alert)}</td>
      <td className={`num ${styles.amount}`}>
        {ring?.amount === undefined || ring.amount === null ? (
          <span className="dim">–</span>
        ) : (
          decimalText(ring.amount)
        )}
      </td>
      <td className={`num ${styles.hops}`}>
        {ring === undefined || ring.hops === 0 ? <span className="dim">–</span> : countText(ring.hops)}
        {more > 0 ? (
          <span className="dim" title={`and ${amountOf(more, 'path')} more`}>
            {' '}
            +{more}
          </span>
        ) : null}
      </td>
      <td className={styles.time}>
        <Time at={alert.time ?? alert.raisedAt} ago="beneath" />
      </td>
      <td className={`clip ${styles.assignee}`}>
        {alert.assignee === null ? (
          <span className="dim">nobody</span>
        ) : (
          (alert.assignee.name ?? 'a colleague')
        )}
      </td>
      <td className={styles.stateCell}>
        {props.fresh ? <Tag kind="busy">new</Tag> : null}
        <AlertState alert={alert} />
      </td>
    </tr>
  );
}

function AlertState({ alert }: { readonly alert: QueuedAlert }) {
  return (
    <>
      {alert.state === 'OPEN' ? (
        <Tag>open</Tag>
      ) : (
        <Tag kind="good" icon="check">
          {alert.acknowledgedBy ?? 'acknowledged'}
        </Tag>
      )}
      {alert.partial ? <Tag kind="warn">partial</Tag> : null}
      {alert.afterDeadline ? <Tag kind="warn">after deadline</Tag> : null}
    </>
  );
}

/** The KEY columns' values, an arrow between two. */
export function keyText(alert: { readonly key: readonly { readonly value: string | null }[] }): string {
  return alert.key.map(({ value }) => value ?? 'NULL').join(' → ');
}
