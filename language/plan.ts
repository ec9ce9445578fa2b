import type { SqlType, Value } from '../core/types.ts';

/**
 * The plan: a definition text after binding. Names are resolved to indices, types are explicit, casts are written
 * out, windows and paths are normalised. It is plain data (JSON but for bigint literals), frozen by convention.
 * The engine runs it and imports nothing else of the language.
 */
export interface Program {
  readonly sources: readonly SourcePlan[];
  readonly tables: readonly TablePlan[];
  /** In dependency order: a view comes after what it reads. */
  readonly views: readonly ViewPlan[];
  readonly graphs: readonly GraphPlan[];
  readonly decisions: readonly DecisionPlan[];
  /** In name order (UTF-16 code units), which is the order they run in. */
  readonly rules: readonly RulePlan[];
  readonly queries: readonly QueryPlan[];
}

/** A column of a relation. `stored` columns are in log rows, in this order; generated ones are computed on arrival. */
export interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly nullable: boolean;
}

/**
 * A fingerprint names a plan by content: equal plans (spacing, comments, letter case of keywords aside) have equal
 * ones. State of operators is kept under it when definitions change; operators of two views never share one. Columns
 * that a source gains move none: state holds evaluated values, never whole input rows of a view's operators.
 */
export type Fingerprint = string;

/** What sources and tables have in common. */
export interface RelationPlan {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  /** All columns in declared order, generated ones included: the shape of the relation's rows in the engine. */
  readonly columns: readonly Column[];
  /** Indices into `columns` of those that log rows store, ascending. */
  readonly stored: readonly number[];
  /** For each column the name of the field it is read from (its own unless `FROM 'field'`); null if generated. */
  readonly fields: readonly (string | null)[];
  /** For each column its expression over the row (columns before it), null unless generated. */
  readonly generated: readonly (Expr | null)[];
  /** Indices into `columns` of the PRIMARY KEY, in its order. */
  readonly key: readonly number[];
}

export interface SourcePlan extends RelationPlan {
  readonly kind: 'source';
  /** Null for a source without WATERMARK: nothing of it is ever late, and it has no event time. */
  readonly eventTime: EventTimePlan | null;
  /** Events whose event time is further ahead of their arrival are rejected. Microseconds. */
  readonly maxAheadMicros: number;
}

export interface EventTimePlan {
  /** Index into `columns` of the TIMESTAMPTZ column. Events in which it is NULL are rejected. */
  readonly column: number;
  /** The watermark expression over the row, e.g. `at - INTERVAL '5 seconds'`. */
  readonly watermark: Expr;
  readonly allowedLatenessMicros: number;
  /** After this much arrival time without events, ticks leave the source out of minima; null for never. */
  readonly idleTimeoutMicros: number | null;
}

export interface TablePlan extends RelationPlan {
  readonly kind: 'table';
  /** The TIMESTAMPTZ column (WATERMARK FOR col) from which a row version is valid: for joins AS OF. Null if none. */
  readonly versionTime: number | null;
  /** Indices of the columns declared CHECK (x >= 0), between whose rows transfers move amounts; missing for none. */
  readonly checks?: readonly number[];
}

/**
 * What a transfer over a column declared CHECK is made of, as a relation: rows of it are what transfers send, and the
 * log stores. Columns: the key of the row that gives, that of the row that takes, the amount, the idempotency key, and
 * the time at which the sender began to ask (NULL where it does not say).
 */
export interface TransferPlan extends RelationPlan {
  readonly kind: 'transfer';
  readonly table: string;
  /** The column's index in the table. */
  readonly column: number;
  readonly columnName: string;
  /** Columns of the table's PRIMARY KEY: those of the giving row come first, then those of the taking one, then the rest. */
  readonly keyWidth: number;
}

export type RelationRef =
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'view'; readonly name: string };

/**
 * A view: one input relation through a chain of operators; each operator's output row is the next one's input row.
 * `changes: false`: the input descends from a source; rows are only ever added (REFUSE aside).
 * `changes: true`: it descends from a table; the operators are filters and projections only, and rows retract.
 */
