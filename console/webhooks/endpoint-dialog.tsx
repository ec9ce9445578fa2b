import { Button, Group, MultiSelect, Select, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { RuleNames } from '../alerts/alerts.operations.ts';
import { useMutation } from '../graphql/use-mutation.ts';
import { useQuery } from '../graphql/use-query.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotice } from '../parts/notice-board.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import { useMay } from '../session/viewer-context.ts';
import styles from './webhooks-screen.module.css';
import { CreateEndpoint, type EndpointFacts, UpdateEndpoint } from './webhooks.operations.ts';

type Choice = 'all' | 'some' | 'named';
const REFRESHES = { refreshes: ['EndpointList'] };

/** Adds an endpoint or changes one. */
export function EndpointDialog(props: {
  readonly editing: EndpointFacts | 'new' | null;
  readonly close: () => void;
  readonly showSecret: (secret: string) => void;
}) {
  const { editing } = props;
  const notice = useNotice();
  const create = useMutation(CreateEndpoint, REFRESHES);
  const update = useMutation(UpdateEndpoint, REFRESHES);
  const { data } = useQuery(RuleNames, {}, { skip: !useMay('QUERY') });
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [choice, setChoice] = useState<Choice>('all');
  const [rules, setRules] = useState<readonly string[]>([]);
  const { reset: resetCreate } = create;
  const { reset: resetUpdate } = update;
  useEffect(() => {
    if (editing === null) return;
    const known = editing === 'new' ? null : editing;
    setName(known?.name ?? '');
    setUrl(known?.url ?? 'https://');
    setDescription(known?.description ?? '');
    setRules(known?.rules ?? []);
    setChoice(known === null ? 'all' : choiceOf(known.rules));
    resetCreate();
    resetUpdate();
  }, [editing, resetCreate, resetUpdate]);
  const error = create.error ?? update.error;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const facts = {
      url: url.trim(),
      description: description.trim() || null,
      rules: choice === 'named' ? null : choice === 'all' ? [] : [...rules],
    };
    if (editing === 'new') {
      const done = await create.run({ input: { name: name.trim(), ...facts } });
      if (done === null) return;
      if (done.secret !== null) props.showSecret(done.secret);
    } else if (editing !== null) {
      const done = await update.run({ input: { id: editing.id, ...facts } });
      if (done === null) return;
      notice({ kind: 'done', text: `${editing.name} was changed` });
    }
    props.close();
  };
  return (
    <Dialog
      title={editing === 'new' ? 'Add an endpoint' : 'Change the endpoint'}
      opened={editing !== null}
      close={props.close}
    >
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        {editing === 'new' ? (
          <TextInput
            label="Name"
            description="What rules call it: WEBHOOK 'name'. 1 to 63 characters."
            required
            data-autofocus
            maxLength={63}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        ) : null}
        <TextInput
          label="Address"
          description="Where messages go. Private addresses are refused unless the operator allows them."
          required
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <TextInput
          label="What it is for"
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Select
          label="Alerts that it gets"
          allowDeselect={false}
          data={[
            { value: 'all', label: 'Every alert' },
            { value: 'some', label: 'Alerts of some rules' },
            { value: 'named', label: 'Only those whose rule names it' },
          ]}
          value={choice}
          onChange={(value) => setChoice(value as Choice)}
        />
        {choice === 'some' ? (
          <MultiSelect
            label="Rules"
            data={[...new Set([...(data?.rules.nodes.map((rule) => rule.name) ?? []), ...rules])]}
            value={[...rules]}
            onChange={setRules}
          />
        ) : null}
        {error === null ? null : <ProblemNote error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.close}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={create.running || update.running}
            disabled={
              url.trim() === '' ||
              (editing === 'new' && name.trim() === '') ||
              (choice === 'some' && rules.length === 0)
            }
          >
            {editing === 'new' ? 'Add it' : 'Change it'}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

function choiceOf(rules: EndpointFacts['rules']): Choice {
  if (rules === null) return 'named';
  return rules.length === 0 ? 'all' : 'some';
}
