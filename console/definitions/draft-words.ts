import type { TagKind } from '../parts/tag.tsx';
import type { DraftSummary } from './definitions.operations.ts';

export const DRAFT_KINDS: Readonly<Record<DraftSummary['state'], TagKind>> = {
  OPEN: 'busy',
  PUBLISHING: 'busy',
  PUBLISHED: 'good',
  WITHDRAWN: 'plain',
};

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
