import type { CacheSizes } from '../../../core/cache-sizes.ts';
import { LIMITS } from '../../../core/limits.ts';
import type {
  ColumnSchema,
  Definitions,
  GraphSchema,
  QuerySchema,
  RelationSchema,
  RuleStanding,
} from '../../../core/ports/engine.ts';
import type { RulePlan, SourcePlan } from '../../../language/plan.ts';
import { withTenant } from '../../request-context.ts';
import { type Connection, listConnection, pageRequest } from '../connection.ts';
import type { GraphqlContext } from '../graphql-context.ts';
import type { Plain, TypeResolvers } from '../resolver-types.ts';
import type { MemoryPart, Severity } from '../schema-inputs.ts';
import type { PageArgs } from '../schema-reference.ts';
import type { ResolverModule } from './resolver-module.ts';

/** What the definitions in force define, and how it stands. */
export const RELATIONS: ResolverModule<
  | 'sources'
  | 'source'
  | 'tables'
  | 'table'
  | 'graphViews'
  | 'graphView'
  | 'rules'
  | 'rule'
  | 'savedQueries'
  | 'savedQuery',
  'Source' | 'Table' | 'Column' | 'GraphView' | 'Rule' | 'SavedQuery'
> = {
  Query: {
    sources: (_, args, context) => pageOf(context, args, 'sources', ({ sources }) => sources),
    source: async (_, { name }, context) => named(context, name, ({ sources }) => sources),
    tables: (_, args, context) => pageOf(context, args, 'tables', ({ tables }) => tables),
    table: async (_, { name }, context) => named(context, name, ({ tables }) => tables),
    graphViews: (_, args, context) => pageOf(context, args, 'graphViews', ({ graphs }) => graphs),
    graphView: async (_, { name }, context) => named(context, name, ({ graphs }) => graphs),
    rules: (_, args, context) => pageOf(context, args, 'rules', ({ rules }) => rules),
    rule: async (_, { name }, context) => named(context, name, ({ rules }) => rules),
    savedQueries: (_, args, context) => pageOf(context, args, 'savedQueries', ({ queries }) => queries),
    savedQuery: async (_, { name }, context) => named(context, name, ({ queries }) => queries),
  },
  Mutation: {},
  Source: {
    eventTime: ({ plan, columns }: RelationSchema) => {
      const { eventTime } = plan as SourcePlan;
      return eventTime === null ? null : (columns[eventTime.column]?.name ?? null);
    },
    watermark: async ({ name }: RelationSchema, _, context) =>
      (await standing(context, name))?.watermark ?? null,
    idle: async ({ name }: RelationSchema, _, context) => (await standing(context, name))?.idle ?? false,
    behindMs: async ({ name }: RelationSchema, _, context) =>
      (await standing(context, name))?.behindMs ?? null,
  } satisfies TypeResolvers<'Source'>,
  Table: {
    rows: async ({ name }: RelationSchema, _, context) => sizeOf(context, `table/${name}`, 'rows'),
  } satisfies TypeResolvers<'Table'>,
  Column: { type: ({ typeName }: ColumnSchema) => typeName } satisfies TypeResolvers<'Column'>,
  GraphView: {
    vertexTables: ({ vertexTables }: GraphSchema) => vertexTables.map(elementTable),
    edgeTables: ({ edgeTables }: GraphSchema) =>
      edgeTables.map((table) => ({
        ...elementTable(table),
        source: table.source,
        destination: table.destination,
      })),
    vertices: ({ name }: GraphSchema, _, context) => graphSize(context, name, 'vertices'),
    edges: ({ name }: GraphSchema, _, context) => graphSize(context, name, 'edges'),
    memory: async ({ name }: GraphSchema, _, context) =>
      graphMemory(await withTenant(context).engine.cacheSizes(name)),
  } satisfies TypeResolvers<'GraphView'>,
  Rule: {
    text: async ({ name }: RuleStanding, _, context) => statement(context, 'createRule', name),
    relation: ({ on }: RuleStanding) => on,
    graphView: ({ graph }: RuleStanding) => graph,
    alertTitle: ({ title }: RuleStanding) => title,
    severity: ({ severity }: RuleStanding) => severity as Severity | null,
    outcome: async ({ name }: RuleStanding, _, context) =>
      (await rulePlan(context, name))?.actions.decide?.outcome ?? null,
    refuses: async ({ name }: RuleStanding, _, context) =>
      (await rulePlan(context, name))?.actions.refuse ?? false,
    webhooks: async ({ name }: RuleStanding, _, context) =>
      (await rulePlan(context, name))?.actions.webhooks ?? [],
  } satisfies TypeResolvers<'Rule'>,
  SavedQuery: {
    graphView: ({ graph }: QuerySchema) => graph,
    parameters: ({ parameters }: QuerySchema) =>
      parameters.map(({ name, typeName, optional }) => ({ name, type: typeName, optional })),
    text: async ({ name }: QuerySchema, _, context) => statement(context, 'createQuery', name),
  } satisfies TypeResolvers<'SavedQuery'>,
};

