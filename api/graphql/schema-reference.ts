/** Stands for a type of the contract in the types that are made from it; resolver-types.ts puts in what it is here. */
export interface Ref<T extends string> {
  readonly ref: T;
}

/** Arguments of most lists. */
export interface PageArgs {
  readonly first: number | null;
  readonly after?: string | null;
}

/** Fields of a connection that has no others. */
export interface ConnectionFields<Node extends string, Edge extends string> {
  edges: { args: object; result: readonly Ref<Edge>[] };
  nodes: { args: object; result: readonly Ref<Node>[] };
  pageInfo: { args: object; result: Ref<'PageInfo'> };
}

/** Fields of an edge of a connection. */
export interface EdgeFields<Node extends string> {
  cursor: { args: object; result: string };
  node: { args: object; result: Ref<Node> };
}
