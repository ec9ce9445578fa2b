import { Button, Group, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useMutation } from '../graphql/use-mutation.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import { type Scope, useMay } from '../session/viewer-context.ts';
import styles from './access.module.css';
import { CreateMember, type MemberFacts, UpdateMember } from './access.operations.ts';
import { ScopeField } from './scope-field.tsx';

const REFRESHES = { refreshes: ['MemberList'] };

/** Adds a person or changes one. */
export function MemberDialog({
  editing,
  close,
}: {
  readonly editing: MemberFacts | 'new' | null;
  readonly close: () => void;
}) {
  const create = useMutation(CreateMember, REFRESHES);
  const update = useMutation(UpdateMember, REFRESHES);
  const mayAlerts = useMay('ALERTS');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [scopes, setScopes] = useState<Scope[]>([]);
  const { reset: resetCreate } = create;
  const { reset: resetUpdate } = update;
  useEffect(() => {
    if (editing === null) return;
    setName(editing === 'new' ? '' : editing.name);
    setEmail(editing === 'new' ? '' : editing.email);
    // What the viewer may not do cannot be given, and could not be taken out here.
    setScopes(editing === 'new' ? (mayAlerts ? ['ALERTS'] : []) : [...editing.scopes]);
    resetCreate();
    resetUpdate();
  }, [editing, mayAlerts, resetCreate, resetUpdate]);
  const error = create.error ?? update.error;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const facts = { name: name.trim(), email: email.trim(), scopes };
    const done =
      editing === 'new' || editing === null
        ? await create.run({ input: facts })
        : await update.run({ input: { id: editing.id, ...facts } });
    if (done !== null) close();
  };
  return (
    <Dialog
      title={editing === 'new' ? 'Add a member' : 'Change a member'}
      opened={editing !== null}
      close={close}
    >
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          type="email"
          label="E-mail"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <ScopeField value={scopes} change={setScopes} />
        {error === null ? null : <ProblemNote error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={create.running || update.running}
            disabled={name.trim() === '' || email.trim() === '' || scopes.length === 0}
          >
            {editing === 'new' ? 'Add' : 'Change'}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
