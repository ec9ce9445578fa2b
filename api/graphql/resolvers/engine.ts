import type { AlertEffect, DecisionEffect } from '../../../core/effects.ts';
import { RingwatchError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { JsonValue, QueryAnswer, QueryRequest, RelationSchema } from '../../../core/ports/engine.ts';
import { askDecision, serverTiming } from '../../decide/ask-decision.ts';
import { appendBody, noteRowChange } from '../../ingest/append-body.ts';
import { relationOf } from '../../relation-of.ts';
import { withTenant } from '../../request-context.ts';
import { checkFirst } from '../connection.ts';
import { engineToRead, type GraphqlContext, notePosition } from '../graphql-context.ts';
import { codedError } from '../graphql-error.ts';
import type { DecisionModel } from '../models.ts';
import { answerMutation, userError } from '../mutation-answer.ts';
import type { ArgsOf, Plain, TypeResolvers } from '../resolver-types.ts';
import { decisionReasons } from '../reasons.ts';
import { alertOfEffect, ringsOf } from '../rings.ts';
import type { Wait } from '../schema-inputs.ts';
import { bytesOnce, chunksOf, lineOf } from '../sent-lines.ts';
import { selectedFields } from '../selected-fields.ts';
import type { ResolverModule } from './resolver-module.ts';

/** What goes through the engine: events, rows, decisions, queries. */
export const ENGINE: ResolverModule<
  'query' | 'decision' | 'ingest' | 'upsertRows' | 'deleteRows' | 'decide',
  'Decision' | 'GraphEdge'
> = {
  Query: {
    query: (_, args, context, info) => answerQuery(args, context, selectedFields(info)),
    decision: (_, { position }, context) => decisionAt(context, Number(position)),
  },
  Mutation: {
    ingest: (_, { input }, context) =>
      write(context, 'ingest', input, 'source', input.source, input.events, input.wait),
    upsertRows: (_, { input }, context) => {
      const lines = input.rows.map((row) => ({ op: 'upsert', row }));
      return write(context, 'upsertRows', input, 'table', input.table, lines, input.wait);
    },
    deleteRows: (_, { input }, context) => {
      const lines = input.keys.map((row) => ({ op: 'delete', row }));
      return write(context, 'deleteRows', input, 'table', input.table, lines, input.wait);
    },
    decide: (_, { input }, context) =>
      answerMutation(context, 'decide', input, { decision: null }, async () => {
        const decision = await decide(context, input);
        notePosition(context, decision.position);
        return { decision };
      }),
  },
  Decision: {
    refused: ({ outcome }: DecisionModel) => outcome === 'refused',
    alerts: async (decision: DecisionModel, _, context) => {
      if (decision.alerts.kind === 'known')
        return decision.alerts.effects.map((effect) => alertOfEffect(effect));
      const alerts = await context.loaders.alert.loadMany(decision.alerts.ids);
      return alerts.flatMap((alert) => {
        if (alert instanceof Error) throw alert;
        return alert === null ? [] : [alert];
      });
    },
    rings: async (decision: DecisionModel, _, context) => {
      const alerts = (await alertEffects(context, decision)).map((effect) => alertOfEffect(effect));
      return (await Promise.all(alerts.map((alert) => ringsOf(context, alert)))).flat();
    },
    reasons: async (decision: DecisionModel, _, context) =>
      decisionReasons(context, decision, await alertEffects(context, decision)),
  } satisfies TypeResolvers<'Decision'>,
  GraphEdge: {
    from: ({ source }) => source,
    to: ({ destination }) => destination,
    amount: ({ properties }) => {
      const amount = properties.amount;
      return typeof amount === 'string' || typeof amount === 'number' ? String(amount) : null;
    },
  } satisfies TypeResolvers<'GraphEdge'>,
};

/** The decision made for the event at a position, or null. Throws EFFECTS_FORGOTTEN. */
export async function decisionAt(context: GraphqlContext, position: number): Promise<DecisionModel | null> {
  const { tenant, engine } = withTenant(context);
  const page = await engine.effects({
    from: { kind: 'positions', from: position, to: position },
    kinds: ['decision', 'alert', 'deadline'],
  });
  const effects = page.effects.map(({ effect }) => effect);
  const decision = effects.find((effect) => effect.kind === 'decision');
  if (decision === undefined) return null;
  await tenant.audit.recordRead('decision.read', String(position));
  const alerts = effects.filter((effect) => effect.kind === 'alert');
  const answered = page.answered[position];
  return {
    ...decisionModel(decision, { kind: 'known', effects: alerts }),
    outcome: answered ?? decision.outcome,
    afterDeadline: answered !== undefined,
  };
}

/** A decision as its effect tells it. */
export function decisionModel(effect: DecisionEffect, alerts: DecisionModel['alerts']): DecisionModel {
  return {
    name: effect.decision,
    source: effect.source,
    key: effect.key,
    time: effect.time,
    outcome: effect.outcome,
    afterDeadline: false,
    durable: true,
    duplicate: false,
    position: effect.position,
    rules: effect.rules,
    alerts,
    deadlineMs: null,
    answeredInMs: null,
  };
}

async function decide(
  context: GraphqlContext,
  input: ArgsOf<'Mutation', 'decide'>['input'],
): Promise<DecisionModel> {
  const bound = withTenant(context);
  const relation = await relationOf(bound.engine, 'source', input.source);
  const event = lineOf(input.event);
  const asked = await askDecision(context.services, bound, {
    way: 'graphql',
    source: relation,
    event,
    askedMs: input.deadlineMs ?? null,
  });
  context.notes.timing = serverTiming(asked);
  const { answer, deadlineMs, answeredInMs } = asked;
  return {
    name: answer.decision,
    source: answer.source,
    key: answer.key,
    time: answer.effect?.time ?? null,
    outcome: answer.outcome,
    afterDeadline: answer.afterDeadline,
    durable: answer.durable,
    duplicate: answer.duplicate,
    position: answer.position,
    rules: answer.effect?.rules ?? [],
    alerts: { kind: 'known', effects: answer.alerts },
    deadlineMs,
    answeredInMs,
  };
}

/** Writes rows, and says what came of each. A part may be kept where the rest fails. */
async function write(
  context: GraphqlContext,
  operation: string,
  input: { readonly idempotencyKey?: string | null },
  kind: RelationSchema['kind'],
  name: string,
  lines: readonly unknown[],
  wait: Wait | null,
): Promise<{ result: Plain<'WriteResult'> | null; userErrors: readonly Plain<'UserError'>[] }> {
  const startedMs = performance.now();
  let failure: RingwatchError | null = null;
  const answer = await answerMutation(context, operation, input, { result: null }, async () => {
    if (lines.length > LIMITS.graphqlRowsMax) {
      const field = Object.keys(input).find((one) => ['events', 'rows', 'keys'].includes(one)) ?? 'rows';
      throw new RingwatchError('FIELD_INVALID', {
        field,
        reason: `it has more than ${LIMITS.graphqlRowsMax}`,
      });
    }
    const relation = await relationOf(withTenant(context).engine, kind, name);
    await noteRowChange(withTenant(context), relation);
    const encoded = lines.map(lineOf);
    const outcome = await appendBody({
      context: withTenant(context),
      reading: context.services.encodeBody(relation, 'ndjson', chunksOf(encoded)),
      wait: wait === 'APPLIED' ? 'applied' : 'durable',
      bytes: bytesOnce(encoded),
    });
    if (outcome.failure !== null) {
      failure = codedError(outcome.failure.error);
      // What was kept has to be told, so that it is not sent again as if nothing had been.
      if (failure === null || outcome.result.accepted === 0) throw outcome.failure.error;
    }
    return { result: outcome.result };
  });
  context.services.series.timed(withTenant(context).tenant.id, 'write', performance.now() - startedMs);
  if (answer.result !== null) noteWrite(context, answer.result);
  if (failure === null) return answer;
  return { ...answer, userErrors: [userError(failure, input)] };
}

function noteWrite(context: GraphqlContext, result: Plain<'WriteResult'>): void {
  if (typeof result.token === 'string') context.notes.token = result.token;
  if (typeof result.position === 'number') notePosition(context, result.position);
}

async function answerQuery(
  args: ArgsOf<'Query', 'query'>,
  context: GraphqlContext,
  selected: ReadonlySet<string>,
): Promise<Plain<'QueryAnswer'>> {
  const { tenant } = withTenant(context);
  const first = args.first ?? 100;
  checkFirst(first, LIMITS.queryPageRowsMax);
  if (args.after !== undefined && args.after !== null) return laterPage(args.after, first, context, selected);
  const engine = await engineToRead(context, args.atLeast ?? null);
  const startedMs = performance.now();
  tenant.usage.count('queries', 1);
  const answer = await engine
    .query(queryRequest(args, first, selected), context.deadline.signal)
    .catch((error: unknown) => {
      // What was done of a query that is called off counts as well.
      if (error instanceof RingwatchError && error.code === 'QUERY_CANCELLED')
        tenant.usage.count('queryEdges', Number(error.details.edges));
      throw error;
    });
  context.services.series.timed(tenant.id, 'query', performance.now() - startedMs);
  tenant.usage.count('queryEdges', answer.edgesVisited);
  await tenant.audit.recordRead('graph.query', args.savedQuery ?? args.view ?? null, {
    rows: answer.rows.length,
    position: answer.position,
  });
  const hasNext = answer.rows.length > first && CURSOR_FIELDS.some((field) => selected.has(field));
  const key = hasNext ? context.services.answers.keep(tenant.id, answer) : null;
  return answerPage(answer, key, 0, first, context);
}

/** Fields that tell a cursor: without one of them nobody can ask for another page. */
const CURSOR_FIELDS = ['rows.edges.cursor', 'rows.pageInfo.startCursor', 'rows.pageInfo.endCursor'];

/** Fields that depend on rows beyond the page. */
const WHOLE_FIELDS = [...CURSOR_FIELDS, 'graph', 'truncated', 'rows.totalCount', 'rows.pageInfo.hasNextPage'];

/** How many of the rows are wanted: what the engine finds and nobody reads is not carried over. */
function rowsWanted(first: number, selected: ReadonlySet<string>): number {
  if (WHOLE_FIELDS.some((field) => selected.has(field))) return LIMITS.queryRowsMax;
  return selected.has('rows.edges') || selected.has('rows.nodes') ? first : 0;
}

function queryRequest(
  args: ArgsOf<'Query', 'query'>,
  first: number,
  selected: ReadonlySet<string>,
): QueryRequest {
  const parameters = (args.parameters ?? {}) as Readonly<Record<string, JsonValue>>;
  const shared = { parameters, rowsMax: rowsWanted(first, selected), graph: selected.has('graph') };
  if (typeof args.savedQuery === 'string') {
    if (typeof args.text === 'string' || typeof args.view === 'string') {
      const reason = 'a saved query brings its text and view along';
      throw new RingwatchError('FIELD_INVALID', { field: 'savedQuery', reason });
    }
    return { ...shared, query: { kind: 'saved', name: args.savedQuery } };
  }
  if (typeof args.text !== 'string') {
    throw new RingwatchError('FIELD_INVALID', {
      field: 'text',
      reason: 'neither it nor savedQuery is given',
    });
  }
  const types = (args.parameterTypes ?? {}) as Readonly<Record<string, string>>;
  return { ...shared, query: { kind: 'text', graph: args.view ?? null, text: args.text, types } };
}

function laterPage(
  after: string,
  first: number,
  context: GraphqlContext,
  selected: ReadonlySet<string>,
): Plain<'QueryAnswer'> {
  const { tenant } = withTenant(context);
  const [key, index] = tenant.cursors.open('query', after);
  const answer = typeof key === 'string' ? context.services.answers.find(tenant.id, key) : null;
  if (answer === null || typeof key !== 'string') throw new RingwatchError('CURSOR_EXPIRED');
  if (answer.graph === null && selected.has('graph')) {
    const reason = 'the page that it comes from was asked for without `graph`, so that this one has none';
    throw new RingwatchError('FIELD_INVALID', { field: 'after', reason });
  }
  return answerPage(answer, key, Number(index) + 1, first, context);
}

/** `key`: what the answer is kept under; null where it has only one page. */
function answerPage(
  answer: QueryAnswer,
  key: string | null,
  start: number,
  first: number,
  context: GraphqlContext,
): Plain<'QueryAnswer'> {
  notePosition(context, answer.position);
  const { tenant } = withTenant(context);
  const names = answer.columns.map(({ name }) => name);
  const edges = answer.rows.slice(start, start + first).map((row, offset) => ({
    cursor: tenant.cursors.seal('query', [key, start + offset]),
    node: Object.fromEntries(names.map((name, column) => [name, row[column] ?? null])),
  }));
  return {
    columns: answer.columns.map(({ name, typeName }) => ({ name, type: typeName })),
    rows: {
      edges,
      nodes: edges.map(({ node }) => node),
      totalCount: answer.rows.length,
      pageInfo: {
        hasNextPage: start + first < answer.rows.length,
        hasPreviousPage: start > 0,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    },
    // Null only where nobody reads it.
    graph: answer.graph ?? { vertices: [], edges: [] },
    position: answer.position,
    partial: answer.partial,
    truncated: answer.truncated,
    edgesVisited: answer.edgesVisited,
    evaluationErrors: answer.evaluationErrors,
    trace: answer.trace,
  };
}

/** The alerts of a decision as the engine keeps them. */
async function alertEffects(
  context: GraphqlContext,
  decision: DecisionModel,
): Promise<readonly AlertEffect[]> {
  const { alerts, position } = decision;
  if (alerts.kind === 'known') return alerts.effects;
  if (alerts.ids.length === 0 || position === null) return [];
  const page = await withTenant(context).engine.effects({
    from: { kind: 'positions', from: position, to: position },
    kinds: ['alert'],
  });
  return page.effects.flatMap(({ effect }) => (effect.kind === 'alert' ? [effect] : []));
}
