import { type ReactNode, useId } from 'react';
import styles from './panel.module.css';

/** A part of a screen with a title of its own. */
export function Panel(props: {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Whether the content has a margin; tables have none. */
  readonly padded?: boolean;
  readonly className?: string | undefined;
}) {
  const id = useId();
  const titled = props.title !== undefined;
  return (
    <section
      className={`${styles.panel} ${props.className ?? ''}`}
      {...(titled ? { 'aria-labelledby': id } : {})}
    >
      {titled ? (
        <header className={styles.header}>
          <h2 id={id} className={styles.title}>
            {props.title}
          </h2>
          <div className={styles.actions}>{props.actions}</div>
        </header>
      ) : null}
      <div className={props.padded === false ? styles.bare : styles.content}>{props.children}</div>
    </section>
  );
}
