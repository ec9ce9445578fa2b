import { useState } from 'react';
import styles from './day-bars.module.css';

/** A day's value and how it is written. `day` is `2026-11-22`. */
export interface Day {
  readonly day: string;
  readonly value: number;
  readonly text: string;
}

/** A bar for each day; the values as a table for those who do not see it. */
export function DayBars({ label, days }: { readonly label: string; readonly days: readonly Day[] }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const most = Math.max(1, ...days.map(({ value }) => value));
  const shown = days[chosen ?? days.length - 1];
  return (
    <figure className={styles.figure}>
      <div className={styles.bars} aria-hidden="true">
        {days.map(({ day, value }, index) => (
          <div
            key={day}
            className={styles.slot}
            onPointerEnter={() => setChosen(index)}
            onPointerLeave={() => setChosen(null)}
          >
            <div
              className={styles.bar}
              data-chosen={chosen === index || undefined}
              style={{ height: `${Math.max(1, (value / most) * 100)}%` }}
            />
          </div>
        ))}
      </div>
      <div className={styles.ends} aria-hidden="true">
        <span>{days[0]?.day}</span>
        <span>{days.at(-1)?.day}</span>
      </div>
      <figcaption className={styles.caption}>
        {shown === undefined ? null : (
          <>
            {shown.day}: <strong>{shown.text}</strong>
          </>
        )}
      </figcaption>
      <table className="unseen">
        <caption>{label}</caption>
        <tbody>
          {days.map(({ day, text }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
