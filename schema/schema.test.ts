import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import {
  buildSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  validateSchema,
} from 'graphql';
import { contractSchema, renderSchemaTypes } from '../tests/tools/schema-types.ts';
import { OPERATIONS } from '../tenants/operations.ts';

const schema = contractSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

describe('the contract', () => {
  it('is a valid schema', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('describes every type, field, argument and value', () => {
    const undescribed: string[] = [];
    const check = (name: string, described: { readonly description?: string | null | undefined }): void => {
      if (!described.description) undescribed.push(name);
    };
    for (const type of types) {
      check(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
      if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const arg of 'args' in field ? field.args : [])
          check(`${type.name}.${field.name}(${arg.name})`, arg);
      }
    }
    for (const directive of schema.getDirectives()) check(`@${directive.name}`, directive);
    expect(undescribed).toEqual([]);
  });

  it('lets whoever holds what tenants/operations.ts says ask for each root field, and nothing else', () => {
    const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
      (type) => Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
    );
    const listed = Object.keys(OPERATIONS).filter((operation) =>
      /^(Query|Mutation|Subscription)\./.test(operation),
    );
    expect(listed.sort()).toEqual(fields.sort());
  });

  it('gives every mutation one input with an idempotency key, and a payload with userErrors', () => {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const pascal = field.name.replace(/^./, (letter) => letter.toUpperCase());
      expect(field.args.map(({ name, type }) => `${name}: ${type}`)).toEqual([`input: ${pascal}Input!`]);
      expect(String(field.type)).toBe(`${pascal}Payload!`);
      const input = schema.getType(`${pascal}Input`);
      const payload = schema.getType(`${pascal}Payload`);
      // A transfer demands one.
      const keyType = isInputObjectType(input) && String(input.getFields().idempotencyKey?.type);
      expect(keyType).toBe(field.name === 'transfer' ? 'String!' : 'String');
      expect(isObjectType(payload) && String(payload.getFields().userErrors?.type)).toBe('[UserError!]!');
    }
  });

  it('pages every connection as Relay does', () => {
    for (const type of types) {
      if (!isObjectType(type) || !type.name.endsWith('Connection')) continue;
      const edge = type.name.replace('Connection', 'Edge');
      const fields = type.getFields();
      expect([type.name, String(fields.edges?.type), String(fields.pageInfo?.type)]).toEqual([
        type.name,
        `[${edge}!]!`,
        'PageInfo!',
      ]);
      const edgeType = schema.getType(edge);
      expect(isObjectType(edgeType) && Object.keys(edgeType.getFields())).toEqual(['cursor', 'node']);
    }
  });

  it('is what the types of resolvers were written from (npm run docs)', () => {
    for (const [name, text] of renderSchemaTypes()) {
      const written = readFileSync(new URL(`../api/graphql/${name}`, import.meta.url), 'utf8');
      expect({ name, written }).toEqual({ name, written: text });
    }
  });
});

/** Changes that would break whoever uses `before`. */
async function breaking(before: GraphQLSchema, after: GraphQLSchema): Promise<string[]> {
  const changes = await diff(before, after);
  return changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    .map(({ message }) => message);
}

describe('against the last release', () => {
  const released = readFileSync(new URL('./golden/released.graphql', import.meta.url), 'utf8');

  it('the contract has lost and broken nothing: what is not wanted any more is @deprecated', async () => {
    expect(await breaking(buildSchema(released), schema)).toEqual([]);
  });

  it.each([
    ['a field that is gone', '  """Its version then."""\n  ruleVersion: Int\n', ''],
    ['a field that may be null now', '  alertId: String!\n', '  alertId: String\n'],
    [
      'an argument that has to be given now',
      '    position: BigInt!\n',
      '    position: BigInt!\n    source: String!\n',
    ],
    ['a value that is gone', '  """Most."""\n  CRITICAL\n', ''],
    ['an input field that has to be given now', '  allowDrop: Boolean = false\n', '  allowDrop: Boolean!\n'],
    ['another type', '  answeredInMs: Float\n', '  answeredInMs: Int\n'],
  ])('would not lose or break %s unseen', async (_, text, replacement) => {
    const changed = released.replace(text, replacement);
    expect(changed).not.toBe(released);
    expect(await breaking(buildSchema(released), buildSchema(changed))).not.toEqual([]);
  });
});
