import type { SourcePosition } from '../core/source-position.ts';

/**
 * The text as written, before names mean anything. Every node carries `at`, the position of its first character in
 * the whole definition text. Identifiers are kept as written with the letter case folded unless quoted.
 */
export interface Identifier {
  /** Folded to lower case unless it was quoted. */
  readonly name: string;
  readonly at: SourcePosition;
}

export type Statement =
  | CreateSource
  | CreateTable
  | CreateView
  | CreateGraph
  | CreateDecision
  | CreateRule
  | CreateQuery;

interface StatementBase {
  readonly at: SourcePosition;
  readonly name: Identifier;
  /** The statement's own text, for messages. */
  readonly text: string;
}

export interface CreateSource extends StatementBase, RelationBody {
  readonly kind: 'createSource';
}

export interface CreateTable extends StatementBase, RelationBody {
  readonly kind: 'createTable';
}

export interface RelationBody {
  readonly columns: readonly ColumnDefinition[];
  /** PRIMARY KEY (a, b) as a table constraint. */
  readonly primaryKey: readonly Identifier[] | null;
  /** WATERMARK FOR column [AS expression]. */
  readonly watermark: {
    readonly column: Identifier;
    readonly expression: Expression | null;
    readonly at: SourcePosition;
  } | null;
  readonly options: readonly Option[];
}

export interface ColumnDefinition {
  readonly name: Identifier;
  readonly type: TypeName;
  readonly primaryKey: boolean;
  readonly notNull: boolean;
  /** FROM 'field' */
  readonly from: { readonly text: string; readonly at: SourcePosition } | null;
  /** AS expression */
  readonly generated: Expression | null;
  /** CHECK (name >= 0), where it stands. */
  readonly check: SourcePosition | null;
}

/** A type as written: `NUMERIC(18,2)` is name `numeric`, arguments [18, 2]; `DOUBLE PRECISION` is `double precision`. */
export interface TypeName {
  readonly name: string;
  readonly arguments: readonly number[];
  readonly at: SourcePosition;
}

/** One entry of WITH (name = value, …). */
export interface Option {
  readonly name: Identifier;
  readonly value: string | number | boolean;
  readonly at: SourcePosition;
  readonly valueAt: SourcePosition;
}

export interface CreateView extends StatementBase {
  readonly kind: 'createView';
  readonly select: Select;
  readonly options: readonly Option[];
}

/** The SELECTs that views allow, after conversion from libpg-query's tree; whatever else it holds was refused by name. */
export interface Select {
  readonly at: SourcePosition;
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: FromItem;
  readonly joins: readonly Join[];
  readonly where: Expression | null;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | null;
  /** WINDOW w AS (…) */
  readonly windows: readonly { readonly name: Identifier; readonly window: WindowDefinition }[];
}

/** `*`, `alias.*` or an expression with an optional name. */
export type SelectItem =
  | { readonly kind: 'star'; readonly qualifier: Identifier | null; readonly at: SourcePosition }
  | {
      readonly kind: 'expression';
      readonly value: Expression;
      readonly alias: Identifier | null;
      readonly at: SourcePosition;
    };

/** A relation, or TUMBLE(rel, time, size) / HOP(rel, time, slide, size) [, offset]. */
export type FromItem =
  | {
      readonly kind: 'relation';
      readonly name: Identifier;
      readonly alias: Identifier | null;
      readonly at: SourcePosition;
    }
  | {
      readonly kind: 'window';
      readonly function: 'tumble' | 'hop';
      readonly relation: Identifier;
      readonly time: Identifier;
      /** In written order: TUMBLE size [offset]; HOP slide, size [offset]. */
      readonly intervals: readonly Expression[];
      readonly alias: Identifier | null;
      readonly at: SourcePosition;
    };

export interface Join {
  readonly kind: 'inner' | 'left';
  readonly table: Identifier;
  readonly alias: Identifier | null;
  /** FOR SYSTEM_TIME AS OF PROCTIME() is `current`; null where the clause is missing. */
  readonly version:
    | { readonly kind: 'current' }
    | { readonly kind: 'asOf'; readonly time: Expression }
    | null;
  readonly on: Expression;
  readonly at: SourcePosition;
}

export interface WindowDefinition {
  readonly at: SourcePosition;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly { readonly value: Expression; readonly descending: boolean }[];
  /** `preceding` null: UNBOUNDED. Frame null: none was written. Ends other than CURRENT ROW were refused. */
  readonly frame: {
    readonly kind: 'range' | 'rows';
    readonly preceding: Expression | null;
    readonly at: SourcePosition;
  } | null;
}

