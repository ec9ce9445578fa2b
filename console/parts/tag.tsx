import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './tag.module.css';

export type TagKind = 'plain' | 'good' | 'warn' | 'bad' | 'busy';

/** A state in a word or two. Its colour only repeats what the word says. */
export function Tag(props: {
  readonly kind?: TagKind;
  readonly icon?: IconName;
  readonly children: ReactNode;
}) {
  return (
    <span className={styles.tag} data-kind={props.kind ?? 'plain'}>
      {props.icon === undefined ? null : <Icon name={props.icon} size={13} />}
      {props.children}
    </span>
  );
}
