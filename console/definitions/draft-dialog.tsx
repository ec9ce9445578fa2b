import { Button, Group, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from '../graphql/use-mutation.ts';
import { goTo } from '../navigation/location.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import { useViewer } from '../session/viewer-context.ts';
import { DraftDefinitions } from './definitions.operations.ts';

/** Stores a text as a draft, with a word to whoever publishes it. */
export function DraftDialog(props: {
  readonly opened: boolean;
  readonly close: () => void;
  readonly text: string;
  readonly allowDrop: boolean;
  readonly drafted: () => void;
}) {
  const [comment, setComment] = useState('');
  const draft = useMutation(DraftDefinitions, { refreshes: ['DraftList'] });
  const second = useViewer().tenant?.settings.twoPersonRule ?? true;
  const submit = async (): Promise<void> => {
    const { text, allowDrop } = props;
    const done = await draft.run({ input: { text, allowDrop, comment: comment.trim() } });
    if (done?.draft === null || done?.draft === undefined) return;
    props.drafted();
    props.close();
    goTo(['definitions', 'drafts', done.draft.id]);
  };
  return (
    <Dialog title="Draft the text" opened={props.opened} close={props.close}>
      <p>
        {second
          ? 'The draft is stored and nothing changes yet. Another person than you has to publish it.'
          : 'The draft is stored and nothing changes yet. Then you or another person publishes it.'}
      </p>
      <Textarea
        label="What it changes, and why"
        description="For whoever publishes it, and for the audit log."
        autosize
        minRows={3}
        data-autofocus
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      {draft.error === null ? null : <ProblemNote error={draft.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={props.close}>
          Cancel
        </Button>
        <Button loading={draft.running} onClick={() => void submit()}>
          Draft it
        </Button>
      </Group>
    </Dialog>
  );
}
