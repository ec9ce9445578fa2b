import DataLoader from 'dataloader';
import type { Definitions, EngineDescription } from '../../core/ports/engine.ts';
import type { Alert } from '../../tenants/alert-store.ts';
import type { DefinitionVersion } from '../../tenants/definition-store.ts';
import type { Member } from '../../tenants/member-store.ts';
import type { WebhookEndpoint } from '../../tenants/endpoint-store.ts';
import { type RequestContext, withTenant } from '../request-context.ts';
import { endpointsOf } from './webhook-stores.ts';

/** What one request reads at most once, however often its lists lead to it. */
export interface Loaders {
  readonly member: DataLoader<string, Member | null>;
  readonly alert: DataLoader<string, Alert | null>;
  readonly endpoint: DataLoader<string, WebhookEndpoint | null>;
  readonly version: DataLoader<number, DefinitionVersion | null>;
  /** The definitions in force; null before the first. */
  definitions(): Promise<Definitions | null>;
  describe(): Promise<EngineDescription>;
}

/** Loaders for one request. They throw TENANT_MISSING for an operator who has named no tenant. */
export function createLoaders(context: RequestContext): Loaders {
  const byKey = <K, V>(load: (key: K) => Promise<V>): DataLoader<K, V> =>
    new DataLoader((keys) =>
      // One that throws before it promises anything fails alone, too.
      Promise.all(
        keys.map(async (key) => await load(key)).map((one) => one.catch((error: unknown) => error as Error)),
      ),
    );
  return {
    member: byKey((id) => withTenant(context).tenant.members.get(id)),
    alert: byKey((id) => withTenant(context).tenant.alerts.get(id)),
    endpoint: byKey((id) => endpointsOf(context).get(id)),
    version: byKey((version) => withTenant(context).tenant.definitions.get(version)),
    definitions: once(() => withTenant(context).engine.definitions()),
    describe: once(() => withTenant(context).engine.describe()),
  };
}

/** Calls `read` when it is first asked for, and gives the same answer from then on. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return async () => {
    reading ??= read();
    return reading;
  };
}
