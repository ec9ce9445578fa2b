import { Button, PasswordInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { asRequestError, type RequestError } from '../graphql/request-error.ts';
import { ProblemNote } from '../parts/state-message.tsx';
import { ColorSchemeChoice } from '../shell/color-scheme-choice.tsx';
import { type OpenSession, openSession } from './session-api.ts';
import styles from './sign-in-screen.module.css';
import { Wordmark } from '../shell/wordmark.tsx';

/** Asks for a token and opens a session with it. The token is sent once and kept nowhere. */
export function SignInScreen(props: {
  readonly base: string;
  /** Why the viewer is here again, if they were signed in. */
  readonly reason: string | null;
  readonly entered: (session: OpenSession) => Promise<void>;
}) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<RequestError | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Ringwatch';
    field.current?.focus();
  }, []);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (token.trim() === '') return;
    setBusy(true);
    setError(null);
    try {
      await props.entered(await openSession(props.base, token.trim()));
    } catch (cause) {
      setError(asRequestError(cause));
      setBusy(false);
    }
  };
  return (
    <main className={styles.page}>
      <form className={styles.card} onSubmit={(event) => void submit(event)}>
        <Wordmark />
        <h1 className={styles.title}>Sign in</h1>
        {props.reason === null ? null : <p role="status">{props.reason}</p>}
        <PasswordInput
          ref={field}
          label="Token"
          description="An API key of yours (rw_…), or the operator's token that the service printed at its start (rwo_…)."
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autoComplete="current-password"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
        />
        {error === null ? null : <ProblemNote error={error} />}
        <Button type="submit" loading={busy} disabled={token.trim() === ''} fullWidth>
          Sign in
        </Button>
        <p className={styles.note}>
          The token is exchanged for a session of this browser. It is not stored in the page.
        </p>
      </form>
      <ColorSchemeChoice />
    </main>
  );
}
