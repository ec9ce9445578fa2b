import type { AuditEntry } from '../../../tenants/audit-chain.ts';
import type { AuditFilter as StoreFilter, SignedAuditHead } from '../../../tenants/audit-store.ts';
import { withTenant } from '../../request-context.ts';
import { connectionOf, pageRequest } from '../connection.ts';
import type { TypeResolvers } from '../resolver-types.ts';
import type { AuditFilter } from '../schema-inputs.ts';
import { principalKind } from './access.ts';
import type { ResolverModule } from './resolver-module.ts';

/** The audit log. */
export const AUDIT: ResolverModule<'audit' | 'verifyAudit' | 'auditHead', 'AuditEntry'> = {
  Query: {
    audit: async (_, { filter, ...args }, context) => {
      const request = pageRequest(args, 50);
      const page = await withTenant(context).tenant.audit.page(storeFilter(filter ?? {}), request);
      return connectionOf(page, request);
    },
    verifyAudit: async (_, { head }, context) => {
      const { audit } = withTenant(context).tenant;
      const kept: SignedAuditHead | undefined =
        head === undefined || head === null
          ? undefined
          : { ...head, tenant: head.tenantId, sequence: Number(head.sequence) };
      const verdict = await audit.verify(kept);
      if (verdict.kind === 'intact') {
        const { entries, hash } = verdict;
        return { valid: true, entries, hash, brokenAt: null, reason: null };
      }
      const { sequence, reason } = verdict;
      return { valid: false, entries: null, hash: null, brokenAt: sequence, reason };
    },
    auditHead: async (_, __, context) => {
      const { tenant, ...head } = await withTenant(context).tenant.audit.head();
      return { ...head, tenantId: tenant };
    },
  },
  Mutation: {},
  AuditEntry: {
    actor: ({ actor }: AuditEntry) => ({
      kind:
        actor.kind === 'key' || actor.kind === 'member' || actor.kind === 'operator'
          ? principalKind(actor.kind)
          : null,
      id: actor.id,
      personId: actor.personId,
      name: actor.name,
    }),
    kind: ({ kind }: AuditEntry) => (kind === 'read' ? 'READ' : 'CHANGE'),
  } satisfies TypeResolvers<'AuditEntry'>,
};

function storeFilter({ actions, kind, actor, target, from, to }: AuditFilter): StoreFilter {
  return {
    ...(actions === undefined || actions === null ? {} : { actions }),
    ...(kind === undefined || kind === null ? {} : { kind: kind === 'READ' ? 'read' : 'change' }),
    ...(actor === undefined || actor === null ? {} : { actor }),
    ...(target === undefined || target === null ? {} : { target }),
    ...(from === undefined || from === null ? {} : { from }),
    ...(to === undefined || to === null ? {} : { until: to }),
  };
}
