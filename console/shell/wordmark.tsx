import styles from './shell.module.css';

/** The product's mark and name. */
export function Wordmark() {
  return (
    <span className={styles.wordmark}>
      <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M24.6 10.2A10.5 10.5 0 1 1 16 5.5" className={styles.markHop} />
        <path d="M16 5.5a10.5 10.5 0 0 1 8.6 4.7" className={styles.markClosing} />
        <circle cx="16" cy="5.5" r="3.4" className={styles.markFirst} />
        <circle cx="24.9" cy="21.6" r="3.4" className={styles.markVertex} />
        <circle cx="7.1" cy="21.6" r="3.4" className={styles.markVertex} />
      </svg>
      <span className={styles.wordmarkText}>Ringwatch</span>
    </span>
  );
}
