import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import { type SqlType, typeName } from '../../core/types.ts';
import type { Expression, Identifier } from '../ast.ts';
import { isAggregate } from '../functions.ts';
import type { Expr, GraphPlan, RowAggregate } from '../plan.ts';
import { type BoundAggregate, bindAggregate } from './aggregates.ts';
import type { BoundColumn } from './catalog.ts';
import type { Diagnostics } from './diagnostics.ts';
import { call, ExpressionBinder } from './expression-binder.ts';
import type { CallNode, ExpressionBinding, Scope } from './expression-binding.ts';
import { castTo, commonType, isScalar, sameForm } from './type-rules.ts';

/** A variable of a match, a LET, a CALL or a WITH. */
export interface Variable {
  readonly name: string;
  readonly slot: number;
  /** Null where its definition has errors, which were reported. */
  readonly type: SqlType | null;
  /** Vertices, edges and groups: numbers of the element tables that it may come from. */
  readonly tables: readonly number[];
  /** Groups and merged hops: the slot that holds one edge of it. */
  readonly element: number | null;
}

/** What a window has beside its groups; a rule reads them where the view selects them. */
const WINDOW_COLUMNS: ReadonlySet<string> = new Set(['window_start', 'window_end', 'revision']);

/** What `$` reads: the triggering row of a rule, or the parameters of a query. */
export interface Outer {
  readonly kind: 'rule' | 'query';
  readonly columns: readonly Pick<BoundColumn, 'name' | 'type'>[];
  /** Errors hide columns: unknown names stay silent. */
  readonly open: boolean;
  /** UPDATE and DELETE: `$old.column`. */
  readonly hasOld: boolean;
  /** Rows come from a TUMBLE or HOP window. */
  readonly windowed: boolean;
}

/** What one job is bound against, and the slots of its bindings. */
export class JobContext {
  readonly diagnostics: Diagnostics;
  /** Null: the graph is unknown, and its labels and properties stay silent. */
  readonly graph: GraphPlan | null;
  /** False: errors hide some of the graph. */
  readonly complete: boolean;
  readonly outer: Outer;
  readonly slotNames: string[] = [];
  /** Every variable that any clause declares: for hints where it is out of scope. */
  readonly declared = new Set<string>();
  #clauses = 0;
  /** Columns of RETURN by name; branches that return the same name share its slot. */
  readonly outputs = new Map<string, Variable>();

  constructor(diagnostics: Diagnostics, graph: GraphPlan | null, complete: boolean, outer: Outer) {
    this.diagnostics = diagnostics;
    this.graph = graph;
    this.complete = complete && graph !== null;
    this.outer = outer;
  }

  /** Throws INVALID_DEFINITION past LIMITS.jobClausesMax, which ends the binding of the job. */
  countClause(): void {
    const { jobClausesMax } = LIMITS;
    if (++this.#clauses <= jobClausesMax) return;
    throw new RingwatchError('INVALID_DEFINITION', {
      reason: `a rule or query has at most ${jobClausesMax} clauses`,
    });
  }

  /** Throws INVALID_DEFINITION past LIMITS.jobVariablesMax, which ends the binding of the job. */
  newSlot(name: string): number {
    const { jobVariablesMax } = LIMITS;
    if (this.slotNames.length >= jobVariablesMax) {
      const reason = `a rule or query has at most ${jobVariablesMax} variables`;
      throw new RingwatchError('INVALID_DEFINITION', { reason });
    }
    this.declared.add(name);
    return this.slotNames.push(name) - 1;
  }
}

/** Gathers the aggregates over rows of one WITH or RETURN; each has a slot. */
export class RowAggregates {
  readonly list: RowAggregate[] = [];
  readonly #keys: string[] = [];

