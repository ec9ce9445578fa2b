import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { RingwatchError } from '../../../core/errors.ts';

/** Bounds of a document's shape; see the limits of the same names. */
export interface ShapeLimits {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly rootFields: number;
  readonly fields: number;
  readonly repeats: number;
}

/** What a selection set comes to, fragments put in. Counts may be infinite. */
interface Shape {
  readonly depth: number;
  readonly aliases: number;
  readonly fields: number;
  /** How often each response name stands at its own level. */
  readonly names: ReadonlyMap<string, number>;
}

const NOTHING: Shape = { depth: 0, aliases: 0, fields: 0, names: new Map() };

/**
 * Refuses documents whose shape is an attack, before anything else looks at them: each fragment is measured once, so this takes
 * time in the size of the document however often fragments are spread. Circles of fragments are left to validation.
 * Throws GRAPHQL_TOO_DEEP, GRAPHQL_TOO_MANY.
 */
export function checkShape(document: DocumentNode, limits: ShapeLimits): void {
  const shapes = new Shapes(document, limits);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) shapes.fragment(definition.name.value);
    if (definition.kind === Kind.OPERATION_DEFINITION) shapes.operation(definition);
  }
}

class Shapes {
  readonly #limits: ShapeLimits;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Null while the fragment is being measured. */
  readonly #known = new Map<string, Shape | null>();
  #directives = 0;

  constructor(document: DocumentNode, limits: ShapeLimits) {
    this.#limits = limits;
    this.#fragments = new Map(
      document.definitions
        .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
        .map((fragment) => [fragment.name.value, fragment]),
    );
  }

  operation(operation: OperationDefinitionNode): void {
    this.#countDirectives(operation.directives?.length ?? 0);
    for (const variable of operation.variableDefinitions ?? []) {
      this.#countDirectives(variable.directives?.length ?? 0);
    }
    const { names } = this.#measure(operation.selectionSet, 1);
    let rootFields = 0;
    for (const count of names.values()) rootFields += count;
    this.#most('fields of one operation type', rootFields, this.#limits.rootFields);
  }

  fragment(name: string): Shape {
    const known = this.#known.get(name);
    if (known !== undefined) return known ?? NOTHING;
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return NOTHING;
    this.#known.set(name, null);
    this.#countDirectives(fragment.directives?.length ?? 0);
    const shape = this.#measure(fragment.selectionSet, 1);
    this.#known.set(name, shape);
    return shape;
  }

  /** `level`: how deep it stands in its operation or fragment, so that recursion ends at the limit. */
  #measure(selectionSet: SelectionSetNode, level: number): Shape {
    if (level > this.#limits.depth) throw this.#tooDeep();
    let depth = 0;
    let aliases = 0;
    let fields = 0;
    const names = new Map<string, number>();
    const add = (inner: Shape, below: 0 | 1): void => {
      depth = Math.max(depth, inner.depth + below);
      aliases += inner.aliases;
      fields += inner.fields;
    };
    for (const selection of selectionSet.selections) {
      this.#countDirectives(selection.directives?.length ?? 0);
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        names.set(name, (names.get(name) ?? 0) + 1);
        if (selection.alias !== undefined) aliases++;
        fields++;
        const inner =
          selection.selectionSet === undefined ? NOTHING : this.#measure(selection.selectionSet, level + 1);
        add(inner, 1);
        continue;
      }
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? this.fragment(selection.name.value)
          : this.#measure(selection.selectionSet, level + 1);
      add(inner, 0);
      for (const [name, count] of inner.names) names.set(name, (names.get(name) ?? 0) + count);
    }
    const limits = this.#limits;
    if (depth > limits.depth) throw this.#tooDeep();
    this.#most('aliases', aliases, limits.aliases);
    this.#most('fields', fields, limits.fields);
    for (const count of names.values()) this.#most('repetitions of a field', count, limits.repeats);
    return { depth, aliases, fields, names };
  }

  #countDirectives(count: number): void {
    this.#directives += count;
    this.#most('directives', this.#directives, this.#limits.directives);
  }

  #most(what: string, count: number, limit: number): void {
    if (count > limit) throw new RingwatchError('GRAPHQL_TOO_MANY', { what, limit });
  }

  #tooDeep(): RingwatchError {
    return new RingwatchError('GRAPHQL_TOO_DEEP', { limit: this.#limits.depth });
  }
}
