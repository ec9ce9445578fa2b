import { type KeyRole, KEY_SCOPES, type TenantSecrets } from './demo-notes.ts';
import type { Caller, ServiceClient } from '../service-client.ts';

/** A tenant as the demo wants it. */
export interface TenantWish {
  readonly slug: string;
  readonly name: string;
  /** The definition text that is to be in force. */
  readonly definitions: string;
  /** Where its alerts are to be sent. */
  readonly receiver: string;
}

/** The number of the definitions in force, and what has to be kept to use the tenant again. */
export interface TenantSetUp {
  readonly version: number;
  readonly secrets: TenantSecrets;
}

const ENDPOINT = 'receiver';

/**
 * Brings a tenant about, step by step where a step is not done yet: the tenant, its keys, an endpoint that gets every alert,
 * and definitions that one key drafts and another publishes. `kept` is what an earlier run was told; null where there was none.
 */
export async function setUpTenant(
  client: ServiceClient,
  adminToken: string,
  wish: TenantWish,
  kept: TenantSecrets | null,
): Promise<TenantSetUp> {
  await createTenant(client, { token: adminToken }, wish);
  const admin = { token: adminToken, tenant: wish.slug };
  const keys = kept?.keys ?? (await createKeys(client, admin));
  const webhookSecret = await setUpEndpoint(client, admin, wish.receiver, kept?.webhookSecret ?? null);
  const version = await publishDefinitions(client, keys, wish.definitions);
  return { version, secrets: { keys, webhookSecret } };
}

async function createTenant(
  client: ServiceClient,
  operator: Caller,
  { slug, name }: TenantWish,
): Promise<void> {
  const { tenants } = await client.graphql<{
    readonly tenants: { readonly nodes: readonly { slug: string }[] };
  }>(operator, '{ tenants(first: 200) { nodes { slug } } }');
  if (tenants.nodes.some((tenant) => tenant.slug === slug)) return;
  await client.graphql(
    operator,
    'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { code message } } }',
    { input: { slug, name } },
  );
}

async function createKeys(client: ServiceClient, admin: Caller): Promise<Record<KeyRole, string>> {
  const create = async (name: KeyRole): Promise<string> => {
    const { createApiKey } = await client.graphql<{ readonly createApiKey: { readonly secret: string } }>(
      admin,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code message } } }',
      { input: { name, scopes: KEY_SCOPES[name] } },
    );
    return createApiKey.secret;
  };
  return {
    drafter: await create('drafter'),
    publisher: await create('publisher'),
    sender: await create('sender'),
  };
}

interface Endpoint {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly state: string;
}

/** The endpoint's secret. Messages that an earlier run left waiting are sent at once, not when their schedule says. */
async function setUpEndpoint(
  client: ServiceClient,
  admin: Caller,
  url: string,
  secret: string | null,
): Promise<string> {
  const { webhookEndpoints } = await client.graphql<{
    readonly webhookEndpoints: { readonly nodes: readonly Endpoint[] };
  }>(admin, '{ webhookEndpoints(first: 200) { nodes { id name url state } } }');
  const present = webhookEndpoints.nodes.find(({ name }) => name === ENDPOINT);
  if (present === undefined) {
    return await change(client, admin, 'createWebhookEndpoint', { name: ENDPOINT, url, rules: [] });
  }
  const { id } = present;
  const kept = secret ?? (await change(client, admin, 'rotateWebhookSecret', { id }));
  if (present.url !== url) await change(client, admin, 'updateWebhookEndpoint', { id, url });
  if (present.state !== 'ENABLED') await change(client, admin, 'enableWebhookEndpoint', { id });
  await change(client, admin, 'replayDeliveries', { endpointId: id, state: 'PENDING' });
  return kept;
}

/** Runs a mutation of endpoints; gives the secret where the mutation answers with one. */
async function change(
  client: ServiceClient,
  admin: Caller,
  mutation: string,
  input: object,
): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const secret = /^(create|rotate)/.test(mutation) ? 'secret' : '';
  const answer = await client.graphql<Readonly<Record<string, { readonly secret?: string }>>>(
    admin,
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${secret} userErrors { code message } } }`,
    { input },
  );
  return answer[mutation]?.secret ?? '';
}

/** Has the text in force, unless it is; gives the number of its version. */
async function publishDefinitions(
  client: ServiceClient,
  keys: Readonly<Record<KeyRole, string>>,
  text: string,
): Promise<number> {
  interface InForce {
    readonly definitions: { readonly text: string; readonly version: { readonly number: number } | null };
  }
  const { definitions } = await client.graphql<InForce>(
    { token: keys.drafter },
    '{ definitions { text version { number } } }',
  );
  if (definitions.version !== null && definitions.text === text) return definitions.version.number;
  const { draftDefinitions } = await client.graphql<{
    readonly draftDefinitions: { readonly draft: { readonly id: string } };
  }>(
    { token: keys.drafter },
    `mutation ($input: DraftDefinitionsInput!) {
      draftDefinitions(input: $input) { draft { id } userErrors { code message } }
    }`,
    { input: { text, comment: 'the example, as it is delivered' } },
  );
  const { publishDefinitions: published } = await client.graphql<{
    readonly publishDefinitions: { readonly version: { readonly number: number } };
  }>(
    { token: keys.publisher },
    `mutation ($input: PublishDefinitionsInput!) {
      publishDefinitions(input: $input) { version { number } userErrors { code message } }
    }`,
    { input: { draftId: draftDefinitions.draft.id } },
  );
  return published.version.number;
}
