import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { generateOperations, renderConsoleOperations } from '../tools/console-operations.ts';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';

describe('the operations of the console', () => {
  const rendered = renderConsoleOperations();

  test.each(rendered.map((file) => [file.path, file] as const))(
    '%s is what the schema gives (`npm run docs`)',
    (_, file) => {
      expect(readFileSync(path.join(REPOSITORY, file.path), 'utf8')).toBe(file.text);
    },
  );

  test('have names of their own', () => {
    const names = rendered.flatMap(({ text }) =>
      [...text.matchAll(/^ {2}name: '(\w+)'/gm)].map(([, name]) => name),
    );
    expect(names.length).toBeGreaterThan(40);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a type made of an operation', () => {
  const schema = buildSchema(`
    enum Color { RED GREEN }
    interface Node { id: ID! }
    type Thing implements Node { id: ID! name: String color: Color! parts(first: Int): [Thing!]! }
    input Filter { colors: [Color!] name: String! }
    type Query { node(id: ID!): Node things(filter: Filter): [Thing!]! }
  `);
  const generate = (text: string) =>
    generateOperations(schema, [{ path: 'console/a/b.graphql', text }])[0]!.text;

  test('has what is null as null, lists as lists, enums as words', () => {
    const text = generate(
      'query Q($filter: Filter) { things(filter: $filter) { name color other: parts { id } } }',
    );
    expect(text).toContain('readonly name: string | null;');
    expect(text).toContain("readonly color: 'RED' | 'GREEN';");
    expect(text).toContain('readonly other: readonly {\n');
    expect(text).toContain('readonly filter?: {\n');
    expect(text).toContain("readonly colors?: readonly ('RED' | 'GREEN')[] | null | undefined;");
    expect(text).toContain('readonly name: string;');
  });

  test('tells the kinds of an interface apart', () => {
    const text = generate('query Q { node(id: "1") { ... on Thing { __typename id } } }');
    expect(text).toContain("readonly __typename: 'Thing';");
    expect(text).toContain("| { readonly __typename: '' } | null;");
    expect(() => generate('query Q { node(id: "1") { ... on Thing { id } } }')).toThrow('ask for __typename');
  });

  test('is refused where the operation does not fit the schema', () => {
    expect(() => generate('query Q { things { size } }')).toThrow('Cannot query field "size"');
  });
});
