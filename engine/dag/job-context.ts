import type { Row } from '../../core/types.ts';
import type { Expr, GraphPlan, LabelExpr } from '../../language/plan.ts';
import { compileExpression } from '../expression/compile.ts';
import type { ExpressionContext } from '../expression/compiled-call.ts';
import type { Evaluate } from '../expression/evaluate.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { WalkedLists } from '../kernels/temporal-paths.ts';
import type { WorkBudget } from '../kernels/work-budget.ts';

/** Bindings of a job's variables by slot, in the engine's run-time forms. */
export type Slots = unknown[];

/**
 * What the parts of one compiled job share while it runs. One job runs at a time; `slots` is the binding that a match
 * is building, with stale values where nothing is bound: which slots are bound at a step is known from the plan.
 */
export class JobContext {
  readonly graph: GraphView;
  readonly budget: WorkBudget;
  readonly expressions: ExpressionContext;
  /** The triggering row; in queries the parameters. */
  row: Row = [];
  old: Row = [];
  readonly slots: Slots;

  constructor(graph: GraphView, budget: WorkBudget, expressions: ExpressionContext, slots: number) {
    this.graph = graph;
    this.budget = budget;
    this.expressions = expressions;
    this.slots = new Array<unknown>(slots).fill(null);
  }

  compile(expr: Expr): Evaluate {
    return compileExpression(expr, this.expressions);
  }

  /** Whether all of the expressions are TRUE for the row, `old` and `slots` at hand; null where there are none. */
  compileAll(exprs: readonly Expr[]): (() => boolean) | null {
    if (exprs.length === 0) return null;
    const evaluates = exprs.map((expr) => this.compile(expr));
    const [only, another] = evaluates;
    if (only !== undefined && another === undefined)
      return () => only(this.row, this.slots, this.old) === true;
    return () => {
      for (const evaluate of evaluates) if (evaluate(this.row, this.slots, this.old) !== true) return false;
      return true;
    };
  }

  /**
   * The neighbour lists of the edge tables at a vertex. `direction` is the edge's as seen from the vertex; `any` has
   * both, self-loops once.
   */
  walked(tables: readonly number[], direction: 'out' | 'in' | 'any'): readonly WalkedLists[] {
    return tables.flatMap((table) => {
      const floor = () => this.graph.edgeHorizon(table);
      const one = (way: 'out' | 'in', skipLoops: boolean): WalkedLists => ({
        lists: this.graph.lists(table, way),
        floor,
        skipLoops,
      });
      if (direction === 'any') return [one('out', false), one('in', true)];
      return [one(direction, false)];
    });
  }
}

/** Numbers of the element tables that satisfy a label expression. */
export function tablesWith(
  tables: GraphPlan['vertexTables'] | GraphPlan['edgeTables'],
  labels: LabelExpr | null,
): readonly number[] {
  return tables.flatMap((table, number) =>
    labels === null || satisfies(table.labels, labels) ? [number] : [],
  );
}

function satisfies(labels: readonly string[], expression: LabelExpr): boolean {
  switch (expression.kind) {
    case 'any':
      return labels.length > 0;
    case 'label':
      return labels.includes(expression.name);
    case 'not':
      return !satisfies(labels, expression.argument);
    case 'and':
      return satisfies(labels, expression.left) && satisfies(labels, expression.right);
    case 'or':
      return satisfies(labels, expression.left) || satisfies(labels, expression.right);
  }
}