  /** The variable that an aggregate's result is read from. */
  add(aggregate: Omit<RowAggregate, 'slot'>, context: JobContext): Expr {
    const key = JSON.stringify(aggregate, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
    let index = this.#keys.indexOf(key);
    if (index < 0) {
      index = this.#keys.push(key) - 1;
      this.list.push({ ...aggregate, slot: context.newSlot('') });
    }
    return { kind: 'variable', type: aggregate.type, slot: (this.list[index] as RowAggregate).slot };
  }
}

/** Where an expression stands: which variables it sees, and whether aggregates may group rows. */
export interface JobScopeOptions {
  readonly variables: ReadonlyMap<string, Variable>;
  /** A variable that stands for another of its name: one edge of a group. */
  readonly instead?: Variable;
  /** Null: only along paths. */
  readonly rows: RowAggregates | null;
  /** Variables that are bound only later in the same MATCH. */
  readonly later?: ReadonlySet<string>;
  /** For hints: what holds the names, e.g. "RETURN". */
  readonly namesOf?: string;
  /** Bare names that are no variable are columns of the triggering row (in DO). */
  readonly bareColumns?: boolean;
}

/** Names from MATCH on: bare names are variables, `$name` is the triggering row or a parameter. */
export class JobScope implements Scope {
  readonly #context: JobContext;
  readonly #options: JobScopeOptions;
  /** Inside an aggregate no other may stand, but over groups. */
  readonly #inAggregate: boolean;

  constructor(context: JobContext, options: JobScopeOptions, inAggregate = false) {
    this.#context = context;
    this.#options = options;
    this.#inAggregate = inAggregate;
  }

  binder(): ExpressionBinder {
    return new ExpressionBinder(this.#context.diagnostics, this);
  }

  name(parts: readonly Identifier[], at: SourcePosition): Expr | null {
    const { diagnostics } = this.#context;
    const [first, property] = parts;
    if (first === undefined || parts.length > 2) {
      return diagnostics.invalid('a property is named by variable.property', at);
    }
    const variable = this.#variable(first.name);
    if (variable === undefined) {
      const column = property === undefined && this.#options.bareColumns === true;
      return column
        ? this.#outerColumn(first, first.name, at, false)
        : this.#unknownVariable(first, property);
    }
    if (variable.type === null) return null;
    if (property === undefined) return { kind: 'variable', type: variable.type, slot: variable.slot };
    return this.#property(variable, variable.type, property, at);
  }

  #variable(name: string): Variable | undefined {
    const { variables, instead } = this.#options;
    return instead?.name === name ? instead : variables.get(name);
  }

  #unknownVariable(name: Identifier, property: Identifier | undefined): null {
    const { outer, diagnostics } = this.#context;
    const { variables } = this.#options;
    if (this.#options.later?.has(name.name)) {
      return diagnostics.invalid(
        `${name.name} is bound later in the pattern`,
        name.at,
        'A WHERE inside the pattern sees what stands before it; move the condition to WHERE after the patterns.',
      );
    }
    if (variables.size === 0 && this.#options.namesOf !== undefined) {
      return diagnostics.invalid(
        `${this.#options.namesOf} takes no variables, but names ${name.name}`,
        name.at,
      );
    }
    const isColumn = outer.columns.some((column) => column.name === name.name);
    let hint: string | null = null;
    if (isColumn && property === undefined) {
      const where = outer.kind === 'rule' ? 'The triggering row' : 'The parameter';
      hint = `${where} is read by $${name.name} from MATCH on.`;
    } else if (this.#context.declared.has(name.name)) {
      hint = `${name.name} ends at WITH or RETURN: pass it on, or name its value there.`;
    }
    const names = [...variables.keys()];
    const what = this.#options.namesOf === undefined ? 'variable' : `column of ${this.#options.namesOf}`;
    return diagnostics.unknown(what, name.name, name.at, names, hint);
  }

  #property(variable: Variable, type: SqlType, property: Identifier, at: SourcePosition): Expr | null {
    const { diagnostics } = this.#context;
    if (type.kind === 'edgeGroup' || (type.kind === 'edge' && type.merged)) {
      return diagnostics.mismatch(
        `${variable.name} in ${variable.name}.${property.name}`,
        'one edge',
        type,
        at,
        `It holds several edges: aggregate over it, e.g. SUM(${variable.name}.${property.name}).`,
      );
    }
    if (type.kind !== 'vertex' && type.kind !== 'edge') {
      return diagnostics.mismatch(
        `${variable.name} in ${variable.name}.${property.name}`,
        'a vertex or an edge',
        type,
        at,
      );
    }
    return propertyOf(this.#context, type.kind, variable, property);
  }

