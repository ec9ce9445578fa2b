/** A task as the service tells it. */
export interface TraceFacts {
  readonly task: string;
  readonly why: string;
  readonly rows: number;
  readonly edgesVisited: string;
}

/** A task with those that it made run. */
export interface TraceNode extends TraceFacts {
  readonly children: TraceNode[];
}

interface OpenBranch {
  readonly order: number;
  readonly node: TraceNode;
  finished: boolean;
}

/**
 * The tasks as a tree: what follows a branch is under it, until the next branch of the same choice. Branches of a choice
 * are told in their order (`when 1`, `when 2`, `else`); one that does not come later in that order is of a choice within,
 * or, where the branch at hand has returned, of one further out.
 */
export function traceTree(tasks: readonly TraceFacts[]): readonly TraceNode[] {
  const roots: TraceNode[] = [];
  const open: OpenBranch[] = [];
  for (const task of tasks) {
    const node: TraceNode = { ...task, children: [] };
    const order = branchOrder(task.task);
    if (order !== null) leaveBranches(open, order);
    const top = open.at(-1);
    if (top === undefined) roots.push(node);
    else top.node.children.push(node);
    if (order !== null) open.push({ order, node, finished: false });
    else if (task.task === 'return' && top !== undefined) top.finished = true;
  }
  return roots;
}

/** Takes away the branches that are over where one of this order begins. */
function leaveBranches(open: OpenBranch[], order: number): void {
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.order < order) {
      open.pop();
      return;
    }
    if (!top.finished) return;
    open.pop();
    const outer = open.at(-1);
    // A choice is the last of its clauses: where it is over, so is the branch around it.
    if (outer !== undefined) outer.finished = true;
  }
}

function branchOrder(task: string): number | null {
  const match = /^branch (?:when (\d+)|else)$/.exec(task);
  if (match === null) return null;
  return match[1] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[1]);
}
