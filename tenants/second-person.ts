import { OPERATOR, type Principal } from './principal.ts';

/** Whoever drafted, as the draft remembers it. */
export interface Drafter {
  readonly personId: string;
  /** The persons who may know the credential that it was drafted with. */
  readonly creators: readonly string[];
}

/**
 * Why the publisher is no second pair of eyes for the drafter, in words, or null. It is one person where both are the same
 * member or key; where the publisher made the credential that drafted; and where the drafter made the one that
 * publishes, at any remove. Two credentials that a third made are two persons: whom they were given to, only the third
 * knows, and the audit log says who made them.
 */
export function secondPersonProblem(drafter: Drafter, publisher: Principal): string | null {
  if (drafter.personId === publisher.personId) {
    return publisher.personId === OPERATOR ? 'the operator drafted it' : 'the same person or key drafted it';
  }
  if (drafter.creators.includes(publisher.personId)) return 'the publisher made the key that drafted it';
  if (publisher.creators.includes(drafter.personId)) return 'its drafter made the key that would publish it';
  return null;
}
