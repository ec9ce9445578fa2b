import { agoText, momentText, momentWithZoneText, utcText } from '../display/time-text.ts';
import { useNow } from '../display/use-now.ts';
import styles from './time.module.css';

/** A moment in the viewer's zone; in UTC, with all its digits, on hover. `ago` says beside it how long ago that is. */
export function Time({
  at,
  zone = false,
  ago = null,
}: {
  readonly at: string | null;
  readonly zone?: boolean;
  /** Where it stands: behind the moment, or beneath it. */
  readonly ago?: 'behind' | 'beneath' | null;
}) {
  if (at === null) return <span className="dim">–</span>;
  const time = (
    <time dateTime={at} title={utcText(at)}>
      {zone ? momentWithZoneText(at) : momentText(at)}
    </time>
  );
  if (ago === null) return time;
  return (
    <span className={ago === 'beneath' ? styles.beneath : styles.behind}>
      {time}
      <Ago at={at} />
    </span>
  );
}

function Ago({ at }: { readonly at: string }) {
  return <span className="dim">{agoText(at, useNow())}</span>;
}