/** The plan of a rule in force, or null where it is not known. */
export async function rulePlan(context: GraphqlContext, name: string): Promise<RulePlan | null> {
  const inForce = await context.loaders.definitions();
  return inForce === null ? null : (context.services.programs.of(inForce.text).rules.get(name) ?? null);
}

async function pageOf<T>(
  context: GraphqlContext,
  args: PageArgs,
  list: string,
  of: (definitions: Definitions) => readonly T[],
): Promise<Connection<T>> {
  const inForce = await context.loaders.definitions();
  const all = inForce === null ? [] : of(inForce);
  const request = pageRequest(args, Math.min(50, LIMITS.pageRowsMax));
  return listConnection(all, request, withTenant(context).tenant.cursors, list, inForce?.version ?? 0);
}

async function named<T extends { readonly name: string }>(
  context: GraphqlContext,
  name: string,
  of: (definitions: Definitions) => readonly T[],
): Promise<T | null> {
  const inForce = await context.loaders.definitions();
  return inForce === null ? null : (of(inForce).find((one) => one.name === name) ?? null);
}

async function statement(context: GraphqlContext, kind: string, name: string): Promise<string> {
  const inForce = await context.loaders.definitions();
  if (inForce === null) return '';
  return context.services.programs.of(inForce.text).statements.get(`${kind} ${name}`) ?? '';
}

function graphMemory({ tables, rows, ...sizes }: CacheSizes): Plain<'GraphMemory'> {
  const { bytes, rawBytes, edges, vertices } = sizes;
  const anEdge = (of: number): number | null => (edges === 0 ? null : of / edges);
  return {
    bytes,
    rawBytes,
    rawShare: rawBytes === 0 ? null : bytes / rawBytes,
    bytesPerEdge: anEdge(bytes),
    bitsPerEdge: anEdge(8 * bytes),
    vertices,
    edges,
    edgeTables: tables,
    items: rows.map(({ table, part, item, bytes: each }) => ({
      edgeTable: table,
      part: part.toUpperCase() as MemoryPart,
      item,
      bytes: each,
    })),
  };
}

function elementTable(table: GraphSchema['vertexTables'][number]) {
  const { name, labels, properties } = table;
  return {
    name,
    labels,
    properties: properties.map(({ name: of, typeName }) => ({ name: of, type: typeName })),
  };
}

async function standing(context: GraphqlContext, source: string) {
  return (await context.loaders.progress()).sources.find(({ name }) => name === source);
}

async function sizeOf(context: GraphqlContext, part: string, size: string): Promise<number | null> {
  return (await context.loaders.describe()).parts[part]?.[size] ?? null;
}

async function graphSize(context: GraphqlContext, name: string, size: string): Promise<number | null> {
  const inForce = await context.loaders.definitions();
  const program = inForce === null ? null : context.services.programs.of(inForce.text).program;
  const graph = program?.graphs.find((one) => one.name === name);
  return graph === undefined ? null : sizeOf(context, `graph/${graph.fingerprint}`, size);
}