export interface ViewPlan {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly input: RelationRef;
  readonly operators: readonly Operator[];
  readonly columns: readonly Column[];
  readonly changes: boolean;
  /** The one source or table at the bottom. */
  readonly root: RelationRef;
  /** Index of the output column that carries the event time on (same type, unchanged), or null. */
  readonly eventTime: number | null;
  /** Output columns that identify a row (order of rows of one record); [] where the key was projected away. */
  readonly key: readonly number[];
  /** WITH (backfill = 'log'): operators whose plan is new are filled from the log, else they start empty. */
  readonly backfill: boolean;
}

export type Operator = FilterOperator | ProjectOperator | JoinOperator | OverOperator | WindowOperator;

/** Keeps rows for which the predicate is TRUE. */
export interface FilterOperator {
  readonly kind: 'filter';
  readonly predicate: Expr;
}

export interface ProjectOperator {
  readonly kind: 'project';
  readonly columns: readonly Column[];
  readonly expressions: readonly Expr[];
}

/**
 * Stream with table; output = input row followed by the table's columns (NULLs where an outer join finds none).
 * `on` pairs `probe` (over the input row) with the table's column `column`; pairs on all PRIMARY KEY columns find at
 * most one row, others several, which are emitted in the table's key order. `residual` is over the output row.
 */
export interface JoinOperator {
  readonly kind: 'join';
  readonly fingerprint: Fingerprint;
  readonly table: string;
  readonly outer: boolean;
  readonly on: readonly { readonly probe: Expr; readonly column: number }[];
  readonly residual: Expr | null;
  /** PROCTIME: the table as it stands at the event's position. Else the row versions valid at `time` (over the input row). */
  readonly version: { readonly kind: 'current' } | { readonly kind: 'asOf'; readonly time: Expr };
}

/**
 * Sliding aggregates that fire with the row; output = input row followed by one column per aggregate of each window
 * in turn. Rows are ordered by (`time`, arrival).
 */
export interface OverOperator {
  readonly kind: 'over';
  readonly fingerprint: Fingerprint;
  readonly partition: readonly Expr[];
  /** Index of the input column that orders rows: a TIMESTAMPTZ. */
  readonly time: number;
  readonly windows: readonly {
    readonly frame: Frame;
    readonly aggregates: readonly Aggregate[];
  }[];
}

/**
 * RANGE: rows with time in [t - precedingMicros, t], ties that have arrived included. ROWS: the row and the
 * `preceding` rows before it in (time, arrival) order. `null`: UNBOUNDED PRECEDING.
 */
export type Frame =
  | { readonly kind: 'range'; readonly precedingMicros: number | null }
  | { readonly kind: 'rows'; readonly preceding: number | null };

export interface Aggregate {
  readonly name: 'count' | 'sum' | 'avg' | 'min' | 'max';
  readonly distinct: boolean;
  /** Null for COUNT(*). NULL values are skipped by all others. */
  readonly argument: Expr | null;
  /** FILTER (WHERE …); null if none. */
  readonly filter: Expr | null;
  readonly type: SqlType;
}

/**
 * TUMBLE (slide = size) and HOP: groups per window; fires when the watermark reaches a window's end.
 * Windows are [k*slide + offset, … + size) over microseconds since 1970. Output row: the group's values, then
 * window_start, window_end, revision (INTEGER, 0 first), then the aggregates. Empty windows do not fire.
 */
export interface WindowOperator {
  readonly kind: 'window';
  readonly fingerprint: Fingerprint;
  readonly sizeMicros: number;
  readonly slideMicros: number;
  readonly offsetMicros: number;
  /** Index of the input's event-time column. */
  readonly time: number;
  readonly group: readonly Expr[];
  readonly aggregates: readonly Aggregate[];
}

/**
 * A scalar expression, typed. Unless said otherwise a NULL argument makes a call NULL. An evaluation that fails
 * (division by zero, overflow, a text that is no number) is NULL and counted as an evaluation error.
 */
