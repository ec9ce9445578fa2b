import type { Page, PageRequest } from './page.ts';
import type { DefinitionVersion } from './definition-store.ts';

/** What a draft is for: a new text, one rule switched off or on, or an older version again. */
export type DraftPurpose =
  | { readonly kind: 'text' }
  | { readonly kind: 'disableRule' | 'enableRule'; readonly rule: string }
  | { readonly kind: 'rollBack'; readonly version: number };

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
  /** The version that it became. */
  readonly version: number | null;
}

/** Who did something, as it was then. */
export interface PersonRef {
  readonly personId: string;
  /** `key`, `member` or `operator`. */
  readonly kind: string;
  readonly name: string;
}

/** Drafts, and their publication by a second person. */
export interface DraftStore {
  /** The text is checked by the engine before (TenantEngine.check); it is kept as it is. Throws TEXT_TOO_LARGE, FIELD_INVALID. */
  create(input: {
    readonly text: string;
    readonly allowDrop?: boolean;
    readonly comment?: string;
  }): Promise<Draft>;
  /** A draft of the text in force with the rule's statement switched off. Throws NOT_FOUND, RULE_STATE. */
  disableRule(rule: string, comment?: string): Promise<Draft>;
  /** A draft of the text in force with the rule's statement switched on again. Throws NOT_FOUND, RULE_STATE. */
  enableRule(rule: string, comment?: string): Promise<Draft>;
  /** A draft of the text of an older version. Throws NOT_FOUND. */
  rollBack(version: number, comment?: string): Promise<Draft>;
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
  publish(id: string): Promise<DefinitionVersion>;
}
