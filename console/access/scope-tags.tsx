import { words } from '../display/words.ts';
import { Tag } from '../parts/tag.tsx';
import type { Scope } from '../session/viewer-context.ts';
import styles from './access.module.css';

/** Scopes in a row. */
export function ScopeTags({ scopes }: { readonly scopes: readonly Scope[] }) {
  return (
    <span className={styles.tags}>
      {scopes.map((scope) => (
        <Tag key={scope}>{words(scope)}</Tag>
      ))}
    </span>
  );
}
