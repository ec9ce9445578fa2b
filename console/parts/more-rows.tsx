import { Button } from '@mantine/core';
import type { RequestError } from '../graphql/request-error.ts';
import { countText } from '../display/number-text.ts';
import styles from './table.module.css';

/** Beneath a list: how much of it is on show, and the next page. */
export function MoreRows(props: {
  readonly shown: number;
  readonly total?: number | undefined;
  readonly hasMore: boolean;
  readonly loading: boolean;
  readonly error: RequestError | null;
  readonly loadMore: () => void;
}) {
  const total = props.total === undefined ? '' : ` of ${countText(props.total)}`;
  return (
    <div className={styles.more}>
      <span>
        {countText(props.shown)}
        {total} shown
      </span>
      {props.error === null ? null : (
        <span role="alert">
          {props.error.message} <span className="mono">{props.error.code}</span>
        </span>
      )}
      {props.hasMore ? (
        <Button variant="default" size="xs" loading={props.loading} onClick={props.loadMore}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}
