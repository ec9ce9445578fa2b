import { RingwatchError } from '../../../core/errors.ts';
import type { DefinitionChange, DryRun } from '../../../core/ports/engine.ts';
import { diff } from '../../../language/diff.ts';
import { explain } from '../../../language/explain.ts';
import { picture } from '../../../language/picture.ts';
import type { DefinitionVersion } from '../../../tenants/definition-store.ts';
import type { Draft } from '../../../tenants/draft-store.ts';
import { withTenant } from '../../request-context.ts';
import { connectionOf, pageRequest } from '../connection.ts';
import { type GraphqlContext, notePosition } from '../graphql-context.ts';
import { answerMutation, userError } from '../mutation-answer.ts';
import { localId } from '../node-id.ts';
import type { Plain, TypeResolvers } from '../resolver-types.ts';
import type { DraftPurpose, DraftState, StatementKind } from '../schema-inputs.ts';
import type { ResolverModule } from './resolver-module.ts';

/** Definition texts: what is in force, drafts, versions. */
export const DEFINITIONS: ResolverModule<
  | 'definitions'
  | 'definitionVersions'
  | 'drafts'
  | 'draftDefinitions'
  | 'withdrawDraft'
  | 'publishDefinitions'
  | 'enableRule'
  | 'disableRule'
  | 'rollBackRule'
  | 'rollBackDefinitions',
  'Definitions' | 'DefinitionVersion' | 'Draft'
> = {
  Query: {
    definitions: async (_, __, context) => ({ inForce: await context.loaders.definitions() }),
    definitionVersions: async (_, args, context) => {
      const request = pageRequest(args);
      return connectionOf(await withTenant(context).tenant.definitions.page(request), request);
    },
    drafts: async (_, args, context) => {
      const request = pageRequest(args);
      return connectionOf(await withTenant(context).tenant.drafts.page(request), request);
    },
  },
  Mutation: {
    draftDefinitions: async (_, { input }, context) => {
      const { tenant, engine } = withTenant(context);
      const allowDrop = input.allowDrop ?? false;
      const check = checkOf(await engine.check(input.text, { allowDrop }));
      if (input.dryRun === true) return { draft: null, check, userErrors: [] };
      if (!check.valid) {
        const count = (check.errors as readonly unknown[]).length;
        const error = new RingwatchError('DEFINITIONS_INVALID', { count });
        return { draft: null, check, userErrors: [{ ...userError(error, {}), field: ['input', 'text'] }] };
      }
      const answer = await answerMutation(context, 'draftDefinitions', input, { draft: null }, async () => ({
        draft: await tenant.drafts.create({ text: input.text, allowDrop, comment: input.comment ?? '' }),
      }));
      return { ...answer, check };
    },
    withdrawDraft: (_, { input }, context) =>
      answerMutation(context, 'withdrawDraft', input, { draft: null }, async () => ({
        draft: await withTenant(context).tenant.drafts.withdraw(localId(context, 'Draft', input.id)),
      })),
    publishDefinitions: (_, { input }, context) =>
      answerMutation(
        context,
        'publishDefinitions',
        input,
        { version: null, position: null, draft: null },
        async (mayBeDone) => {
          const id = localId(context, 'Draft', input.draftId);
          const published = await withTenant(context).tenant.drafts.publish(id, { mayBeDone });
          notePosition(context, published.position);
          return published;
        },
      ),
    enableRule: (_, { input }, context) =>
      answerMutation(context, 'enableRule', input, { draft: null }, async () => ({
        draft: await withTenant(context).tenant.drafts.enableRule(input.rule, input.comment ?? ''),
      })),
    disableRule: (_, { input }, context) =>
      answerMutation(context, 'disableRule', input, { draft: null }, async () => ({
        draft: await withTenant(context).tenant.drafts.disableRule(input.rule, input.comment ?? ''),
      })),
    rollBackRule: (_, { input }, context) =>
      answerMutation(context, 'rollBackRule', input, { draft: null }, async () => ({
        draft: await withTenant(context).tenant.drafts.rollBackRule(
          input.rule,
          input.toDefinitionVersion,
          input.comment ?? '',
        ),
      })),
    rollBackDefinitions: (_, { input }, context) =>
      answerMutation(context, 'rollBackDefinitions', input, { draft: null }, async () => ({
        draft: await withTenant(context).tenant.drafts.rollBack(input.toVersion, input.comment ?? ''),
      })),
  },
  Definitions: {
    text: ({ inForce }) => inForce?.text ?? '',
    version: ({ inForce }, _, context) =>
      inForce === null ? null : context.loaders.version.load(inForce.version),
    plan: ({ inForce }, _, { services }) => {
      const program = inForce === null ? null : services.programs.of(inForce.text).program;
      return program === null ? '' : explain(program).text;
    },
    picture: ({ inForce }, _, { services }) => {
      const program = inForce === null ? null : services.programs.of(inForce.text).program;
      return program === null ? '' : picture(program);
    },
  } satisfies TypeResolvers<'Definitions'>,
  DefinitionVersion: {
    number: ({ version }: DefinitionVersion) => version,
    publishedBy: ({ publishedBy }: DefinitionVersion) => publishedBy?.name ?? null,
    draftedBy: ({ draftedBy }: DefinitionVersion) => draftedBy?.name ?? null,
    diff: async (version: DefinitionVersion, _, context) => {
      const before = version.version === 1 ? null : await context.loaders.version.load(version.version - 1);
      const { programs } = context.services;
      const { program } = programs.of(version.text);
      if (program === null) return { statements: [], state: [], text: '' };
      const old = before === null ? null : programs.of(before.text).program;
      return diffOf(diff(old, program));
    },
  } satisfies TypeResolvers<'DefinitionVersion'>,
  Draft: {
    purpose: ({ purpose }: Draft) => PURPOSES[purpose.kind],
    rule: ({ purpose }: Draft) => ('rule' in purpose ? purpose.rule : null),
    state: ({ status }: Draft) => status.toUpperCase() as DraftState,
    author: ({ draftedBy }: Draft) => draftedBy.name,
    createdAt: ({ draftedAt }: Draft) => draftedAt,
    basedOn: ({ baseVersion }: Draft, _, context) =>
      baseVersion === 0 ? null : context.loaders.version.load(baseVersion),
    published: ({ version }: Draft, _, context) =>
      version === null ? null : context.loaders.version.load(version),
    check: async ({ text, allowDrop }: Draft, _, context: GraphqlContext) =>
      checkOf(await withTenant(context).engine.check(text, { allowDrop })),
  } satisfies TypeResolvers<'Draft'>,
};

