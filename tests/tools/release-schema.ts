// Writes the contract as it is released (schema/golden/released.graphql): `npm run ts tests/tools/release-schema.ts`, with each
// release and at no other time, since the test of schema/ compares the contract with it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { contractSchema } from './schema-types.ts';

const folder = new URL('../../schema/golden/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(
  new URL('released.graphql', folder),
  `${printSchema(lexicographicSortSchema(contractSchema()))}\n`,
);
