import type { SourcePosition } from '../../core/source-position.ts';
import type { SqlType } from '../../core/types.ts';
import type { Expression, Identifier } from '../ast.ts';
import type { Expr, FunctionName } from '../plan.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { Placed } from './type-rules.ts';

/** A call as written. */
export type CallNode = Extract<Expression, { kind: 'call' }>;

/**
 * What names mean where an expression stands. Each method gives null after reporting what is wrong.
 */
export interface Scope {
  /** A bare name: `a` or `a.b`. */
  name(parts: readonly Identifier[], at: SourcePosition): Expr | null;
  /** `$a` or `$old.a`. */
  dollar(parts: readonly Identifier[], at: SourcePosition): Expr | null;
  /** An aggregate, by its name of AGGREGATES, with or without OVER. */
  aggregate(call: CallNode, name: string, binder: ExpressionBinding): Expr | null;
}

/** What binds the parts of an expression. Every method gives null after reporting. */
export interface ExpressionBinding {
  readonly diagnostics: Diagnostics;
  readonly scope: Scope;
  bind(node: Expression): Expr | null;
  /** The expression and its place. */
  place(node: Expression): Placed | null;
  /** All of them, or null when one failed; every one is looked at. */
  placeAll(nodes: readonly Expression[]): readonly Placed[] | null;
  /** A BOOLEAN. `what` names the place, e.g. "WHERE". */
  bindCondition(node: Expression, what: string): Expr | null;
  /** A value that widens to `type`. */
  bindAs(node: Expression, type: SqlType, what: string): Expr | null;
  /** A comparison of two placed sides. Vertices and edges compare by identity only. */
  compare(sides: readonly Placed[], name: FunctionName, operator: string): Expr | null;
}
