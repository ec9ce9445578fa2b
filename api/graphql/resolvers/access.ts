import { RingwatchError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { ApiKey } from '../../../tenants/key-store.ts';
import type { Member } from '../../../tenants/member-store.ts';
import type { Scope as StoreScope } from '../../../tenants/scopes.ts';
import type { Tenant } from '../../../tenants/tenant-directory.ts';
import type { TenantLimits } from '../../../tenants/tenant-settings.ts';
import type { TenantStores } from '../../../tenants/tenant-stores.ts';
import { withTenant } from '../../request-context.ts';
import { checkFirst, connectionOf, pageRequest } from '../connection.ts';
import type { GraphqlContext } from '../graphql-context.ts';
import { answerMutation } from '../mutation-answer.ts';
import { encodeNodeId, localId } from '../node-id.ts';
import type { TypeResolvers } from '../resolver-types.ts';
import type { PrincipalKind, Scope, TenantLimitsInput } from '../schema-inputs.ts';
import type { ResolverModule } from './resolver-module.ts';

/** Who asks, tenants, members and API keys. */
export const ACCESS: ResolverModule<
  | 'viewer'
  | 'members'
  | 'apiKeys'
  | 'tenants'
  | 'createTenant'
  | 'updateTenant'
  | 'createMember'
  | 'updateMember'
  | 'disableMember'
  | 'createApiKey'
  | 'revokeApiKey',
  'Viewer' | 'Tenant' | 'Member' | 'ApiKey'
> = {
  Query: {
    viewer: (_, __, context) => ({ context }),
    members: async (_, args, context) => {
      const request = pageRequest(args);
      const page = await withTenant(context).tenant.members.page(request, args.withShutOut ?? false);
      return connectionOf(page, request);
    },
    apiKeys: async (_, args, context) => {
      const request = pageRequest(args);
      return connectionOf(await withTenant(context).tenant.keys.page(request), request);
    },
    tenants: async (_, args, context) => {
      const request = pageRequest(args);
      checkFirst(request.first, LIMITS.pageRowsMax);
      const all = await context.services.tenants.listTenants(context.principal);
      const start = request.after === null ? 0 : all.findIndex(({ slug }) => slug > afterSlug(request.after));
      const rows = start < 0 ? [] : all.slice(start, start + request.first);
      return connectionOf(
        {
          rows: rows.map((row) => ({ cursor: slugCursor(row.slug), row })),
          hasNextPage: start >= 0 && start + request.first < all.length,
        },
        request,
      );
    },
  },
  Mutation: {
    createTenant: (_, { input }, context) =>
      answerMutation(
        context,
        'createTenant',
        { ...input, idempotencyKey: null },
        { tenant: null },
        async () => ({
          tenant: await createTenant(context, input),
        }),
      ),
    updateTenant: (_, { input }, context) =>
      answerMutation(context, 'updateTenant', input, { tenant: null }, async () => {
        const { tenant } = withTenant(context);
        const { name, twoPersonRule, limits } = input;
        await tenant.settings.update({
          ...(name === undefined || name === null ? {} : { name }),
          ...(twoPersonRule === undefined || twoPersonRule === null ? {} : { twoPersonRule }),
          ...(limits === undefined || limits === null ? {} : { limits: storeLimits(limits) }),
        });
        return { tenant: await tenantOf(tenant) };
      }),
    createMember: (_, { input }, context) =>
      answerMutation(context, 'createMember', input, { member: null }, async () => ({
        member: await withTenant(context).tenant.members.create({
          name: input.name,
          email: input.email,
          scopes: storeScopes(input.scopes),
        }),
      })),
    updateMember: (_, { input }, context) =>
      answerMutation(context, 'updateMember', input, { member: null }, async () => {
        const { name, email, scopes } = input;
        const member = await withTenant(context).tenant.members.update(localId(context, 'Member', input.id), {
          ...(name === undefined || name === null ? {} : { name }),
          ...(email === undefined || email === null ? {} : { email }),
          ...(scopes === undefined || scopes === null ? {} : { scopes: storeScopes(scopes) }),
        });
        return { member };
      }),
    disableMember: (_, { input }, context) =>
      answerMutation(context, 'disableMember', input, { member: null }, async () => ({
        member: await withTenant(context).tenant.members.disable(localId(context, 'Member', input.id)),
      })),
    createApiKey: async (_, { input }, context) => {
      let secret: string | null = null;
      const answer = await answerMutation(context, 'createApiKey', input, { apiKey: null }, async () => {
        const { name, expiresAt, memberId } = input;
        const created = await withTenant(context).tenant.keys.create({
          name,
          scopes: storeScopes(input.scopes),
          expiresAt: expiresAt ?? null,
          memberId: memberId === undefined || memberId === null ? null : localId(context, 'Member', memberId),
        });
        secret = created.token;
        return { apiKey: created.key };
      });
      return { ...answer, secret };
    },
    revokeApiKey: (_, { input }, context) =>
      answerMutation(context, 'revokeApiKey', input, { apiKey: null }, async () => ({
        apiKey: await withTenant(context).tenant.keys.revoke(localId(context, 'ApiKey', input.id)),
      })),
  },
  Viewer: {
    kind: ({ context }) => principalKind(context.principal.kind),
    name: ({ context }) => context.principal.name,
    personId: ({ context }) => context.principal.personId,
    memberId: ({ context: { principal, tenant } }) =>
      principal.kind === 'member' && tenant !== null
        ? encodeNodeId('Member', tenant.id, principal.personId)
        : null,
    scopes: ({ context }) => context.principal.scopes.map(scopeName),
    tenant: ({ context }) => (context.tenant === null ? null : tenantOf(context.tenant)),
  } satisfies TypeResolvers<'Viewer'>,
  Tenant: {
    tenantId: ({ id }) => id,
    // Of another tenant than the request's only the operator hears, and of its settings only once it is named.
    settings: async ({ id }, _, context) => {
      const { tenant } = withTenant(context);
      if (tenant.id !== id) throw new RingwatchError('TENANT_MISSING');
      return tenant.settings.get();
    },
  } satisfies TypeResolvers<'Tenant'>,
  Member: { scopes: ({ scopes }: Member) => scopes.map(scopeName) } satisfies TypeResolvers<'Member'>,
  ApiKey: {
    scopes: ({ scopes }: ApiKey) => scopes.map(scopeName),
    state: ({ revokedAt, expiresAt }: ApiKey) => {
      if (revokedAt !== null) return 'REVOKED';
      return expiresAt !== null && Date.parse(expiresAt) <= Date.now() ? 'EXPIRED' : 'ACTIVE';
    },
    member: ({ memberId }: ApiKey, _, context) =>
      memberId === null ? null : context.loaders.member.load(memberId),
  } satisfies TypeResolvers<'ApiKey'>,
};

/** The tenant that stores are bound to. */
export async function tenantOf(stores: TenantStores): Promise<Tenant> {
  return { id: stores.id, ...(await stores.settings.profile()) };
}

/** A kind of principal as the contract says it. */
export function principalKind(kind: 'key' | 'member' | 'operator'): PrincipalKind {
  return kind === 'key' ? 'KEY' : kind === 'member' ? 'MEMBER' : 'OPERATOR';
}

/** The slug tells one request from another: repeated with an idempotency key it answers with the tenant that is there. */
async function createTenant(
  { services, principal, authenticated }: GraphqlContext,
  input: { readonly slug: string; readonly name: string; readonly idempotencyKey?: string | null },
): Promise<Tenant> {
  try {
    return await services.tenants.createTenant(principal, { slug: input.slug, name: input.name });
  } catch (error) {
    const isRepeated =
      error instanceof RingwatchError &&
      error.code === 'SLUG_TAKEN' &&
      (input.idempotencyKey ?? null) !== null;
    if (!isRepeated) throw error;
    const known = await services.tenants.findTenant(authenticated, input.slug);
    if (known === null || known.name !== input.name.trim()) throw error;
    return known;
  }
}

/** Limits that are given; BIGINT as the store counts. */
function storeLimits(limits: TenantLimitsInput): Partial<TenantLimits> {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value === null ? null : Number(value)]));
}

function scopeName(scope: StoreScope): Scope {
  return scope.toUpperCase() as Scope;
}

function storeScopes(scopes: readonly Scope[]): readonly StoreScope[] {
  return scopes.map((scope) => scope.toLowerCase() as StoreScope);
}

/** The operator sees every tenant, so there is nothing to hide in a place among them. */
function slugCursor(slug: string): string {
  return Buffer.from(`slug:${slug}`).toString('base64url');
}

function afterSlug(cursor: string | null): string {
  const text = Buffer.from(cursor ?? '', 'base64url').toString('utf8');
  if (!text.startsWith('slug:')) throw new RingwatchError('CURSOR_INVALID');
  return text.slice('slug:'.length);
}
