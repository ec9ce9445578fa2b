import { Button, Group } from '@mantine/core';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import styles from './secret-dialog.module.css';

/** Shows a secret for the one time that it can be shown. */
export function SecretDialog(props: {
  readonly title: string;
  /** Null: there is nothing to show, and the dialog is closed. */
  readonly secret: string | null;
  /** What it is for, and where it goes. */
  readonly text: string;
  readonly close: () => void;
}) {
  return (
    <Dialog title={props.title} opened={props.secret !== null} close={props.close}>
      <p>{props.text}</p>
      <div className={styles.secret}>
        <code className="mono">{props.secret}</code>
        <CopyButton text={props.secret ?? ''} what="the secret" />
      </div>
      <p className={styles.warning}>It is shown this once. Keep it now; it cannot be had again.</p>
      <Group justify="flex-end">
        <Button onClick={props.close}>I have kept it</Button>
      </Group>
    </Dialog>
  );
}
