import {
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * All fields of a type, and of the types they lead to, each type's fields once along the way. Fields with arguments that have to be
 * given are left out; lists are asked for with `first: 3`.
 */
export function selectAll(schema: GraphQLSchema, typeName: string, leaveOut: readonly string[] = []): string {
  const select = (type: GraphQLObjectType, above: readonly string[]): string => {
    const fields = Object.values(type.getFields()).flatMap((field) => {
      if (leaveOut.includes(`${type.name}.${field.name}`)) return [];
      if (field.args.some(({ type: argument }) => argument.toString().endsWith('!'))) return [];
      const inner = getNamedType(field.type);
      const args = argsOf(field);
      if (!isObjectType(inner)) return isInterfaceType(inner) ? [] : [`${field.name}${args}`];
      if (above.includes(inner.name)) return [];
      const selection = select(inner, [...above, inner.name]);
      return selection === '{ }' ? [] : [`${field.name}${args} ${selection}`];
    });
    return `{ ${fields.join(' ')} }`;
  };
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`${typeName} is no object type`);
  return select(type, [typeName]);
}

function argsOf(field: GraphQLField<unknown, unknown>): string {
  return field.args.some(({ name }) => name === 'first') ? '(first: 3)' : '';
}

/** Every `Type.field` that documents ask for. */
export function fieldsAsked(schema: GraphQLSchema, documents: readonly string[]): Set<string> {
  const asked = new Set<string>();
  for (const text of documents) {
    const info = new TypeInfo(schema);
    visit(
      parse(text),
      visitWithTypeInfo(info, {
        enter: (node) => {
          if (node.kind !== Kind.FIELD || node.name.value.startsWith('__')) return;
          const parent = info.getParentType();
          if (parent) asked.add(`${parent.name}.${node.name.value}`);
        },
      }),
    );
  }
  return asked;
}

/** Every `Type.field` of the contract's object types. */
export function allFields(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`)
      : [],
  );
}
