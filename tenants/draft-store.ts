import type { Page, PageRequest } from './page.ts';
import type { DefinitionVersion } from './definition-store.ts';
import type { PersonRef } from './principal.ts';

/** What a draft is for: a new text, one rule switched off or on, or an older version again. */
export type DraftPurpose =
  | { readonly kind: 'text' }
  | { readonly kind: 'disableRule' | 'enableRule'; readonly rule: string }
  | { readonly kind: 'rollBack'; readonly version: number }
  | { readonly kind: 'rollBackRule'; readonly rule: string; readonly version: number };

/** A text of definitions that waits for a second person. */
export interface Draft {
  /** `dra_` + ULID. */
  readonly id: string;
  readonly purpose: DraftPurpose;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal: what the publisher has read is what is published. */
  readonly textHash: string;
  /** Whether statements that the text no longer has may be dropped. */
  readonly allowDrop: boolean;
  readonly comment: string;
  /** The version that was in force when it was drafted; 0: none. */
  readonly baseVersion: number;
  readonly status: 'open' | 'publishing' | 'published' | 'withdrawn';
  readonly draftedBy: PersonRef;
  readonly draftedAt: string;
  /** The version that it became; null also where it switched a rule, which makes no new text. */
  readonly version: number | null;
  /** Whether whoever reads it may publish it: holds the scope, and is another person where two are needed. */
  readonly publishable: boolean;
}

/** Drafts, and their publication by a second person. */
export interface DraftStore {
  /** The text is checked by the engine before (TenantEngine.check); it is kept as it is. Throws TEXT_TOO_LARGE, FIELD_INVALID. */
  create(input: {
    readonly text: string;
    readonly allowDrop?: boolean;
    readonly comment?: string;
  }): Promise<Draft>;
  /** A draft of the text in force with the rule switched off: publishing it is a record of the log, and no new text. Throws NOT_FOUND, RULE_STATE. */
  disableRule(rule: string, comment?: string): Promise<Draft>;
  /** A draft of the text in force with the rule switched on again. Throws NOT_FOUND, RULE_STATE. */
  enableRule(rule: string, comment?: string): Promise<Draft>;
  /** A draft of the text of an older version. Throws NOT_FOUND. */
  rollBack(version: number, comment?: string): Promise<Draft>;
  /** A draft of the text in force with the rule as it was in an older version of the definitions. Throws NOT_FOUND. */
  rollBackRule(rule: string, version: number, comment?: string): Promise<Draft>;
  /** Its drafter, or an admin. Throws NOT_FOUND, DRAFT_CLOSED, FORBIDDEN. */
  withdraw(id: string): Promise<Draft>;
  get(id: string): Promise<Draft | null>;
  page(request: PageRequest): Promise<Page<Draft>>;
  /**
   * Publishes: the text goes into the log, and the version is in force when this resolves. Throws
   * SECOND_PERSON_NEEDED (the publisher drafted it, or made the credential that did, or the other way round),
   * NOT_FOUND, DRAFT_CLOSED, DRAFT_OUTDATED (another version came into force since it was drafted), and
   * what the engine says of the text.
   */
  publish(id: string): Promise<Publication>;
}

export interface Publication {
  readonly draft: Draft;
  /** What is in force now. */
  readonly version: DefinitionVersion;
  /** The position from which on the change holds. */
  readonly position: number;
}