const PURPOSES: Readonly<Record<Draft['purpose']['kind'], DraftPurpose>> = {
  text: 'TEXT',
  disableRule: 'DISABLE_RULE',
  enableRule: 'ENABLE_RULE',
  rollBack: 'ROLL_BACK',
  rollBackRule: 'ROLL_BACK_RULE',
};

const KINDS: Readonly<Record<string, StatementKind>> = {
  source: 'SOURCE',
  table: 'TABLE',
  view: 'VIEW',
  'property graph': 'GRAPH_VIEW',
  decision: 'DECISION',
  rule: 'RULE',
  query: 'QUERY',
};

const STATE_CHANGES = {
  kept: 'KEPT',
  filled: 'BACKFILLED',
  empty: 'STARTS_EMPTY',
  dropped: 'DROPPED',
} as const;

/** A dry run as the contract says it. */
function checkOf({ problems, change }: DryRun): Plain<'DefinitionCheck'> {
  return {
    valid: problems.length === 0,
    errors: problems,
    warnings: change?.warnings ?? [],
    diff: change === null ? null : diffOf(change),
    plan: change?.plan ?? null,
    picture: change?.picture ?? null,
  };
}

function diffOf(change: Pick<DefinitionChange, 'statements' | 'state' | 'text'>): Plain<'DefinitionDiff'> {
  return {
    statements: change.statements.map(({ what, name, change: kind }) => ({
      kind: KINDS[what] ?? 'VIEW',
      name,
      change: kind.toUpperCase() as 'ADDED' | 'CHANGED' | 'DROPPED' | 'UNCHANGED',
    })),
    state: change.state.map(({ what, action }) => ({ what, change: STATE_CHANGES[action] })),
    text: change.text,
  };
}
