import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type TypeNode,
  typeFromAST,
  validate,
} from 'graphql';
import { readdirSync, readFileSync } from 'node:fs';
import nodePath from 'node:path';
import { contractSchema } from './schema-types.ts';

const REPOSITORY = nodePath.dirname(nodePath.dirname(import.meta.dirname));

/** A file with operations of the console: `console/alerts/alerts.graphql` becomes `console/alerts/alerts.operations.ts`. */
export interface OperationFile {
  readonly path: string;
  readonly text: string;
}

const SCALARS: Readonly<Record<string, string>> = {
  ID: 'string',
  String: 'string',
  Int: 'number',
  Float: 'number',
  Boolean: 'boolean',
  BigInt: 'string',
  Numeric: 'string',
  DateTime: 'string',
  Row: 'Row',
};

/**
 * TypeScript for each file's operations: an exported constant that carries the text and, in its type, what is answered and
 * what has to be given. Throws where an operation does not fit the schema, with the place.
 */
export function generateOperations(schema: GraphQLSchema, files: readonly OperationFile[]): OperationFile[] {
  const parsed = files.map((file) => ({ path: file.path, document: parse(file.text) }));
  const whole: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: parsed.flatMap(({ document }) => document.definitions),
  };
  const errors = validate(schema, whole);
  if (errors.length > 0) throw new Error(errors.map(String).join('\n\n'));
  const fragments = new Map<string, { node: FragmentDefinitionNode; path: string }>();
  for (const { path, document } of parsed) {
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, { node, path });
    }
  }
  return parsed.map(({ path, document }) => ({
    path: path.replace(/\.graphql$/, '.operations.ts'),
    text: new Writer(schema, fragments, path).write(document),
  }));
}

