import { LIMITS } from '../../core/limits.ts';
import type { RuleOutcome } from '../dag/rule-outcome.ts';

type Changes = RuleOutcome['inserts'];

/**
 * Makes the changes that rules ask for, each with all that follows from it before the next: `carryOut` makes one and
 * returns what the rules on its table ask for. Of those that follow from others at most LIMITS.chainedChangesMax are made in one
 * call; each further one is counted as TOO_MANY_CHANGES. Without recursion: rules may start one another as often.
 */
export function followChanges(
  changes: Changes,
  carryOut: (change: Changes[number]) => Changes,
  errors: { count(code: string): void },
): void {
  const open = [{ changes, next: 0 }];
  let chained = 0;
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const change = level.changes[level.next++];
    if (change === undefined) open.pop();
    else if (open.length > 1 && ++chained > LIMITS.chainedChangesMax) errors.count('TOO_MANY_CHANGES');
    else {
      const more = carryOut(change);
      if (more.length > 0) open.push({ changes: more, next: 0 });
    }
  }
}
