import { Skeleton } from '@mantine/core';
import styles from './loading.module.css';

/** Lines of grey in the place of a table or text that is on its way. */
export function LoadingRows({ rows = 8 }: { readonly rows?: number }) {
  return (
    <div className={styles.rows} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <Skeleton key={index} height={14} width={`${90 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}
