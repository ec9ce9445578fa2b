import { readdirSync, readFileSync } from 'node:fs';

/** One file of the contract. */
export interface SdlFile {
  readonly name: string;
  readonly text: string;
}

/** The GraphQL contract: the files beside this one, by name. */
export function readSdl(): readonly SdlFile[] {
  const folder = new URL('./', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
}
