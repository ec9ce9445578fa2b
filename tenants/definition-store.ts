import type { Page, PageRequest } from './page.ts';
import type { PersonRef } from './principal.ts';

/** A published text: what is in force from its position on, until the next. */
export interface DefinitionVersion {
  /** From 1, without gaps. */
  readonly version: number;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly textHash: string;
  /** The position in the tenant's log from which it holds. */
  readonly position: number;
  readonly comment: string;
  readonly draftId: string;
  readonly draftedBy: PersonRef;
  readonly publishedBy: PersonRef;
  readonly publishedAt: string;
  /** Whether drafter and publisher had to be two, and were. */
  readonly twoPersons: boolean;
}

/** The versions, a projection of the log's definitions records. */
export interface DefinitionStore {
  /** What is in force, or null. */
  current(): Promise<DefinitionVersion | null>;
  get(version: number): Promise<DefinitionVersion | null>;
  page(request: PageRequest): Promise<Page<DefinitionVersion>>;
}
