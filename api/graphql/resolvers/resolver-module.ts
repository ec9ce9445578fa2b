import type { FieldResolver, Resolvers, TypeName } from '../resolver-types.ts';
import type { Fields } from '../schema-fields.ts';

type QueryField = keyof Fields['Query'];
type MutationField = keyof Fields['Mutation'];

/** Resolvers of one area: the fields of Query and Mutation that are named, and of the types that are named. */
export type ResolverModule<
  Roots extends QueryField | MutationField,
  Types extends keyof Resolvers & TypeName,
> = {
  readonly Query: { readonly [F in Roots & QueryField]: FieldResolver<'Query', F> };
  readonly Mutation: { readonly [F in Roots & MutationField]: FieldResolver<'Mutation', F> };
} & { readonly [T in Types]: Resolvers[T] };
