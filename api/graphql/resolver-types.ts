import type { GraphQLResolveInfo } from 'graphql';
import type { GraphqlContext } from './graphql-context.ts';
import type { Models } from './models.ts';
import type { Fields, NodeTypeName } from './schema-fields.ts';
import type { Ref } from './schema-reference.ts';

/** Names of the contract's object types. */
export type TypeName = keyof Fields;

/** What a type's value is between resolvers: as models.ts says, else plain data with a property for each field. */
export type Model<T extends string> = T extends keyof Models
  ? Models[T]
  : T extends 'Node'
    ? NodeModel
    : T extends TypeName
      ? Plain<T>
      : never;

/** A value of any type that implements Node; nodes.ts knows which. */
export type NodeModel = { [T in NodeTypeName]: Model<T> }[NodeTypeName];

/** Plain data of a type: a property for each field, or a function that makes it when it is asked for. */
export type Plain<T extends TypeName> = {
  readonly [F in keyof Fields[T]]: Supplied<ArgsOf<T, F>, ResultOf<T, F>>;
};

/** Arguments of a field. */
export type ArgsOf<T extends TypeName, F extends keyof Fields[T]> = Fields[T][F] extends {
  args: infer A;
}
  ? A
  : never;

/** What a field gives. */
export type ResultOf<T extends TypeName, F extends keyof Fields[T]> = Fields[T][F] extends {
  result: infer R;
}
  ? Resolved<R>
  : never;

type Resolved<R> =
  R extends Ref<infer T> ? Model<T> : R extends readonly (infer I)[] ? readonly Resolved<I>[] : R;

type Supplied<A, R> = R | Promise<R> | ((args: A, context: GraphqlContext) => R | Promise<R>);

/** Resolves one field. */
export type FieldResolver<T extends TypeName, F extends keyof Fields[T]> = (
  parent: Model<T>,
  args: ArgsOf<T, F>,
  context: GraphqlContext,
  info: GraphQLResolveInfo,
) => ResultOf<T, F> | Promise<ResultOf<T, F>>;

/** Whether a model brings the field along. */
type IsSupplied<T extends TypeName, F extends keyof Fields[T]> = F extends 'id'
  ? T extends NodeTypeName
    ? true // nodes.ts makes ids
    : F extends keyof Model<T>
      ? true
      : false
  : F extends keyof Model<T>
    ? Model<T>[F] extends Supplied<ArgsOf<T, F>, ResultOf<T, F>>
      ? true
      : false
    : false;

type NeededFields<T extends TypeName> = {
  [F in keyof Fields[T] as IsSupplied<T, F> extends true ? never : F]: FieldResolver<T, F>;
};

/** Resolvers of a type: those that its model does not bring along, and any other. */
export type TypeResolvers<T extends TypeName> = NeededFields<T> & {
  [F in keyof Fields[T]]?: FieldResolver<T, F>;
};

/** Opens a stream of what a subscription tells. */
export type SubscriptionResolvers = {
  [F in keyof Fields['Subscription']]: (
    args: ArgsOf<'Subscription', F>,
    context: GraphqlContext,
  ) => AsyncIterable<ResultOf<'Subscription', F>> | Promise<AsyncIterable<ResultOf<'Subscription', F>>>;
};

type ResolvedTypes = Exclude<TypeName, 'Subscription'>;

/** Resolvers of the whole contract: a field that no model brings along is a type error until it has one. */
export type Resolvers = {
  [T in ResolvedTypes as keyof NeededFields<T> extends never ? never : T]: TypeResolvers<T>;
} & {
  [T in ResolvedTypes]?: TypeResolvers<T>;
} & { Subscription: SubscriptionResolvers };
