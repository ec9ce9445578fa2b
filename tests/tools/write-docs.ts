// Writes the documents that are made from tables of the program: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { renderConsoleOperations } from './console-operations.ts';
import { renderErrorDocs } from './error-docs.ts';
import { renderFunctionDocs } from './function-docs.ts';
import { renderLimitDocs } from './limit-docs.ts';
import { renderSchemaDocs } from './schema-docs.ts';
import { renderSchemaTypes } from './schema-types.ts';

const DOCUMENTS = {
  errors: renderErrorDocs(),
  functions: renderFunctionDocs(),
  graphql: renderSchemaDocs(),
  limits: renderLimitDocs(),
};

for (const [name, text] of Object.entries(DOCUMENTS)) {
  writeFileSync(new URL(`../../docs/${name}.md`, import.meta.url), text);
}

for (const [name, text] of renderSchemaTypes()) {
  writeFileSync(new URL(`../../api/graphql/${name}`, import.meta.url), text);
}

for (const { path, text } of renderConsoleOperations()) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
}
