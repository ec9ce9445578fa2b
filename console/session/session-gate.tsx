import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Credentials, GraphqlClient } from '../graphql/graphql-client.ts';
import { QueryStore } from '../graphql/query-store.ts';
import { asRequestError, type RequestError } from '../graphql/request-error.ts';
import { ServiceContext } from '../graphql/service-context.ts';
import { FailureMessage } from '../parts/state-message.tsx';
import { ChooseTenantScreen } from './choose-tenant-screen.tsx';
import { WhoAmI } from './session.operations.ts';
import { closeSession, type OpenSession, resumeSession } from './session-api.ts';
import { SessionContext } from './session-context.ts';
import { SignInScreen } from './sign-in-screen.tsx';
import { type Viewer, ViewerContext } from './viewer-context.ts';

type Phase =
  | { readonly kind: 'resuming' }
  | { readonly kind: 'failed'; readonly error: RequestError }
  | { readonly kind: 'signedOut'; readonly reason: string | null }
  | { readonly kind: 'signedIn'; readonly viewer: Viewer };

const TENANT_KEY = 'ringwatch-tenant';
const BASE = window.location.origin;
const ENDED = 'Your session has ended. Sign in again.';

/** Lets through who is signed in, for a tenant; to others it shows what they need to get there. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const [phase, setPhase] = useState<Phase>({ kind: 'resuming' });
  const credentials = useRef<Credentials>({ csrf: null, tenant: window.sessionStorage.getItem(TENANT_KEY) });
  const service = useMemo(() => {
    const client = new GraphqlClient(BASE, () => credentials.current);
    const onError = (error: RequestError): void => {
      if (error.code === 'UNAUTHENTICATED') leave(ENDED);
    };
    const queries = new QueryStore(client, onError);
    let timer: number | undefined;
    const leave = (reason: string | null): void => {
      window.clearTimeout(timer);
      client.disconnect();
      queries.clear();
      credentials.current = { csrf: null, tenant: null };
      window.sessionStorage.removeItem(TENANT_KEY);
      setPhase({ kind: 'signedOut', reason });
    };
    /** Nothing of a session stays on the page after its time, also where nothing is asked any more. */
    const endAfter = (ms: number): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => leave(ENDED), ms);
    };
    return { client, queries, leave, endAfter };
  }, []);

  const enter = useCallback(
    async (session: OpenSession | null, tenant: string | null): Promise<void> => {
      if (session === null) return setPhase({ kind: 'signedOut', reason: null });
      credentials.current = { csrf: session.csrf, tenant };
      service.endAfter(session.lastsMs);
      const { viewer } = await service.client.request(WhoAmI, {});
      if (tenant !== null) window.sessionStorage.setItem(TENANT_KEY, tenant);
      setPhase({ kind: 'signedIn', viewer });
    },
    [service],
  );
  const resume = useCallback(() => {
    setPhase({ kind: 'resuming' });
    resumeSession(BASE)
      .then((session) => enter(session, credentials.current.tenant))
      .catch((cause: unknown) => {
        const error = asRequestError(cause);
        if (error.retryable) setPhase({ kind: 'failed', error });
        else service.leave(error.message);
      });
  }, [enter, service]);
  useEffect(resume, [resume]);

  const chooseTenant = useCallback(
    async (tenant: string | null): Promise<void> => {
      const { csrf } = credentials.current;
      service.client.disconnect();
      service.queries.clear();
      credentials.current = { csrf, tenant };
      if (tenant === null) window.sessionStorage.removeItem(TENANT_KEY);
      else window.sessionStorage.setItem(TENANT_KEY, tenant);
      const { viewer } = await service.client.request(WhoAmI, {});
      setPhase({ kind: 'signedIn', viewer });
    },
    [service],
  );
  const session = useMemo(
    () => ({
      chooseTenant,
      signOut: async (): Promise<void> => {
        const { csrf } = credentials.current;
        // Whatever comes of it, nothing of the session stays in this page.
        if (csrf !== null) await closeSession(BASE, csrf).catch(() => undefined);
        service.leave(null);
      },
    }),
    [chooseTenant, service],
  );

  if (phase.kind === 'resuming') return null;
  if (phase.kind === 'failed') return <FailureMessage error={phase.error} retry={resume} />;
  if (phase.kind === 'signedOut') {
    return <SignInScreen base={BASE} reason={phase.reason} entered={(opened) => enter(opened, null)} />;
  }
  return (
    <ServiceContext.Provider value={service}>
      <SessionContext.Provider value={session}>
        <ViewerContext.Provider value={phase.viewer}>
          {phase.viewer.tenant === null ? <ChooseTenantScreen /> : children}
        </ViewerContext.Provider>
      </SessionContext.Provider>
    </ServiceContext.Provider>
  );
}
