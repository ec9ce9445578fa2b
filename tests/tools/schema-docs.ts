import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  print,
} from 'graphql';
import { OPERATIONS } from '../../tenants/operations.ts';
import { contractSchema } from './schema-types.ts';

/** docs/graphql.md, from the contract and its descriptions. */
export function renderSchemaDocs(): string {
  const schema = contractSchema();
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const roots = ['Query', 'Mutation', 'Subscription'];
  return `${[
    '# GraphQL reference',
    '',
    'Every field of the contract, made from `schema/*.graphql` (`npm run docs`). How it is used is in [api.md](api.md). Each operation',
    'names the scope that a key needs for it; the operator holds every one.',
    '',
    ...roots.flatMap((root) => rootSection(types.find(({ name }) => name === root))),
    ...section(
      'Objects',
      types.filter((type) => isObjectType(type) && !roots.includes(type.name)),
      fieldRows,
    ),
    ...section('Interfaces', types.filter(isInterfaceType), fieldRows),
    ...section('Inputs', types.filter(isInputObjectType), fieldRows),
    ...section('Enums', types.filter(isEnumType), valueRows),
    ...section('Scalars', types.filter(isScalarType), () => []),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

function rootSection(type: GraphQLNamedType | undefined): string[] {
  if (!isObjectType(type)) return [];
  const fields = Object.values(type.getFields()).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    `## ${type.name}`,
    '',
    ...fields.flatMap((field) => [
      `### ${type.name}.${field.name}`,
      '',
      `\`${field.name}: ${field.type}\` · ${access(`${type.name}.${field.name}`)}`,
      '',
      textOf(field),
      '',
      ...table(field.args),
    ]),
  ];
}

function access(operation: string): string {
  const scope = OPERATIONS[operation];
  if (scope === 'operator') return 'the operator alone';
  if (scope === 'signedIn') return 'whoever is signed in';
  return `scope \`${String(scope).toUpperCase()}\``;
}

function section(
  title: string,
  types: readonly GraphQLNamedType[],
  rows: (type: GraphQLNamedType) => string[],
): string[] {
  if (types.length === 0) return [];
  return [
    `## ${title}`,
    '',
    ...types.flatMap((type) => [`### ${type.name}`, '', textOf(type), '', ...rows(type)]),
  ];
}

function fieldRows(type: GraphQLNamedType): string[] {
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [];
  return table(Object.values<GraphQLField<unknown, unknown> | GraphQLInputField>(type.getFields()));
}

function valueRows(type: GraphQLNamedType): string[] {
  if (!isEnumType(type)) return [];
  const rows = type.getValues().map((value) => `| \`${value.name}\` | ${textOf(value)} |`);
  return ['| value | what |', '|---|---|', ...rows, ''];
}

function table(
  fields: readonly (GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument)[],
): string[] {
  if (fields.length === 0) return [];
  const rows = fields.map((field) => {
    const args = 'args' in field && field.args.length > 0 ? `(${field.args.map(signature).join(', ')})` : '';
    const value = 'defaultValue' in field ? defaultOf(field) : '';
    return `| \`${field.name}${args}\` | \`${field.type}${value}\` | ${textOf(field)} |`;
  });
  return ['| name | type | what |', '|---|---|---|', ...rows, ''];
}

function signature(argument: GraphQLArgument): string {
  return `${argument.name}: ${argument.type}${defaultOf(argument)}`;
}

function defaultOf({ defaultValue, type }: Pick<GraphQLArgument, 'defaultValue' | 'type'>): string {
  const node = defaultValue === undefined ? null : astFromValue(defaultValue, type);
  return node === null || node === undefined ? '' : ` = ${print(node)}`;
}

/** Its description in one line, and what stands in its place where it is not wanted any more. */
function textOf(described: {
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
}): string {
  const { description, deprecationReason } = described;
  const old =
    deprecationReason === undefined || deprecationReason === null
      ? ''
      : `**Deprecated:** ${deprecationReason} `;
  return `${old}${description ?? ''}`.replace(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}
