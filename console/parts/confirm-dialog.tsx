import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RequestError } from '../graphql/request-error.ts';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './state-message.tsx';

/** Asks before something that cannot be taken back. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly opened: boolean;
  readonly close: () => void;
  /** What is done, as the button says it: `Revoke`. */
  readonly action: string;
  readonly run: () => void;
  readonly running: boolean;
  readonly error: RequestError | null;
  readonly children: ReactNode;
}) {
  return (
    <Dialog title={props.title} opened={props.opened} close={props.close}>
      {props.children}
      {props.error === null ? null : <ProblemNote error={props.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={props.close} data-autofocus>
          Cancel
        </Button>
        <Button color="red.9" loading={props.running} onClick={props.run}>
          {props.action}
        </Button>
      </Group>
    </Dialog>
  );
}