export type Expr =
  | { readonly kind: 'literal'; readonly type: SqlType; readonly value: Value }
  /** A column of the row at hand: the operator's input row, in rules the triggering row (`$column`). */
  | { readonly kind: 'column'; readonly type: SqlType; readonly index: number }
  /** `$old.column`: the row before an update or delete. */
  | { readonly kind: 'oldColumn'; readonly type: SqlType; readonly index: number }
  /** A parameter of a query. */
  | { readonly kind: 'parameter'; readonly type: SqlType; readonly index: number }
  /** A variable of a match, by its slot. */
  | { readonly kind: 'variable'; readonly type: SqlType; readonly slot: number }
  /**
   * A property of the vertex or edge in `slot`. An element's table is known at run time only: `columns[t]` is the
   * column index of the property in the graph's vertex (edge) table number t, -1 where it has none (NULL).
   */
  | {
      readonly kind: 'property';
      readonly type: SqlType;
      readonly of: 'vertex' | 'edge';
      readonly slot: number;
      readonly name: string;
      readonly columns: readonly number[];
    }
  /**
   * An aggregate along the path: over the edges of the group (merged hops flattened) or merged edge in `group`, each
   * bound in turn to `element`, over which `argument` and `filter` are written.
   */
  | {
      readonly kind: 'pathAggregate';
      readonly type: SqlType;
      readonly name: Aggregate['name'] | 'collect';
      readonly distinct: boolean;
      readonly group: number;
      readonly element: number;
      readonly argument: Expr | null;
    }
  | {
      readonly kind: 'case';
      readonly type: SqlType;
      readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
      readonly otherwise: Expr | null;
    }
  | { readonly kind: 'cast'; readonly type: SqlType; readonly argument: Expr }
  | {
      readonly kind: 'call';
      readonly type: SqlType;
      readonly name: FunctionName;
      readonly args: readonly Expr[];
    };

/**
 * Functions of the engine. The binder has made the argument types fit: both sides of a comparison and the branches
 * of COALESCE, GREATEST, LEAST, NULLIF, IN have one type (NUMERIC sides one scale); `add` and `subtract` of NUMERIC
 * have one scale, that of the result; `multiply` has the sum of scales; `divide` yields `type.scale` decimals,
 * rounded half away from zero (INTEGER and BIGINT: truncated).
 */
export type FunctionName =
  // logic: three-valued
  | 'and'
  | 'or'
  | 'not'
  | 'isNull'
  | 'isNotNull'
  | 'isTrue'
  | 'isFalse'
  // comparison: any scalar type; vertices and edges by identity (equal, notEqual only)
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'distinctFrom'
  | 'notDistinctFrom'
  /** in(x, v1, v2, …), inList(x, list): three-valued. */
  | 'in'
  | 'inList'
  | 'coalesce'
  | 'nullif'
  | 'greatest'
  | 'least'
  // arithmetic: integer forms, double; timestamptz ± interval, timestamptz - timestamptz, interval * integer
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'modulo'
  | 'negate'
  /** round, trunc: one argument, or a second literal INTEGER of decimals; the type has the scale. */
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'trunc'
  | 'sqrt'
  // text: code points, ASCII case
  | 'concat'
  | 'length'
  | 'lower'
  | 'upper'
  | 'substring'
  | 'left'
  | 'right'
  | 'trim'
  | 'ltrim'
  | 'rtrim'
  | 'replace'
  | 'position'
  | 'startsWith'
  | 'endsWith'
  | 'contains'
  | 'splitPart'
  | 'like'
  | 'ilike'
  /** toTimestamp(seconds): INTEGER, BIGINT, NUMERIC (exact) or DOUBLE (rounded to microseconds). */
  | 'toTimestamp'
  /** extract(unit literal TEXT, timestamptz or interval): epoch is NUMERIC with 6 decimals, others BIGINT or NUMERIC. */
  | 'extract'
  /** dateTrunc(unit literal TEXT, timestamptz), UTC; weeks begin on Monday. */
  | 'dateTrunc'
  // paths and elements
  | 'pathLength'
  | 'vertices'
  | 'edges'
  | 'elementKey'
  | 'elementLabel'
  /** All labels of a vertex or an edge, as its table declares them: a list of TEXT. */
  | 'elementLabels'
  | 'startVertex'
  | 'endVertex'
  | 'listLength'
  | 'isSource'
  | 'isDestination';

/** A graph view. Vertex and edge tables are numbered by their place here. */
export interface GraphPlan {
  readonly name: string;
  /** Of the whole plan. What edges are kept under is their table's own fingerprint. */
  readonly fingerprint: Fingerprint;
  readonly vertexTables: readonly VertexTablePlan[];
  readonly edgeTables: readonly EdgeTablePlan[];
  /** Source-fed edges go once event time < watermark - this; null keeps them for ever. Microseconds. */
  readonly retainMicros: number | null;
  readonly backfill: boolean;
}