/** Expressions of SQL bodies, generated columns, and everything in rules and queries. */
export type Expression =
  | { readonly kind: 'literal'; readonly at: SourcePosition; readonly value: Literal }
  /** `a`, `a.b`; parts in order. */
  | { readonly kind: 'name'; readonly at: SourcePosition; readonly parts: readonly Identifier[] }
  /** `$a` (one part), `$old.column` (two parts: old, column). */
  | { readonly kind: 'dollar'; readonly at: SourcePosition; readonly parts: readonly Identifier[] }
  | {
      readonly kind: 'unary';
      readonly at: SourcePosition;
      readonly operator: 'not' | '-' | '+';
      readonly argument: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly at: SourcePosition;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'is';
      readonly at: SourcePosition;
      readonly negated: boolean;
      readonly what: 'null' | 'true' | 'false';
      readonly argument: Expression;
    }
  | {
      readonly kind: 'between';
      readonly at: SourcePosition;
      readonly negated: boolean;
      readonly argument: Expression;
      readonly low: Expression;
      readonly high: Expression;
    }
  | {
      readonly kind: 'in';
      readonly at: SourcePosition;
      readonly negated: boolean;
      readonly argument: Expression;
      /** The values written out, or with `computed` the one expression whose value is the list. */
      readonly list: readonly Expression[];
      readonly computed?: true;
    }
  | {
      readonly kind: 'like';
      readonly at: SourcePosition;
      readonly negated: boolean;
      readonly ignoreCase: boolean;
      readonly argument: Expression;
      readonly pattern: Expression;
    }
  /** With an operand the branches' `when` are compared with it. */
  | {
      readonly kind: 'case';
      readonly at: SourcePosition;
      readonly operand: Expression | null;
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression | null;
    }
  | {
      readonly kind: 'cast';
      readonly at: SourcePosition;
      readonly argument: Expression;
      readonly type: TypeName;
    }
  /** Functions and aggregates. `star`: COUNT(*). Dotted names (`model.score`) have several parts. EXTRACT(f FROM x) is `extract('f', x)`. */
  | {
      readonly kind: 'call';
      readonly at: SourcePosition;
      readonly name: readonly Identifier[];
      readonly args: readonly Expression[];
      readonly star: boolean;
      readonly distinct: boolean;
      readonly filter: Expression | null;
      readonly over: { readonly name: Identifier } | { readonly window: WindowDefinition } | null;
    }
  | { readonly kind: 'list'; readonly at: SourcePosition; readonly items: readonly Expression[] };

export type BinaryOperator =
  | 'and'
  | 'or'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '||'
  | 'isDistinctFrom'
  | 'isNotDistinctFrom'
  | 'startsWith'
  | 'endsWith'
  | 'contains';

