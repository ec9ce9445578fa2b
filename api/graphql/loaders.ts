import DataLoader from 'dataloader';
import type { Definitions, EngineDescription, EngineProgress } from '../../core/ports/engine.ts';
import type { Alert } from '../../tenants/alert-store.ts';
import type { DefinitionVersion } from '../../tenants/definition-store.ts';
import type { Member } from '../../tenants/member-store.ts';
import type { WebhookEndpoint } from '../../tenants/endpoint-store.ts';
import { type RequestContext, withTenant } from '../request-context.ts';
import { endpointsOf } from './webhook-stores.ts';

/**
 * What one request reads at most once, however often its lists lead to it. Each part is made when it is first asked for: a
 * message to a thousand subscribers makes a thousand of these, of which most use none or one. Reading throws TENANT_MISSING
 * for an operator who has named no tenant.
 */
export class Loaders {
  readonly #context: RequestContext;
  #member: DataLoader<string, Member | null> | null = null;
  #alert: DataLoader<string, Alert | null> | null = null;
  #endpoint: DataLoader<string, WebhookEndpoint | null> | null = null;
  #version: DataLoader<number, DefinitionVersion | null> | null = null;
  #definitions: Promise<Definitions | null> | null = null;
  #progress: Promise<EngineProgress> | null = null;
  #description: Promise<EngineDescription> | null = null;

  constructor(context: RequestContext) {
    this.#context = context;
  }

  /** Members, by id. */
  get member(): DataLoader<string, Member | null> {
    this.#member ??= byKey((id) => withTenant(this.#context).tenant.members.get(id));
    return this.#member;
  }

  /** Alerts, by id. */
  get alert(): DataLoader<string, Alert | null> {
    this.#alert ??= byKey((id) => withTenant(this.#context).tenant.alerts.get(id));
    return this.#alert;
  }

  /** Webhook endpoints, by id. */
  get endpoint(): DataLoader<string, WebhookEndpoint | null> {
    this.#endpoint ??= byKey((id) => endpointsOf(this.#context).get(id));
    return this.#endpoint;
  }

  /** Versions of the definitions, by number. */
  get version(): DataLoader<number, DefinitionVersion | null> {
    this.#version ??= byKey((version) => withTenant(this.#context).tenant.definitions.get(version));
    return this.#version;
  }

  /** The definitions in force; null before the first. */
  async definitions(): Promise<Definitions | null> {
    this.#definitions ??= withTenant(this.#context).engine.definitions();
    return await this.#definitions;
  }

  /** How far the tenant's engine is. */
  async progress(): Promise<EngineProgress> {
    this.#progress ??= withTenant(this.#context).engine.progress();
    return await this.#progress;
  }

  /** What the tenant's engine has done and holds: for fields that tell sizes only. */
  async describe(): Promise<EngineDescription> {
    this.#description ??= withTenant(this.#context).engine.describe();
    return await this.#description;
  }
}

function byKey<K, V>(load: (key: K) => Promise<V>): DataLoader<K, V> {
  return new DataLoader((keys) =>
    // One that throws before it promises anything fails alone, too.
    Promise.all(
      keys.map(async (key) => await load(key)).map((one) => one.catch((error: unknown) => error as Error)),
    ),
  );
}