export interface VertexTablePlan {
  /** The name that vertices go by (`AS alias`, else the relation's). */
  readonly name: string;
  /** Rows: a table, or a view over a table. */
  readonly relation: RelationRef;
  readonly labels: readonly string[];
  /** Columns of the relation that are the KEY. */
  readonly key: readonly number[];
  /** Properties: KEY columns and those exposed; `column` indexes the relation's row. */
  readonly properties: readonly ElementProperty[];
}

export interface EdgeTablePlan {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  /** Rows: a source, a table, or a view. */
  readonly relation: RelationRef;
  readonly labels: readonly string[];
  readonly key: readonly number[];
  readonly source: EndpointPlan;
  readonly destination: EndpointPlan;
  readonly properties: readonly ElementProperty[];
  /**
   * Column of the relation that is the event time: the one that `event_time` names, where the relation has it; without
   * the option the event time that the relation carries. Null if the edge table has none.
   */
  readonly eventTime: number | null;
  /** Whether rows come from a source (retention applies) rather than from a table (rows retract). */
  readonly fromSource: boolean;
}

export interface EndpointPlan {
  /** Columns of the edge relation, one for each KEY column of the vertex table, in its order and of its types. */
  readonly columns: readonly number[];
  readonly vertexTable: number;
}

export interface ElementProperty {
  readonly name: string;
  readonly type: SqlType;
  /** Index into the relation's columns. `Expr.property.columns` holds indices into the relation's columns likewise. */
  readonly column: number;
}

export interface DecisionPlan {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly source: string;
  /** First listed wins. */
  readonly outcomes: readonly string[];
  readonly default: string;
  readonly fallback: string;
  readonly deadlineMicros: number | null;
}

export interface RulePlan {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly trigger: {
    readonly relation: RelationRef;
    /** `insert` for streams; `revision` for ON REVISION of a windowed view. */
    readonly event: 'insert' | 'update' | 'delete' | 'revision';
    readonly root: RelationRef;
    readonly columns: readonly Column[];
    readonly eventTime: number | null;
    readonly key: readonly number[];
  };
  /** Over the triggering row; null fires on every row. */
  readonly when: Expr | null;
  /** Null for a rule without THEN. */
  readonly job: JobPlan | null;
  readonly actions: ActionsPlan;
}

/** A graph job: clauses that turn one empty binding into result rows. */
export interface JobPlan {
  readonly graph: string;
  /** Slots of a binding; every variable has one. */
  readonly slots: number;
  /** Names by slot, for traces and output; '' for anonymous ones. */
  readonly slotNames: readonly string[];
  readonly clauses: readonly Clause[];
  /** Edges it may visit; null takes LIMITS.budgetEdgesDefault. */
  readonly budgetEdges: number | null;
}

export type Clause =
  | MatchClause
  | { readonly kind: 'let'; readonly slot: number; readonly value: Expr }
  | { readonly kind: 'filter'; readonly predicate: Expr }
  | ProjectionClause
  | CallClause
  /** For each row the first branch whose `when` is TRUE (null: ELSE) goes on with that row; without one the row ends. */
  | {
      readonly kind: 'branch';
      readonly branches: readonly { readonly when: Expr | null; readonly clauses: readonly Clause[] }[];
    };

export interface MatchClause {
  readonly kind: 'match';
  readonly optional: boolean;
  readonly paths: readonly PathPattern[];
  /** WHERE after the patterns; null if none. */
  readonly where: Expr | null;
  /** Cypher's rule (written with `*` or in that dialect): no edge twice over all paths of the clause. */
  readonly edgesDistinct: boolean;
  /**
   * Where nothing is known before the search but each side of an OR in `where` gives a seek: the clause once for each
   * side. Together they have the matches of this one, each once.
   */
  readonly ways?: readonly MatchClause[];
}

export type PathMode = 'walk' | 'trail' | 'acyclic' | 'simple';

