import type { Program } from './plan.ts';

/** What `explain` says of a program, as data; `text` is the same for people. */
export interface Explanation {
  readonly text: string;
  readonly warnings: readonly string[];
}

/** The plan of a program as a tree to read. */
export function explain(program: Program): Explanation {
  return { text: `${program.rules.length} rules`, warnings: [] };
}