/** The operation files of the console, by their paths in the repository. */
export function readConsoleOperations(): OperationFile[] {
  const names = readdirSync(nodePath.join(REPOSITORY, 'console'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.graphql') && !name.startsWith('dist'))
    .sort()
    .map((name) => ({
      path: `console/${name.replaceAll(nodePath.sep, '/')}`,
      text: readFileSync(nodePath.join(REPOSITORY, 'console', name), 'utf8'),
    }));
}

/** What `npm run docs` writes for the console. */
export function renderConsoleOperations(): OperationFile[] {
  return generateOperations(contractSchema(), readConsoleOperations());
}

/** Characters of a union on one line. */
const WIDTH = 100;

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, { node: FragmentDefinitionNode; path: string }>;
  readonly #path: string;
  /** Names of fragments of other files, by file. */
  readonly #imports = new Map<string, Set<string>>();

  constructor(
    schema: GraphQLSchema,
    fragments: ReadonlyMap<string, { node: FragmentDefinitionNode; path: string }>,
    path: string,
  ) {
    this.#schema = schema;
    this.#fragments = fragments;
    this.#path = path;
  }

  write(document: DocumentNode): string {
    const parts: string[] = [];
    for (const node of document.definitions) {
      if (node.kind === Kind.FRAGMENT_DEFINITION) parts.push(this.#fragment(node));
      if (node.kind === Kind.OPERATION_DEFINITION) parts.push(this.#operation(node));
    }
    const body = parts.join('\n').replace(/ +\n/g, '\n');
    const up = '../'.repeat(this.#path.split('/').length - 2);
    const types = ['Operation', ...(/\bRow\b/.test(body) ? ['Row'] : [])].join(', ');
    const others = [...this.#imports].map(
      ([path, names]) =>
        `import type { ${[...names].sort().join(', ')} } from '${relative(this.#path, path)}';\n`,
    );
    return [
      `// Generated from ${this.#path.replace(/^.*\//, '')} and schema/ by \`npm run docs\`; do not edit.\n\n`,
      `import type { ${types} } from '${up}graphql/operation.ts';\n`,
      ...others,
      `\n${body}`,
    ].join('');
  }

  #fragment(node: FragmentDefinitionNode): string {
    const type = this.#schema.getType(node.typeCondition.name.value) as GraphQLCompositeType;
    return `export type ${node.name.value} = ${this.#selection(type, node.selectionSet, 0)};\n`;
  }

  #operation(node: OperationDefinitionNode): string {
    const name = node.name?.value;
    if (name === undefined) throw new Error(`${this.#path}: an operation without a name`);
    const root = this.#schema.getRootType(node.operation);
    if (root === undefined || root === null)
      throw new Error(`${this.#path}: no ${node.operation} in the schema`);
    const variables = (node.variableDefinitions ?? []).map(({ variable, type, defaultValue }) =>
      this.#variable(variable.name.value, type, defaultValue !== undefined),
    );
    const text = [node, ...this.#fragmentsOf(node.selectionSet).values()]
      .map((each) => print(each))
      .join('\n\n');
    return [
      `export type ${name}Result = ${this.#selection(root, node.selectionSet, 0)};\n`,
      variables.length === 0
        ? `export type ${name}Variables = Readonly<Record<never, never>>;\n`
        : `export interface ${name}Variables {\n${variables.join('')}}\n`,
      `export const ${name}: Operation<'${node.operation}', ${name}Result, ${name}Variables> = {\n`,
      `  kind: '${node.operation}',\n  name: '${name}',\n  text: \`${text}\`,\n};\n`,
    ].join('');
  }

  #fragmentsOf(set: SelectionSetNode, found = new Map<string, FragmentDefinitionNode>()) {
    for (const each of set.selections) {
      if (each.kind === Kind.FRAGMENT_SPREAD && !found.has(each.name.value)) {
        const { node } = this.#fragments.get(each.name.value)!;
        found.set(each.name.value, node);
        this.#fragmentsOf(node.selectionSet, found);
      } else if (each.kind !== Kind.FRAGMENT_SPREAD && each.selectionSet !== undefined) {
        this.#fragmentsOf(each.selectionSet, found);
      }
    }
    return found;
  }

  #variable(name: string, node: TypeNode, hasDefault: boolean): string {
    const type = typeFromAST(this.#schema, node as never) as GraphQLInputType;
    const optional = hasDefault || !isNonNullType(type) ? '?' : '';
    return `  readonly ${name}${optional}: ${this.#input(type, 1)}${optional === '' ? '' : ' | undefined'};\n`;
  }

  #input(type: GraphQLInputType, depth: number): string {
    if (isNonNullType(type)) return this.#inputNonNull(type.ofType as GraphQLInputType, depth);
    return `${this.#inputNonNull(type, depth)} | null`;
  }

  #inputNonNull(type: GraphQLInputType, depth: number): string {
    if (isListType(type)) return `readonly (${this.#input(type.ofType as GraphQLInputType, depth)})[]`;
    if (!isInputObjectType(type)) return this.#leaf(type);
    const indent = '  '.repeat(depth);
    const fields = Object.values(type.getFields()).map((field) => {
      const optional = isNonNullType(field.type) && field.defaultValue === undefined ? '' : '?';
      const nothing = optional === '' ? '' : ' | undefined';
      return `${indent}  readonly ${field.name}${optional}: ${this.#input(field.type, depth + 1)}${nothing};\n`;
    });
    return `{\n${fields.join('')}${indent}}`;
  }

  #leaf(type: GraphQLInputType | GraphQLOutputType): string {
    const named = getNamedType(type);
    if (isEnumType(named)) {
      const values = named.getValues().map(({ name }) => `'${name}'`);
      const line = values.join(' | ');
      // Many values stand one below the other.
      return line.length <= WIDTH ? line : values.map((value) => `\n        | ${value}`).join('');
    }
    const scalar = SCALARS[named.name];
    if (scalar === undefined) throw new Error(`no TypeScript type for the scalar ${named.name}`);
    return scalar;
  }

  #output(type: GraphQLOutputType, set: SelectionSetNode | undefined, depth: number): string {
    if (!isNonNullType(type)) return `${this.#outputNonNull(type, set, depth)} | null`;
    return this.#outputNonNull(type.ofType as GraphQLOutputType, set, depth);
  }

  #outputNonNull(type: GraphQLOutputType, set: SelectionSetNode | undefined, depth: number): string {
    if (isListType(type)) {
      const inner = this.#output(type.ofType as GraphQLOutputType, set, depth);
      return `readonly ${/[ |]/.test(inner) && !inner.startsWith('{') ? `(${inner})` : inner}[]`;
    }
    if (isCompositeType(type) && set !== undefined) return this.#selection(type, set, depth);
    return this.#leaf(type);
  }

  /** The type of a selection: a lone fragment by its name, else its fields with those of fragments among them. */
  #selection(type: GraphQLCompositeType, set: SelectionSetNode, depth: number): string {
    const [only, ...more] = set.selections;
    if (only?.kind === Kind.FRAGMENT_SPREAD && more.length === 0) return this.#reference(only.name.value);
    if (isAbstractType(type)) return this.#alternatives(set, depth);
    const indent = '  '.repeat(depth);
    const fields = [...this.#fields(type, set)].map(([name, { node, field }]) => {
      if (field === null) return `${indent}  readonly ${name}: '${type.name}';\n`;
      return `${indent}  readonly ${name}: ${this.#output(field, node.selectionSet, depth + 1)};\n`;
    });
    return `{\n${fields.join('')}${indent}}`;
  }

  /** Of an interface: one type for each kind that is asked for, told apart by `__typename`, and one for all others. */
  #alternatives(set: SelectionSetNode, depth: number): string {
    const types = set.selections.flatMap((each) => {
      if (each.kind !== Kind.INLINE_FRAGMENT || each.typeCondition === undefined) return [];
      const type = this.#schema.getType(each.typeCondition.name.value);
      if (!isObjectType(type))
        throw new Error(`${this.#path}: ${each.typeCondition.name.value} is no object type`);
      const named = each.selectionSet.selections.some(
        (one) => one.kind === Kind.FIELD && one.name.value === '__typename',
      );
      if (!named) throw new Error(`${this.#path}: ask for __typename in ... on ${type.name}`);
      return [this.#selection(type, each.selectionSet, depth)];
    });
    return [...types, "{ readonly __typename: '' }"].join(' | ');
  }

  #fields(type: GraphQLCompositeType, set: SelectionSetNode) {
    const found = new Map<string, { node: FieldNode; field: GraphQLOutputType | null }>();
    for (const each of set.selections) {
      if (each.kind === Kind.FIELD) {
        const name = each.name.value;
        const field = name === '__typename' || !('getFields' in type) ? null : type.getFields()[name]!.type;
        found.set(each.alias?.value ?? name, { node: each, field });
      } else {
        const inner =
          each.kind === Kind.FRAGMENT_SPREAD
            ? this.#fragments.get(each.name.value)!.node.selectionSet
            : each.selectionSet;
        for (const [name, value] of this.#fields(type, inner)) found.set(name, value);
      }
    }
    return found;
  }

  #reference(name: string): string {
    const { path } = this.#fragments.get(name)!;
    if (path !== this.#path) {
      const names = this.#imports.get(path) ?? new Set();
      this.#imports.set(path, names.add(name));
    }
    return name;
  }
}

/** From one operation file to the module made of another. */
function relative(from: string, to: string): string {
  const module = to.replace(/\.graphql$/, '.operations.ts');
  const fromFolder = from.slice(0, from.lastIndexOf('/'));
  if (module.startsWith(`${fromFolder}/`)) return `./${module.slice(fromFolder.length + 1)}`;
  return `${'../'.repeat(fromFolder.split('/').length - 1)}${module.split('/').slice(1).join('/')}`;
}
