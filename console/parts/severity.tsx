import { sentence } from '../display/words.ts';
import styles from './severity.module.css';

/** How much an alert matters, as the schema names it. */
export type SeverityName = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';

const LEVELS: Readonly<Record<SeverityName, number>> = { LOW: 1, MEDIUM: 2, HIGH: 3, CRITICAL: 4 };

/** A severity as bars and a word: readable without colour. */
export function Severity({ severity }: { readonly severity: SeverityName }) {
  const level = LEVELS[severity];
  return (
    <span className={styles.severity} data-severity={severity}>
      <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <rect
            key={bar}
            x={(bar - 1) * 4.5}
            y={11 - bar * 2.6}
            width="3"
            height={3 + bar * 2.6}
            rx="0.8"
            className={bar <= level ? styles.on : styles.off}
          />
        ))}
      </svg>
      {sentence(severity)}
    </span>
  );
}
