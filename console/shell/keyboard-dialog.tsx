import { useEffect, useState } from 'react';
import { isTyping } from '../navigation/keys.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Kbd } from '../parts/kbd.tsx';
import styles from './shell.module.css';

const KEYS: ReadonlyArray<readonly [keys: readonly string[], what: string]> = [
  [['j', 'k'], 'Next and previous alert in the queue'],
  [['Enter'], 'Open the alert'],
  [['x'], 'Mark the alert for acknowledging'],
  [['a'], 'Acknowledge the alert at hand, or those that are marked'],
  [['/'], 'Go to the filter'],
  [['←', '→'], 'Step through a ring, in time'],
  [['Space'], 'Play a ring, or pause'],
  [['u'], 'Back to the queue'],
  [['?'], 'This list'],
];

/** The keys that do something, on `?`. */
export function KeyboardDialog() {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event)) setOpened(true);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <Dialog title="Keyboard" opened={opened} close={() => setOpened(false)}>
      <dl className={styles.keys}>
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
