import {
  BoundEdgeStep,
  BoundedStep,
  EdgeStep,
  MergedStep,
  SingleStep,
  type Step,
  TemporalStep,
} from './edge-steps.ts';
import type { JobContext } from './job-context.ts';
import type { ExpandAction } from './match-plan.ts';
import type { PathState } from './path-state.ts';
import { ReachStep } from './reach-step.ts';

/** A step along an edge pattern. */
export interface EdgePatternStep extends Step {
  /** How many edges it would look at first in the binding at hand: what forks go by. */
  readonly width: () => number;
}

/** The step for an edge pattern, by what it needs. `mergeable`: groups of which one walk to each vertex is enough. */
export function createEdgeStep(
  action: ExpandAction,
  state: PathState,
  farTables: readonly number[],
  context: JobContext,
  mergeable: ReadonlySet<number>,
  next: () => void,
): EdgePatternStep {
  const shared = new EdgeStep(action, state, farTables, context, next);
  const step = stepOver(shared, mergeable);
  return { run: step.run, clear: step.clear?.bind(step) ?? null, width: () => shared.width() };
}

function stepOver(shared: EdgeStep, mergeable: ReadonlySet<number>): Step {
  const { edge, state, action } = shared;
  if (edge.quantifier !== null) {
    if (mergeable.has(edge.slot)) return new ReachStep(shared);
    return state.ascending?.byTime ? new TemporalStep(shared) : new BoundedStep(shared);
  }
  if (state.pattern.mergeParallel) return new MergedStep(shared);
  return action.edgeBound ? new BoundEdgeStep(shared) : new SingleStep(shared);
}
