import { createContext, useContext } from 'react';
import type { GraphqlClient } from './graphql-client.ts';
import type { QueryStore } from './query-store.ts';

/** What screens ask the service with. */
export interface Service {
  readonly client: GraphqlClient;
  readonly queries: QueryStore;
}

export const ServiceContext = createContext<Service | null>(null);

/** What the screen asks the service with. */
export function useService(): Service {
  const service = useContext(ServiceContext);
  if (service === null) throw new Error('no service around this component');
  return service;
}