/** vertices[0] edges[0] vertices[1] edges[1] … in written order; there is one vertex more than edges. */
export interface PathPattern {
  /** Slot of the path variable, or null. */
  readonly slot: number | null;
  readonly name: string | null;
  readonly mode: PathMode;
  readonly vertices: readonly VertexPattern[];
  readonly edges: readonly EdgePattern[];
  /** Strictly ascending over every edge of the path in written order. */
  readonly ascending: {
    /** Column of the property by edge table, as in Expr.property.columns. */
    readonly columns: readonly number[];
    readonly name: string;
    readonly type: SqlType;
    /** Last minus first at most this, inclusive (microseconds for TIMESTAMPTZ, else of the property's own unit); null: no bound. */
    readonly within: number | null;
  } | null;
  /** KEEP LATEST n. */
  readonly keepLatest: number | null;
  readonly mergeParallel: boolean;
  /** SHORTEST selectors are not built; kept for them. */
  readonly selector: null;
}

export interface VertexPattern {
  /** A variable seen before (in this or an earlier clause) has the same slot: an equality. */
  readonly slot: number;
  readonly labels: LabelExpr | null;
  /** Inline WHERE over this vertex and what is bound before it; null if none. */
  readonly where: Expr | null;
  /** The vertex is one of these, as conditions say (`a.id = …`, IN, OR, `a = b`); null where they do not say. */
  readonly seeks: readonly ElementSeek[] | null;
}

export interface EdgePattern {
  /** Slot of the variable outside: the edge, merged hop, or group. An edge seen before has the same slot: an equality. */
  readonly slot: number;
  /** Slot of the single edge (or merged hop's edge under test) inside a quantifier and in `where`; = slot when not quantified and not merged. */
  readonly element: number;
  /** Written `-[]->` out, `<-[]-` in, `-[]-` any. */
  readonly direction: 'out' | 'in' | 'any';
  readonly labels: LabelExpr | null;
  /** Over `element` and what is bound before; null if none. */
  readonly where: Expr | null;
  /** Null: exactly one edge, not a group. `max` null: unbounded (TRAIL, ACYCLIC, SIMPLE only). */
  readonly quantifier: { readonly min: number; readonly max: number | null } | null;
  /** As of a vertex, for the edge in `element`; null for quantified edges. */
  readonly seeks: readonly ElementSeek[] | null;
}

/**
 * Where an element may be found: in its table by a key, one expression for each KEY column, over the row at hand and
 * variables other than the element; or as the element that another variable holds. The condition that it was taken
 * from stays where it was.
 */
export type ElementSeek =
  | { readonly kind: 'key'; readonly table: number; readonly key: readonly Expr[] }
  | { readonly kind: 'same'; readonly slot: number };

export type LabelExpr =
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'not'; readonly argument: LabelExpr }
  | { readonly kind: 'and' | 'or'; readonly left: LabelExpr; readonly right: LabelExpr }
  | { readonly kind: 'any' };

