import { Button, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useMutation } from '../graphql/use-mutation.ts';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/state-message.tsx';
import { Time } from '../parts/time.tsx';
import type { AlertDetailResult } from './alert.operations.ts';
import { CommentAlert } from './alerts.operations.ts';
import styles from './comments-panel.module.css';

/** The id of the field, by which a key goes to it. */
export const COMMENT_FIELD = 'alert-comment';

type Comments = NonNullable<AlertDetailResult['alert']>['comments'];

/** What was said about an alert, and a field to say more. */
export function CommentsPanel({ alert, comments }: { readonly alert: string; readonly comments: Comments }) {
  const [text, setText] = useState('');
  const comment = useMutation(CommentAlert, { refreshes: ['AlertDetail'] });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (text.trim() === '') return;
    const done = await comment.run({ input: { id: alert, text: text.trim() } });
    if (done !== null) setText('');
  };
  return (
    <Panel title="Comments">
      {comments.nodes.length === 0 ? <p className={styles.none}>Nobody has said anything yet.</p> : null}
      <ol className={styles.comments}>
        {comments.nodes.map((each) => (
          <li key={each.id}>
            <div className={styles.head}>
              <strong>{each.author}</strong>
              <span className="dim">
                <Time at={each.createdAt} />
              </span>
            </div>
            <p>{each.text}</p>
          </li>
        ))}
      </ol>
      {comments.pageInfo.hasNextPage ? <p className="dim">Only the first hundred are shown.</p> : null}
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <Textarea
          id={COMMENT_FIELD}
          aria-label="Comment"
          placeholder="What you found out"
          autosize
          minRows={2}
          maxRows={8}
          maxLength={10_000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {comment.error === null ? null : <ProblemNote error={comment.error} />}
        <Button
          type="submit"
          size="xs"
          variant="default"
          disabled={text.trim() === ''}
          loading={comment.running}
        >
          Comment
        </Button>
      </form>
    </Panel>
  );
}
