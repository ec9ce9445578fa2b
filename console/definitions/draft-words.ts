import { words } from '../display/words.ts';
import type { TagKind } from '../parts/tag.tsx';
import type { DraftSummary } from './definitions.operations.ts';

export const DRAFT_KINDS: Readonly<Record<DraftSummary['state'], TagKind>> = {
  OPEN: 'busy',
  PUBLISHING: 'busy',
  PUBLISHED: 'good',
  WITHDRAWN: 'plain',
};

/** What has become of a draft; one that only switches a rule makes no version of its own. */
export function draftStateText(draft: Pick<DraftSummary, 'state' | 'purpose' | 'published'>): string {
  const { published, purpose } = draft;
  const switches = purpose === 'ENABLE_RULE' || purpose === 'DISABLE_RULE';
  return published === null || switches ? words(draft.state) : `version ${published.number}`;
}

/** What a draft is for, in words. */
export function purposeText({ purpose, rule }: Pick<DraftSummary, 'purpose' | 'rule'>): string {
  switch (purpose) {
    case 'TEXT':
      return 'A new text';
    case 'DISABLE_RULE':
      return `Switch off ${rule ?? 'a rule'}`;
    case 'ENABLE_RULE':
      return `Switch on ${rule ?? 'a rule'}`;
    case 'ROLL_BACK':
      return 'An older text again';
    case 'ROLL_BACK_RULE':
      return `${rule ?? 'A rule'} as it was`;
  }
}
