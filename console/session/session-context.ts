import { createContext, useContext } from 'react';

/** What the viewer can do about being signed in. */
export interface Session {
  /** Works for another tenant from now on (an operator only); null to choose again. Throws RequestError. */
  readonly chooseTenant: (tenant: string | null) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

/** What the viewer can do about being signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('nobody is signed in around this component');
  return session;
}
