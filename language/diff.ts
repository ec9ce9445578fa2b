import type { RingwatchError } from '../core/errors.ts';
import type { Program } from './plan.ts';

/** What a new text changes. */
export interface ProgramDiff {
  readonly statements: readonly StatementChange[];
  /** Changes that are not allowed: INCOMPATIBLE_CHANGE. */
  readonly errors: readonly RingwatchError[];
  /** The whole as text, one line a change. */
  readonly text: string;
}

export interface StatementChange {
  readonly what: 'source' | 'table' | 'view' | 'property graph' | 'decision' | 'rule' | 'query';
  readonly name: string;
  readonly change: 'added' | 'changed' | 'dropped' | 'unchanged';
}

/** What changes from one program (null: none yet) to the next. */
export function diff(old: Program | null, next: Program): ProgramDiff {
  return {
    statements: [],
    errors: [],
    text: `${old === null ? 'first' : 'next'}: ${next.rules.length} rules`,
  };
}
