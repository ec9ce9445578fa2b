import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { asRequestError, type RequestError } from '../graphql/request-error.ts';
import { useConnection } from '../graphql/use-connection.ts';
import { LoadingRows } from '../parts/loading.tsx';
import { MoreRows } from '../parts/more-rows.tsx';
import { FailureMessage, ProblemNote, StateMessage } from '../parts/state-message.tsx';
import { Wordmark } from '../shell/wordmark.tsx';
import { ChooseTenant, type ChooseTenantResult } from './session.operations.ts';
import { useSession } from './session-context.ts';
import styles from './sign-in-screen.module.css';

const FIRST: { readonly after?: string | null } = {};
const select = (result: ChooseTenantResult) => result.tenants;

/** Asks an operator, who belongs to no tenant, which one to work for. */
export function ChooseTenantScreen() {
  const tenants = useConnection(ChooseTenant, FIRST, select);
  const session = useSession();
  const [error, setError] = useState<RequestError | null>(null);
  useEffect(() => {
    document.title = 'Choose a tenant · Ringwatch';
  }, []);
  const choose = (slug: string): void => {
    setError(null);
    session.chooseTenant(slug).catch((cause: unknown) => setError(asRequestError(cause)));
  };
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <Wordmark />
        <h1 className={styles.title}>Choose a tenant</h1>
        <p className="dim">
          You are signed in as the operator. What you do for a tenant is in its audit log.
        </p>
        {error === null ? null : <ProblemNote error={error} />}
        {tenants.page === null && tenants.error !== null ? (
          <FailureMessage error={tenants.error} retry={tenants.refetch} />
        ) : null}
        {tenants.page === null && tenants.error === null ? <LoadingRows rows={3} /> : null}
        {tenants.page !== null && tenants.nodes.length === 0 ? (
          <StateMessage icon="empty" title="There is no tenant yet">
            <p>Create one with the mutation createTenant, or with `ringwatch demo`.</p>
          </StateMessage>
        ) : null}
        <ul className={styles.tenants}>
          {tenants.nodes.map((tenant) => (
            <li key={tenant.tenantId}>
              <button type="button" className={styles.tenant} onClick={() => choose(tenant.slug)}>
                <strong>{tenant.name}</strong>
                <span className="mono dim">{tenant.slug}</span>
              </button>
            </li>
          ))}
        </ul>
        {tenants.hasMore ? (
          <MoreRows
            shown={tenants.nodes.length}
            hasMore
            loading={tenants.loadingMore}
            error={tenants.error}
            loadMore={tenants.loadMore}
          />
        ) : null}
        <Button variant="subtle" onClick={() => void session.signOut()}>
          Sign out
        </Button>
      </div>
    </main>
  );
}