export type Literal =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Digits as written: integers without, decimals with a point or exponent. */
  | { readonly kind: 'integer'; readonly text: string }
  | { readonly kind: 'decimal'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  /** INTERVAL '…', and in rules also `200 MILLISECONDS` where a duration is wanted. */
  | { readonly kind: 'interval'; readonly text: string }
  /** TIMESTAMPTZ '…' / TIMESTAMP WITH TIME ZONE '…' */
  | { readonly kind: 'timestamp'; readonly text: string };

export interface CreateGraph extends StatementBase {
  readonly kind: 'createGraph';
  readonly vertexTables: readonly ElementTable[];
  readonly edgeTables: readonly EdgeTable[];
  readonly options: readonly Option[];
}

export interface ElementTable {
  readonly at: SourcePosition;
  readonly relation: Identifier;
  readonly alias: Identifier | null;
  /** Null: the relation's own key. */
  readonly key: readonly Identifier[] | null;
  /** Empty: one label, the table's name as given (alias or relation). Labels keep their letter case. */
  readonly labels: readonly Identifier[];
  /** `all`: no PROPERTIES clause, or ALL COLUMNS (less `except`); `none`: NO PROPERTIES; else the list. */
  readonly properties:
    | { readonly kind: 'all'; readonly except: readonly Identifier[] }
    | { readonly kind: 'none' }
    | {
        readonly kind: 'list';
        readonly items: readonly { readonly column: Identifier; readonly alias: Identifier | null }[];
      };
}

export interface EdgeTable extends ElementTable {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** SOURCE KEY (columns) REFERENCES vertexTable (columns). `references` may be omitted. */
export interface Endpoint {
  readonly at: SourcePosition;
  readonly columns: readonly Identifier[];
  readonly vertexTable: Identifier;
  readonly references: readonly Identifier[] | null;
}

export interface CreateDecision extends StatementBase {
  readonly kind: 'createDecision';
  readonly on: Identifier;
  readonly outcomes: readonly Identifier[];
  readonly default: Identifier | null;
  readonly fallback: Identifier | null;
  readonly deadline: Expression | null;
}

export interface CreateRule extends StatementBase {
  readonly kind: 'createRule';
  readonly event: 'insert' | 'update' | 'delete' | 'revision';
  readonly on: Identifier;
  readonly when: Expression | null;
  readonly then: LinearQuery | null;
  readonly budgetEdges: { readonly edges: number; readonly at: SourcePosition } | null;
  readonly actions: readonly Action[];
}

export type Action =
  | {
      readonly kind: 'alert';
      readonly at: SourcePosition;
      readonly title: string;
      readonly severity: Identifier | null;
      /** `KEY (a, b AS c)` */
      readonly key: readonly { readonly value: Expression; readonly alias: Identifier | null }[];
      readonly suppress: Expression | null;
    }
  | { readonly kind: 'decide'; readonly at: SourcePosition; readonly outcome: Identifier }
  | { readonly kind: 'refuse'; readonly at: SourcePosition }
  | {
      readonly kind: 'insert';
      readonly at: SourcePosition;
      readonly table: Identifier;
      readonly columns: readonly Identifier[] | null;
      readonly values: readonly Expression[];
    }
  /** TRANSFER amount FROM key TO key OF table.column. */
  | {
      readonly kind: 'transfer';
      readonly at: SourcePosition;
      readonly amount: Expression;
      readonly from: readonly Expression[];
      readonly to: readonly Expression[];
      readonly table: Identifier;
      readonly column: Identifier;
    }
  | { readonly kind: 'webhook'; readonly at: SourcePosition; readonly endpoint: string };

export interface CreateQuery extends StatementBase {
  readonly kind: 'createQuery';
  readonly parameters: readonly {
    readonly name: Identifier;
    readonly type: TypeName;
    readonly default: Expression | null;
    readonly at: SourcePosition;
  }[];
  readonly body: LinearQuery;
  /** BUDGET n EDGES after the body; null if none. */
  readonly budgetEdges: { readonly edges: number; readonly at: SourcePosition } | null;
}

/** USE graph, then clauses in order. RETURN may be missing in a rule (then all named variables are returned). */
export interface LinearQuery {
  readonly graph: Identifier;
  readonly clauses: readonly QueryClause[];
  readonly at: SourcePosition;
}

export type QueryClause =
  | {
      readonly kind: 'match';
      readonly at: SourcePosition;
      readonly optional: boolean;
      readonly paths: readonly PathPatternNode[];
      /** After the last pattern; they apply to every path of the clause. */
      readonly ascending: {
        readonly property: Identifier;
        readonly within: Expression | null;
        readonly at: SourcePosition;
      } | null;
      readonly keepLatest: { readonly count: number; readonly at: SourcePosition } | null;
      readonly mergeParallel: boolean;
      readonly where: Expression | null;
    }
  | {
      readonly kind: 'let';
      readonly at: SourcePosition;
      readonly name: Identifier;
      readonly value: Expression;
    }
  | { readonly kind: 'filter'; readonly at: SourcePosition; readonly predicate: Expression }
  | {
      readonly kind: 'with' | 'return';
      readonly at: SourcePosition;
      readonly distinct: boolean;
      /** RETURN * / WITH *: all variables in scope, before the items. */
      readonly star: boolean;
      readonly items: readonly {
        readonly value: Expression;
        readonly alias: Identifier | null;
        readonly text: string;
      }[];
      readonly groupBy: readonly Identifier[];
      readonly orderBy: readonly {
        readonly value: Expression;
        readonly descending: boolean;
        readonly nullsFirst: boolean | null;
      }[];
      readonly offset: Expression | null;
      readonly limit: Expression | null;
      readonly where: Expression | null;
    }
  | {
      readonly kind: 'call';
      readonly at: SourcePosition;
      readonly procedure: readonly Identifier[];
      readonly args: readonly Expression[];
      readonly yields: readonly { readonly name: Identifier; readonly alias: Identifier | null }[];
    }
  /** WHEN c THEN { … } [WHEN …] ELSE { … } */
  | {
      readonly kind: 'branch';
      readonly at: SourcePosition;
      readonly branches: readonly {
        readonly when: Expression | null;
        readonly clauses: readonly QueryClause[];
        readonly at: SourcePosition;
      }[];
    };

export interface PathPatternNode {
  readonly at: SourcePosition;
  readonly variable: Identifier | null;
  /** Null where none was written: WALK, or TRAIL where Cypher's `*` quantifier is used. */
  readonly mode: 'walk' | 'trail' | 'acyclic' | 'simple' | null;
  readonly vertices: readonly VertexPatternNode[];
  readonly edges: readonly EdgePatternNode[];
}

export interface VertexPatternNode {
  readonly at: SourcePosition;
  readonly variable: Identifier | null;
  readonly labels: LabelNode | null;
  /** `{name: value}` property maps. */
  readonly properties: readonly { readonly name: Identifier; readonly value: Expression }[];
  readonly where: Expression | null;
}

export interface EdgePatternNode extends VertexPatternNode {
  readonly direction: 'out' | 'in' | 'any';
  /** `{1,5}`, `{3}`, `{2,}`, `{,4}`, `+`, `*` after the edge (GQL), or `[*1..5]` inside (`cypher`). `max` null: no bound. */
  readonly quantifier: {
    readonly min: number;
    readonly max: number | null;
    readonly cypher: boolean;
    readonly at: SourcePosition;
  } | null;
}

/** Labels keep their letter case. */
export type LabelNode =
  | { readonly kind: 'label'; readonly name: string; readonly at: SourcePosition }
  | { readonly kind: 'any'; readonly at: SourcePosition }
  | { readonly kind: 'not'; readonly argument: LabelNode; readonly at: SourcePosition }
  | {
      readonly kind: 'and' | 'or';
      readonly left: LabelNode;
      readonly right: LabelNode;
      readonly at: SourcePosition;
    };
