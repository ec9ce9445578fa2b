import type { Expr } from '../../language/plan.ts';
import type { ElementReader, Evaluate, EvaluationErrors } from './evaluate.ts';

/** What an expression needs beside its row: where failed evaluations are counted, and the graph (null outside one). */
export interface ExpressionContext {
  readonly errors: EvaluationErrors;
  readonly elements: ElementReader | null;
}

/** A call whose arguments are compiled: what the families of functions are given. */
export interface CompiledCall {
  readonly call: Extract<Expr, { kind: 'call' }>;
  readonly args: readonly Evaluate[];
  readonly context: ExpressionContext;
}
