import { type ReactNode, useEffect } from 'react';
import { address } from '../navigation/location.ts';
import { Icon } from './icon.tsx';
import styles from './screen.module.css';

/** A screen: its title, what can be done on it, and what it shows. Names the page in the browser too. */
export function Screen(props: {
  readonly title: string;
  readonly heading?: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  /** Where it belongs: the way back. */
  readonly parent?: {
    readonly title: string;
    readonly path: readonly string[];
    /** Where it is another place than the path's: with a filter, for example. */
    readonly href?: string;
  };
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${props.title} · Ringwatch`;
  }, [props.title]);
  return (
    <div className={styles.screen}>
      <header className={styles.header}>
        <div className={styles.titles}>
          {props.parent === undefined ? null : (
            <a className={styles.parent} href={props.parent.href ?? address(props.parent.path)}>
              <Icon name="back" size={14} />
              {props.parent.title}
            </a>
          )}
          <h1 className={styles.title} tabIndex={-1} data-screen-title>
            {props.heading ?? props.title}
          </h1>
          {props.lead === undefined ? null : <div className={styles.lead}>{props.lead}</div>}
        </div>
        <div className={styles.actions}>{props.actions}</div>
      </header>
      {props.children}
    </div>
  );
}
