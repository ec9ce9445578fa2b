import type { InputProgress } from './record.ts';

/**
 * What is known of all inputs after a record that speaks of some: a run need not name the inputs of the runs before it,
 * and they are not forgotten for that. In the order in which each was first spoken of.
 */
export function mergeInputProgress(
  before: readonly InputProgress[],
  recorded: readonly InputProgress[],
): InputProgress[] {
  const merged = new Map(
    [...before, ...recorded].map((input) => [JSON.stringify([input.relation, input.path]), input]),
  );
  return [...merged.values()];
}
