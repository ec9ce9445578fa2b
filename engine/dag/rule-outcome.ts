import type { JsonScalar } from '../../core/format-value.ts';
import type { GraphElements } from '../../core/graph-elements.ts';
import type { Value } from '../../core/types.ts';

/** What a value of a result is in JSON: scalars, keys of elements, arrays of them, and subgraphs. */
export type ResultJson =
  | JsonScalar
  | readonly ResultJson[]
  | { readonly vertices: readonly string[]; readonly edges: readonly string[] }
  | { readonly vertices: readonly string[]; readonly edges: readonly (string | readonly string[])[] };

/**
 * One task of a graph job: a clause or branch that ran. Rows of one task are told together, so that a trace has one
 * entry for each clause of the plan that ran, not for each row.
 */
export interface TraceEntry {
  /** `match p`, `let looped`, `call graph.neighbourhood`, `branch`, … */
  readonly task: string;
  /** What made it run: the rows of the task before, the branch that was taken. */
  readonly why: string;
  /** Rows it left. */
  readonly rows: number;
  /** Adjacency entries it examined. */
  readonly edgesVisited: number;
}

/** A path column of one result row; `name` is '' and the lists are empty for a row without one. */
export interface AlertPath {
  readonly name: string;
  readonly vertices: readonly string[];
  /** Under MERGE PARALLEL each element is the array of a hop's edge keys. */
  readonly edges: readonly (string | readonly string[])[];
  /** The row's other returned columns, by name. */
  readonly values: Readonly<Record<string, ResultJson>>;
}

/** One alert to raise: a distinct KEY of the triggering row with every result row that has it. */
export interface AlertOutcome {
  /** KEY columns by name, as texts; null for NULL. */
  readonly key: Readonly<Record<string, string | null>>;
  /** The KEY in one unambiguous text: what SUPPRESS remembers. */
  readonly keyText: string;
  readonly paths: readonly AlertPath[];
  /** The vertices and edges of its paths, where the fold is asked for them. */
  readonly elements?: GraphElements;
}

/**
 * What a rule found for one triggering row whose WHEN is true. Plain data: it may cross threads. With `rows` 0 a rule
 * with THEN does nothing.
 */
export interface RuleOutcome {
  /** In the order of the rows that first had their KEY; empty where the rule raises none. */
  readonly alerts: readonly AlertOutcome[];
  /** Upserts for tables and transfers, in row order; columns as in the table, up to the last that is named, NULL where none was. */
  readonly inserts: readonly {
    readonly table: string;
    readonly row: readonly Value[];
    /** Whether it is a transfer instead: `table` names its relation. */
    readonly isTransfer?: true;
  }[];
  /** Result rows; 1 for a rule without THEN. */
  readonly rows: number;
  readonly trace: readonly TraceEntry[];
  readonly edgesVisited: number;
  /** Whether BUDGET or the row limit ended the job early. */
  readonly partial: boolean;
}
