/** One node of an explanation: a statement, an operator, a clause. Plain data, for `--json` and the console. */
export interface ExplainNode {
  /** `source`, `view`, `over`, `match`, `starts`, `keeps`, … */
  readonly what: string;
  readonly says: string;
  readonly children: readonly ExplainNode[];
}

/** A node of an explanation. */
export function node(what: string, says: string, children: readonly ExplainNode[] = []): ExplainNode {
  return { what, says, children };
}
