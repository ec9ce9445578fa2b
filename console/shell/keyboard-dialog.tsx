import { useEffect } from 'react';
import { isTyping } from '../navigation/keys.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Kbd } from '../parts/kbd.tsx';
import styles from './shell.module.css';

type Key = readonly [keys: readonly string[], what: string];

const GROUPS: ReadonlyArray<readonly [title: string, keys: readonly Key[]]> = [
  [
    'Alerts',
    [
      [['j', 'k'], 'Next and previous, in the queue and from an alert to its neighbours'],
      [['Enter'], 'Open the alert'],
      [['x'], 'Mark it for acknowledging'],
      [['a'], 'Acknowledge it, or those that are marked'],
      [['c'], 'Comment on the alert'],
      [['/'], 'Go to the search of the queue'],
      [['u'], 'Back to the queue'],
    ],
  ],
  [
    'A ring',
    [
      [['←', '→'], 'Step through it, in time'],
      [['Space'], 'Play it, or pause'],
      [['Esc'], 'Show all of it again'],
    ],
  ],
  [
    'Everywhere',
    [
      [['g', 'a'], 'Go to the alerts'],
      [['g', 'd'], 'Go to the definitions'],
      [['g', 'w'], 'Go to the webhooks'],
      [['g', 'v'], 'Go to the activity'],
      [['?'], 'This list'],
    ],
  ],
];

/** The keys that do something; `?` opens it. */
export function KeyboardDialog({
  opened,
  setOpened,
}: {
  readonly opened: boolean;
  readonly setOpened: (opened: boolean) => void;
}) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event)) setOpened(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [setOpened]);
  return (
    <Dialog title="Keyboard" opened={opened} close={() => setOpened(false)}>
      {GROUPS.map(([title, keys]) => (
        <section key={title}>
          <h3 className={styles.keysTitle}>{title}</h3>
          <dl className={styles.keys}>
            {keys.map(([pressed, what]) => (
              <div key={what}>
                <dt>
                  {pressed.map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
