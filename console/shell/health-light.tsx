import { useQuery } from '../graphql/use-query.ts';
import { HealthSummary } from '../health/health.operations.ts';
import { address } from '../navigation/location.ts';
import { Icon } from '../parts/icon.tsx';
import styles from './shell.module.css';

const TEXTS = { OK: 'All works', DEGRADED: 'Degraded', DOWN: 'Down' } as const;

/** How the service is, in a word; the way to more. */
export function HealthLight() {
  const { data, error } = useQuery(HealthSummary, {}, { everySeconds: 15 });
  const state = error === null ? (data?.health.state ?? null) : 'DOWN';
  if (state === null) return null;
  const text = error === null ? TEXTS[state] : 'Not reached';
  return (
    <a className={styles.health} data-state={state} href={address(['health'])} title={text}>
      <Icon name={state === 'OK' ? 'check' : 'warning'} size={16} />
      <span className={styles.placeTitle}>{text}</span>
    </a>
  );
}
