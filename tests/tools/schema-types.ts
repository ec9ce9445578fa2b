import {
  buildASTSchema,
  concatAST,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLInputField,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  parse,
  Source,
} from 'graphql';
import { readSdl } from '../../schema/sdl.ts';

/** The contract as graphql-js has it, without resolvers. */
export function contractSchema(): GraphQLSchema {
  return buildASTSchema(concatAST(readSdl().map(({ name, text }) => parse(new Source(text, name)))));
}

/** Types of the contract for resolvers, by the file of api/graphql that they are in. */
export function renderSchemaTypes(): ReadonlyMap<string, string> {
  const types = Object.values(contractSchema().getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  types.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map([
    ['schema-inputs.ts', inputTypes(types)],
    ['schema-roots.ts', rootTypes(types)],
    ['schema-fields.ts', outputTypes(types)],
  ]);
}

const WRITTEN = '// Written by `npm run docs` from schema/*.graphql.';

function inputTypes(types: readonly GraphQLNamedType[]): string {
  return [
    WRITTEN,
    '',
    ...types
      .filter(isEnumType)
      .flatMap((type) => [...union(type.name, type.getValues(), type.description), '']),
    ...types
      .filter(isInputObjectType)
      .flatMap((type) => [
        ...docstring(type.description),
        `export interface ${type.name} {`,
        ...Object.values(type.getFields()).map((field) => `  ${inputField(field)};`),
        '}',
        '',
      ]),
  ].join('\n');
}

const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

function rootTypes(types: readonly GraphQLNamedType[]): string {
  const roots = types.filter(isObjectType).filter(({ name }) => ROOTS.has(name));
  const text = [
    '/** Arguments and results of what can be asked, changed and followed. */',
    'export interface RootFields {',
    ...roots.flatMap(typeLines),
    '}',
    '',
  ].join('\n');
  return [WRITTEN, ...importsOf(types, text), '', text].join('\n');
}

function outputTypes(types: readonly GraphQLNamedType[]): string {
  const objects = types.filter(isObjectType);
  const text = [
    '/** Arguments and results of each field of each type. */',
    'export interface Fields extends RootFields {',
    ...objects.filter(({ name }) => !ROOTS.has(name)).flatMap(typeLines),
    '}',
    '',
    ...union(
      'NodeTypeName',
      objects.filter((type) => type.getInterfaces().length > 0),
      'Types that implement Node.',
    ),
    '',
  ].join('\n');
  return [WRITTEN, ...importsOf(types, text), '', text].join('\n');
}

/** Imports of what a text uses of the other files. */
function importsOf(types: readonly GraphQLNamedType[], text: string): string[] {
  const used = (name: string): boolean => new RegExp(`[^\\w'.]${name}\\b(?!['?]?:)`).test(text);
  const imports = (names: readonly string[], from: string): string[] => {
    const wanted = names.filter(used);
    if (wanted.length === 0) return [];
    const line = `import type { ${wanted.join(', ')} } from '${from}';`;
    return line.length <= WIDTH
      ? [line]
      : ['import type {', ...wanted.map((name) => `  ${name},`), `} from '${from}';`];
  };
  const inputs = types.filter((type) => isEnumType(type) || isInputObjectType(type)).map(({ name }) => name);
  return [
    ...imports(['ConnectionFields', 'EdgeFields', 'PageArgs', 'Ref'], './schema-reference.ts'),
    ...imports(inputs, './schema-inputs.ts'),
    ...(text.includes('interface RootFields') ? [] : imports(['RootFields'], './schema-roots.ts')),
  ];
}

function docstring(description: string | null | undefined): string[] {
  const text = (description ?? '').replace(/\s+/g, ' ').trim();
  if (text.length <= LONGEST_LINE) return [`/** ${text} */`];
  const lines = text.match(/(?=\S).{1,100}(?=\s|$)/g) ?? [];
  return ['/**', ...lines.map((line) => ` * ${line}`), ' */'];
}

/** Characters of a docstring that stays on one line. */
const LONGEST_LINE = 150;

const WIDTH = 110;

/** A type's fields; what connections and their edges have in common is told once, in schema-reference.ts. */
function typeLines(type: GraphQLObjectType): string[] {
  const fields = Object.values(type.getFields());
  const names = fields.map(({ name }) => name).join(' ');
  const node = type.name.replace(/(Connection|Edge)$/, '');
  if (names === 'edges nodes pageInfo')
    return [`  ${type.name}: ConnectionFields<'${node}', '${type.name.replace('Connection', 'Edge')}'>;`];
  if (names === 'cursor node' && node !== 'QueryRow') return [`  ${type.name}: EdgeFields<'${node}'>;`];
  return [`  ${type.name}: {`, ...fields.flatMap(fieldLines), '  };'];
}

/** A field on one line where it fits. */
function fieldLines(field: GraphQLField<unknown, unknown>): string[] {
  const args = field.args.map(inputField);
  const result = outputType(field.type);
  const names = field.args.map(({ name }) => name).join(' ');
  const argsText =
    args.length === 0 ? 'object' : names === 'first after' ? 'PageArgs' : `{ ${args.join('; ')} }`;
  const line = `    ${field.name}: { args: ${argsText}; result: ${result} };`;
  if (line.length <= WIDTH) return [line];
  const argsLine = `      args: ${argsText};`;
  const argsLines =
    argsLine.length <= WIDTH
      ? [argsLine]
      : ['      args: {', ...args.map((arg) => `        ${arg};`), '      };'];
  return [`    ${field.name}: {`, ...argsLines, `      result: ${result};`, '    };'];
}

function union(
  name: string,
  members: readonly { readonly name: string }[],
  description: string | null | undefined,
): string[] {
  const values = members.map((member) => `'${member.name}'`);
  const line = `export type ${name} = ${values.join(' | ')};`;
  if (line.length <= WIDTH) return [...docstring(description), line];
  return [
    ...docstring(description),
    `export type ${name} =`,
    ...values.map((value, n) => `  | ${value}${n + 1 === values.length ? ';' : ''}`),
  ];
}

/** An argument that has a default is always there, though it may be null. */
function inputField(field: GraphQLArgument | GraphQLInputField): string {
  const optional = !isNonNullType(field.type) && field.defaultValue === undefined;
  return `readonly ${field.name}${optional ? '?' : ''}: ${typeText(field.type, SCALARS_IN)}`;
}

function outputType(type: GraphQLType): string {
  return typeText(type, SCALARS_OUT);
}

const SCALARS_IN: Readonly<Record<string, string>> = {
  ID: 'string',
  String: 'string',
  Int: 'number',
  Float: 'number',
  Boolean: 'boolean',
  BigInt: 'bigint',
  Numeric: 'string',
  DateTime: 'string',
  Row: 'Readonly<Record<string, unknown>>',
};
const SCALARS_OUT: Readonly<Record<string, string>> = {
  ...SCALARS_IN,
  BigInt: 'bigint | number | string',
};

function typeText(type: GraphQLType, scalars: Readonly<Record<string, string>>): string {
  if (isNonNullType(type)) return bareText(type.ofType, scalars);
  return `${bareText(type, scalars)} | null`;
}

function bareText(type: GraphQLType, scalars: Readonly<Record<string, string>>): string {
  if (isListType(type)) {
    const item = typeText(type.ofType, scalars);
    return item.includes(' | ') ? `readonly (${item})[]` : `readonly ${item}[]`;
  }
  if (isScalarType(type)) return scalars[type.name] ?? 'unknown';
  if (isEnumType(type) || isInputObjectType(type)) return type.name;
  if (isObjectType(type)) return `Ref<'${type.name}'>`;
  if (isInterfaceType(type)) return "Ref<'Node'>";
  return 'unknown';
}
