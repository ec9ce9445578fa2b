import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  specifiedRules,
  validate,
} from 'graphql';
import { RingwatchError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { authorize } from '../../../tenants/operations.ts';
import type { Principal } from '../../../tenants/principal.ts';
import { checkShape } from './document-shape.ts';
import { CostModel } from './operation-cost.ts';
import { nestingOf } from './text-nesting.ts';

/** Bounds of what is let through, and whether the contract may be asked for. */
export interface GateOptions {
  readonly introspection: boolean;
  readonly costMax?: number;
}

/** A document that may be executed. */
export interface Admitted {
  readonly document: DocumentNode;
  /** SHA-256 of its text, hexadecimal. */
  readonly hash: string;
}

/** An operation that may be executed by whoever asks. */
export interface AdmittedOperation {
  readonly operation: OperationDefinitionNode;
  readonly cost: number;
}

/** Why a document is refused, with the places in it. */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused';
  readonly errors: readonly { readonly coded: RingwatchError; readonly at: GraphQLError | null }[];

  constructor(errors: DocumentRefused['errors']) {
    super(errors[0]?.coded.message);
    this.errors = errors;
  }
}

/** Errors of one document that are told. */
const ERRORS_MAX = 20;

/**
 * What every document passes before anything of it is executed, whatever it came over: size, shape, validity, cost, rights. In an
 * order in which nothing that is costly sees what is not bounded yet.
 */
export class DocumentGate {
  readonly costMax: number;
  readonly #schema: GraphQLSchema;
  readonly #costs: CostModel;
  /** Whether the contract may be asked for, and near guesses at it are told. */
  readonly tellsContract: boolean;
  /** By hash, the least recently used first. */
  readonly #admitted = new Map<string, DocumentNode>();

  constructor(schema: GraphQLSchema, options: GateOptions) {
    this.#schema = schema;
    this.#costs = new CostModel(schema);
    this.tellsContract = options.introspection;
    this.costMax = options.costMax ?? LIMITS.graphqlCostMax;
  }

  /** The document of a text. Throws DocumentRefused. */
  admit(text: string): Admitted {
    const hash = createHash('sha256').update(text).digest('hex');
    const document = this.admitted(hash) ?? this.#check(text);
    this.#admitted.delete(hash);
    this.#admitted.set(hash, document);
    for (const oldest of this.#admitted.keys()) {
      if (this.#admitted.size <= LIMITS.graphqlDocumentsKept) break;
      this.#admitted.delete(oldest);
    }
    return { document, hash };
  }

  /** A document that was admitted lately. */
  admitted(hash: string): DocumentNode | undefined {
    return this.#admitted.get(hash);
  }

  /**
   * The operation to execute, once the caller may ask for each of its fields and it costs no more than it may.
   * Throws DocumentRefused (GRAPHQL_OPERATION, GRAPHQL_COST, FORBIDDEN, OPERATION_UNKNOWN).
   */
  admitOperation(
    { document }: Admitted,
    operationName: string | null,
    variables: Readonly<Record<string, unknown>>,
    principal: Principal,
  ): AdmittedOperation {
    try {
      const operation = operationOf(document, operationName);
      for (const name of rootFields(document, operation)) {
        const type = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[
          operation.operation
        ];
        authorize(principal, `${type}.${name}`);
      }
      const cost = this.#costs.costOf(document, operation, variables, this.costMax);
      if (cost > this.costMax) throw new RingwatchError('GRAPHQL_COST', { cost, limit: this.costMax });
      return { operation, cost };
    } catch (error) {
      if (error instanceof RingwatchError) throw new DocumentRefused([{ coded: error, at: null }]);
      throw error;
    }
  }

  #check(text: string): DocumentNode {
    const document = parseBounded(text);
    try {
      checkShape(document, {
        depth: LIMITS.graphqlDepthMax,
        aliases: LIMITS.graphqlAliasesMax,
        directives: LIMITS.graphqlDirectivesMax,
        rootFields: LIMITS.graphqlRootFieldsMax,
        fields: LIMITS.graphqlFieldsMax,
        repeats: LIMITS.graphqlRepeatsMax,
      });
    } catch (error) {
      if (error instanceof RingwatchError) throw new DocumentRefused([{ coded: error, at: null }]);
      throw error;
    }
    if (!this.tellsContract) {
      const errors = validate(this.#schema, document, [NoSchemaIntrospectionCustomRule], {
        maxErrors: ERRORS_MAX,
      });
      if (errors.length > 0) {
        throw new DocumentRefused([
          { coded: new RingwatchError('GRAPHQL_INTROSPECTION'), at: errors[0] ?? null },
        ]);
      }
    }
    const errors = validate(this.#schema, document, specifiedRules, {
      maxErrors: ERRORS_MAX,
      hideSuggestions: !this.tellsContract,
    });
    if (errors.length > 0) {
      throw new DocumentRefused(
        errors.map((at) => ({ coded: new RingwatchError('GRAPHQL_INVALID', { reason: at.message }), at })),
      );
    }
    return document;
  }
}

function parseBounded(text: string): DocumentNode {
  if (nestingOf(text, LIMITS.graphqlNestingMax) > LIMITS.graphqlNestingMax) {
    const coded = new RingwatchError('GRAPHQL_TOO_DEEP', { limit: LIMITS.graphqlNestingMax });
    throw new DocumentRefused([{ coded, at: null }]);
  }
  try {
    return parse(text, { maxTokens: LIMITS.graphqlTokensMax });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const tooLarge = error.message.includes('tokens. Parsing aborted');
    const coded = tooLarge
      ? new RingwatchError('GRAPHQL_TOO_LARGE', { what: 'tokens', limit: LIMITS.graphqlTokensMax })
      : new RingwatchError('GRAPHQL_SYNTAX', { reason: error.message });
    throw new DocumentRefused([{ coded, at: error }]);
  }
}

function operationOf(document: DocumentNode, name: string | null): OperationDefinitionNode {
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const found = name === null ? operations : operations.filter((one) => one.name?.value === name);
  const [operation] = found;
  if (operation !== undefined && found.length === 1) return operation;
  const reason =
    name !== null
      ? `the document has no operation ${name.slice(0, 100)}`
      : operations.length === 0
        ? 'the document has no operation'
        : 'the document has several operations';
  throw new RingwatchError('GRAPHQL_OPERATION', { reason });
}

/** Names of the fields that an operation asks of its root type, fragments put in; introspection left out. */
function rootFields(document: DocumentNode, operation: OperationDefinitionNode): Set<string> {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment.selectionSet]),
  );
  const names = new Set<string>();
  const visit = (selectionSet: SelectionSetNode): void => {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        if (!selection.name.value.startsWith('__')) names.add(selection.name.value);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else {
        const inner = fragments.get(selection.name.value);
        fragments.delete(selection.name.value);
        if (inner !== undefined) visit(inner);
      }
    }
  };
  visit(operation.selectionSet);
  return names;
}