/** WITH, and RETURN (always last in its clause list). Items are computed, then rows are grouped, ordered and cut. */
export interface ProjectionClause {
  readonly kind: 'with' | 'return';
  readonly distinct: boolean;
  readonly items: readonly ProjectionItem[];
  /**
   * Null: no aggregates. Else rows are grouped by the items listed in `by` (indices) and the aggregates go into
   * their slots before the remaining items are computed over them. No row and no `by`: one row.
   */
  readonly grouping: { readonly by: readonly number[]; readonly aggregates: readonly RowAggregate[] } | null;
  /**
   * Over the items' slots, and without DISTINCT and grouping those of the row before, too. Ties, and rows without
   * ORDER BY, follow the canonical order of bindings.
   */
  readonly orderBy: readonly {
    readonly value: Expr;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  /** Over parameters and triggering row only. */
  readonly offset: Expr | null;
  readonly limit: Expr | null;
  /** WITH … WHERE, over what ORDER BY is. */
  readonly where: Expr | null;
}

export interface ProjectionItem {
  readonly name: string;
  readonly value: Expr;
  /** Where the item's value goes. Slots of variables not projected are out of scope afterwards. */
  readonly slot: number;
}

/** An aggregate over rows; `collect` yields a list in canonical row order. */
export interface RowAggregate {
  readonly name: Aggregate['name'] | 'collect';
  readonly distinct: boolean;
  readonly argument: Expr | null;
  readonly slot: number;
  readonly type: SqlType;
}

/** CALL graph.neighbourhood(vertex, hops) YIELD subgraph: all vertices within `hops` edges either way, and all live edges between them. */
export interface CallClause {
  readonly kind: 'call';
  readonly procedure: 'graph.neighbourhood';
  readonly args: readonly Expr[];
  readonly yields: readonly { readonly name: string; readonly slot: number }[];
}

export interface ActionsPlan {
  /** Names readable by expressions of actions: RETURN's items are `variable`s of the job, then triggering columns. */
  readonly alert: {
    readonly title: string;
    readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
    readonly key: readonly { readonly name: string; readonly value: Expr }[];
    readonly suppressMicros: number | null;
  } | null;
  readonly decide: { readonly decision: string; readonly outcome: string } | null;
  readonly refuse: boolean;
  /** Upserts, for each result row (for the triggering row where the rule has no THEN); `values[i]` is for `columns[i]` of the table; others NULL. */
  readonly inserts: readonly {
    readonly table: string;
    readonly columns: readonly number[];
    readonly values: readonly Expr[];
  }[];
  /**
   * Transfers, for each result row, after what it inserts: `values` are for the columns of TransferPlan up to the amount.
   * Missing where there are none.
   */
  readonly transfers?: readonly {
    /** Name of the TransferPlan. */
    readonly relation: string;
    readonly table: string;
    readonly values: readonly Expr[];
  }[];
  readonly webhooks: readonly string[];
}

export interface QueryPlan {
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly parameters: readonly {
    readonly name: string;
    readonly type: SqlType;
    readonly default: Value;
    readonly hasDefault: boolean;
  }[];
  readonly job: JobPlan;
}

/**
 * Whether a source-fed edge table of a graph goes on with the edges of the one that it follows: its plan is unchanged,
 * and what it reads of an edge was kept. `columnsBefore`: how many the relation had; it gains columns at the end, which
 * are NULL in rows that came before.
 */
export function keepsEdges(before: EdgeTablePlan, columnsBefore: number, next: EdgeTablePlan): boolean {
  if (before.fingerprint !== next.fingerprint) return false;
  const kept = new Set([
    ...before.key,
    ...before.properties.map(({ column }) => column),
    ...before.source.columns,
    ...before.destination.columns,
    ...(before.eventTime === null ? [] : [before.eventTime]),
  ]);
  const read = [...next.key, ...next.properties.map(({ column }) => column)];
  return read.every((column) => kept.has(column) || column >= columnsBefore);
}

/** The transfers over a column of a table that is declared CHECK; `table.column` is its name. */
function transferPlan(table: TablePlan, column: number): TransferPlan {
  const moved = table.columns[column] as Column;
  const keys = (side: string) =>
    table.key.map((index): Column => {
      const { name, type } = table.columns[index] as Column;
      return { name: table.key.length === 1 ? side : `${side}_${name}`, type, nullable: false };
    });
  const columns: readonly Column[] = [
    ...keys('from'),
    ...keys('to'),
    { name: 'amount', type: moved.type, nullable: false },
    { name: 'idempotencyKey', type: { kind: 'text' }, nullable: false },
    { name: 'issuedAt', type: { kind: 'timestamptz' }, nullable: true },
  ];
  return {
    kind: 'transfer',
    name: `${table.name}.${moved.name}`,
    fingerprint: table.fingerprint,
    columns,
    stored: columns.map((_, index) => index),
    fields: columns.map(({ name }) => name),
    generated: columns.map(() => null),
    key: [],
    table: table.name,
    column,
    columnName: moved.name,
    keyWidth: table.key.length,
  };
}

/**
 * The transfers over each column of a table that is declared CHECK; none of a table whose rows have versions: a transfer has no
 * time from which on the row that it makes would be valid, and would rewrite what the row was before.
 */
export function transfersOf(table: TablePlan): TransferPlan[] {
  if (table.versionTime !== null) return [];
  return (table.checks ?? []).map((column) => transferPlan(table, column));
}

/** The transfers that a program allows, in the order of its text. */
export function transferPlans({ tables }: Program): TransferPlan[] {
  return tables.flatMap(transfersOf);
}