  dollar(parts: readonly Identifier[], at: SourcePosition): Expr | null {
    const [first, second] = parts;
    if (first === undefined || parts.length > 2) {
      return this.#context.diagnostics.invalid('$ takes one name, or $old.column', at);
    }
    if (second === undefined) return this.#outerColumn(first, `$${first.name}`, at, false);
    const { outer, diagnostics } = this.#context;
    if (first.name !== 'old') {
      return diagnostics.invalid(
        `$${first.name}.${second.name} has no meaning`,
        at,
        `Write $${second.name}.`,
      );
    }
    if (!outer.hasOld) {
      return diagnostics.invalid(
        '$old is the row before an UPDATE or DELETE, which does not start this',
        at,
        'Write AFTER UPDATE ON or AFTER DELETE ON the table.',
      );
    }
    return this.#outerColumn(second, `$old.${second.name}`, at, true);
  }

  #outerColumn(name: Identifier, shown: string, at: SourcePosition, old: boolean): Expr | null {
    const { outer, diagnostics } = this.#context;
    const index = outer.columns.findIndex((column) => column.name === name.name);
    const type = outer.columns[index]?.type ?? null;
    if (index < 0) {
      if (outer.open) return null;
      const dollar = shown.startsWith('$');
      const isVariable = dollar && this.#variable(name.name) !== undefined;
      const what = outer.kind === 'query' ? 'parameter' : 'column of the triggering row';
      const candidates = outer.columns.map(
        (column) => shown.slice(0, shown.length - name.name.length) + column.name,
      );
      if (!dollar) candidates.unshift(...this.#options.variables.keys());
      let hint = isVariable ? `${name.name} is a variable; write it without $.` : null;
      if (!dollar && this.#context.declared.has(name.name))
        hint = `DO reads what RETURN names: return ${name.name}.`;
      if (outer.windowed && WINDOW_COLUMNS.has(name.name))
        hint = `Select it in the view: SELECT …, ${name.name} FROM TUMBLE(…).`;
      return diagnostics.unknown(what, shown, at, candidates, hint);
    }
    if (type === null) return null;
    if (outer.kind === 'query') return { kind: 'parameter', type, index };
    return { kind: old ? 'oldColumn' : 'column', type, index };
  }

  /** Along the path where it names a group or a merged hop, else over rows. */
  aggregate(node: CallNode, name: string, binder: ExpressionBinding): Expr | null {
    const { diagnostics } = this.#context;
    if (node.over !== null) {
      return diagnostics.notBuilt('OVER outside of views', node.at);
    }
    const groups = this.#groupsIn(node);
    const [group, second] = groups;
    if (group !== undefined && second !== undefined) {
      return diagnostics.invalid(
        `${name.toUpperCase()} runs along one group, but names ${group.name} and ${second.name}`,
        node.at,
        'Aggregate each apart, e.g. SUM(g.amount) + SUM(h.amount).',
      );
    }
    if (group !== undefined) return this.#alongPath(node, name, group);
    if (this.#inAggregate) {
      return diagnostics.invalid(`${name.toUpperCase()} over rows stands inside another aggregate`, node.at);
    }
    const { rows } = this.#options;
    if (rows === null) {
      for (const argument of node.args) binder.bind(argument);
      return diagnostics.invalid(
        `${name.toUpperCase()} over rows has its place in WITH and RETURN only`,
        node.at,
        'Over a group or merged variable it runs along the path and may stand anywhere.',
      );
    }
    const inside = new JobScope(this.#context, this.#options, true).binder();
    const bound = bindAggregate(node, name, inside, diagnostics);
    return bound === null ? null : rows.add(withoutFilter(bound), this.#context);
  }

  #alongPath(node: CallNode, name: string, group: Variable): Expr | null {
    const { type, element } = group;
    if (type === null || element === null) return null;
    const one: Variable = { ...group, slot: element, type: { kind: 'edge', merged: false }, element: null };
    const inside = new JobScope(this.#context, { ...this.#options, instead: one, rows: null }, true).binder();
    const bound = bindAggregate(node, name, inside, this.#context.diagnostics);
    if (bound === null) return null;
    const { name: aggregate, distinct, argument, type: result } = withoutFilter(bound);
    return {
      kind: 'pathAggregate',
      type: result,
      name: aggregate,
      distinct,
      group: group.slot,
      element,
      argument,
    };
  }

  /** Group and merged variables that an aggregate names itself, not inside another aggregate. */
  #groupsIn(node: CallNode): readonly Variable[] {
    const found = new Map<string, Variable>();
    const visit = (part: Expression): void => {
      if (part.kind === 'name') {
        const variable = this.#variable(part.parts[0]?.name ?? '');
        if (variable?.element != null) found.set(variable.name, variable);
      }
      if (part.kind === 'call' && part.name.length === 1 && isAggregate(part.name[0]?.name ?? '')) return;
      for (const inner of innerExpressions(part)) visit(inner);
    };
    for (const argument of node.args) visit(argument);
    if (node.filter !== null) visit(node.filter);
    return [...found.values()];
  }
}

function innerExpressions(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
    case 'dollar':
      return [];
    case 'unary':
    case 'is':
    case 'cast':
      return [node.argument];
    case 'binary':
      return [node.left, node.right];
    case 'between':
      return [node.argument, node.low, node.high];
    case 'in':
      return [node.argument, ...node.list];
    case 'like':
      return [node.argument, node.pattern];
    case 'case':
      return [
        ...(node.operand === null ? [] : [node.operand]),
        ...node.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(node.otherwise === null ? [] : [node.otherwise]),
      ];
    case 'call':
      return node.filter === null ? node.args : [...node.args, node.filter];
    case 'list':
      return node.items;
  }
}

/** FILTER (WHERE c) is CASE WHEN c THEN argument END: aggregates skip NULLs. COUNT(*) counts TRUE. */
function withoutFilter(bound: BoundAggregate): Omit<RowAggregate, 'slot'> {
  const { name, distinct, argument, filter, type } = bound;
  if (filter === null) return { name, distinct, argument, type };
  const counted: Expr = argument ?? { kind: 'literal', type: { kind: 'boolean' }, value: true };
  const filtered: Expr = {
    kind: 'case',
    type: counted.type,
    // biome-ignore lint/suspicious/noThenProperty: a branch of CASE has a THEN, as in plans.
    branches: [{ when: filter, then: counted }],
    otherwise: null,
  };
  return { name, distinct, argument: filtered, type };
}

/**
 * A property of a vertex or edge in a slot: its column in each table that the variable may come from. Reports
 * UNKNOWN_NAME where none has it, TYPE_MISMATCH where they differ in type.
 */
export function propertyOf(
  context: JobContext,
  of: 'vertex' | 'edge',
  variable: Variable,
  name: Identifier,
): Expr | null {
  const { graph, diagnostics } = context;
  if (graph === null) return null;
  const tables = of === 'vertex' ? graph.vertexTables : graph.edgeTables;
  const columns: number[] = [];
  let type: SqlType | null = null;
  for (const [number, table] of tables.entries()) {
    const property = variable.tables.includes(number)
      ? table.properties.find((candidate) => candidate.name === name.name)
      : undefined;
    columns.push(property?.column ?? -1);
    if (property === undefined) continue;
    if (type !== null && !sameForm(type, property.type)) {
      return diagnostics.mismatch(
        `the property ${variable.name}.${name.name}`,
        `${typeName(type)} in every table`,
        property.type,
        name.at,
        `Give the columns one type, or name one label, e.g. ${variable.name}:${table.labels[0] ?? ''}.`,
      );
    }
    type = type === null ? property.type : commonType(type, property.type);
  }
  if (type !== null) return { kind: 'property', type, of, slot: variable.slot, name: name.name, columns };
  if (!context.complete) return null;
  const known = variable.tables.flatMap(
    (number) => tables[number]?.properties.map((property) => property.name) ?? [],
  );
  const labels = variable.tables.flatMap((number) => tables[number]?.labels.slice(0, 1) ?? []);
  return diagnostics.unknown(`property of ${[...new Set(labels)].join(' or ')}`, name.name, name.at, [
    ...new Set(known),
  ]);
}

/** A value as it stands in a KEY: scalars, and vertices and edges by their key. Null where there is no such. */
export function keyValue(expr: Expr): Expr | null {
  switch (expr.type.kind) {
    case 'vertex':
      return call('elementKey', { kind: 'text' }, [expr]);
    case 'edge':
      return expr.type.merged ? null : call('elementKey', { kind: 'text' }, [expr]);
    case 'null':
      return castTo(expr, { kind: 'text' });
    default:
      return isScalar(expr.type) ? expr : null;
  }
}
