/** Named values; see the scalar of that name in the schema. */
export type Row = Readonly<Record<string, unknown>>;

export type OperationKind = 'query' | 'mutation' | 'subscription';

/**
 * A GraphQL operation and, in its type only, what it answers and what it takes. Made from the `.graphql` files beside the
 * screens and checked against the schema.
 */
export interface Operation<Kind extends OperationKind, Result, Variables> {
  readonly kind: Kind;
  readonly name: string;
  readonly text: string;
  /** Never there: they carry the types. */
  readonly result?: Result;
  readonly variables?: Variables;
}
