import {
  buildASTSchema,
  concatAST,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  GraphQLScalarType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  parse,
  Source,
} from 'graphql';
import { assert, present } from '../../core/assert.ts';
import { authorize } from '../../tenants/operations.ts';
import { readSdl } from '../../schema/sdl.ts';
import type { GraphqlContext } from './graphql-context.ts';
import { encodeNodeId } from './node-id.ts';
import { nodePlace, nodeTypeOf } from './nodes.ts';
import type { NodeModel, Resolvers } from './resolver-types.ts';
import { RESOLVERS } from './resolvers/resolvers.ts';
import { BIG_INT, DATE_TIME, NUMERIC, ROW } from './scalars.ts';
import type { NodeTypeName } from './schema-fields.ts';

type AnyResolver = GraphQLFieldResolver<unknown, GraphqlContext>;

/**
 * The contract with what answers it, made at the first call. Every field of Query, Mutation and Subscription asks first whether
 * the caller may; one that tenants/operations.ts does not list refuses everybody.
 */
export function executableSchema(): GraphQLSchema {
  made ??= createExecutableSchema();
  return made;
}

let made: GraphQLSchema | null = null;

function createExecutableSchema(): GraphQLSchema {
  const documents = readSdl().map(({ name, text }) => parse(new Source(text, name)));
  const schema = buildASTSchema(concatAST(documents));
  for (const scalar of [BIG_INT, NUMERIC, DATE_TIME, ROW]) attachScalar(schema, scalar);
  for (const [name, resolvers] of Object.entries(RESOLVERS)) {
    const type = present(schema.getType(name), `type ${name}`);
    assert(isObjectType(type), `${name} is an object type`);
    if (name === 'Subscription') attachSubscriptions(type, RESOLVERS.Subscription);
    else attachResolvers(type, resolvers as Readonly<Record<string, AnyResolver>>);
  }
  attachNodes(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) field.resolve ??= readProperty;
  }
  return schema;
}

/** Gives what the model brings along, and what it makes when asked, within the deadline. */
const readProperty: AnyResolver = (parent, args, context, { fieldName }) => {
  const value = (parent as Readonly<Record<string, unknown>>)[fieldName];
  if (typeof value !== 'function') return value;
  context.deadline.check();
  const made: unknown = value(args, context);
  return made instanceof Promise ? context.deadline.within(made) : made;
};

function attachScalar(schema: GraphQLSchema, scalar: GraphQLScalarType): void {
  const type = schema.getType(scalar.name);
  assert(type instanceof GraphQLScalarType, `${scalar.name} is a scalar of the contract`);
  type.serialize = scalar.serialize;
  type.parseValue = scalar.parseValue;
  type.parseLiteral = scalar.parseLiteral;
}

function attachResolvers(type: GraphQLObjectType, resolvers: Readonly<Record<string, AnyResolver>>): void {
  const fields = type.getFields();
  const isRoot = type.name === 'Query' || type.name === 'Mutation';
  for (const [name, resolver] of Object.entries(resolvers)) {
    const field = present(fields[name], `field ${type.name}.${name}`);
    field.resolve = withDeadline(isRoot ? authorized(`${type.name}.${name}`, resolver) : resolver);
  }
  if (!isRoot) return;
  for (const [name, field] of Object.entries(fields)) {
    assert(field.resolve !== undefined, `${type.name}.${name} has a resolver`);
  }
}

/** A second look at what the gate has let through: no way into execution goes around it. */
function authorized(operation: string, resolver: AnyResolver): AnyResolver {
  return (parent, args, context, info) => {
    authorize(context.principal, operation);
    return resolver(parent, args, context, info);
  };
}

/** Stops at the request's deadline, so that nothing starts for a caller who has been told that the time is over. */
function withDeadline(resolver: AnyResolver): AnyResolver {
  return (parent, args, context, info) => {
    context.deadline.check();
    const result = resolver(parent, args, context, info);
    return result instanceof Promise ? context.deadline.within(result) : result;
  };
}

function attachSubscriptions(type: GraphQLObjectType, subscriptions: Resolvers['Subscription']): void {
  const fields = type.getFields();
  for (const [name, field] of Object.entries(fields)) {
    const open = present(
      (subscriptions as Readonly<Record<string, (args: never, context: GraphqlContext) => unknown>>)[name],
      `subscription ${name}`,
    );
    field.subscribe = (_, args, context: GraphqlContext) => {
      authorize(context.principal, `Subscription.${name}`);
      return open(args as never, context);
    };
    field.resolve = (message) => message;
  }
}

/** Ids of all that implements Node, and which type such a thing is of. */
function attachNodes(schema: GraphQLSchema): void {
  const node = schema.getType('Node');
  assert(isInterfaceType(node), 'Node is an interface');
  node.resolveType = (value) => nodeTypeOf(value as NodeModel);
  for (const type of schema.getPossibleTypes(node)) {
    const name = type.name as NodeTypeName;
    present(type.getFields().id, `field ${name}.id`).resolve = (parent, _, context: GraphqlContext) => {
      const { tenant, local } = nodePlace(name, parent as never, context);
      return encodeNodeId(name, tenant, local);
    };
  }
}
