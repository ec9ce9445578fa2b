import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a mutation costs where the contract does not say. */
const MUTATION_COST = 10;

/** Entries that a list is counted with where neither `first` nor the contract says. */
const LIST_SIZE = 10;

/** What introspection costs, whatever it asks for: how deep it goes is bounded by validation. */
const INTROSPECTION_COST = 500;

/** What fields cost, read from the contract's directives once. */
export class CostModel {
  readonly #schema: GraphQLSchema;
  readonly #fields = new Map<GraphQLField<unknown, unknown>, FieldCost>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    const mutation = schema.getMutationType();
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        this.#fields.set(field, fieldCost(field, type === mutation));
      }
    }
  }

  /**
   * What the operation costs at most, before anything of it runs: each field its weight, as often as the lists around it may have
   * entries. Stops counting at `limit`. The document is valid, and its shape is checked.
   */
  costOf(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
    limit: number,
  ): number {
    const fragments = new Map(
      document.definitions
        .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((fragment) => [fragment.name.value, fragment]),
    );
    const root = this.#schema.getRootType(operation.operation);
    if (root === null || root === undefined) return 0;
    const defaults = new Map(
      (operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
        variable.name.value,
        defaultValue?.kind === Kind.INT ? Number(defaultValue.value) : null,
      ]),
    );
    const numberOf = (name: string): number | null => {
      const given = variables[name];
      return typeof given === 'number' ? given : given === undefined ? (defaults.get(name) ?? null) : null;
    };
    return new Counting(this.#schema, this.#fields, fragments, numberOf, limit).of(
      operation.selectionSet,
      root,
    );
  }
}

interface FieldCost {
  readonly weight: number;
  /** Entries of a list; null for no list. */
  readonly list: { readonly size: number | null } | null;
  /** Default of its argument `first`; null where it has none. */
  readonly first: number | null;
  readonly isConnection: boolean;
}

function fieldCost(field: GraphQLField<unknown, unknown>, isMutation: boolean): FieldCost {
  const directives = field.astNode?.directives ?? [];
  const type = getNamedType(field.type);
  const first = field.args.find(({ name }) => name === 'first');
  const composite = isCompositeType(type);
  return {
    weight: numberIn(directives, 'cost', 'weight') ?? (isMutation ? MUTATION_COST : composite ? 1 : 0),
    list: isListType(getNullableType(field.type))
      ? { size: numberIn(directives, 'listSize', 'assumedSize') }
      : null,
    first:
      first === undefined ? null : typeof first.defaultValue === 'number' ? first.defaultValue : LIST_SIZE,
    isConnection: type.name.endsWith('Connection'),
  };
}

function numberIn(directives: readonly DirectiveNode[], name: string, argument: string): number | null {
  const found = directives.find((directive) => directive.name.value === name);
  const value = found?.arguments?.find((one) => one.name.value === argument)?.value;
  return value?.kind === Kind.INT ? Number(value.value) : null;
}

class Counting {
  readonly #schema: GraphQLSchema;
  readonly #costs: ReadonlyMap<GraphQLField<unknown, unknown>, FieldCost>;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #numberOf: (variable: string) => number | null;
  readonly #limit: number;
  #cost = 0;

  constructor(
    schema: GraphQLSchema,
    costs: ReadonlyMap<GraphQLField<unknown, unknown>, FieldCost>,
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    numberOf: (variable: string) => number | null,
    limit: number,
  ) {
    this.#schema = schema;
    this.#costs = costs;
    this.#fragments = fragments;
    this.#numberOf = numberOf;
    this.#limit = limit;
  }

  of(selectionSet: SelectionSetNode, root: GraphQLObjectType): number {
    this.#visit(selectionSet, root, 1, null);
    return this.#cost;
  }

  /** `times`: how often the set is answered; `page`: entries asked for of the connection that it lies in. */
  #visit(selectionSet: SelectionSetNode, type: GraphQLNamedType, times: number, page: number | null): void {
    for (const selection of selectionSet.selections) {
      if (this.#cost > this.#limit) return;
      if (selection.kind === Kind.FIELD) this.#field(selection, type, times, page);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const inner = selection.typeCondition && this.#schema.getType(selection.typeCondition.name.value);
        this.#visit(selection.selectionSet, inner ?? type, times, page);
      } else {
        const fragment = this.#fragments.get(selection.name.value);
        const inner = fragment && this.#schema.getType(fragment.typeCondition.name.value);
        if (fragment !== undefined) this.#visit(fragment.selectionSet, inner ?? type, times, page);
      }
    }
  }

  #field(node: FieldNode, type: GraphQLNamedType, times: number, page: number | null): void {
    const name = node.name.value;
    if (name.startsWith('__')) {
      if (name !== '__typename') this.#cost += INTROSPECTION_COST;
      return;
    }
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const cost = field === undefined ? undefined : this.#costs.get(field);
    if (field === undefined || cost === undefined) return;
    const inConnection = type.name.endsWith('Connection');
    const entries = cost.list === null ? 1 : (cost.list.size ?? (inConnection ? page : null) ?? LIST_SIZE);
    this.#cost += times * cost.weight * (cost.list === null ? 1 : Math.max(1, entries));
    if (node.selectionSet === undefined) return;
    const asked = cost.first === null ? page : (this.#first(node) ?? cost.first);
    this.#visit(node.selectionSet, getNamedType(field.type), times * entries, asked);
  }

  /** The number given as `first`; one that is wrong is refused by the resolver, and counted as none here. */
  #first(node: FieldNode): number | null {
    const value = node.arguments?.find((argument) => argument.name.value === 'first')?.value;
    if (value?.kind === Kind.INT) return Math.max(0, Number(value.value));
    if (value?.kind !== Kind.VARIABLE) return null;
    const given = this.#numberOf(value.name.value);
    return given === null ? null : Math.max(0, given);
  }
}
