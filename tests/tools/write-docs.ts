// Writes the documents that are made from tables of the program: `npm run docs`.
import { writeFileSync } from 'node:fs';
import { renderErrorDocs } from './error-docs.ts';
import { renderFunctionDocs } from './function-docs.ts';
import { renderLimitDocs } from './limit-docs.ts';

const DOCUMENTS = { errors: renderErrorDocs(), functions: renderFunctionDocs(), limits: renderLimitDocs() };

for (const [name, text] of Object.entries(DOCUMENTS)) {
  writeFileSync(new URL(`../../docs/${name}.md`, import.meta.url), text);
}
