import type { Row } from '../../core/types.ts';

/** Takes the rows of a relation that only ever grows. `revision`: the row corrects one that a window fired before. */
export interface RowSink {
  push(row: Row, revision: boolean): void;
}

/**
 * Takes the changes of a relation whose rows come and go: an insert has no `old`, a delete no `row`, an update both.
 */
export interface ChangeSink {
  change(row: Row | null, old: Row | null): void;
}

/** One sink that stands for several, in their order. */
export function fanOut(sinks: readonly RowSink[]): RowSink {
  const [first, second] = sinks;
  if (first === undefined) return NO_ROWS;
  if (second === undefined) return first;
  if (sinks.length === 2) {
    return {
      push(row, revision) {
        first.push(row, revision);
        second.push(row, revision);
      },
    };
  }
  return {
    push(row, revision) {
      for (let n = 0; n < sinks.length; n++) (sinks[n] as RowSink).push(row, revision);
    },
  };
}

/** One change sink that stands for several, in their order. */
export function fanOutChanges(sinks: readonly ChangeSink[]): ChangeSink {
  const [first] = sinks;
  if (first !== undefined && sinks.length === 1) return first;
  return {
    change(row, old) {
      for (const sink of sinks) sink.change(row, old);
    },
  };
}

/** Where no one listens. */
export const NO_ROWS: RowSink = {
  push() {
    // Nobody reads this relation.
  },
};
