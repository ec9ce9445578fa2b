import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { UNREACHABLE, type RequestError } from '../graphql/request-error.ts';
import type { Scope } from '../session/viewer-context.ts';
import { words } from '../display/words.ts';
import { Icon, type IconName } from './icon.tsx';
import styles from './state-message.module.css';

/** What stands where there is nothing to show: why, and what can be done. */
export function StateMessage(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly role?: 'alert' | 'status';
}) {
  return (
    <div className={styles.message} role={props.role ?? 'status'}>
      <Icon name={props.icon} size={28} />
      <p className={styles.title}>{props.title}</p>
      {props.children === undefined ? null : <div className={styles.text}>{props.children}</div>}
      {props.action}
    </div>
  );
}

/** An error in the place of what could not be shown. */
export function FailureMessage({
  error,
  retry,
}: {
  readonly error: RequestError;
  readonly retry?: (() => void) | undefined;
}) {
  if (error.code === 'FORBIDDEN') return <NoPermission text={error.message} />;
  return (
    <StateMessage
      icon={error.code === UNREACHABLE ? 'broken' : 'warning'}
      title={error.message}
      role="alert"
      action={
        retry === undefined ? null : (
          <Button variant="default" size="xs" onClick={retry}>
            Try again
          </Button>
        )
      }
    >
      {error.mend === '' ? null : <p>{error.mend}</p>}
      <p className="mono dim">{error.code}</p>
    </StateMessage>
  );
}

/** What stands where the viewer may not look. */
export function NoPermission({ scope, text }: { readonly scope?: Scope; readonly text?: string }) {
  return (
    <StateMessage icon="lock" title="You may not see this">
      <p>
        {scope === undefined ? text : `It needs the scope ${words(scope)}.`} Ask an administrator of the
        tenant for it.
      </p>
    </StateMessage>
  );
}

/** An error beside what is still shown: the answer at hand is not the newest. */
export function StaleNote({ error, retry }: { readonly error: RequestError; readonly retry: () => void }) {
  return (
    <div className={styles.stale} role="status">
      <Icon name="warning" size={16} />
      <span>
        What you see may be out of date: {error.message} <span className="mono dim">{error.code}</span>
      </span>
      <Button variant="subtle" size="compact-xs" onClick={retry}>
        Try again
      </Button>
    </div>
  );
}

/** An error of something that the viewer has just asked for, beside the control that asked. */
export function ProblemNote({ error }: { readonly error: RequestError }) {
  return (
    <div className={styles.problem} role="alert">
      <Icon name="warning" size={16} />
      <div>
        <p>
          {error.message}
          {error.hint === null ? null : ` ${error.hint}`}
        </p>
        {error.mend === '' ? null : <p className="dim">{error.mend}</p>}
        <p className="mono dim">{error.code}</p>
      </div>
    </div>
  );
}
