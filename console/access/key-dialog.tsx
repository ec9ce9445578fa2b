import { Button, Group, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { zoneText } from '../display/time-text.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Dialog } from '../parts/dialog.tsx';
import { OptionalSelect } from '../parts/optional-select.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import type { Scope } from '../session/viewer-context.ts';
import styles from './access.module.css';
import { CreateKey, MemberList } from './access.operations.ts';
import { ScopeField } from './scope-field.tsx';

/** Makes an API key. */
export function KeyDialog(props: {
  readonly opened: boolean;
  readonly close: () => void;
  readonly showSecret: (secret: string) => void;
}) {
  const create = useMutation(CreateKey, { refreshes: ['KeyList'] });
  const { data } = useQuery(MemberList, { first: 200, withShutOut: false }, { skip: !props.opened });
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>([]);
  const [memberId, setMemberId] = useState<string | null>(null);
  const [expiresAt, setExpiresAt] = useState('');
  const { reset } = create;
  useEffect(() => {
    if (!props.opened) return;
    setName('');
    setScopes([]);
    setMemberId(null);
    setExpiresAt('');
    reset();
  }, [props.opened, reset]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const done = await create.run({
      input: {
        name: name.trim(),
        scopes,
        ...(memberId === null ? {} : { memberId }),
        ...(expiresAt === '' ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
      },
    });
    if (done === null) return;
    props.close();
    if (done.secret !== null) props.showSecret(done.secret);
  };
  return (
    <Dialog title="Create a key" opened={props.opened} close={props.close}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <TextInput
          label="What it is for"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ScopeField value={scopes} change={setScopes} />
        <OptionalSelect
          label="Acts as"
          description="Drafts and publishes count as this person’s."
          none="Itself"
          searchable
          data={(data?.members.nodes ?? []).map((member) => ({ value: member.id, label: member.name }))}
          value={memberId}
          onChange={setMemberId}
        />
        <TextInput
          type="datetime-local"
          label="Expires"
          description={`In ${zoneText()}. Left empty, it never does.`}
          value={expiresAt}
          onChange={(event) => setExpiresAt(event.currentTarget.value)}
        />
        {create.error === null ? null : <ProblemNote error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.close}>
            Cancel
          </Button>
          <Button type="submit" loading={create.running} disabled={name.trim() === '' || scopes.length === 0}>
            Create it
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
